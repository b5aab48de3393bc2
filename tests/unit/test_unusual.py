"""What is unusual: seldom by chance, and soon where it is real, from the first week on."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from classifiers.spikes import load_spikes
from gateway.config import shipped
from gateway.incidents.unusual import HALF, HOUR, Rates, Span, Usual, hour_of, spans

ZONE = ZoneInfo("America/New_York")
RULES = load_spikes(shipped("data"), None, frozenset({"idme"}))
MONDAY = datetime(2026, 9, 7, 4, 0, tzinfo=UTC)  # midnight there
WEEK = 168


def rates() -> Rates:
    return Rates(RULES, ZONE)


def chance(generator: random.Random, mean: float) -> int:
    """A Poisson number."""
    total, number = generator.expovariate(1.0), 0
    while total < mean:
        total += generator.expovariate(1.0)
        number += 1
    return number


class Weeks:
    """Simulated weeks of one service, `level` people a week, `wander` of it from day to day."""

    def __init__(self, seed: int, level: float, wander: float = 0.02) -> None:
        self.generator = random.Random(seed)
        self.level, self.wander = level, wander
        self.rates = rates()
        self.counts: dict[datetime, int] = {}
        self.halves: list[int] = [0] * 8

    def hours(self, first: int, last: int, times: float = 1.0) -> Iterator[tuple[int, Span]]:
        """Live through these hours; the windows that were unusual, by the hour in which."""
        for number in range(first, last):
            hour = MONDAY + number * HOUR
            there = hour.astimezone(ZONE)
            if there.hour == 0 or number == first:
                self.day = self.generator.gammavariate(1 / self.wander, self.wander)
            share = RULES.hours[there.weekday() * 24 + there.hour]
            for _ in range(2):
                mean = self.level * share * self.day * times / 2
                self.halves.append(chance(self.generator, mean))
            windows = {
                Span(hour, 1): sum(self.halves[-2:]),
                Span(hour - HALF, 1): sum(self.halves[-3:-1]),
                Span(hour - 3 * HOUR, 4): sum(self.halves[-8:]),
            }
            most = here = sum(self.halves[-2:])
            for span, people in windows.items():
                if people >= RULES.at_least:
                    usual = self.rates.usual("idme", span, self.counts, MONDAY if number else None)
                    limit = self.rates.limit(usual)
                    most = min(here, limit) if span == Span(hour, 1) else most
                    if people >= limit:
                        yield number, span
            self.counts[hour] = most


# --- simulated weeks ----------------------------------------------------------------------------


def test_chance_alone_raises_an_alarm_no_more_often_than_stated() -> None:
    """Services that share one false alarm in four weeks with six others, for six weeks each."""
    alarms = 0
    for seed, level in ((1, 40), (2, 120), (3, 40), (4, 15)):
        runs = {number // 8 for number, _ in Weeks(seed, level).hours(0, 6 * WEEK)}
        alarms += len(runs)
    assert alarms <= 1  # stated are 0.6: 24 weeks of one service, which has a tenth of the rate


@pytest.mark.parametrize(("day", "times"), [(1, 6.0), (9, 3.0), (23, 3.0)])
def test_a_rate_that_has_grown_threefold_is_found_within_the_hour(day: int, times: float) -> None:
    """In working hours, where some 25 an hour are usual; in the first week it must be sixfold."""
    found = []
    for seed in range(5):
        weeks = Weeks(seed, 1500)
        start = day * 24 + 10
        list(weeks.hours(0, start))
        first = next(weeks.hours(start, start + 24, times), None)
        assert first is not None
        found.append(first[0] - start)
    assert sorted(found)[:4] <= [0, 0, 1, 1]  # four in five, whatever day it is


def test_a_small_rate_that_has_grown_is_found_within_the_day() -> None:
    for seed in range(4):
        weeks = Weeks(seed, 150)
        start = 3 * WEEK + 24 + 9
        list(weeks.hours(0, start))
        assert next(weeks.hours(start, start + 10, times=4.0), None) is not None


# --- what is usual ------------------------------------------------------------------------------


def test_what_is_known_of_a_week_gives_way_to_what_is_counted() -> None:
    hour = MONDAY + 2 * WEEK * HOUR + 10 * HOUR
    busy = {MONDAY + n * HOUR: 10 for n in range(2 * WEEK + 10)}
    at_first = rates().usual("idme", Span(MONDAY + 10 * HOUR, 1), {}, None)
    after = rates().usual("idme", Span(hour, 1), busy, MONDAY)
    quiet = rates().usual("idme", Span(hour, 1), {}, MONDAY)
    assert quiet.mean < at_first.mean < after.mean
    assert after.mean == pytest.approx(10, rel=0.6)
    assert after.shape > 5 * at_first.shape  # and is much surer


def test_nights_are_usually_quieter_than_days() -> None:
    night, noon = (
        rates().usual("idme", Span(MONDAY + h * HOUR, 1), {}, None).mean for h in (3, 12)
    )
    assert night < noon / 10


def test_the_same_hour_on_the_clock_counts_where_summer_time_ends() -> None:
    before = datetime(2026, 10, 30, 13, tzinfo=UTC)  # a Friday, 9:00 in summer time
    after = datetime(2026, 11, 6, 14, tzinfo=UTC)  # the next, 9:00 in winter time
    since = before - timedelta(weeks=1)
    counts = {before: 50}
    at_nine = rates().usual("idme", Span(after, 1), counts, since).mean
    at_eight = rates().usual("idme", Span(after - HOUR, 1), counts, since).mean
    assert at_nine > 2 * at_eight


def test_the_more_services_share_the_rate_the_more_it_takes() -> None:
    usual = Usual(2.0, 10.0)
    few, many = (rates().limit(usual, services) for services in (1, 100))
    assert few < many
    assert usual.chance(many) <= rates().chance(100) < usual.chance(many - 1)


@pytest.mark.parametrize("mean", [0.001, 0.5, 7.0, 300.0, 20_000.0])
def test_a_limit_is_found_for_any_rate(mean: float) -> None:
    found = rates().limit(Usual(mean, 30.0))
    assert found >= max(5, mean)
    assert Usual(mean, 30.0).chance(found) <= rates().chance(1) * 1.01


def test_trouble_that_does_not_begin_on_the_hour_has_a_window_of_its_own() -> None:
    early, late = MONDAY + 10 * timedelta(minutes=1), MONDAY + 50 * timedelta(minutes=1)
    assert Span(MONDAY - HALF, 1) in spans(early)
    assert Span(MONDAY + HALF, 1) in spans(late)
    assert hour_of(late) == MONDAY
