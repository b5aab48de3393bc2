"""When trouble began, and for what is over, from when to when: the times of reports.

A report's times are past. A start must be said to be one ("since", "down at", "Triggered at");
a time that only stands in the text is none.
"""

import re
from datetime import datetime, timedelta

from classifiers.contract import Window
from classifiers.windows.lengths import lasted
from classifiers.windows.mentions import Mention, Mentions
from classifiers.windows.spans import Range

_OLDEST = timedelta(days=120)
_SLACK = timedelta(minutes=15)
_LABELLED = 5
_NEAR = 160  # characters between an end and how long it lasted
_LASTED = re.compile(r"\blast(?:s|ed|ing)\b", re.I)
_TICKET = re.compile(r"\b(?:INC|REQ|RITM|CHG|PRB|TASK)\d{5,12}\b")


def read_starts(mentions: Mentions, *, is_outage: bool = True) -> list[tuple[Window, Mention]]:
    """When the trouble of a text began: each start that a form gives, or the first of its prose."""
    found: list[tuple[int, Window, Mention]] = []
    is_ticket = _TICKET.search(mentions.section.text) is not None
    for number, mention in enumerate(mentions.items):
        rank = _rank(mention, is_ticket=is_ticket, is_outage=is_outage)
        if not rank or _is_over(mentions, number):
            continue
        window = _opening(mentions, mention)
        if window and all(window != other for _, other, _ in found):
            found.append((rank, window, mention))
    best = max((rank for rank, _, _ in found), default=0)
    chosen = [(window, mention) for rank, window, mention in found if rank == best]
    return chosen if best >= _LABELLED else chosen[:1]


def _rank(mention: Mention, *, is_ticket: bool, is_outage: bool) -> int:
    """How plainly a mention is a start, 0 where it is none.

    By a label, spelled out, by the trouble, by standing there alone: who reports that something
    is out and names one moment means that one; trouble in part has many moments.
    """
    role = mention.role
    start, end = mention.ends
    is_end = role.side == "end" and role.strong
    if start.time is None or not role.ours or (is_end and (role.label or not is_outage)):
        return 0
    if is_end:
        return 1  # "all was well until 9:15"
    if role.side == "start" and role.strong:
        if is_ticket and role.opened:
            return 0  # a ticket is opened when someone writes it
        return 6 if role.label and role.begun else _LABELLED if role.label else 4
    if role.told and not role.label and (role.side == "start" or end is not None):
        return 3
    if role.timed and start.dates and is_outage and not is_ticket:
        return 2
    is_whole = start.zone is not None or start.dates or start.part is not None
    is_named = is_whole or role.told or role.alone
    is_said = is_named if is_outage else is_whole and role.alone and role.told
    return 1 if is_said and end is None and not role.label else 0


def _is_over(mentions: Mentions, number: int) -> bool:
    """Whether the next time ends what began: an alert that is no longer firing."""
    following = mentions.items[number + 1 : number + 2]
    if not following or following[0].role.side != "end" or not following[0].role.label:
        return False
    begin, end = _opening(mentions, mentions.items[number]), _opening(mentions, following[0])
    return begin is not None and end is not None and begin.start < end.start


def _opening(mentions: Mentions, mention: Mention) -> Window | None:
    start, _ = mention.ends
    given = Range(start, None)
    context = mentions.day_at(mention.chain.start, strict=True)
    windows = mentions.windows(given, context)
    if not windows:
        return None
    moment = windows[0].start
    latest = mentions.calendar.latest or mentions.calendar.written
    if latest and not -_OLDEST <= moment - latest <= _SLACK:
        return None
    return Window(moment)


def read_over(sections: list[Mentions]) -> list[tuple[Window, Mention, Mentions]]:
    """From when to when it was: the window of a text that says both ends.

    The end may stand in the newest part of a stack and the start in an older one.
    """
    newest: _Ends | None = None
    for mentions in sections:
        ends = _Ends(mentions)
        for mention in mentions.items:
            if mention.role.ours and mention.role.standing != "old":
                ends.take(mention)
        if found := ends.found():
            return [(window, mention, mentions) for window, mention in found]
        if newest is None and (ends.starts or ends.stops):
            newest = ends
        elif newest is not None and newest.stops and ends.starts:
            window = newest.across(ends)
            if window:
                return [(window, ends.starts[0], mentions)]
    return []


class _Ends:
    """Joins "down at 9" and "up again at 9:52"; keeps ranges as second best."""

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        self._start: Mention | None = None
        self.starts: list[Mention] = []
        self.stops: list[Mention] = []
        self.moments: list[Mention] = []
        self.told: list[tuple[Window, Mention]] = []
        self.ranges: list[tuple[Window, Mention]] = []

    def found(self) -> list[tuple[Window, Mention]]:
        """The windows that are said whole, else those of ends that stand apart."""
        plain = [one for one in self.starts if one.role.strong]
        if plain and self.stops and not any(one.role.strong for _, one in self.told):
            self.told.clear()
            self._keep(
                self.told, Range(plain[0].ends[0], self.stops[-1].ends[0], apart=True), plain[0]
            )
        if self.told or self.ranges:
            return self.told or self.ranges
        if self.starts and self.stops:
            opening, closing = self.starts[0].ends[0], self.stops[0].ends[0]
            self._keep(self.told, Range(opening, closing, apart=True), self.starts[0])
        elif len(self.moments) == 2 and any(one.role.strong for one in self.moments):
            first, last = self.moment(self.moments[0]), self.moment(self.moments[1])
            if first and last and first != last:
                self.told.append((Window(min(first, last), max(first, last)), self.moments[0]))
        if not self.told and (self.stops or self.starts):
            self._measure()
        return self.told

    def _measure(self) -> None:
        """Keep the window of one end and how long it lasted: "back at 10:40 after two hours"."""
        text = self._mentions.section.text
        end = self.stops[-1] if self.stops else self.starts[0]
        at = end.chain.start
        near = [one for one in lasted(text) if abs(one.start - at) < _NEAR or one.is_label]
        moment = self.moment(end) if near else None
        if moment is None:
            return
        first = moment - near[0].value if self.stops else moment
        window = Window(first, first + near[0].value)
        latest = self._mentions.calendar.latest
        if window.end and (latest is None or window.end <= latest + _SLACK):
            self.told.append((window, end))

    def across(self, older: "_Ends") -> Window | None:
        """The window from the start that an older part gives to the end that this one gives."""
        start = older.moment(older.starts[0])
        end = self.moment(self.stops[0])
        return Window(start, end) if start and end and start < end else None

    def moment(self, mention: Mention) -> datetime | None:
        """When a mention is."""
        context = self._mentions.day_at(mention.chain.start, strict=True)
        windows = self._mentions.windows(Range(mention.ends[0], None), context)
        return windows[0].start if windows else None

    def take(self, mention: Mention) -> None:
        """Take one mention, in order."""
        start, end = mention.ends
        if start.time is not None and end is not None and end.time is not None:
            self._keep(self.ranges, self._mentions.range_of(mention), mention)
            return
        if start.time is None or end is not None:
            return
        self.moments.append(mention)
        if mention.role.side == "start":
            self._start = mention
            self.starts.append(mention)
            length = self._lasted(mention)
            if length:
                self._keep(self.told, Range(start, None, length=length), mention)
        elif mention.role.side == "end":
            self.stops.append(mention)
            if self._start is not None:
                opening, _ = self._start.ends
                self._keep(self.told, Range(opening, start, apart=True), self._start)
            self._start = None

    def _lasted(self, mention: Mention) -> timedelta | None:
        around = self._mentions.section.text[mention.chain.end : mention.chain.end + 120]
        if not _LASTED.search(around) and not around.lstrip(" ,").startswith("for "):
            return None
        return self._mentions.length(mention.chain.start, mention.chain.end)

    def _keep(self, kept: list[tuple[Window, Mention]], given: Range, mention: Mention) -> None:
        context = self._mentions.day_at(mention.chain.start)
        latest = self._mentions.calendar.latest
        for window in self._mentions.windows(given, context):
            is_past = window.end and (latest is None or window.end <= latest + _SLACK)
            if is_past and all(window != other for other, _ in kept):
                kept.append((window, mention))
