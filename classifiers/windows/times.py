"""Read times of day and zones as they are written: "10 PM", "2200", "noon", "(UTC-05:00)".

A bare number is an hour only where its neighbours make it one; four digits are a time or a
year by the same rule.
"""

from classifiers.windows.lexer import Clock, Number
from classifiers.windows.view import View
from classifiers.windows.words import (
    DAY_PARTS,
    GLUE,
    HOURS,
    LINKS,
    MONTHS,
    NAMED_TIMES,
    RELATIVE_DAYS,
    WEEKDAYS,
)
from classifiers.windows.zones import UNMISTAKABLE, ZONE_WORDS, Zone, zone_of

_BEFORE_DIGITS = LINKS.union(GLUE, MONTHS, WEEKDAYS, RELATIVE_DAYS, DAY_PARTS)
_HOUR_LEADS = LINKS | {"at", "from", "between", "by", "since", "around", "about", "@", "(", ","}
_DAY_WORDS = frozenset({"this", "on"}).union(WEEKDAYS, RELATIVE_DAYS, DAY_PARTS)
_DIGIT_LEADS = frozenset(
    ["at", "from", "until", "till", "by", "after", "@", "~", "nlt", "between", "around"]
)


class TimeReader:
    """Reads times and zones from a view."""

    def __init__(self, view: View) -> None:
        self._view = view

    def read(self, at: int) -> tuple[Clock | str, int] | None:
        """The time that begins at `at`, and the place after it."""
        token = self._view.tokens[at]
        if isinstance(token.value, Clock):
            return token.value, self._after_hours(at + 1)
        word = self._view.word(at)
        if word in NAMED_TIMES:
            return NAMED_TIMES[word], at + 1
        if word in HOURS and (half := _half(self._view.word(at + 1))):
            return Clock(HOURS[word], half=half), at + 2
        number = self._view.number(at)
        if number is None or number.ordinal:
            return None
        if number.value == 12 and self._view.word(at + 1) in NAMED_TIMES:
            return NAMED_TIMES[self._view.word(at + 1)], at + 2
        return self._bare_time(number, at)

    def _after_hours(self, at: int) -> int:
        return at + 1 if self._view.word(at) in ("hrs", "hours", "h", "hr") else at

    def _bare_time(self, number: Number, at: int) -> tuple[Clock, int] | None:
        clock = self._view.four_digits(at)
        if clock and (self._is_timely(at, number) or self._last_is_timely(at, number)):
            return clock, self._after_hours(at + 1)
        if number.width <= 2 and number.value <= 24 and self._is_bare_hour(at):
            after = at + 1
            if self._view.word(after) in ("o'clock", "o’clock"):
                after += 1
            return Clock(number.value), after
        return None

    def _is_timely(self, at: int, number: Number) -> bool:
        """Whether what follows four digits makes them a time."""
        if self.zone(at + 1):
            return True
        after = at + 2 if self._view.word(at + 1) in LINKS else 0
        if not after:
            return False
        other = self._view.token(after)
        if other and isinstance(other.value, Clock):
            return True
        both_years = _is_yearly(number) and self._year_at(after)
        return self._view.four_digits(after) is not None and not both_years

    def _last_is_timely(self, at: int, number: Number) -> bool:
        """Whether what stands before four digits makes them a time."""
        before = self._view.word(at - 1)
        if self._view.last == "time" and before in LINKS:
            return True
        if self._view.last in ("date", "part") and before not in ("in", "of"):
            near = self._view.token(at - 1)
            return near is not None and (near.kind != "word" or before in _BEFORE_DIGITS)
        return before in _DIGIT_LEADS and not _is_yearly(number)

    def _year_at(self, at: int) -> bool:
        number = self._view.number(at)
        return number is not None and _is_yearly(number)

    def _is_bare_hour(self, at: int) -> bool:
        following = self._view.word(at + 1)
        if following in ("o'clock", "o’clock"):
            return True
        if self.zone(at + 1) and self._view.word(at - 1) in _HOUR_LEADS:
            return True
        if following not in LINKS and following != "and":
            follows_link = self._view.last == "time" and self._view.word(at - 1) in LINKS
            return follows_link and self._ends_range(at)
        other = self._view.token(at + 2)
        if other is None:
            return False
        if isinstance(other.value, Clock) or self._view.word(at + 2) in NAMED_TIMES:
            return following != "and" or self._view.word(at - 1) == "between"
        number = self._view.number(at + 2)
        if number is None or number.width > 2 or number.value > 24:
            return False
        if following == "and" and self._view.word(at - 1) != "between":
            return False
        is_told = self._view.word(at - 1) in ("from", "between", "de", "entre")
        return bool(self.zone(at + 3)) or (is_told and self._view.word(at + 3) in _DAY_WORDS)

    def _ends_range(self, at: int) -> bool:
        """Whether a bare number after "10 PM -" ends the phrase, as the hour of a range must."""
        token = self._view.token(at + 1)
        if token is None or token.kind in ("line", "date"):
            return True
        following = self._view.word(at + 1)
        return following in (".", ",", ")", ";") or following in _DAY_WORDS

    def zone(self, at: int) -> tuple[Zone | None, int] | None:
        """The zone that begins at `at`, and the place after it."""
        token = self._view.token(at)
        if token is None:
            return None
        if isinstance(token.value, Zone):
            return token.value, self._after_zone(at + 1)
        if token.kind != "word" or token.value not in ZONE_WORDS:
            return None
        is_beside = self._view.last in ("time", "date", "part", "zone") or self._view.number(at - 1)
        if token.value not in UNMISTAKABLE and not is_beside:
            return None
        return zone_of(str(token.value)), self._after_zone(at + 1)

    def _after_zone(self, at: int) -> int:
        while self._view.word(at) in ("time", "standard", "daylight", "prevailing"):
            at += 1
        return at


def _is_yearly(number: Number) -> bool:
    return 1990 <= number.value <= 2059


def _half(word: str) -> str | None:
    letters = word.replace(".", "")
    return letters[0] if letters in ("am", "pm") else None
