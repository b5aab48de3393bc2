"""How much speaks for it that a message is about what a ticket is about: a score, with reasons.

A sum of a few plain parts, whose worth stands in `data/matching.toml`: the same service, an event
that goes with it, nearness in time, wording; and what speaks against it. From `join` on a report
joins, from `suggest` on it is suggested. To join what is not the same is far worse than to miss it,
so that whatever is ambiguous is only suggested. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt

from rapidfuzz import fuzz

from classifiers import Grouping
from gateway.incidents.signals import Profile, Signal

ALIKE_AT = 0.35  # the share of common words that is worth all of `wording`
SAME_TITLE = 85  # rapidfuzz ratio from which two titles are nearly the same
BROAD = 3  # services from which a message speaks of everything
AT_HAND = timedelta(hours=1)  # work that begins sooner may well be what mends it
MARGIN = 0.15  # by how much the best must be ahead of what is about something else


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket as matching sees it. Its times are those of its messages."""

    number: int
    services: tuple[str, ...]
    began_at: datetime
    last_at: datetime
    over_at: datetime | None
    is_ended: bool  # a person said so
    windows: tuple[tuple[datetime, datetime | None], ...]
    profile: Profile

    @property
    def cleared_at(self) -> datetime | None:
        """When whoever runs it last said that it is over, as far as nobody of them took it back."""
        said = self.profile.cleared
        return datetime.fromisoformat(said) if said else None

    @property
    def is_planned(self) -> bool:
        """Whether it is about planned work."""
        families = self.profile.families
        return families.get("planned", 0) > families.get("trouble", 0)


@dataclass(slots=True)
class Score:
    """What speaks for and against it, in figures and words. `cap` is why it may not join."""

    value: float = 0.0
    reasons: list[str] = field(default_factory=list)
    cap: str = ""
    is_barred: bool = False  # not even what its happening is called helps

    def add(self, worth: float, why: str) -> None:
        """One part of it."""
        self.value = round(self.value + worth, 3)
        self.reasons.append(f"{worth:+.2f} {why}")


def score(one: Signal, ticket: Standing, words: Grouping) -> Score:
    """How much speaks for it that the message belongs to the ticket."""
    found = Score()
    if ticket.is_planned:
        _planned(found, one, ticket, words)
    else:
        _trouble(found, one, ticket, words)
    _against(found, one, ticket, words)
    return found


# --- trouble ---------------------------------------------------------------------------------


def _trouble(found: Score, one: Signal, ticket: Standing, words: Grouping) -> None:
    worth = words.scores
    _service(found, one, ticket, words)
    if one.family == "planned":
        found.cap = "one is planned work, the other is trouble"
        found.is_barred = any(start > one.at + AT_HAND for start, _ in one.windows)
    if one.family in {"trouble", "over"}:
        found.add(worth["trouble"], "both tell of trouble, or of its end")
    elif one.family == "asks":
        found.add(worth["asked"], "it asks or informs")
    _time(found, one, ticket, words)
    alike = _wording(found, one, ticket, words)
    specific = one.parts - words.broad
    theirs = _spoken(ticket.profile) - words.broad
    common = specific & theirs
    if common:
        found.add(worth["part"], f"the same part: {', '.join(sorted(common))}")
    elif specific and theirs:
        found.add(-worth["otherwise"], f"another part: {', '.join(sorted(specific))}")
    if len(one.title.split()) > 2 and one.title in ticket.profile.titles:
        found.add(worth["title"] / 2, "the same title")
    codes = one.codes & ticket.profile.codes.keys()
    if codes:
        found.add(worth["code"], f"the same code: {', '.join(sorted(codes)[:3])}")
    few = sum(term in ticket.profile.terms for term in one.terms)
    is_said = alike or (one.is_lone and few > 1)
    if (one.is_lone or one.is_bulk) and not (is_said or common or codes):
        found.cap = found.cap or "nobody else is said to have it, and the words are others"
    if is_counted_apart(one.numbers, ticket.profile.numbers):
        found.cap = found.cap or "the service desk counts it as another one"
    gap = apart(one.at, ticket.began_at, ticket.last_at)
    is_quiet = gap > timedelta(hours=words.hours["later"])
    if is_quiet and one.family != "over" and not (common or codes):
        found.cap = found.cap or "nothing was heard of it for too long"


def _service(found: Score, one: Signal, ticket: Standing, words: Grouping) -> None:
    worth, theirs = words.scores, set(ticket.services)
    same = theirs & set(one.services)
    if one.headed and one.services and not one.headed & {*one.services, *theirs}:
        found.cap = f"its subject names {', '.join(sorted(one.headed))}"
    if same:
        broad = len(one.services) > BROAD
        kind = "several" if broad else "service"
        found.add(worth[kind], f"the same service: {', '.join(sorted(same))}")
        return
    together = ticket.profile.together & set(one.services)
    if together:
        found.add(worth["several"], f"reported together with it: {', '.join(sorted(together))}")
        return
    for mine in one.services:
        for other in theirs:
            needs = words.needs.get(mine, frozenset()), words.needs.get(other, frozenset())
            if other in needs[0] or mine in needs[1]:
                cause = other if other in needs[0] else mine
                there = one.named if cause == other else ticket.profile.named.keys()
                found.add(worth["needed"], f"{mine} and {other}: one needs the other")
                if cause in there:
                    found.add(worth["needed"] / 2, f"and {cause} is named")
                else:
                    found.cap = "what one needs is not named as the cause"
                return
    if one.services:
        found.cap = "it names another service"
        return
    named = theirs & one.named
    if named:
        found.add(worth["several"], f"it names {', '.join(sorted(named))}")


def _spoken(profile: Profile) -> set[str]:
    """The parts that a good share of the messages speak of."""
    least = max(1, profile.messages // 4)
    return {name for name, count in profile.parts.items() if count >= least}


def _time(found: Score, one: Signal, ticket: Standing, words: Grouping) -> None:
    gap = apart(one.at, ticket.began_at, ticket.last_at)
    for name in ("soon", "later", "latest"):
        if gap <= timedelta(hours=words.hours[name]):
            found.add(words.scores[name], f"{_in_words(gap)} apart")
            return
    found.reasons.append(f"+0.00 {_in_words(gap)} apart")


def apart(at: datetime, first: datetime, last: datetime) -> timedelta:
    """How far a moment is from a span."""
    if at < first:
        return first - at
    return max(at - last, timedelta(0))


def _in_words(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def is_counted_apart(some: Collection[str], others: Collection[str]) -> bool:
    """Whether one desk gave them numbers, and none in common."""
    desks = {one.partition(" ")[0] for one in some} & {one.partition(" ")[0] for one in others}
    return bool(desks) and not {*some} & {*others}


def _wording(found: Score, one: Signal, ticket: Standing, words: Grouping) -> float:
    alike = likeness(one.terms, ticket.profile)
    worth = round(words.scores["wording"] * min(1.0, alike / ALIKE_AT), 2)
    if worth:
        common = [term for term in one.terms if term in ticket.profile.terms][:6]
        found.add(worth, f"wording: {', '.join(common)}")
    return worth


def likeness(terms: Sequence[str], profile: Profile) -> float:
    """The share of words in common, 0 to 1. What one message of many said counts for less."""
    if len(terms) < 2 or not profile.terms:
        return 0.0
    few = 0.5 if profile.messages > 3 else 1.0
    common = sum(1.0 if profile.terms[one] > 1 else few for one in terms if one in profile.terms)
    if common < 1.5:
        return 0.0
    return common / sqrt(len(terms) * min(len(profile.terms), 40))


# --- planned work ----------------------------------------------------------------------------


def _planned(found: Score, one: Signal, ticket: Standing, words: Grouping) -> None:
    worth = words.scores
    if one.family not in {"planned", "over"}:
        found.cap, found.is_barred = "one is planned work, the other is trouble", True
    same = set(ticket.services) & set(one.services)
    if same:
        found.add(worth["service"], f"the same service: {', '.join(sorted(same))}")
    elif one.services and ticket.services:
        found.cap = "it names another service"
    if one.speaker and one.speaker in ticket.profile.speakers:
        found.add(worth["speaker"], f"the same house: {one.speaker}")
    is_change = one.window_status in {"RE-SCHEDULED", "CANCELLED", "COMPLETED", "IN-PROCESS"}
    relation = overlap(one.windows, ticket.windows)
    if relation is True:
        found.add(worth["window"], "at the same time")
    elif _names_a_time(one, ticket):
        found.add(worth["moved"], "it names the time that was announced")
    elif relation is False and not is_change:
        found.cap = "it is planned for another time"
    elif relation is False:
        found.reasons.append("+0.00 it is moved to another time")
    if any(fuzz.token_set_ratio(one.title, title) >= SAME_TITLE
           for title in ticket.profile.titles if one.title):  # fmt: skip
        found.add(worth["title"], "nearly the same title")
    _wording(found, one, ticket, words)
    if relation is not True and not _names_a_time(one, ticket) and not same:
        found.cap = found.cap or "neither service nor time is the same"


def overlap(
    some: Sequence[tuple[datetime, datetime | None]],
    others: Sequence[tuple[datetime, datetime | None]],
) -> bool | None:
    """Whether any of these times overlap; None where one side has none."""
    if not some or not others:
        return None
    day = timedelta(hours=1)
    return any(
        one[0] < (other[1] or other[0] + day) and other[0] < (one[1] or one[0] + day)
        for one in some
        for other in others
    )


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def _names_a_time(one: Signal, ticket: Standing) -> bool:
    """Whether the message names the day of a window of the ticket."""
    said = f" {one.said} {one.title} "
    for start, _ in ticket.windows:
        for moment in (
            start,
            start - timedelta(hours=6),
        ):  # the day where it is still the day before
            month, day = _MONTHS[moment.month - 1], moment.day
            if any(
                f" {text} " in said
                for name in (month, month[:3])
                for text in (f"{name} {day}", f"{day} {name}", f"{name} {day}th")
            ):
                return True
    return False


# --- against it ------------------------------------------------------------------------------


def _against(found: Score, one: Signal, ticket: Standing, words: Grouping) -> None:
    worth = words.scores
    theirs = {name for name, count in ticket.profile.environments.items()
              if count >= max(1, ticket.profile.messages // 2)}  # fmt: skip
    if one.environments != theirs and (one.environments - theirs or theirs - one.environments):
        found.add(-worth["elsewhere"], "another environment")
    if one.is_personal:
        found.add(-worth["personal"], "it is of one person's own account or record")
    if one.is_apart:
        found.add(-worth["apart"], "it says that it is something else, or recalls it")
    if one.doubts:
        found.add(-worth["unsure"] * one.doubts, "its reading is in doubt")
    straggling = timedelta(hours=words.hours["straggling"])
    if ticket.over_at is not None and one.at > ticket.over_at + straggling:
        found.cap, found.is_barred = "it was written after the end", True
    elif ticket.cleared_at is not None and one.at > ticket.cleared_at + straggling:
        found.cap = found.cap or "it was written after an all-clear"


def conflict(one: Standing, other: Standing, words: Grouping) -> bool:
    """Whether two tickets are plainly about different things."""
    if one.is_planned != other.is_planned:
        return True
    if not set(one.services) & set(other.services):
        return True
    mine, theirs = (_spoken(ticket.profile) - words.broad for ticket in (one, other))
    if mine and theirs and not mine & theirs:
        return True
    if is_counted_apart(one.profile.numbers, other.profile.numbers):
        return True
    return bool(one.is_planned and overlap(one.windows, other.windows) is False)
