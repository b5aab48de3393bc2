"""What a text is cut into: dates, clocks and numbers as written, words, marks and line breaks."""

from typing import NamedTuple


class Token(NamedTuple):
    """A piece of text. `kind` says what `value` is: see the readers below."""

    kind: str
    start: int
    end: int
    value: object = None


class NumericDate(NamedTuple):
    """A date in digits (or with a month name) as written: `first` and `second` by `order`."""

    year: int | None
    first: int
    second: int
    order: str  # "ymd": month, day; "us": month/day, unless they must be swapped; "dmy"


class Clock(NamedTuple):
    """A time of day as written; `half` is "a", "p" or None; `hhmm` four digits in one;
    `padded` that the hour is written with a nought, as on the 24-hour clock.
    """

    hour: int
    minute: int = 0
    second: int = 0
    half: str | None = None
    hhmm: bool = False
    padded: bool = False


class Number(NamedTuple):
    """A bare number; `width` is how many digits it has."""

    value: int
    width: int
    ordinal: bool
