"""Read dates as they are written: "Fri 11 July 2025", "7/11", "the 15th", "tomorrow night".

Nothing is resolved here. Each reader takes a place among the tokens and gives the date that
begins there with the place after it, or None.
"""

from dataclasses import dataclass, replace

from classifiers.windows.tokens import Number, NumericDate
from classifiers.windows.view import View
from classifiers.windows.words import (
    ANDS,
    DAY_PARTS,
    FEASTS,
    LINKS,
    MODIFIERS,
    MONTHS,
    NAMED_TIMES,
    RELATIVE_DAYS,
    SHORT_MEANINGS,
    WEEKDAYS,
)
from classifiers.windows.zones import ZONE_WORDS

_DAY_LINKS = frozenset(
    ("-", "–", "to", "and", "&", "al", "y", "bis", "und", "et", "e", "a", "au", "auf", "zum")
)
_TURNS = frozenset({"into", "turns", "turning", "becomes", "and", "und", "y", "et", "auf"})
_FEASTS = frozenset(words[0] for words in FEASTS)


@dataclass(frozen=True, slots=True)
class DateRef:
    """A date as written; what was not said is None.

    `through` is (month, day) of the last day where a range of days stands in one phrase;
    `also` are further days of its month ("July 8, 9 and 10"); `shift`
    counts days from the day of writing, `plus` from the day that is named;
    `swappable` digits may be day before month.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    shift: int | None = None
    modifier: str | None = None
    part: str | None = None
    swappable: bool = False
    through: tuple[int, int] | None = None
    also: tuple[int, ...] = ()
    plus: int = 0

    @property
    def absolute(self) -> bool:
        """Whether a day of the month is named."""
        return self.day is not None


def _week_on(ref: DateRef) -> DateRef:
    """The day a week after a day that is told from today."""
    if ref.shift is not None:
        return replace(ref, shift=ref.shift + 7)
    return ref if ref.absolute else replace(ref, plus=7)


class DateReader:
    """Reads dates from a view."""

    def __init__(self, view: View) -> None:
        self._view = view

    def read(self, at: int) -> tuple[DateRef, int] | None:
        """The date that begins at `at`."""
        word = self._view.word(at)
        if word == "day" and self._view.word(at + 1) == "after":
            is_said = self._view.word(at + 2) == "tomorrow"
            return (DateRef(shift=2), at + 3) if is_said else None
        if word == "week" and self._view.word(at + 1) == "from":
            found = self.read(at + 2) if self._view.word(at - 1) in ("a", "one") else None
            return (_week_on(found[0]), found[1]) if found else None
        if word in _FEASTS and (feast := self._feast(at)):
            return feast
        if word in MODIFIERS or word in RELATIVE_DAYS:
            return self._relative_date(at)
        if word in WEEKDAYS:
            return self._weekday_date(self._second_day(at))
        return self._calendar_date(at)

    def _second_day(self, at: int) -> int:
        """The second of two days that a midnight lies between: "midnight, Friday into Saturday"."""
        after = at + 1
        while self._view.word(after) in _TURNS and after < at + 3:
            after += 1
        following = WEEKDAYS.get(self._view.word(after))
        is_next = following == (WEEKDAYS[self._view.word(at)] + 1) % 7
        return after if is_next and after > at + 1 and self._is_midnight(at) else at

    def _is_midnight(self, at: int) -> bool:
        return any(
            NAMED_TIMES.get(self._view.word(place)) == "midnight" for place in range(at - 6, at)
        )

    def _feast(self, at: int) -> tuple[DateRef, int] | None:
        for words, (month, day) in FEASTS.items():
            if all(self._view.word(at + n) == word for n, word in enumerate(words)):
                return self._with_year(DateRef(month=month, day=day), at + len(words))
        return None

    def _relative_date(self, at: int) -> tuple[DateRef, int] | None:
        word, following = self._view.word(at), self._view.word(at + 1)
        if word in MODIFIERS:
            modifier = MODIFIERS[word]
            if following in WEEKDAYS and not self._is_doubtful(at + 1):
                ref, after = self._with_part(DateRef(weekday=WEEKDAYS[following]), at + 2)
                return replace(ref, modifier=modifier), after
            if following in DAY_PARTS and modifier in ("this", "last"):
                # "last night" began yesterday; "this morning" is today's.
                shift = -1 if modifier == "last" else 0
                return DateRef(shift=shift, part=DAY_PARTS[following]), at + 2
            return None
        if word == "mañana" and self._view.word(at - 1) == "la":
            return None  # "de la mañana": a part of a day
        if word == "mañana" and self._view.word(at - 1) == "esta":
            return DateRef(shift=0, part="morning"), at + 1
        shift, part = RELATIVE_DAYS[word]
        return self._with_part(DateRef(shift=shift, part=part), at + 1)

    def _with_part(self, ref: DateRef, at: int) -> tuple[DateRef, int]:
        skip = at
        while self._view.word(skip) in ("por", "en", "la", "in", "the"):
            skip += 1
        if (part := DAY_PARTS.get(self._view.word(skip))) and self._view.word(at) not in (
            "en",
            "in",
        ):
            return replace(ref, part=part), skip + 1
        return ref, at

    def _is_doubtful(self, at: int) -> bool:
        """Whether a short weekday or month word ("sat", "may") has no number beside it."""
        word = self._view.word(at)
        if word not in SHORT_MEANINGS:
            return False
        if self._view.word(at + 1) in DAY_PARTS:
            return False
        after = at + 2 if self._view.word(at + 1) == "." else at + 1
        for beside in (at - 1, after, after + 1):
            token = self._view.token(beside)
            if token and token.kind in ("number", "date", "clock"):
                return False
        return True

    def _weekday_date(self, at: int) -> tuple[DateRef, int] | None:
        if self._is_doubtful(at):
            return None
        weekday = WEEKDAYS[self._view.word(at)]
        ref, after = self._with_part(DateRef(weekday=weekday), at + 1)
        skip = after
        while self._view.word(skip) in (",", ".", "(", "the", "el", "-", "–", "morning", "night"):
            skip += 1
        number = self._view.number(skip) if self._view.word(skip - 1) in ("the", "el") else None
        alone = self._view.number(after)
        is_alone = alone is not None and (alone.ordinal or self._ends(after + 1))
        if number is None and alone is not None and is_alone:
            number, skip = alone, after  # "Sat 20" in the cell of a table
            if number.value <= 31 and number.width <= 2:
                return self._day_only(replace(ref, day=number.value), skip + 1)
            number = None
        if number and (number.ordinal or self._view.word(skip + 1) not in MONTHS):
            return self._day_only(replace(ref, day=number.value), skip + 1)
        if (found := self._calendar_date(skip)) and not self._starts_line(skip, after):
            named, end = found
            return replace(named, weekday=weekday, part=ref.part), end
        return ref, after

    def _ends(self, at: int) -> bool:
        token = self._view.token(at)
        return token is None or token.kind == "line"

    def _starts_line(self, at: int, after: int) -> bool:
        return any(
            (token := self._view.token(i)) and token.kind == "line" for i in range(after, at)
        )

    def _day_only(self, ref: DateRef, at: int) -> tuple[DateRef, int] | None:
        if not ref.day or not 1 <= ref.day <= 31:
            return None
        if (found := self._month_after(ref.day, at)) is not None:
            named, after = found
            return replace(named, weekday=ref.weekday, part=ref.part), after
        return ref, at

    def _calendar_date(self, at: int) -> tuple[DateRef, int] | None:
        token = self._view.token(at)
        if token is None:
            return None
        if token.value in ("primero", "premier", "1er"):
            return self._month_after(1, at + 1)
        if isinstance(token.value, NumericDate):
            return self._numeric_date(token.value, at + 1)
        if token.kind == "word" and token.value in MONTHS:
            return self._month_first(at)
        if (number := self._view.number(at)) and 1 <= number.value <= 31 and number.width <= 2:
            if found := self._month_after(number.value, at + 1):
                return found
            if number.ordinal and self._view.word(at - 1) in ("the", "el"):
                return DateRef(day=number.value), at + 1
        return None

    def _numeric_date(self, date: NumericDate, at: int) -> tuple[DateRef, int]:
        month, day, swappable = date.first, date.second, date.order == "us"
        if date.order == "dmy" or (swappable and month > 12):
            month, day = day, month
        swappable = swappable and month <= 12 and day <= 12
        if month > 12:
            month, day = day, month
        ref = DateRef(year=date.year, month=month or None, day=day, swappable=swappable)
        if month == 0 and (named := self._take_month(at)):
            return replace(ref, month=named), at
        named = MONTHS.get(self._view.word(at))
        if named and date.order == "us" and date.year is None and date.first < date.second:
            # "11/12 July": the night between two days.
            return self._with_year(
                DateRef(month=named, day=date.first, through=(named, date.second)), at + 1
            )
        last = self._view.number(at + 1) if self._view.word(at) in ("-", "–") else None
        is_day = last and last.width <= 2 and day < last.value <= 31 and not self._is_hour(at + 1)
        if last and month and is_day:
            return replace(ref, through=(month, last.value), swappable=False), at + 2
        return ref, at

    def _take_month(self, at: int) -> int | None:
        """The month of "110200Z JUL 25", which stands behind the time and is then read."""
        tokens = self._view.tokens
        while (token := self._view.token(at)) and token.kind in ("clock", "zone"):
            at += 1
        month = MONTHS.get(self._view.word(at))
        if month is None:
            return None
        year = self._view.number(at + 1)
        is_year = year is not None and year.width in (2, 4)
        for place in (at, at + 1) if is_year else (at,):
            tokens[place] = tokens[place]._replace(kind="punctuation", value=",")
        return month

    def _is_hour(self, at: int) -> bool:
        """Whether the number at `at` begins a time rather than names a day."""
        following = self._view.token(at + 1)
        if following is None:
            return False
        return following.kind == "clock" or self._view.word(at + 1) in ("am", "pm", "a.m", "p.m")

    def _month_first(self, at: int) -> tuple[DateRef, int] | None:
        month = MONTHS[self._view.word(at)]
        at += 2 if self._view.word(at + 1) == "." else 1
        day = self._view.number(at)
        token = self._view.token(at)
        if token and isinstance(token.value, NumericDate) and token.value.year is None:
            # "July 11/12": the night between two days.
            first, last = token.value.first, token.value.second
            return self._with_year(DateRef(month=month, day=first, through=(month, last)), at + 1)
        if day is None or not 1 <= day.value <= 31 or day.width > 2:
            return None
        ref, at = DateRef(month=month, day=day.value), at + 1
        also, after = self._also(day.value, at)
        if also:
            return self._with_year(replace(ref, also=also), after)
        last_day = self._last_day(day.value, at)
        if last_day:
            ref, at = replace(ref, through=(month, last_day)), at + 2
        return self._with_year(ref, at)

    def _also(self, day: int, at: int) -> tuple[tuple[int, ...], int]:
        """The further days of "July 8, 9 and 10", and the place after them."""
        days: list[int] = []
        while self._view.word(at) == "," or (days and self._view.word(at) in ANDS):
            is_last = self._view.word(at) in ANDS or self._view.word(at + 1) in ANDS
            skip = at + 2 if self._view.word(at + 1) in ANDS else at + 1
            number = self._view.number(skip)
            if number is None or number.width > 2 or not day < number.value <= 31:
                return (), at
            days.append(number.value)
            at = skip + 1
            if is_last:
                return tuple(days), at
        return (), at

    def _last_day(self, first: int, at: int) -> int | None:
        last = self._view.number(at + 1)
        if last is None or last.width > 2 or not first < last.value <= 31:
            return None
        if self._view.word(at) not in (
            "-",
            "–",
            "—",
            "to",
            "and",
            "&",
            "through",
            "al",
            "a",
            "y",
            "bis",
            "und",
            "et",
            "e",
        ):
            return None
        is_other = self._view.word(at + 2) in MONTHS or self._is_range_hour(at + 1)
        return None if is_other else last.value

    def _is_range_hour(self, at: int) -> bool:
        token = self._view.token(at + 2)
        return self._view.word(at + 1) in LINKS and token is not None and token.kind == "clock"

    def _month_after(self, day: int, at: int) -> tuple[DateRef, int] | None:
        """The date of "11 July", "11 de julio", "11-JUL-2025", "18-19 Nov", seen after the day."""
        last = None
        is_german = self._view.word(at) == "." and self._view.word(at + 1) in ("auf", "bis", "zum")
        link = at + 1 if is_german else at
        if self._view.word(link) in _DAY_LINKS:
            second = link + 2 if self._view.word(link + 1) in ("den", "the", "el") else link + 1
            number = self._view.number(second)
            if number and day < number.value <= 31:
                last, at = number.value, second + 1
        while self._view.word(at) in ("of", "de", "-", "/", "."):
            at += 1
        month = MONTHS.get(self._view.word(at))
        if month is None or (
            self._view.word(at) == "may" and self._view.word(at - 1) in ("and", "to")
        ):
            return None
        at += 2 if self._view.word(at + 1) == "." else 1
        through = (month, last) if last else None
        return self._with_year(DateRef(month=month, day=day, through=through), at)

    def _is_short_year(self, number: Number, at: int) -> bool:
        """Whether two digits after day and month are the year: "31 DEC 21 / 2200"."""
        is_near = abs(number.value - self._view.year % 100) <= 1
        if number.width != 2 or number.ordinal or not is_near:
            return False
        before = self._view.token(at - 2)
        return before is not None and before.kind == "number" and not self._is_hour(at)

    def _with_year(self, ref: DateRef, at: int) -> tuple[DateRef, int]:
        skip = at
        while self._view.word(skip) in (",", "de", "del", "-", "/", "'", "of"):
            skip += 1
        number = self._view.number(skip)
        if number is not None and skip == at and self._is_short_year(number, skip):
            return replace(ref, year=2000 + number.value), skip + 1
        if number is None or number.width != 4 or abs(number.value - self._view.year) > 6:
            return ref, at
        following = self._view.token(skip + 1)
        is_time = following is not None and (
            following.kind == "zone"
            or (following.kind == "word" and following.value in ZONE_WORDS)
            or (self._view.word(skip + 1) in LINKS and self._view.four_digits(skip + 2))
        )
        return (ref, at) if is_time else (replace(ref, year=number.value), skip + 1)
