"""Resolve ranges: two endpoints as written to windows in UTC.

Halves of the day, dates and zones that one end leaves out are taken from the other. Several days
with one pair of times are a window a day where that is said, else one window over all of them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from classifiers.contract import Window
from classifiers.windows.chains import Endpoint, Time
from classifiers.windows.resolver import (
    NO_END,
    NOON,
    UNDATED,
    Calendar,
    seconds,
)
from classifiers.windows.tokens import Clock
from classifiers.windows.words import UNTIL
from classifiers.windows.zones import Zone

LONG = "The window is longer than 14 days."
FAR = "The window is far from the day of writing."
DAYS = "Several days share one pair of times: one window, or one a day."
NIGHT = re.compile(r"\bnight\b|nacht\b|\bnoche\b|\bnuit\b|\bnoite\b|\bnotte\b", re.I)
_CYCLE = 43200  # seconds in which a clock without halves comes round
_SMALL = 6 * 3600  # seconds after midnight; the small hours end there
_HALF_DAY = timedelta(hours=12)
DAILY = re.compile(r"\b(?:each|every|nightly|daily|per) ?(?:night|day|evening|morning)?\b", re.I)


@dataclass(frozen=True, slots=True)
class Range:
    """Endpoints of one window as written; `link` joins them.

    `around` are the words about it; `apart` says that each end stands in a place of its own.
    """

    start: Endpoint
    end: Endpoint | None
    link: str = "-"
    around: str = ""
    length: timedelta | None = None
    apart: bool = False


class Spanner:
    """Resolves ranges with a calendar; `zone` is meant where none is said."""

    def __init__(self, calendar: Calendar, zone: Zone) -> None:
        self._calendar = calendar
        self._zone = zone

    def windows(self, given: Range, context: date | None) -> list[Window]:
        """The windows of `given`; `context` is the day that its surroundings speak of."""
        start, end = given.start, given.end
        if start.time is None:
            return []
        zone = start.zone or (end.zone if end else None) or self._zone
        days, spans = self._start_days(given, context, zone)
        windows = []
        for day in days:
            begin = self._begin(given, day, zone)
            if begin is None:
                continue
            finish = self._finish(given, begin, day, spans.get(day))
            if finish and self._is_past_weekday(given, day, finish):
                # "Monday, 2 to 4 AM", written on a Monday noon: the one to come.
                begin, finish = begin + timedelta(days=7), finish + timedelta(days=7)
            windows.append(self._checked(Window(begin, finish)))
        return windows

    def _is_past_weekday(self, given: Range, day: date, finish: datetime) -> bool:
        written, today = self._calendar.written, self._calendar.today
        if not self._calendar.ahead or written is None or day != today or finish >= written:
            return False
        refs = given.start.dates
        return bool(refs) and all(ref.weekday is not None and not ref.absolute for ref in refs)

    # --- days

    def _start_days(
        self, given: Range, context: date | None, zone: Zone
    ) -> tuple[list[date], dict[date, date]]:
        """The days on which a window starts, and the last day of those that span several."""
        start, end = given.start, given.end
        if start.dates:
            return self._own_days(given)
        if end and end.dates and end.time is not None and not (given.apart and context):
            days = self._calendar.days(end.dates[0], context)
            if days and self._is_end_date(given):
                return [days[0] - timedelta(days=1 if self._is_overnight(given) else 0)], {}
            if days:
                return days[:1], {}
        if context:
            return [context], {}
        return self._undated(given, zone), {}

    def _own_days(self, given: Range) -> tuple[list[date], dict[date, date]]:
        near: date | None = None
        if given.end and given.end.dates and given.end.dates[0].year:
            near = next(iter(self._calendar.days(given.end.dates[0])), None)
        days: list[date] = []
        spans: dict[date, date] = {}
        for ref in given.start.dates:
            found = self._calendar.days(ref, near if ref.day and not ref.year else None)
            if len(found) == 2:
                daily = self._several(given, found[0], found[1])
                days += daily
                if daily == found[:1]:
                    spans[found[0]] = found[1]
            else:
                days += found
        return self._each_with_night(given, days), spans

    def _several(self, given: Range, first: date, last: date) -> list[date]:
        count = (last - first).days
        at = self._start_seconds(given)
        if count == 1 and at is not None and at < _SMALL and NIGHT.search(given.around):
            return [last]  # the small hours of a night are on its second day
        if count <= 31 and DAILY.search(given.around):
            return [first + timedelta(days=n) for n in range(count + 1)]
        if count > 1 or not self._is_overnight(given):
            self._calendar.doubt(DAYS)
        return [first]

    def _each_with_night(self, given: Range, days: list[date]) -> list[date]:
        """Hours after midnight of "Friday night" are on Saturday."""
        part = next((ref.part for ref in given.start.dates if ref.part), given.start.part)
        at = self._start_seconds(given)
        if part != "night" or at is None or at >= _SMALL:
            return days
        if any(ref.through for ref in given.start.dates):
            return days
        return [day + timedelta(days=1) for day in days]

    def _is_end_date(self, given: Range) -> bool:
        """Whether a date after both times is the end's own, as in "until 2 AM Saturday"."""
        is_adjacent = (
            given.link in UNTIL
            and given.end is not None
            and given.end.trailing in ("", "del", "de")
        )
        return given.apart or is_adjacent

    def _is_overnight(self, given: Range) -> bool:
        start, end = self._start_seconds(given), self._end_seconds(given)
        return start is not None and end is not None and end <= start

    def _undated(self, given: Range, zone: Zone) -> list[date]:
        written = self._calendar.written
        if written is None:
            self._calendar.doubt(UNDATED)
            return []
        day = written.astimezone(zone.tz).date()
        if self._calendar.ahead:
            self._calendar.doubt(UNDATED)
        begin = self._begin(given, day, zone)
        if begin is None:
            return []
        if self._calendar.ahead:
            finish = self._finish(given, begin, day, None) or begin
            return [day if finish >= written else day + timedelta(days=1)]
        latest = self._calendar.latest or written
        return [day if begin <= latest + timedelta(minutes=10) else day - timedelta(days=1)]

    # --- times

    def _start_seconds(self, given: Range) -> int | None:
        start, end = given.start, given.end
        if start.time is None:
            return None
        part = start.part or next((ref.part for ref in start.dates if ref.part), None)
        is_one = end is not None and not given.apart
        if part is None and end and is_one and _is_vague(start.time) and _is_vague(end.time):
            said = end.part or next((ref.part for ref in end.dates if ref.part), None)
            finish = self._end_seconds(given) if said else None
            if finish is not None:
                # "5 to 7 tomorrow evening", "11 to 3 in the morning": the last before the end
                return (finish - (finish - (seconds(start.time, None) or 0)) % _CYCLE) % 86400
        half = None
        if part is None and end and end.time == "midnight" and _is_vague(start.time):
            half = "p"  # "10 to midnight"
        if end and isinstance(end.time, Clock) and end.time.half and _is_vague(start.time):
            half = self._half_before(start.time, end.time)
        return seconds(start.time, part, half)

    def _half_before(self, start: Time, end: Clock) -> str:
        """The half of a start such as the 11 of "11 - 1 AM": as the end's unless that is later."""
        half = end.half or "a"
        one, other = seconds(start, None, half), seconds(end, None)
        assert one is not None
        assert other is not None
        return half if one < other else ("a" if half == "p" else "p")

    def _end_seconds(self, given: Range) -> int | None:
        start, end = given.start, given.end
        if end is None or end.time is None:
            return None
        own = part = end.part or next((ref.part for ref in end.dates if ref.part), None)
        begun = start.part or next((ref.part for ref in start.dates if ref.part), None)
        if (
            own is None
            and begun
            and not end.dates
            and _is_vague(start.time)
            and _is_vague(end.time)
        ):
            assert start.time is not None
            opening = seconds(start.time, begun) or 0
            away = ((seconds(end.time, None) or 0) - opening) % _CYCLE
            return (opening + (away or _CYCLE)) % 86400
        if part is None and not end.dates:
            part = start.part or next((ref.part for ref in start.dates if ref.part), None)
        half = None
        if own == "morning" and isinstance(end.time, Clock) and end.time.hour == 12:
            part, half = None, "p"  # "half nine till half twelve in the morning"
        elif _is_vague(end.time) and part is None and (clock := _halved(start.time)):
            half = self._half_after(clock, end)
        elif (
            own is None
            and _is_vague(end.time)
            and isinstance(start.time, Clock)
            and start.time.half
        ):
            part, half = None, self._half_after(start.time, end)
        if part is None and half is None and _is_vague(end.time) and not end.dates:
            half = self._afternoon(start, end)
        return seconds(end.time, part, half)

    def _afternoon(self, start: Endpoint, end: Endpoint) -> str | None:
        """The half of the 2 of "10 - 2", where nothing tells any half."""
        if not isinstance(start.time, Clock) or not isinstance(end.time, Clock):
            return None
        if not _is_vague(start.time) or start.part or any(ref.part for ref in start.dates):
            return None
        is_bare = start.time.minute == 0 and end.time.hour < start.time.hour < 12
        return "p" if is_bare else None

    def _half_after(self, start: Clock, end: Endpoint) -> str:
        half = start.half or "a"
        assert end.time is not None
        if end.dates:
            return "a" if half == "p" else half
        one, other = seconds(start, None), seconds(end.time, None, half)
        assert one is not None
        assert other is not None
        return half if other > one else ("a" if half == "p" else "p")

    # --- moments

    def _begin(self, given: Range, day: date, zone: Zone) -> datetime | None:
        at = self._start_seconds(given)
        if at is None:
            return None
        if given.start.time == "midnight" and given.end and given.end.dates and given.start.dates:
            following = self._calendar.days(given.end.dates[0], day)
            if following and following[0] == day + timedelta(days=1):
                at = 86400  # "midnight Friday to 6 AM Saturday": the night between
        begin = self._calendar.moment(day, at, zone)
        if self._is_later(given, begin):
            begin += _HALF_DAY
        self._calendar.check_others(given.start, begin)
        return begin

    def _is_later(self, given: Range, begin: datetime) -> bool:
        """Whether a report's bare "3:40" is of the afternoon: the last before it was written."""
        start, end = given.start, given.end
        latest = self._calendar.latest or self._calendar.written
        if self._calendar.ahead or latest is None or not _is_vague(start.time):
            return False
        is_halved = start.part or any(ref.part for ref in start.dates) or _is_plain(start.time)
        if is_halved or (end and not _is_vague(end.time)):
            return False
        return begin + _HALF_DAY <= latest

    def _finish(
        self, given: Range, begin: datetime, day: date, last: date | None
    ) -> datetime | None:
        end = given.end
        if end is None:
            return begin + given.length if given.length else None
        at = self._end_seconds(given)
        if at is None:
            return None
        zone = end.zone or given.start.zone or self._zone
        if self._ends_later(given, begin, at):
            at += 43200
        own = self._end_day(given, day, last)
        reached = self._calendar.moment(own or day, at, zone, is_end=True)
        if own is None and reached <= begin:
            finish: datetime | None = self._next_day(end, begin, (day, at, zone))
        else:
            finish = self._later(end, begin, reached, at)
        if finish is not None:
            self._calendar.check_others(end, finish)
        return finish

    def _ends_later(self, given: Range, begin: datetime, at: int) -> bool:
        """Whether a report's bare end is of the afternoon, as its start is."""
        end = given.end
        if self._calendar.ahead or end is None or not _is_vague(end.time) or end.dates or end.part:
            return False
        local = begin.astimezone((end.zone or given.start.zone or self._zone).tz)
        begun = local.hour * 3600 + local.minute * 60
        return at <= begun < at + 43200 < 86400

    def _end_day(self, given: Range, day: date, last: date | None) -> date | None:
        end = given.end
        if last is not None or end is None or not end.dates:
            return last
        if not given.start.dates and not self._is_end_date(given):
            return None
        days = self._calendar.days(end.dates[0], day)
        return days[-1] if days else None

    def _next_day(self, end: Endpoint, begin: datetime, local: tuple[date, int, Zone]) -> datetime:
        """The end on the day after: an end without a date is never before its start."""
        day, at, zone = local
        finish = self._calendar.moment(day + timedelta(days=1), at, zone, is_end=True)
        if at == 43200 and end.time != "noon" and finish - begin > timedelta(hours=11):
            self._calendar.doubt(NOON)
        return finish

    def _later(self, end: Endpoint, begin: datetime, finish: datetime, at: int) -> datetime | None:
        """The end on its own day; midnight is that day's last moment where the first cannot be."""
        away = finish - begin
        is_last = at == 0 and timedelta(days=-1) < away <= timedelta(0)
        if end.time == "midnight" and end.dates:
            is_last = is_last or away > timedelta(hours=12)
        if is_last:
            return finish + timedelta(days=1)
        if finish <= begin:
            self._calendar.doubt(NO_END)
            return None
        return finish

    def _checked(self, window: Window) -> Window:
        if window.end and window.end - window.start > timedelta(days=14):
            self._calendar.doubt(LONG)
        written = self._calendar.written
        if written and not timedelta(days=-60) <= window.start - written <= timedelta(days=400):
            self._calendar.doubt(FAR)
        return window


def _halved(time: Time | None) -> Clock | None:
    """Noon and midnight as clocks whose half is known."""
    return {"noon": Clock(12, half="p"), "midnight": Clock(12, half="a")}.get(str(time))


def _is_plain(time: Time | None) -> bool:
    """Whether a clock without a half is none of twelve hours: "06:00", "12:10"."""
    return isinstance(time, Clock) and (time.hour == 12 or time.padded)


def _is_vague(time: Time | None) -> bool:
    """Whether neither a.m. nor p.m. nor the 24-hour clock tells the half of the day."""
    return isinstance(time, Clock) and time.half is None and not time.hhmm and 1 <= time.hour <= 12
