"""When trouble began, and for what is over, from when to when: the times of reports.

A report's times are past. A start must be said to be one ("since", "down at", "Triggered at");
a time that only stands in the text is none.
"""

from datetime import timedelta

from classifiers.contract import Window
from classifiers.windows.mentions import Mention, Mentions
from classifiers.windows.spans import Range

_OLDEST = timedelta(days=120)
_SLACK = timedelta(minutes=15)


def read_starts(mentions: Mentions) -> list[tuple[Window, Mention]]:
    """When the trouble of a text began: each start that a form gives, or the first of its prose."""
    found: list[tuple[int, Window, Mention]] = []
    for mention in mentions.items:
        start, _ = mention.ends
        rank = _rank(mention)
        if not rank or start.time is None:
            continue
        window = _opening(mentions, mention)
        if window and all(window != other for _, other, _ in found):
            found.append((rank, window, mention))
    best = max((rank for rank, _, _ in found), default=0)
    chosen = [(window, mention) for rank, window, mention in found if rank == best]
    return chosen if best == 3 else chosen[:1]


def _rank(mention: Mention) -> int:
    """How plainly a mention is a start: 3 by a label, 2 spelled out, 1 by the trouble, 0 not."""
    role = mention.role
    if not role.ours or role.standing == "old" or role.side == "end":
        return 0
    if role.side == "start" and role.strong:
        return 3 if role.label else 2
    if role.side == "start" and role.told:
        return 1
    _, end = mention.ends
    return 1 if role.told and end is not None and not role.label else 0


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


def read_over(mentions: Mentions) -> list[tuple[Window, Mention]]:
    """From when to when it was: the window of a text that says both ends."""
    pairs = _Ends(mentions)
    for mention in mentions.items:
        if mention.role.ours and mention.role.standing != "old":
            pairs.take(mention)
    return pairs.told or pairs.planned


class _Ends:
    """Joins "down at 9" and "up again at 9:52"; keeps ranges as second best."""

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        self._start: Mention | None = None
        self.told: list[tuple[Window, Mention]] = []
        self.planned: list[tuple[Window, Mention]] = []

    def take(self, mention: Mention) -> None:
        """Take one mention, in order."""
        start, end = mention.ends
        if start.time is not None and end is not None and end.time is not None:
            self._keep(self.planned, self._mentions.range_of(mention), mention)
        elif start.time is None or end is not None:
            return
        elif mention.role.side == "start":
            self._start = mention
            length = self._lasted(mention)
            if length:
                self._keep(self.told, Range(start, None, length=length), mention)
        elif mention.role.side == "end" and self._start is not None:
            opening, _ = self._start.ends
            self._keep(self.told, Range(opening, start, apart=True), self._start)
            self._start = None
        elif mention.role.side == "end":
            self._start = None

    def _lasted(self, mention: Mention) -> timedelta | None:
        around = self._mentions.section.text[mention.chain.end : mention.chain.end + 120]
        if "last" not in around.lower():
            return None
        return self._mentions.length(mention.chain.start, mention.chain.end)

    def _keep(self, kept: list[tuple[Window, Mention]], given: Range, mention: Mention) -> None:
        context = self._mentions.day_at(mention.chain.start)
        for window in self._mentions.windows(given, context):
            if window.end and all(window != other for other, _ in kept):
                kept.append((window, mention))
