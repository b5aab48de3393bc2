"""What is usual at an hour of the week, and how many would be more than chance. Pure.

Two things are learned from counts. How many people write about a service in a week: a gamma prior,
as uncertain as one week can be, gives way to what is counted. And how much of that falls to this
hour: the shipped spread over the week gives way to the same hour of the weeks before. What comes
is then negative binomial, as wide as what is not known yet and what wanders from day to day make
it; a number is unusual when chance would reach it less often than the stated rate of false alarms
allows, over all services and windows that are looked at. So it works from the first hour, only less
sharply, and a service that has been quiet for weeks needs fewer people than one that is busy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from classifiers import SpikeRules

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
WEEK = timedelta(weeks=1)
WEEK_HOURS = 168
WINDOWS = 3  # that each report is looked at in; see `windows`
FEWEST = 10  # services that share the stated rate of false alarms, at least
SURE = 1.0  # the prior weekly rate is worth one person: anything from none to three times as much
SURE_OF_HOUR = 4.0  # and its spread over the week, at each hour, four


@dataclass(frozen=True, slots=True)
class Usual:
    """What to expect: a negative binomial of that mean, as gamma-mixed with that shape."""

    mean: float
    shape: float

    def chance(self, people: int) -> float:
        """How likely it is that as many or more come."""
        share = self.mean / (self.mean + self.shape)
        likely = (1.0 - share) ** self.shape
        below = 0.0
        for number in range(people):
            below += likely
            likely *= (number + self.shape) / (number + 1) * share
        return max(0.0, 1.0 - below)

    def limit(self, chance: float) -> int:
        """The least number that chance reaches no more often than that."""
        share = self.mean / (self.mean + self.shape)
        likely = (1.0 - share) ** self.shape
        above, number = 1.0, 0
        while above > chance:
            above -= likely
            likely *= (number + self.shape) / (number + 1) * share
            number += 1
            if likely < chance * 1e-9 and number > self.mean:
                break  # what is left is less than a float can tell
        return number


@dataclass(frozen=True, slots=True)
class Span:
    """A window of time, and what it has in common with a clock's hours."""

    start: datetime
    hours: int

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.start + self.hours * HOUR

    def holds(self, moment: datetime) -> bool:
        """Whether it lies in it."""
        return self.start <= moment < self.end


def hour_of(moment: datetime) -> datetime:
    """The full hour (UTC) in which it lies."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def spans(moment: datetime) -> tuple[Span, ...]:
    """The windows in which a report at that moment counts: two of an hour, and one of four.

    The hour of the clock, the hour that begins at its half, since trouble does not begin on the
    hour, and four hours, in which a small rate that has grown threefold shows.
    """
    hour = hour_of(moment)
    shifted = hour + HALF if moment - hour >= HALF else hour - HALF
    return Span(hour, 1), Span(shifted, 1), Span(hour - 3 * HOUR, 4)


class Rates:
    """What is usual, by these rules; `zone` is where the hours of the week are."""

    def __init__(self, rules: SpikeRules, zone: ZoneInfo) -> None:
        self._rules = rules
        self._zone = zone

    def chance(self, services: int) -> float:
        """How often one window may be unusual by chance, where so many services are written about.

        Between two false alarms lie the windows of all of them in as many weeks as is stated.
        """
        tries = WEEK_HOURS * max(FEWEST, services) * WINDOWS
        return 1.0 / (tries * self._rules.weeks_between_false_alarms)

    def horizon(self, moment: datetime) -> datetime:
        """From when on counts are remembered."""
        return hour_of(moment) - self._rules.memory_weeks * WEEK

    def usual(
        self, service: str, span: Span, counts: Mapping[datetime, int], since: datetime | None
    ) -> Usual:
        """What to expect in `span`, by the `counts` of hours before it.

        `since` is the first hour in which anything was counted at all.
        """
        counts = {hour: people for hour, people in counts.items() if hour < hour_of(span.start)}
        level, known = self._level(service, span.start, counts, since)
        weeks = self._weeks(span.start, since)
        mean = spread = 0.0
        for piece in range(2 * span.hours):  # half hours: a window may begin at one
            hour = hour_of(span.start + piece * HALF)
            share = self._rules.hours[self._slot(hour)]
            earlier = [
                counts.get(self._weeks_before(hour, back), 0) for back in range(1, weeks + 1)
            ]
            shape = SURE_OF_HOUR + sum(earlier)
            expected = shape / (SURE_OF_HOUR / (level * share) + weeks) / 2
            mean += expected
            spread += expected * (1 / shape + 1 / known + self._rules.restlessness)
        return Usual(mean, mean / spread)

    def limit(self, found: Usual, services: int = 1) -> int:
        """From how many people on it is unusual, where so many services are written about."""
        return max(self._rules.at_least, found.limit(self.chance(services)))

    def _level(
        self, service: str, start: datetime, counts: Mapping[datetime, int], since: datetime | None
    ) -> tuple[float, float]:
        """People a week, and how much that is worth (the shape of its gamma)."""
        told = float(self._rules.usual.get(service, self._rules.default))
        known = SURE + sum(counts.values())
        return known / (SURE / told + self._exposure(since, start)), known

    def _exposure(self, since: datetime | None, start: datetime) -> float:
        """How many weeks of mail have been counted, a night hour being less than one of the day."""
        if since is None or since >= start:
            return 0.0
        whole, rest = divmod((hour_of(start) - since) // HOUR, WEEK_HOURS)
        hours = self._rules.hours
        first = self._slot(since)
        return whole + sum(hours[(first + number) % WEEK_HOURS] for number in range(rest))

    def _weeks(self, start: datetime, since: datetime | None) -> int:
        """How many whole weeks have been counted before."""
        return 0 if since is None else max(0, (hour_of(start) - since) // WEEK)

    def _slot(self, hour: datetime) -> int:
        there = hour.astimezone(self._zone)
        return there.weekday() * 24 + there.hour

    def _weeks_before(self, hour: datetime, weeks: int) -> datetime:
        """The same hour on the clock so many weeks ago, summer time or not."""
        there = hour.astimezone(self._zone).replace(tzinfo=None) - weeks * WEEK
        return hour_of(there.replace(tzinfo=self._zone))
