"""Read times of day and zones as they are written: "10 PM", "2200", "noon", "(UTC-05:00)".

A bare number is an hour only where its neighbours make it one; four digits are a time or a
year by the same rule.
"""

from classifiers.windows.tokens import Clock, Number
from classifiers.windows.view import View
from classifiers.windows.words import (
    ANDS,
    BETWEEN,
    DAY_PARTS,
    GLUE,
    HOURS,
    LINKS,
    MINUTES,
    MONTHS,
    NAMED_TIMES,
    RELATIVE_DAYS,
    SPOKEN_MINUTES,
    WEEKDAYS,
)
from classifiers.windows.zones import UNMISTAKABLE, ZONE_WORDS, Zone, zone_of

_BEFORE_DIGITS = LINKS.union(GLUE, MONTHS, WEEKDAYS, RELATIVE_DAYS, DAY_PARTS)
_HOUR_LEADS = LINKS | {
    "at", "from", "between", "by", "since", "around", "about", "@", "(", ",", "las", "la", "desde",
    "um", "ab", "gegen", "seit", "von", "zwischen", "de", "dès", "vers", "das", "entre", "after",
    "roughly", "before", "beginning", "starting", "itself", "it", ":", "approximately", "than",
}  # fmt: skip
_DAYS = frozenset(MONTHS).union(WEEKDAYS)
_DAY_WORDS = frozenset({"this", "on"}).union(WEEKDAYS, RELATIVE_DAYS, DAY_PARTS)
_DIGIT_LEADS = frozenset(
    {"at", "from", "until", "till", "by", "after", "@", "~", "nlt", "between", "around", "since"}
    | {"started", "began", "resolved", "restored", "ended", "down", "up", "off", "back"}
)
_UNITS = frozenset({"minutes", "mins", "min", "hours", "hrs", "days", "people", "users", "calls"})
_PAST = frozenset({"past", "after"})
_TO = frozenset({"to", "before", "till", "of"})
_MOMENT_LEADS = frozenset(
    {"at", "since", "around", "about", "by", "until", "till", "before", "after"}
)
_TIME_LABELS = frozenset({"time", "hora", "uhrzeit", "heure", "horário", "horario"})
_MARKS = frozenset({"o'clock", "o’clock", "uhr", "h", "hrs"})
_PART_LEADS = frozenset(
    [
        "in",
        "at",
        "the",
        "de",
        "la",
        "por",
        "da",
        "du",
        "am",
        "der",
        "this",
        "esta",
        "early",
        "ce",
        "last",
    ]
)
_ARTICLES = frozenset({"las", "la", "às", "les", "the"})
_UNTIL = frozenset({"until", "till", "til"})
_AT = frozenset({"at", "@", "um", "à", "às", "las"})
_AFTER_TIME = frozenset({"time", "part", "zone"})


class TimeReader:
    """Reads times and zones from a view."""

    def __init__(self, view: View) -> None:
        self._view = view

    def read(self, at: int) -> tuple[Clock | str, int] | None:
        """The time that begins at `at`, and the place after it."""
        token = self._view.tokens[at]
        if isinstance(token.value, Clock):
            return self._named_clock(token.value, at) or (token.value, self._after_hours(at + 1))
        word = self._view.word(at)
        if word in NAMED_TIMES:
            return self._named(word, at)
        if spoken := self._spoken(at):
            return spoken
        number = self._view.number(at)
        if word in HOURS:
            return self._worded(HOURS[word], at)
        if number is None or number.ordinal:
            return None
        if number.value == 12:
            after = at + 3 if self._view.word(at + 1) == "de" else at + 1
            if self._view.word(after) in NAMED_TIMES:
                return NAMED_TIMES[self._view.word(after)], after + 1
        return self._bare_time(number, at)

    def _named(self, word: str, at: int) -> tuple[Clock | str, int]:
        """Noon or midnight; "midnight at the end of Friday" is that day's last moment."""
        edge = at + 1
        while edge < at + 5 and ((found := self.zone(edge, beside=True)) or self._is_bracket(edge)):
            edge = found[1] if found else edge + 1
        words = [self._view.word(edge + n) for n in range(4)]
        if words[0] in ("at", "on") and words[1] == "the" and words[3] in ("of", "on"):
            if words[2] in ("end", "close"):
                return Clock(24, hhmm=True), at + 1
            if words[2] in ("start", "beginning"):
                return Clock(0, hhmm=True), at + 1
        return NAMED_TIMES[word], at + 1

    def _is_bracket(self, at: int) -> bool:
        return self._view.word(at) in ("(", ")")

    def _named_clock(self, clock: Clock, at: int) -> tuple[str, int] | None:
        """ "12:00 midnight", "12:00 de la medianoche"."""
        if clock.hour not in (0, 12) or clock.minute or clock.half:
            return None
        after = at + 1
        while self._view.word(after) in ("de", "la", "del"):
            after += 1
        named = NAMED_TIMES.get(self._view.word(after))
        return (named, after + 1) if named else None

    def _worded(self, hour: int, at: int) -> tuple[Clock, int] | None:
        """An hour in letters, "nine pm", "eight in the evening"."""
        if half := _half(self._view.word(at + 1)):
            return Clock(hour, half=half), at + 2
        if told := self._with_minutes(hour, at):
            return told
        return (Clock(hour), self._after_mark(at + 1)) if self._is_bare_hour(at) else None

    def _with_minutes(self, hour: int, at: int) -> tuple[Clock, int] | None:
        """ "eight thirty", "nueve y cuarto", "9 y media"."""
        after = at + 2 if self._view.word(at + 1) == "y" else at + 1
        minutes = SPOKEN_MINUTES.get(self._view.word(after))
        if minutes is None or self._view.word(at - 1) not in _HOUR_LEADS:
            return None
        half = _half(self._view.word(after + 1))
        return Clock(hour, minutes, half=half), after + (2 if half else 1)

    def _spoken(self, at: int) -> tuple[Clock | str, int] | None:
        """A time as it is spoken: "ten past eight", "half nine", "half an hour after midnight"."""
        number = self._view.number(at)
        minutes = MINUTES.get(self._view.word(at)) or (number.value if number else 0)
        if not 0 < minutes < 60:
            return None
        after = at + 1
        while self._view.word(after) in ("an", "hour", "minutes"):
            after += 1
        relation = self._view.word(after)
        is_said = self._view.word(at) in MINUTES or self._view.word(at + 1) == "minutes"
        if is_said and (relation in _PAST or relation in _TO):
            hour = self._spoken_hour(after + 1)
            is_range = relation in ("to", "till") and not self._is_moment(at, after + 2)
            if hour is None or is_range:
                return None
            named = NAMED_TIMES.get(self._view.word(after + 1))
            if named:
                hour = {"noon": 12, "midnight": 24}[named]
            total = hour * 60 + (minutes if relation in _PAST else -minutes)
            clock = Clock(total // 60 % 24, total % 60, hhmm=named is not None)
            return clock, self._after_mark(after + 2)
        if self._view.word(at) == "half" and (hour := self._spoken_hour(at + 1)):
            return Clock(hour, 30), self._after_mark(at + 2)
        return None

    def _is_moment(self, at: int, after: int) -> bool:
        """Whether "ten to seven" is a time and no range."""
        is_led = self._view.word(at - 1) in _MOMENT_LEADS or self._view.word(at) == "quarter"
        return is_led or self._mark(after) or self.zone(after, beside=True) is not None

    def _spoken_hour(self, at: int) -> int | None:
        word = self._view.word(at)
        if word in NAMED_TIMES:
            return 12
        number = self._view.number(at)
        if number is not None:
            return number.value if 1 <= number.value <= 12 and number.width <= 2 else None
        return HOURS.get(word)

    def _after_hours(self, at: int) -> int:
        return at + 1 if self._view.word(at) in ("hrs", "hours", "h", "hr", "uhr") else at

    def _after_mark(self, at: int) -> int:
        return at + 1 if self._view.word(at) in _MARKS else at

    def _mark(self, at: int) -> bool:
        """Whether what stands at `at` makes the number before it an hour: "in the morning"."""
        if self._view.word(at) in _MARKS or self._view.word(at) in RELATIVE_DAYS:
            return True
        skip = at
        while self._view.word(skip) in _PART_LEADS and skip < at + 3:
            skip += 1
        is_part = self._view.word(skip) in DAY_PARTS or self._view.word(skip) == "mañana"
        return skip > at and is_part

    def _bare_time(self, number: Number, at: int) -> tuple[Clock, int] | None:
        clock = self._view.four_digits(at)
        if clock and (self._is_timely(at, number) or self._last_is_timely(at, number)):
            return clock, self._after_hours(at + 1)
        is_told = self._mark(at + 1) or self.zone(at + 1, beside=True) is not None
        if number.width == 3 and number.value % 100 < 60 and is_told:
            return Clock(*divmod(number.value, 100)), at + 1
        if number.value <= 12 and (told := self._with_minutes(number.value, at)):
            return told
        if number.width <= 2 and number.value <= 24 and self._is_bare_hour(at):
            hhmm = number.value > 12 or self._view.word(at + 1) in ("uhr", "h")
            return Clock(number.value, hhmm=hhmm), self._after_mark(at + 1)
        return None

    def _is_timely(self, at: int, number: Number) -> bool:
        """Whether what follows four digits makes them a time."""
        beside = self._view.token(at + 1)
        if self.zone(at + 1) or (beside and beside.kind == "local"):
            return True
        if self._view.word(at + 1) in WEEKDAYS and not _is_yearly(number):
            return True
        if self._view.word(at + 1) == "on" and not _is_yearly(number):
            day = self._view.token(at + 2)
            return day is not None and (day.kind == "date" or day.value in _DAYS)
        after = at + 2 if self._view.word(at + 1) in LINKS else 0
        if not after:
            return False
        other = self._view.token(after)
        if other and isinstance(other.value, Clock):
            return True
        both_years = _is_yearly(number) and (self._year_at(after) or self._is_joined(at))
        return self._view.four_digits(after) is not None and not both_years

    def _is_joined(self, at: int) -> bool:
        """Whether a number goes on without a blank, and no date leads to it: "2025-0311"."""
        token, following = self._view.token(at), self._view.token(at + 1)
        is_close = token is not None and following is not None and token.end == following.start
        return is_close and self._view.last not in ("date", "part")

    def _last_is_timely(self, at: int, number: Number) -> bool:
        """Whether what stands before four digits makes them a time."""
        before = self._view.word(at - 1)
        if before == ":" and self._view.word(at - 2) in _TIME_LABELS:
            return True
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
        if following in ("o'clock", "o’clock", "uhr"):
            return True
        lead = self._view.word(at - 1)
        is_led = lead in _HOUR_LEADS or (self._view.last == "date" and lead in (",", ":"))
        is_led = is_led or (self._view.last in ("date", "part") and lead == "")
        if following in ("hrs", "h") and lead in (",", "(", ":"):
            return False  # ", 2 hrs": how long
        if is_led and (self._mark(at + 1) or self.zone(at + 1, beside=True)):
            return True
        if self._is_since(at):
            return True
        if self._follows_day(at):
            return True
        if following not in LINKS:
            link = self._view.word(at - 2) if lead in _ARTICLES else lead
            follows_link = self._view.last in _AFTER_TIME and link in LINKS
            return follows_link and self._ends_range(at)
        return self._opens_range(at)

    def _follows_day(self, at: int) -> bool:
        """Whether "Saturday evening at 8" ends here, or goes on to its end."""
        if self._view.last not in ("date", "part") or self._view.word(at - 1) not in _AT:
            return False
        following = self._view.token(at + 1)
        is_end = following is None or following.kind in ("punctuation", "line")
        word = self._view.word(at + 1)
        return is_end or word in LINKS or (bool(word) and not word.endswith("s")) or word == "is"

    def _is_since(self, at: int) -> bool:
        """Whether "since nine" or "from nine on" ends here."""
        lead, following = self._view.word(at - 1), self._view.token(at + 1)
        if lead == "from" and self._view.word(at + 1) in ("on", "onward", "onwards"):
            return True
        is_end = following is None or following.kind in ("punctuation", "line")
        if lead in ("at", "by", "until", "till", "around") and self._view.is_timed:
            return is_end  # "down at 10 PM, back by 2."
        if lead == "of" and self._view.word(at - 2) == "as":
            return is_end
        if lead == "at" and any(self._view.word(at - n) == "since" for n in range(2, 8)):
            return is_end
        return lead in ("since", "seit", "depuis") and is_end

    def _opens_range(self, at: int) -> bool:
        """Whether a bare number before a link is the hour that a range begins with."""
        are_articled = {self._view.word(at - 1), self._view.word(at + 2)} <= _ARTICLES
        before, second = (at - 2, at + 3) if are_articled else (at - 1, at + 2)
        if self._view.word(at + 1) in ANDS and self._view.word(before) not in BETWEEN:
            return False
        other = self._view.token(second)
        if other is None:
            return False
        if isinstance(other.value, Clock) or self._view.word(second) in NAMED_TIMES:
            return True
        if self._spoken(second):
            return True
        if self._spoken_hour(second) is None:
            return False
        lead = self._view.word(before)
        is_told = lead in ("from", "between", "de", "entre", "von", "das", "zwischen")
        is_told = is_told or (self._view.last == "date" and lead in (",", ":", "", ")"))
        after = second + 1
        if self.zone(after) or self._view.word(after) in _MARKS or self._mark(after):
            return True
        if lead in DAY_PARTS or lead in ("tonight", "tonite"):
            return self._view.word(after) not in _UNITS
        if lead in ("from", "between") and self._view.last in ("date", "part"):
            return self._view.word(after) not in _UNITS
        beyond = self._view.token(after)
        is_end = beyond is None or beyond.kind in ("line", "punctuation")
        if lead == "from" and self._view.word(at + 1) in _UNTIL and is_end:
            return True
        if is_end and self._view.last == "date" and lead in (",", ":"):
            return True
        return is_told and (self._view.word(after) in _DAY_WORDS or self._mark(after))

    def _ends_range(self, at: int) -> bool:
        """Whether a bare number after "10 PM -" ends the phrase, as the hour of a range must."""
        token = self._view.token(at + 1)
        if token is None or token.kind in ("line", "date"):
            return True
        following = self._view.word(at + 1)
        if following in (".", ",", ")", ";") or following in _DAY_WORDS:
            return True
        return self._mark(at + 1) or self.zone(at + 1) is not None

    def zone(self, at: int, *, beside: bool = False) -> tuple[Zone | None, int] | None:
        """The zone that begins at `at`, and the place after it; `beside` a time for sure."""
        token = self._view.token(at)
        if token is None:
            return None
        if token.kind == "local":
            local = token.value if isinstance(token.value, Zone) else self._view.local
            return (local, at + 1) if local and self._view.last in _AFTER_TIME else None
        if isinstance(token.value, Zone):
            return token.value, self._after_zone(at + 1)
        if token.kind != "word" or token.value not in ZONE_WORDS:
            return None
        following = self._view.token(at + 1)
        if token.value == "et" and following and following.kind in ("number", "clock"):
            return None  # "entre 4h et 8h"
        is_beside = beside or self._view.last in ("time", "date", "part", "zone")
        is_beside = is_beside or self._view.number(at - 1) is not None or self._is_bracketed(at)
        if token.value not in UNMISTAKABLE and not is_beside:
            return None
        return zone_of(str(token.value)), self._after_zone(at + 1)

    def _is_bracketed(self, at: int) -> bool:
        """Whether "(ET)" stands alone in brackets, as in the head of a column."""
        return self._view.word(at - 1) == "(" and self._view.word(at + 1) in (")", "/")

    def _after_zone(self, at: int) -> int:
        while self._view.word(at) in ("time", "standard", "daylight", "prevailing"):
            at += 1
        return at


def _is_yearly(number: Number) -> bool:
    return 1990 <= number.value <= 2059


def _half(word: str) -> str | None:
    letters = word.replace(".", "")
    return letters[0] if letters in ("am", "pm") else None
