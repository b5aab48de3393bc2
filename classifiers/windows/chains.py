"""Join phrases into endpoints and endpoints into chains: "Fri 10 PM ET" and "A to B".

An endpoint is a date, a time, or both, with nothing but glue between them. A chain is endpoints
joined by links; one of two endpoints is a range. Where a moment stands again in another zone
("6 pm PT (9 pm ET)") it is kept beside the first, never as a moment of its own.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from classifiers.windows.dates import DateRef
from classifiers.windows.phrases import Node
from classifiers.windows.tokens import Clock
from classifiers.windows.words import ANDS, BETWEEN
from classifiers.windows.zones import Zone

_ARTICLES = frozenset({"the", "las", "la", "los", "el", "as", "a", "le", "h", "hours", "of"})
#: Words after a link that belong to what it links: "até às 14h", "jusqu'à".
_TOWARDS = frozenset({"à", "às", "a", "al", "au", "aos"})

_BEGIN = frozenset({"from", "start", "begin", "von", "beginn", "desde", "inicio", "de", "début"})
_FINISH = frozenset({"to", "end", "finish", "bis", "ende", "hasta", "fin", "a", "à"})

Time = Clock | str  # a clock, or "noon", "midnight"


@dataclass(slots=True)
class Endpoint:
    """One end of something: what was said of its date, time and zone.

    `trailing` is the word before a date that follows its time ("on" in "10 PM on Friday", ""
    where there is none), None where the date leads or is missing.
    """

    start: int
    end: int
    dates: list[DateRef] = field(default_factory=list)
    time: Time | None = None
    zone: Zone | None = None
    part: str | None = None
    others: list[tuple[Time, Zone | None]] = field(default_factory=list)
    trailing: str | None = None


@dataclass(slots=True)
class Chain:
    """Endpoints in order, the `links` between them, and the same range in another zone."""

    endpoints: list[Endpoint]
    links: list[str]
    twin: "Chain | None" = None

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.endpoints[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return max(endpoint.end for endpoint in self.endpoints)

    @property
    def timed(self) -> bool:
        """Whether any time of day is said."""
        return any(endpoint.time is not None for endpoint in self.endpoints)


class _Gap(NamedTuple):
    """What lies between two phrases: the index after it, its words, and its line breaks."""

    at: int
    words: tuple[str, ...]
    lines: int
    bullet: bool


class ChainReader:
    """Reads chains from nodes."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes

    def chains(self) -> list[Chain]:
        """All chains in order."""
        chains: list[Chain] = []
        at = 0
        while at < len(self._nodes):
            if self._kind(at) in ("date", "time"):
                chain, at = self._chain(at)
                chains.append(chain)
            else:
                at += 1
        return chains

    def _kind(self, at: int) -> str:
        return self._nodes[at].kind if at < len(self._nodes) else "end"

    def _gap(self, at: int) -> _Gap:
        words: list[str] = []
        lines, bullet = 0, False
        while self._kind(at) in ("glue", "line"):
            if self._kind(at) == "line":
                lines += 1
            else:
                word = str(self._nodes[at].value)
                bullet = bullet or (lines > 0 and word in "*•·")
                words.append(word)
            at += 1
        return _Gap(at, tuple(words), lines, bullet)

    # --- chains

    def _chain(self, at: int) -> tuple[Chain, int]:
        before = self._word_before(at)
        endpoint, at = self._endpoint(at)
        chain = Chain([endpoint], [])
        is_between = before in BETWEEN
        while True:
            gap = self._gap(at)
            if self._twin(chain, gap):
                at = self._after_twin
                continue
            is_between = is_between or any(w in BETWEEN for w in gap.words)
            found = self._linked(gap, is_between or self._was_between(chain))
            found = found or self._columns(chain, gap)
            if found is None:
                return chain, at
            link, endpoint, at = found
            chain.endpoints.append(endpoint)
            chain.links.append(link)

    def _word_before(self, at: int) -> str:
        """The word that leads to a chain, articles aside: "entre las 2 y las 4"."""
        words = [str(node.value) for node in self._nodes[max(at - 4, 0) : at]]
        while len(words) > 1 and words[-1] in _ARTICLES:
            words.pop()
        return words[-1] if words else ""

    def _was_between(self, chain: Chain) -> bool:
        return any(
            node.value in BETWEEN
            for point in (chain.endpoints[0], chain.endpoints[-1])
            for node in self._nodes[self._first_node(point) : self._last_node(point)]
        )

    def _first_node(self, endpoint: Endpoint) -> int:
        return self._spans()[endpoint.start]

    def _last_node(self, endpoint: Endpoint) -> int:
        spans = self._spans()
        at = spans[endpoint.start]
        while at < len(self._nodes) and self._nodes[at].end < endpoint.end:
            at += 1
        return at

    def _spans(self) -> dict[int, int]:
        if not hasattr(self, "_by_start"):
            self._by_start = {node.start: at for at, node in enumerate(self._nodes)}
        return self._by_start

    def _columns(self, chain: Chain, gap: _Gap) -> tuple[str, Endpoint, int] | None:
        """The second of two whole moments beside each other: columns of a table, "X/Y"."""
        first = chain.endpoints[-1]
        if gap.words == ("/",) and self._kind(gap.at) == "time" and self._are_ends(first):
            second, after = self._endpoint(gap.at)
            return ("/", second, after)
        is_column = not gap.lines and all(word in ("|", "/") for word in gap.words)
        if not is_column or len(chain.endpoints) > 1 or self._kind(gap.at) != "date":
            return None
        second, after = self._endpoint(gap.at)
        whole = all(point.dates and point.time is not None for point in (first, second))
        return ("|", second, after) if whole else None

    def _are_ends(self, point: Endpoint) -> bool:
        """Whether the label before a time is of both ends: "From / To: 2000 / 2400"."""
        at = self._first_node(point)
        words = [str(node.value) for node in self._nodes[max(at - 6, 0) : at]]
        is_pair = any(word in _BEGIN for word in words) and any(word in _FINISH for word in words)
        return is_pair and "/" in words

    def _linked(self, gap: _Gap, is_between: bool) -> tuple[str, Endpoint, int] | None:
        if self._kind(gap.at) != "link" or gap.lines > 1:
            return None
        link = str(self._nodes[gap.at].value)
        if link in ANDS and not is_between:
            return None
        if gap.lines and link in "-–—•~":
            return None
        onward = self._gap(gap.at + 1)
        if self._kind(onward.at) == "link" and self._nodes[onward.at].value in _TOWARDS:
            onward = self._gap(onward.at + 1)
        if onward.lines > 1 or self._kind(onward.at) not in ("date", "time"):
            return None
        endpoint, after = self._endpoint(onward.at)
        return link, endpoint, after

    def _twin(self, chain: Chain, gap: _Gap) -> bool:
        """Take "(7 pm - 11 pm PT)" after a range, or "(9 pm ET)" after a moment."""
        last = chain.endpoints[-1]
        is_aside = any(word in ("(", "/", "|", "=", "or", "[") for word in gap.words)
        is_bracketed = "(" in gap.words or "[" in gap.words
        is_moment = self._kind(gap.at) in ("time", "date")
        if not is_aside or last.time is None or gap.lines or not is_moment:
            return False
        other, after = self._endpoint(gap.at)
        if self._kind(gap.at) == "date" and not is_bracketed and not _is_elsewhere(last, other):
            return False
        onward = self._gap(after)
        is_range = len(chain.endpoints) > 1 and "/" not in onward.words
        linked = self._linked(onward, False) if is_range and ")" not in onward.words else None
        is_said = any(point.zone for point in chain.endpoints) and "(" in gap.words
        is_again = linked and (linked[1].zone or other.zone or (is_said and not other.dates))
        if linked and linked[1].time is not None and is_again:
            chain.twin, after = Chain([other, linked[1]], [linked[0]]), linked[2]
        elif other.zone and other.time is not None:
            if last.zone is None and other.dates and not last.dates and is_bracketed:
                # What stands in the brackets says all: "until half past one (5:30 AM ET Friday)".
                last.time, last.zone, last.part = other.time, other.zone, other.part
                last.dates = other.dates
            else:
                last.others.append((other.time, other.zone))
            if not last.dates and other.dates:  # "8 am PST/11 am EST Saturday"
                away = _days_away(last, other) if is_bracketed and last.zone else 0
                last.dates = [replace(ref, plus=away) for ref in other.dates]
        else:
            return False
        self._after_twin = after
        if chain.twin and not any(point.dates for point in chain.endpoints):
            # "6-8 UTC (2-4 EDT) on 10 July": the date is of both.
            said = chain.twin.endpoints[-1]
            last.dates, last.trailing = list(said.dates), said.trailing
        return True

    # --- endpoints

    def _endpoint(self, at: int) -> tuple[Endpoint, int]:
        first = self._nodes[at]
        endpoint = Endpoint(first.start, first.end)
        end = at
        gap = _Gap(at, (), 0, False)
        while self._take(endpoint, self._nodes[gap.at], gap):
            endpoint.end = max(endpoint.end, self._nodes[gap.at].end)
            end = gap.at + 1
            gap = self._gap(end)
            if self._is_list_link(endpoint, gap):
                gap = gap._replace(at=gap.at + 1, words=(*gap.words, "and"))
            if gap.lines > 1 or gap.bullet or self._kind(gap.at) == "end":
                break
        return endpoint, end

    def _is_list_link(self, endpoint: Endpoint, gap: _Gap) -> bool:
        """Whether "and" joins another day to days that await their common time."""
        if self._kind(gap.at) != "link" or endpoint.time is not None or not endpoint.dates:
            return False
        is_and = self._nodes[gap.at].value in ANDS
        return is_and and not gap.lines and self._kind(gap.at + 1) == "date"

    def _take(self, endpoint: Endpoint, node: Node, gap: _Gap) -> bool:
        """Add `node` to `endpoint` if it can be part of it."""
        value = node.value
        if isinstance(value, DateRef):
            if endpoint.time is not None and self._begins_aside(gap):
                return False
            return self._take_date(endpoint, value, gap)
        if node.kind == "time" and (isinstance(value, (Clock, str))):
            return self._take_time(endpoint, value, gap)
        if node.kind == "zone" and isinstance(value, Zone):
            if endpoint.time is None or (gap.lines and "(" not in gap.words):
                return False
            # "(UTC-05:00) Eastern Time": a region tells more than its offset.
            if endpoint.zone is None or (endpoint.zone.fixed and not value.fixed and not gap.lines):
                endpoint.zone = value if endpoint.zone is None else _region(endpoint.zone, value)
            return True
        if node.kind == "part" and isinstance(value, str):
            endpoint.part = endpoint.part or value
            return not gap.lines
        return False

    def _begins_aside(self, gap: _Gap) -> bool:
        """Whether a date in brackets after a time has a time of its own ("(Fri 10 PM ..."), or
        is the first of two, which are those of a whole range ("(4/12-4/13)").
        """
        if "(" not in gap.words and "/" not in gap.words:
            return False
        onward = self._gap(gap.at + 1)
        is_range = self._kind(onward.at) == "link" and self._kind(onward.at + 1) == "date"
        return is_range or self._kind(onward.at) == "time"

    def _take_date(self, endpoint: Endpoint, ref: DateRef, gap: _Gap) -> bool:
        if endpoint.time is not None:
            if endpoint.dates and not _merges(endpoint.dates[-1], ref):
                return False
            if gap.lines and not any(word in ("on", ",", "of") for word in gap.words):
                return False
            if not endpoint.dates:
                endpoint.trailing = next((w for w in gap.words if w.isalpha() or w in ",("), "")
        is_listed = "," in gap.words and not gap.lines and endpoint.time is None
        is_listed = is_listed and ref.absolute and any(one.absolute for one in endpoint.dates)
        if not endpoint.dates or "and" in gap.words or is_listed:
            endpoint.dates.append(replace(ref, also=()))
            endpoint.dates += [replace(ref, day=day, weekday=None, also=()) for day in ref.also]
        elif _merges(endpoint.dates[-1], ref) and not gap.lines and ":" not in gap.words:
            endpoint.dates[-1] = _merged(endpoint.dates[-1], ref)
        else:
            return False
        return True

    def _take_time(self, endpoint: Endpoint, time: Time, gap: _Gap) -> bool:
        if endpoint.time is not None:
            return False
        if endpoint.dates and "." in gap.words:
            return False
        endpoint.time = time
        return True


def _is_elsewhere(one: Endpoint, other: Endpoint) -> bool:
    """Whether two moments are told in two zones."""
    return one.zone is not None and other.zone is not None and one.zone.tz != other.zone.tz


def _shown(time: Time | None) -> int | None:
    """What a clock shows, in seconds after midnight."""
    if not isinstance(time, Clock):
        return {"noon": 43200, "midnight": 0}.get(str(time))
    hour = time.hour % 12 + (12 if time.half == "p" else 0) if time.half else time.hour
    return hour * 3600 + time.minute * 60


def _days_away(point: Endpoint, other: Endpoint) -> int:
    """By how many days a moment's local day differs from the day of the other zone's clock."""
    here, there = _shown(point.time), _shown(other.time)
    if here is None or there is None or point.zone is None or other.zone is None:
        return 0
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)  # an hour of summer time makes no day
    shift = noon.astimezone(point.zone.tz).utcoffset() or timedelta(0)
    shift -= noon.astimezone(other.zone.tz).utcoffset() or timedelta(0)
    return round((there + shift.total_seconds() - here) / 86400)


def _region(offset: Zone, region: Zone) -> Zone:
    return region if offset.tz != region.tz else offset


def _merges(one: DateRef, other: DateRef) -> bool:
    """Whether two dates beside each other are one date said twice ("tomorrow, 5/21")."""
    if one.absolute and other.absolute:
        return False
    if one.weekday is not None and one.weekday == other.weekday:
        return True
    return one.weekday is None or other.weekday is None or not (one.absolute or other.absolute)


def _merged(one: DateRef, other: DateRef) -> DateRef:
    base, extra = (one, other) if one.absolute else (other, one)
    if not base.absolute and base.weekday is None:
        base, extra = extra, base
    return replace(
        base,
        weekday=base.weekday if base.weekday is not None else extra.weekday,
        part=base.part or extra.part,
        shift=base.shift if base.shift is not None else extra.shift,
    )
