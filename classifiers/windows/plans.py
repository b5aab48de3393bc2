"""The windows of planned work that a text says are in force.

The new one beats the old one; ranges beat single moments; a start and an end said apart are
joined. An extension changes the end only and needs the window that it extends.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from classifiers.contract import Window
from classifiers.windows.chains import Endpoint
from classifiers.windows.lengths import longer
from classifiers.windows.mentions import Mention, Mentions, check_twin
from classifiers.windows.spans import DAILY, Range
from classifiers.windows.tables import Row

_SAME_HOURS = re.compile(
    r"(?: ?\([^()\n]{1,40}\))?[\s,;:)(.]{0,4}(?:at |in |with |a )?(?:the |las |la )?(?:very )?"
    r"(?:same (?:hours?|times?|window|slot)|mism[ao]s? (?:hora|horas|horario))\b",
    re.I,
)
_RECURS = re.compile(
    r"\b(?:every|each|cada|jeden|jede|chaque|monthly|weekly|(?:first|second|third|fourth|last)"
    r" \w+ of)\b[^.;]*\Z",
    re.I,
)
_ALL_DAY = re.compile(
    r"\b(?:all day|(?:whole|entire|all) (?:day|of)|todo el día|ganztägig|toute la journée)\W*"
    r"(?:on|el|am|le)?\W*\Z",
    re.I,
)
_STAMPED = re.compile(r"\b(?:created|opened|logged|notified|dated)\b[^\n]{0,20}\Z", re.I)
_REACH = 700  # characters between a start and the end that belongs to it


@dataclass(slots=True)
class Found:
    """Windows with where they stand; `new` if said to replace others; `bare` without an end,
    `said` where a start was spelled out."""

    windows: list[Window]
    start: int
    end: int
    new: bool = False
    bare: bool = False
    said: bool = False


@dataclass(slots=True)
class Plan:
    """What a text says of planned work: windows, and the end or day that an earlier one is given.

    `moved_to` is a day on which an earlier window takes place at the same hours; `longer` is by
    how much it goes on.
    """

    found: list[Found] = field(default_factory=list)
    extension: Mention | None = None
    moved_to: date | None = None
    longer: timedelta | None = None

    @property
    def whole(self) -> bool:
        """Whether any window has its end."""
        return any(window.end for window in self.windows)

    @property
    def is_said(self) -> bool:
        """Whether a start was spelled out."""
        return any(found.said for found in self.found)

    @property
    def windows(self) -> list[Window]:
        """The windows in force, without repetition, in order of mention."""
        windows: list[Window] = []
        for found in self.found:
            windows += [window for window in found.windows if window not in windows]
        return windows


def read_plan(mentions: Mentions, outer: date | None) -> Plan:
    """The plan of a text; `outer` is the day that its surroundings (the subject) speak of."""
    plan = Plan()
    pairs = _Pairs(mentions, outer)
    for row in mentions.rows:
        pairs.add_row(row)
    for mention in mentions.items:
        if any(row.start <= mention.chain.start < row.end for row in mentions.rows):
            continue
        if mention.role.standing == "old" and mention.role.side == "end":
            pairs.was = mention
        if not mention.role.ours or mention.role.standing == "old":
            continue
        if _is_all_day(mention, mentions.section.text):
            start = replace(mention.ends[0], time="midnight")
            pairs.add(Range(start, None, length=timedelta(days=1)), mention)
        elif _is_extension(mention):
            plan.extension = mention
        elif _is_range(mention):
            pairs.close()
            pairs.add(mentions.range_of(mention), mention)
        else:
            pairs.point(mention)
    if plan.extension is None:
        plan.longer = longer(mentions.section.text)
    if plan.longer:
        pairs.take_old_end()
    pairs.close()
    plan.found = _in_force(pairs.found)
    _take_same_hours(plan, mentions)
    if not plan.found and plan.extension is None:
        plan.extension = pairs.loose
    return plan


def _take_same_hours(plan: Plan, mentions: Mentions) -> None:
    """Windows on other days "at the same hours" as one that the text gives."""
    for mention in mentions.items:
        point, other = mention.ends
        point = other or point
        tail = mentions.section.text[mention.chain.end : mention.chain.end + 40]
        if not point.dates or mention.chain.timed or not _SAME_HOURS.match(tail):
            continue
        days = mentions.calendar.days(point.dates[0])
        if not days:
            continue
        plan.moved_to = days[0]
        base = _base(plan, mentions, mention)
        if base:
            moved = mentions.on_day(base, days[0])
            item = Found([moved], mention.chain.start, mention.chain.end, new=True)
            is_new = mention.role.standing in ("new", "moved")
            plan.found = [item] if is_new else [*plan.found, item]


def _base(plan: Plan, mentions: Mentions, moved: Mention) -> Window | None:
    """The window whose hours are meant, though it may be out of force itself."""
    whole = [item.windows[-1] for item in plan.found if item.windows[-1].end]
    if whole:
        return whole[-1]
    for mention in mentions.items:
        if mention is not moved and _is_range(mention):
            context = mentions.day_at(mention.chain.start)
            windows = mentions.windows(mentions.range_of(mention), context)
            return windows[-1] if windows else None
    return None


def _is_range(mention: Mention) -> bool:
    start, end = mention.ends
    return start.time is not None and end is not None and end.time is not None


def _is_all_day(mention: Mention, text: str) -> bool:
    lead = text[max(mention.chain.start - 30, 0) : mention.chain.start]
    return not mention.chain.timed and _ALL_DAY.search(lead) is not None


def _is_extension(mention: Mention) -> bool:
    start, end = mention.ends
    if mention.role.standing == "extended":
        return (end or start).time is not None and mention.role.side != "start"
    is_new_end = mention.role.standing == "new" and mention.role.side == "end"
    return is_new_end and end is None and start.time is not None and mention.role.strong


def extended(mentions: Mentions, mention: Mention, base: Window) -> Window:
    """`base` with the end that `mention` gives it."""
    start, end = mention.ends
    point = end or start
    zone = (point.zone or mentions.calendar.zone).tz
    opening = Endpoint(0, 0, list(point.dates), point.time, point.zone, point.part)
    near = (base.end or base.start).astimezone(zone).date()
    resolved = mentions.windows(Range(opening, None), near)
    finish = resolved[0].start if resolved else base.start
    if finish <= base.start:
        finish += timedelta(days=1)
    return Window(base.start, finish) if finish > base.start else base


class _Pairs:
    """Collects windows, joining starts and ends that a text gives apart."""

    def __init__(self, mentions: Mentions, outer: date | None) -> None:
        self._mentions = mentions
        self._outer = outer
        self._start: Endpoint | None = None
        self._end: Endpoint | None = None
        self._from: Mention | None = None
        self.found: list[Found] = []
        #: An end that is out of force.
        self.was: Mention | None = None
        #: An end to which no start was said.
        self.loose: Mention | None = None

    def point(self, mention: Mention) -> None:
        """Take one moment: a start, an end, a day or a time of either."""
        point, _ = mention.ends
        if mention.role.side == "end":
            if self._start is not None and self._near(mention):
                self._end = _merged(self._end, point) or self._end
            elif point.time is not None and mention.role.strong:
                self.loose = self.loose or mention
            return
        if self._answers(mention):
            self._end = point
            return
        if mention.role.side is None and self._restates(point):
            self._start = point
            return
        if mention.role.side is None:
            is_said = mention.role.told or point.dates or point.zone
            if point.time is None or not is_said or self._is_timed():
                return
        merged = _merged(self._start, point)
        if merged is None or not self._near(mention):
            self.close()
            merged = point
        self._start = merged
        if self._from is None:
            self._from = mention

    def take_old_end(self) -> None:
        """End what is open where it would have ended, had it not been extended."""
        if self._start is not None and self._end is None and self.was is not None:
            self._end = self.was.ends[0]

    def _answers(self, mention: Mention) -> bool:
        """Whether a whole moment under a label ends what the label just above it begins.

        So a start and an end are read in whichever language their labels are.
        """
        start, above, point = self._start, self._from, mention.ends[0]
        if start is None or above is None or self._end is not None or mention.role.side:
            return False
        is_form = mention.role.label and above.role.label and mention.chain.start - start.end < 90
        is_whole = all(one.dates and one.time is not None for one in (start, point))
        is_stamp = _STAMPED.search(
            self._mentions.section.text, max(above.chain.start - 40, 0), above.chain.start
        )
        return is_form and is_whole and not is_stamp and not mention.role.standing

    def _restates(self, point: Endpoint) -> bool:
        """Whether a whole moment says the start before it again: "midnight, i.e. 12 July, 0:00"."""
        start = self._start
        if start is None or start.time is None or point.time is None:
            return False
        is_vague = not any(ref.absolute for ref in start.dates)
        return (
            is_vague and any(ref.absolute for ref in point.dates) and point.start - start.end < 20
        )

    def _is_timed(self) -> bool:
        return self._start is not None and self._start.time is not None

    def _near(self, mention: Mention) -> bool:
        return self._from is None or mention.chain.start - self._from.chain.end < _REACH

    def close(self) -> None:
        """Finish the pair that is open."""
        start, end, mention = self._start, self._end, self._from
        self._start = self._end = self._from = None
        if start is None or mention is None or start.time is None:
            return
        if end and end.time is None and end.dates:
            end = None
        if (
            end is None
            and self.loose
            and not self.found
            and abs(self.loose.chain.start - start.end) < _REACH
        ):
            end, self.loose = self.loose.ends[0], None  # the end was told before the start
        length = None if end else self._mentions.length(start.start, start.end)
        self.add(Range(start, end, length=length, apart=True), mention)

    def add_row(self, row: Row) -> None:
        """Take a window of a table."""
        context = self._mentions.day_at(row.start) or self._outer
        if windows := self._mentions.windows(row.given, context):
            self.found.append(Found(windows, row.start, row.end))

    def add(self, given: Range, mention: Mention) -> None:
        """Resolve a range and keep its windows."""
        given = self._dated(given, mention)
        context = self._mentions.day_at(mention.chain.start) or self._outer
        windows = self._mentions.windows(given, context)
        check_twin(self._mentions.calendar, mention, windows)
        if windows:
            is_new = mention.role.standing in ("new", "moved")
            is_bare = given.end is None and given.length is None
            is_said = mention.role.side == "start" and mention.role.strong
            span = (mention.chain.start, max(mention.chain.end, given.end.end if given.end else 0))
            self.found.append(Found(windows, *span, is_new, is_bare, is_said))

    def _dated(self, given: Range, mention: Mention) -> Range:
        """A range with the days that the text says for it elsewhere: a list, the next of many."""
        at = mention.chain.start
        if not given.start.dates and given.end and not any(d.absolute for d in given.end.dates):
            listed = self._mentions.dates_before(at)
            if len(listed) > 1:  # "11/2 and 11/9, each from 10 PM to 5 AM Sunday"
                start, end = replace(given.start, dates=listed), replace(given.end, dates=[])
                return replace(given, start=start, end=end)
        dates = given.start.dates or (given.end.dates if given.end else [])
        if any(ref.absolute for ref in dates):
            return given
        lead = self._mentions.section.text[max(at - 120, 0) : at]
        if _RECURS.search(lead):
            listed = self._mentions.dates_said(at)[:1]
        else:
            listed = [] if dates else self._mentions.dates_before(at)
            is_daily = DAILY.search(self._mentions.section.text, max(at - 40, 0), at + 80)
            is_list = len(listed) > 1 or (is_daily and any(ref.through for ref in listed))
            listed = listed if is_list else []
        return replace(given, start=replace(given.start, dates=listed)) if listed else given


def _merged(one: Endpoint | None, other: Endpoint) -> Endpoint | None:
    """Two halves of one moment (its day, its time) as one; None where both say the same half."""
    if one is None:
        return other
    if (one.time and other.time) or (one.dates and other.dates):
        return None
    dated, timed = (one, other) if one.dates else (other, one)
    return Endpoint(
        min(one.start, other.start), max(one.end, other.end), list(dated.dates), timed.time,
        timed.zone, timed.part or dated.part, list(timed.others),
    )  # fmt: skip


def _in_force(found: list[Found]) -> list[Found]:
    """New ones before old ones, ranges before single moments, no window inside another."""
    last_new = max((n for n, item in enumerate(found) if item.new), default=None)
    if last_new is not None:
        first = last_new
        while first and found[first - 1].new and found[first].start - found[first - 1].end < 60:
            first -= 1
        found = found[first:]
    if any(not item.bare for item in found):
        found = [item for item in found if not item.bare]
    elif found:
        found = [next((item for item in found if item.said), found[0])]
    return [item for item in found if not _is_inside(item, found)]


def _is_inside(item: Found, others: list[Found]) -> bool:
    """Whether a window is only a stage of another one, named in the same prose."""
    if len(item.windows) != 1:
        return False
    window = item.windows[0]
    for other in others:
        for outer in other.windows:
            if other is item or outer == window or not outer.end or not window.end:
                continue
            if outer.start <= window.start and window.end <= outer.end:
                return True
    return False
