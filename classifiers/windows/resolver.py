"""Turn what was written into moments: dates and clocks to aware UTC, by zone and day of writing.

Policy: a missing year is the nearest fit to the day of writing, for plans rather ahead and for
reports rather behind; a weekday that contradicts its date is doubted and the date kept; an end
without a date is on the start's day, or the next where it would come earlier. An hour that the
change of clocks skips moves forward; one that happens twice is the first for a start and the
second for an end; both are doubted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from classifiers.windows.chains import Endpoint, Time
from classifiers.windows.dates import DateRef
from classifiers.windows.tokens import Clock
from classifiers.windows.zones import Zone

WEEKDAY = "The weekday and the date do not agree."
NO_END = "The end is not after the start."
RELATIVE = "The date and the word for the day do not agree."
ORDER = "Day and month could be the other way round."
ZONES = "The times given in two zones do not agree."
SKIPPED = "That hour does not exist: the clocks go forward."
TWICE = "That hour happens twice: the clocks go back."
NOON = "12 PM is noon; midnight may be meant."
UNDATED = "No date is given with the time."


@dataclass(slots=True)
class Calendar:
    """The day of writing, and how dates are written here.

    `written` is aware (None: unknown); `ahead` is whether plans are read, else reports;
    `month_first` is the order of the site's or the mail's region, None where none is known.
    `latest` is when what is reported must have begun.
    """

    written: datetime | None
    zone: Zone
    ahead: bool = True
    month_first: bool | None = True
    latest: datetime | None = None
    doubts: list[str] = field(default_factory=list)

    @property
    def today(self) -> date | None:
        """The day of writing, by the site's clock."""
        return self.written.astimezone(self.zone.tz).date() if self.written else None

    def doubt(self, reason: str) -> None:
        """Say why a person should look."""
        if reason not in self.doubts:
            self.doubts.append(reason)

    # --- dates

    def days(self, ref: DateRef, near: date | None = None) -> list[date]:
        """The day that `ref` names, or the first and last where it names a range of days.

        `near` is another day that the same range has: dates without a year are close to it.
        """
        day = self._day(ref, near)
        if day is None:
            return []
        self._check_weekday(ref, day)
        if ref.through is None:
            return [day + timedelta(days=ref.plus)]
        last = _make(day.year, *ref.through)
        return [day, last] if last and last > day else [day]

    def _day(self, ref: DateRef, near: date | None) -> date | None:
        if ref.day is not None:
            return self._dated(ref, near)
        base = self.today
        if ref.weekday is not None:
            return self._weekday(ref, near, base)
        if ref.shift is not None and base is not None:
            return base + timedelta(days=ref.shift)
        return None

    def _dated(self, ref: DateRef, near: date | None) -> date | None:
        assert ref.day is not None
        if ref.month is None:
            return self._day_of_month(ref, near)
        readings = [(ref.month, ref.day)]
        if ref.swappable and ref.month != ref.day:
            readings.append((ref.day, ref.month))
        days = [d for m, n in readings if (d := self._with_year(ref.year, m, n, near))]
        if len(days) < 2:
            return days[0] if days else None
        return self._ordered(ref, days[0], days[1], near)

    def _ordered(self, ref: DateRef, us: date, other: date, near: date | None) -> date:
        """Choose between month/day and day/month: weekday, neighbour, nearness, then region."""
        by_weekday = [d for d in (us, other) if d.weekday() == ref.weekday]
        if len(by_weekday) == 1 and (by_weekday[0] == us or self._is_likely(other)):
            return by_weekday[0]
        if near is not None:
            fits = [d for d in (us, other) if abs((d - near).days) <= 3]
            if len(fits) == 1:
                return fits[0]
        likely = [d for d in (us, other) if self._is_likely(d)]
        if len(likely) == 1 and (self.month_first is not True or likely == [us]):
            return likely[0]
        if self.month_first is None or likely == [other]:
            self.doubt(ORDER)
        if likely == [other]:
            return other
        return other if self.month_first is False else us

    def _is_likely(self, day: date) -> bool:
        if self.today is None:
            return True
        away = (day - self.today).days
        return -7 <= away <= 75 if self.ahead else -60 <= away <= 2

    def _with_year(self, year: int | None, month: int, day: int, near: date | None) -> date | None:
        if year is not None:
            return _make(year, month, day)
        base = near or self.today
        if base is None:
            return None
        years = (base.year - 1, base.year, base.year + 1)
        candidates = [d for y in years if (d := _make(y, month, day))]
        return min(candidates, key=lambda d: self._distance(d, base, near), default=None)

    def _distance(self, day: date, base: date, near: date | None) -> int:
        away = (day - base).days
        if near is not None:
            return abs(away)
        return abs(away) if away == 0 or (away > 0) == self.ahead else abs(away) * 2

    def _from_here(self, day: date, base: date, near: date | None) -> int:
        """How far a day without a month is: a plan's is hardly one that has passed."""
        away = (day - base).days
        return abs(away) * 6 if near is None and self.ahead and away < 0 else abs(away)

    def _day_of_month(self, ref: DateRef, near: date | None) -> date | None:
        base = near or self.today
        if base is None or ref.day is None:
            return None
        months = [(base.year, base.month + step) for step in (-1, 0, 1)]
        days = [_make(y + (m - 1) // 12, (m - 1) % 12 + 1, ref.day) for y, m in months]
        found = [d for d in days if d]
        if not self.ahead:
            return min(found, key=lambda d: self._distance(d, base, near), default=None)
        return min(found, key=lambda d: self._from_here(d, base, near), default=None)

    def _weekday(self, ref: DateRef, near: date | None, base: date | None) -> date | None:
        assert ref.weekday is not None
        if near is not None:
            return near + timedelta(days=(ref.weekday - near.weekday()) % 7)
        if base is None:
            return None
        if ref.modifier == "next" and self.ahead:
            monday = base - timedelta(days=base.weekday()) + timedelta(days=7)
            return monday + timedelta(days=ref.weekday)
        if self.ahead and ref.modifier != "last":
            return base + timedelta(days=(ref.weekday - base.weekday()) % 7)
        return base - timedelta(days=(base.weekday() - ref.weekday) % 7)

    def _check_weekday(self, ref: DateRef, day: date) -> None:
        if ref.day is not None and ref.weekday is not None and day.weekday() != ref.weekday:
            self.doubt(WEEKDAY)
        if ref.day is None or ref.shift is None or self.today is None:
            return
        if day != self.today + timedelta(days=ref.shift):
            self.doubt(RELATIVE)

    # --- moments

    def moment(self, day: date, at: int, zone: Zone, *, is_end: bool = False) -> datetime:
        """The moment when local clocks show `at` seconds (86400 too) after midnight, in UTC."""
        local = datetime.combine(day, datetime.min.time()) + timedelta(seconds=at)
        early, late = (local.replace(tzinfo=zone.tz, fold=fold) for fold in (0, 1))
        if early.utcoffset() == late.utcoffset():
            return early.astimezone(UTC)
        is_skipped = early.astimezone(UTC).astimezone(zone.tz).replace(tzinfo=None) != local
        if is_skipped:
            self.doubt(SKIPPED)
            return early.astimezone(UTC)
        if zone.summer is None:
            self.doubt(TWICE)
            return (late if is_end else early).astimezone(UTC)
        return (early if zone.summer else late).astimezone(UTC)

    def check_others(self, endpoint: Endpoint, moment: datetime) -> None:
        """Doubt where the same moment in another zone is another clock time."""
        for time, zone in endpoint.others:
            if zone is None:
                continue
            local = moment.astimezone(zone.tz)
            said = seconds(time, None) or 0
            # Without a.m. or p.m. a difference of twelve hours is none.
            cycle = 86400 if _has_half(time) else 43200
            if (local.hour * 3600 + local.minute * 60 - said) % cycle:
                self.doubt(ZONES)


def _has_half(time: Time) -> bool:
    return not isinstance(time, Clock) or time.half is not None


def _make(year: int, month: int, day: int) -> date | None:
    if not 1980 <= year <= 2200:
        return None  # a slip of the pen or of a clock; no calendar is counted on from there
    try:
        return date(year, month, day)
    except ValueError:
        return None


def seconds(time: Time, part: str | None, half: str | None = None) -> int | None:
    """Seconds after midnight. `part` of the day or `half` decide where neither a.m. nor p.m. is."""
    if time == "noon":
        return 43200
    if time == "midnight":
        return 0
    assert isinstance(time, Clock)
    hour, said = time.hour, time.half
    if said is None and not time.hhmm and hour <= 12:
        said = half or _half_of(part, hour)
    if said == "a" and hour == 12:
        hour = 0
    elif said == "p" and hour < 12 and hour != 0:
        hour += 12
    return hour * 3600 + time.minute * 60 + time.second


def _half_of(part: str | None, hour: int) -> str | None:
    if part == "morning":
        return "a"
    if part in ("afternoon", "evening"):
        return "p"
    if part == "night":
        return "p" if 5 <= hour < 12 else "a"
    return None


def first(days: Iterable[date]) -> date | None:
    """The first of `days`, or None."""
    return next(iter(days), None)
