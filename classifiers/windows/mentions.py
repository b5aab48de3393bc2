"""The times of one part of a message, each with its role, and the days its text speaks of."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from functools import cached_property, lru_cache

from classifiers.contract import Window
from classifiers.windows.chains import Chain, ChainReader, Endpoint
from classifiers.windows.dates import DateRef
from classifiers.windows.lengths import Length, lengths
from classifiers.windows.lexer import tokens_of
from classifiers.windows.phrases import Node, Reader
from classifiers.windows.resolver import ZONES, Calendar
from classifiers.windows.roles import Places, Role, role_at
from classifiers.windows.sections import Section
from classifiers.windows.spans import DAILY, Range, Spanner
from classifiers.windows.tables import Tables
from classifiers.windows.tokens import Clock
from classifiers.windows.zones import ZONE_WORDS, Zone, as_meant, place_zone, zone_of

_ZONE_LABEL = re.compile(
    r"\b(?:time ?zone|fuso|zeitzone|zona horaria|huso|fuseau)[^:\n]{0,12}: ?([^\n:]{3,30})", re.I
)
#: What is told of as past just before a time.
_PAST = re.compile(
    r"\b(?:began|(?<!be )started|went (?:\w+ )?(?:down|off|offline|dark|away)|has been \w+ since"
    r"|empezó|comenzó|begann|hat begonnen)\b[^.;\n\d]{0,20}\Z",
    re.I,
)
_LIMIT = 120  # times that are looked at in one part; more is a log
_ZONES = "|".join(sorted(ZONE_WORDS))
_ALL_TIMES = re.compile(
    r"\b(?:all times|our time|times|times? (?:are|is|shown|listed|given|in)|time ?zone"
    r"|hours (?:are|in|shown|given)|horas"
    r"|tijdzone|zeitzone|fuso orario|fuseau horaire|zona horaria|huso horario|fuso horário"
    rf"|heures|zeit\w*)\b[^.\n]{{0,50}}?\b(?P<zone>(?:UTC|GMT)[+\-−]\d{{1,2}}(?::?\d\d)?|[A-Z][A-Za-z]+/[A-Z]\w+|(?:{_ZONES})\b)"
    rf"|\b(?:all|both)[ ](?P<all>{_ZONES})\b(?=\s*[.,;)\n]|\s+time)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One chain of a text and its role."""

    chain: Chain
    role: Role

    @property
    def ends(self) -> tuple[Endpoint, Endpoint | None]:
        """The endpoints that count: of a moved window the new ones."""
        points = self.chain.endpoints
        links = self.chain.links
        # "Planned start: X -> Y" changes the start; "X -> Y" alone is a range.
        is_change = self.role.strong and bool(links) and links[0].endswith((">", "→"))
        if len(points) > 1 and (self.role.standing == "moved" or is_change):
            points, links = _target(points, links)
        points = _joined(points, links)
        return points[0], points[1] if len(points) > 1 else None

    @property
    def link(self) -> str:
        """The last link, which joins the end."""
        return self.chain.links[-1] if self.chain.links else ""


class Mentions:
    """Reads a section: its mentions in order, and how to turn them into windows."""

    def __init__(
        self, section: Section, calendar: Calendar, zone: Zone, local: Zone | None = None
    ) -> None:
        self.section = section
        self.calendar = calendar
        text = section.text
        year = section.written.year if section.written else 2025
        nodes = _nodes(text, year, local)
        if local and section.written:
            written = section.written
            nodes = [
                node._replace(value=as_meant(node.value, local, written))
                if isinstance(node.value, Zone)
                else node
                for node in nodes
            ]
        chains = ChainReader(nodes).chains()[:_LIMIT]
        _head(nodes, chains)
        self.items = _with_roles(text, chains, ahead=calendar.ahead)
        if any(one.role.zone for one in self.items):
            self.items = [_without_local(text, one) for one in self.items]
        if calendar.ahead:
            _look_back(text, self.items)
        #: The zone that this text says all its times are in, or None.
        self.zone = _said_zone(text, nodes, self.items)
        self._spanner = Spanner(calendar, self.zone or zone)
        self.names_a_zone = any(isinstance(node.value, Zone) for node in nodes)
        self.rows = Tables(text, year).rows() if calendar.ahead else []

    def windows(self, given: Range, context: date | None) -> list[Window]:
        """The windows of `given` where its surroundings speak of the day `context`."""
        return self._spanner.windows(given, context)

    def on_day(self, window: Window, day: date) -> Window:
        """`window` at the same hours of another day, by the clocks of this text."""
        zone = (self.zone or self.calendar.zone).tz
        start = window.start.astimezone(zone)
        away = timedelta(days=(day - start.date()).days)
        end = window.end.astimezone(zone) + away if window.end else None
        return Window((start + away).astimezone(UTC), end.astimezone(UTC) if end else None)

    def range_of(self, mention: Mention) -> Range:
        """A mention as a range, with the words about it and its length where one is said."""
        start, end = mention.ends
        around = self.section.text[max(mention.chain.start - 40, 0) : mention.chain.end + 40]
        if (days := _daily(mention.chain)) and DAILY.search(around):
            _, first, last = mention.chain.endpoints
            return Range(replace(first, dates=[days]), replace(last, dates=[]), "-", around)
        length = None if end else self.length(mention.chain.start, mention.chain.end)
        if end and not start.part and not any((*start.dates, *end.dates)):
            start = replace(start, part=self._part_before(mention.chain.start))
        return Range(start, end, mention.link, around, length)

    def _part_before(self, at: int) -> str | None:
        """The part of the day that the last day named before `at` in its paragraph has."""
        for item in reversed(self.items):
            point = item.ends[0]
            if item.chain.end <= at and point.dates:
                is_near = "\n\n" not in self.section.text[item.chain.end : at]
                return point.dates[-1].part if is_near and not item.chain.timed else None
        return None

    def length(self, start: int, end: int) -> timedelta | None:
        """How long it lasts, said near `start` to `end` or under a label of the text."""
        text = self.section.text
        best: tuple[int, timedelta] | None = None
        for one in self._lengths:
            away = one.start - end if one.start >= end else start - one.end
            near = away <= 160 and "\n\n" not in text[min(end, one.start) : one.start]
            if (one.is_label or near) and (best is None or away < best[0]):
                best = (away, one.value)
        return best[1] if best else None

    @cached_property
    def _lengths(self) -> list[Length]:
        """The lengths that the text says."""
        return lengths(self.section.text)

    def dates_before(self, at: int) -> list[DateRef]:
        """The days that the text last named before `at`, without a time."""
        named = [m for m in self.items if m.chain.start < at and m.ends[0].dates]
        if not named or named[-1].chain.timed:
            return []
        refs = [ref for point in named[-1].chain.endpoints for ref in point.dates]
        # "Tue-Thu (July 8-10)": the days of the month tell the whole.
        return [ref for ref in refs if ref.through] or list(named[-1].ends[0].dates)

    def dates_said(self, at: int) -> list[DateRef]:
        """The days of the month that are named without a time, those after `at` first."""
        named = [m for m in self.items if not m.chain.timed and m.role.standing != "old"]
        named.sort(key=lambda mention: mention.chain.start < at)
        return [ref for m in named for ref in m.ends[0].dates if ref.absolute]

    def day_at(self, at: int, *, strict: bool = False) -> date | None:
        """The day that the text speaks of at `at`: the last one named before, else the next.

        `strict` takes only one named shortly before.
        """
        before: DateRef | None = None
        for mention in self.items:
            ref = _day_of(mention)
            if ref is None or (mention.role.standing == "old" and not mention.chain.timed):
                continue
            if mention.chain.start >= at:
                if before is None and not strict and self.calendar.ahead:
                    before = ref
                break
            if not strict or at - mention.chain.end < 60:
                before = ref
        days = self.calendar.days(before) if before else []
        today = self.calendar.today
        if days and today and not self.calendar.ahead and days[0] > today:
            return None  # a report tells of no day to come
        return days[0] if days else None


def _day_of(mention: Mention) -> DateRef | None:
    start, end = mention.ends
    if not mention.role.ours and mention.chain.timed:
        return None
    points = [start, end] if end else [start]
    return next((ref for point in points for ref in point.dates), None)


@lru_cache(maxsize=8)
def _nodes(text: str, year: int, local: Zone | None) -> list[Node]:
    """The phrases of a text, which is read for what may be planned and for what was."""
    return Reader(tokens_of(text), year, local).nodes()


def _without_local(text: str, mention: Mention) -> Mention:
    """A mention as none of ours where it only says "local" what another says in a named zone."""
    line = text[text.rfind("\n", 0, mention.chain.start) + 1 : mention.chain.start]
    is_told = mention.role.zone or any(point.zone for point in mention.chain.endpoints)
    if is_told or len(line) > 40 or "local" not in line.lower():
        return mention
    return replace(mention, role=replace(mention.role, ours=False))


def _head(nodes: list[Node], chains: list[Chain]) -> None:
    """Give times the zone of the heading above them, where a text has headings of several zones."""
    headings: list[tuple[int, Zone]] = []
    line: list[Node] = []
    for node in [*nodes, Node("line", 0, 0)]:
        if node.kind != "line":
            line.append(node)
            continue
        zones = [one.value for one in line if isinstance(one.value, Zone)]
        if len(zones) == 1 and not any(one.kind in ("date", "time") for one in line):
            headings.append((line[0].start, zones[0]))
        line = []
    if len({str(zone.tz) for _, zone in headings}) < 2:
        return
    for chain in chains:
        above = [zone for start, zone in headings if start < chain.start]
        if above and not any(point.zone for point in chain.endpoints):
            for point in chain.endpoints:
                point.zone = above[-1]


def _with_roles(text: str, chains: list[Chain], *, ahead: bool) -> list[Mention]:
    mentions: list[Mention] = []
    previous, strange = 0, False
    for number, chain in enumerate(chains):
        following = chains[number + 1].start if number + 1 < len(chains) else len(text)
        beside = chains[number - 1].end if number else 0
        gap = text[beside : chain.start]
        places = Places(previous, beside if "," in gap or ":" in gap else previous, following)
        role = role_at(text, chain, places, ahead=ahead)
        between = text[previous : chain.start] if previous else ""
        is_ended = text[previous - 1 : previous] == "." and between[:2].strip().isupper()
        if strange and not is_ended and len(between) < 14 and not re.search(r"[.;!?\n]", between):
            role = replace(role, ours=False)  # "I tried at 9 and at 10"
        if role.zone:
            for point in chain.endpoints:
                point.zone = point.zone or role.zone
        mentions.append(Mention(chain, role))
        if chain.timed:
            previous, strange = chain.end, not role.ours
    return mentions


def _target(points: list[Endpoint], links: list[str]) -> tuple[list[Endpoint], list[str]]:
    """The new endpoints of "from X to Y"; what Y leaves out is as in X."""
    is_turned = links[0] in ("to", "→", "a", "al") or links[0].endswith(">")
    cut = {2: 1, 3: 1 if is_turned else 2}.get(len(points), 2)
    old, new = points[0], points[cut]
    if not new.dates:
        new.dates = list(old.dates)
    if new.time is None and old.time is not None and cut == 1:
        new.time, new.zone = old.time, old.zone
    return points[cut:], links[cut:]


def _joined(points: list[Endpoint], links: list[str]) -> list[Endpoint]:
    """Endpoints with those joined that say one moment in two parts ("July 11 - 10 PM")."""
    if len(points) == 3 and points[0].time is None and points[1].dates and points[1].time:
        # "Sat night into Sun morning, 10 PM - 2 AM", "July 11 to July 12, 10 PM - 2 AM"
        is_after = _is_small(points[1]) and _is_small(points[2])
        first = _copy(points[1] if is_after else points[0], points[1])
        last = _copy(points[2], points[2])
        last.dates = last.dates or list(points[1].dates)
        return [first, last]
    joined = points[:1]
    for link, point in zip(links, points[1:], strict=True):
        last = joined[-1]
        if (
            last.time is None
            and not point.dates
            and point.time
            and link in ("-", "–", "—", "a", "à", "às")
        ):
            joined[-1] = _copy(last, point)
        else:
            joined.append(point)
    return joined


def _is_small(point: Endpoint) -> bool:
    """Whether a time is of the small hours, which a night has on its second day."""
    time = point.time
    if isinstance(time, Clock):
        return time.hour < 6 and time.half != "p" and (time.hhmm or time.half == "a")
    return time == "midnight"


def _look_back(text: str, items: list[Mention]) -> None:
    """Take a weekday on which something "began" as the last one, not the next."""
    for item in items:
        point = item.chain.endpoints[0]
        if _PAST.search(text, max(item.chain.start - 40, 0), item.chain.start):
            point.dates = [
                replace(ref, modifier="last")
                if ref.weekday is not None and not ref.absolute and ref.modifier is None
                else ref
                for ref in point.dates
            ]


def _daily(chain: Chain) -> DateRef | None:
    """The days of "8 July to 10 July, 22:00 to 23:00", which is each night where that is said."""
    if len(chain.endpoints) != 3 or chain.endpoints[0].time is not None:
        return None
    first, last = chain.endpoints[0].dates[-1:], chain.endpoints[1].dates[-1:]
    if not first or not last or first[0].month is None or last[0].month is None:
        return None
    return replace(first[0], through=(last[0].month, last[0].day or 1), swappable=False)


def _copy(dated: Endpoint, timed: Endpoint) -> Endpoint:
    return Endpoint(
        min(dated.start, timed.start), max(dated.end, timed.end), list(dated.dates), timed.time,
        timed.zone, timed.part or dated.part, list(timed.others),
    )  # fmt: skip


def _said_zone(text: str, nodes: list[Node], items: list[Mention]) -> Zone | None:
    """The zone of a text that says which its times are in, or that names only one.

    That of a time which is none of ours ("office hours: 8 AM - 6 PM ET") tells nothing.
    """
    named = [node for node in nodes if isinstance(node.value, Zone)]
    if len({str(node.value.tz) for node in named if isinstance(node.value, Zone)}) > 1:
        others = [one.chain for one in items if not one.role.ours]
        named = [node for node in named if not any(o.start <= node.start <= o.end for o in others)]
    zones = {str(node.value.tz): node.value for node in named if isinstance(node.value, Zone)}
    if len(zones) == 1:
        is_aside = any(_is_aside(one.chain) for one in items)
        return None if is_aside else next(iter(zones.values()))
    if found := _ALL_TIMES.search(text):
        return zone_of(found["zone"] or found["all"])
    place = _ZONE_LABEL.search(text)
    return place_zone(place[1]) if place else None


def _is_aside(chain: Chain) -> bool:
    """Whether a chain names its zone only where it says its times again, in brackets."""
    is_said = any(point.zone for point in chain.endpoints)
    is_again = chain.twin is not None or any(point.others for point in chain.endpoints)
    return is_again and not is_said


def check_twin(calendar: Calendar, mention: Mention, windows: list[Window]) -> None:
    """Doubt where the same range in another zone has other hours."""
    twin = mention.chain.twin
    if twin is None or len(windows) != 1:
        return
    zone = twin.endpoints[0].zone or twin.endpoints[-1].zone
    at = twin.endpoints[-1]
    if zone is None or at.time is None or windows[0].end is None:
        return
    before = list(calendar.doubts)
    calendar.check_others(Endpoint(0, 0, others=[(at.time, at.zone or zone)]), windows[0].end)
    assert ZONES not in before or ZONES in calendar.doubts
