"""Cut a text into the tokens that dates and times are made of, each with its span.

One regular expression, whose alternatives each begin differently and are bounded, so the work
grows with the length of the text only. What looks like a number but is none of ours (URLs,
telephone, ticket and release numbers) becomes `opaque`.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from classifiers.windows.zones import (
    IN_PLACE,
    LOCAL_PHRASE,
    PLACE_PHRASE,
    Zone,
    place_zone,
    zone_of,
)


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
    """A time of day as written; `half` is "a", "p" or None; `hhmm` four digits in one."""

    hour: int
    minute: int = 0
    second: int = 0
    half: str | None = None
    hhmm: bool = False


class Number(NamedTuple):
    """A bare number; `width` is how many digits it has."""

    value: int
    width: int
    ordinal: bool


_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS.split("|"), 1)}
_HALF = r"(?:\s?[ap]\.?\s?m\b\.?|[ap]\b(?![.'’]))"

_PLACE = re.compile(
    rf"(?P<local>{LOCAL_PHRASE})|(?P<place>{PLACE_PHRASE})|(?P<there>{IN_PLACE})", re.IGNORECASE
)
_PLACE_HINT = re.compile(r"time|local|zeit|hora|heure|or[aá]rio|\b[ie]n [A-Z]", re.IGNORECASE)
_TOKEN = re.compile(
    rf"""
    (?P<url>https?://\S{{1,2000}})
  | (?P<compact>\b\d{{8}}T\d{{4}}(?:\d\d)?Z?\b)
  | (?P<stamp>\b\d{{4}}-\d\d-\d\d[T_]\d\d:?\d\d(?::?\d\d(?:[.,]\d{{1,9}})?)?
        (?:Z\b|\s?[+-]\d\d:?\d\d\b)?)
  | (?P<ymd>\b(?:19|20)\d\d(?P<s1>[-/.])\d{{1,2}}(?P=s1)\d{{1,2}}\b)
  | (?P<phone>(?:\(\d{{3}}\)\s?|\b\d{{3}}[-.\s])\d{{3}}[-.\s]\d{{4}}\b)
  | (?P<named>\b\d{{1,2}}[-./]?(?:{_MONTHS})[a-z]{{0,6}}[-./]?(?:\d{{4}}|\d\d)?\b)
  | (?P<cjk>\b\d{{4}}年\d{{1,2}}月\d{{1,2}}日)
  | (?P<dtg>\b(?:\d\d/\d{{4}}|\d{{6}})Z\b)
  | (?P<us>(?<![\d/])\d{{1,2}}/\d{{1,2}}(?:/(?:\d{{4}}|\d\d))?(?![\d/])
        | \b\d{{1,2}}-\d{{1,2}}-\d{{4}}\b)
  | (?P<dmy>\b\d{{1,2}}\.\d{{1,2}}\.\d{{4}}\b | \b\d\d\.\d\d\.\d\d\b)
  | (?P<dm>\b\d{{1,2}}\.\d{{1,2}}\.(?=,|\s(?:\d|von|um|ab|bis|zwischen|ist|war)))
  | (?P<clock>\b\d{{1,2}}:\d\d(?P<seconds>:\d\d(?:[.,]\d{{1,9}})?)?(?!:?\d)
        {_HALF}?(?(seconds)(?:\s?[+-]\d\d:?\d\d\b)?))
  | (?P<hour>\b(?:\d{{1,2}}(?:\.[0-5]\d)?|\d{{3,4}}){_HALF})
  | (?P<ish>\b\d{{1,2}}-?ish\b)
  | (?P<dotted>\b\d{{1,2}}\.[0-5]\d(?=\s?(?:uhr|h\b|hrs\b|this\ |tonight|in\ the|UTC|GMT|BST|CES?T
        |eastern|central|[ECMP][SD]?T\b)))
  | (?P<hhmm>\b\d{{4}}(?:\s?(?:hours|hrs?|h|Z|Zulu)|L)\b)
  | (?P<hour_h>\b\d{{1,2}}(?:h(?:\d\d)?|\sh\s\d\d)\b)
  | (?P<reference>\b(?-i:(?!(?:[A-Z]{{1,2}}[SD]?T|UTC|GMT)/)[A-Z]{{2,8}})[-/]
        (?:[A-Z\d]{{1,8}}[-/]){{0,3}}
        \d{{3,12}}\w{{0,8}}(?:[-/]\w{{1,12}}){{0,3}}\b)
  | (?P<opaque>[\#$€£]\s?\d[\d,.]* | \b\d+(?:\.\d+)+\w*
        | \b\d{{1,3}}(?:,\d{{3}})+(?!\d) | \b\d+\s?%)
  | (?P<number>(?<![\w.])\d+(?:st|nd|rd|th|[º°ª])?(?!\w))
  | (?P<zone>\b(?:US|America|Europe|Asia|Pacific|Australia|Africa|Atlantic|Etc)
        /[A-Za-z_]{{2,30}}(?:/[A-Za-z_]{{2,30}})? | \b(?:UTC|GMT)[+\-−]\d{{1,2}}(?::?\d\d)?\b
        | \b[ECMP]\.[SD]?\.?T\b\.?)
  | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*(?:-(?:feira|noite|dia|five)\b)?)
  | (?P<serial>\w+)
  | (?P<line>\n)
  | (?P<arrow>[-=]+> | →)
  | (?P<punctuation>[^\w\s])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
#: What a line with a part of a time in it has: digits, names of days, hours and zones.
_HINT = re.compile(
    r"\d|(?:day|noon|midnight|morning|night|evening)\b|\bto(?:morrow|nite)\b|\b(?:mon|tue|wed"
    r"|thu|fri|sat|sun)\b"
    r"|\b(?:[ap]\.?m|[ecmph][sd]?t|ak[sd]t|utc|gmt|zulu|eastern|central|mountain|pacific)\b|\b(?:lun|mart"
    r"|mi[eé]rcol|juev|viern)es\b"
    r"|\b(?:s[aá]bado|domingo|hoy|ma[nñ]ana|ayer|noche|tarde|medianoche|mediod[ií]a)\b"
    r"|tag\b|\b(?:mi?ttwoch|heute|gestern|morgen|nacht|mitternacht|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|demain|minuit|midi|matin|soir|hoje|amanh[ãa]|ontem)\b|feira\b"
    r"|\b(?:o['’]clock|uhr|local|time|hora|heure|hour|half|past|quarter|since|desde|seit|depuis|on)\b",
    re.I,
)
_DIGITS = re.compile(r"\d+")


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text`, in order; blank space between them is dropped.

    A long line in which no time can stand is one `serial`.
    """
    tokens: list[Token] = []
    for line in _LINE.finditer(text):
        start, end = line.span()
        if end - start > 30 and not _HINT.search(text, start, end):
            tokens.append(Token("serial", start, end))
            if text[end - 1] == "\n":
                tokens.append(Token("line", end - 1, end, "\n"))
            continue
        if _PLACE_HINT.search(text, start, end):
            for phrase in _PLACE.finditer(text, start, end):
                tokens += _tokens(text, start, phrase.start())
                tokens.append(_phrase(phrase))
                start = phrase.end()
        tokens += _tokens(text, start, end)
    return tokens


def _phrase(found: re.Match[str]) -> Token:
    """A phrase that names a clock: a zone, or one that is a zone only beside a time."""
    zone = place_zone(found.group())
    kind = "zone" if zone and not found["there"] else "local"
    return Token(kind, found.start(), found.end(), zone or "local")


def _tokens(text: str, start: int, end: int) -> list[Token]:
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text, start, end):
        kind = found.lastgroup or "opaque"
        if kind in ("word", "punctuation", "line", "arrow", "serial"):
            value = found.group()
            if kind == "word":
                value = value.lower().removesuffix("'s").removesuffix("’s")
            tokens.append(Token(kind, found.start(), found.end(), value))
        else:
            read = _READERS.get(kind, _opaque)
            tokens += read(found.group(), found.start(), found.end())
    return tokens


def _numbers(text: str) -> list[int]:
    return [int(part) for part in _DIGITS.findall(text)]


def _opaque(_text: str, start: int, end: int) -> list[Token]:
    return [Token("opaque", start, end)]


def _clock(hour: int, minute: int, second: int = 0, **more: object) -> Clock | None:
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    half = more.get("half")
    return Clock(hour, minute, second, str(half) if half else None, bool(more.get("hhmm")))


def _timed(
    clock: Clock | None, start: int, end: int, zone: Zone | None = None, cut: int = 0
) -> list[Token]:
    if clock is None:
        return _opaque("", start, end)
    tokens = [Token("clock", start, end - cut, clock)]
    return [*tokens, Token("zone", end - cut, end, zone)] if zone else tokens


def _split_shift(text: str) -> tuple[str, Zone | None, int]:
    """`text` without a trailing offset, the offset as a zone, and how long it was."""
    tail = re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text)
    if not tail:
        return text, None, 0
    return text[: tail.start()], zone_of(tail.group()), len(tail.group())


def _read_clock(text: str, start: int, end: int) -> list[Token]:
    bare, zone, cut = (text, None, 0)
    if "+" in text or "-" in text:
        bare, zone, cut = _split_shift(text)
    hour, minute, *rest = _numbers(re.split(r"[.,]", bare)[0])
    half = re.search(r"[ap]", bare, re.IGNORECASE)
    clock = _clock(
        hour, minute, rest[0] if rest else 0, half=half.group().lower() if half else None
    )
    return _timed(clock, start, end, zone, cut)


def _read_hour(text: str, start: int, end: int) -> list[Token]:
    numbers = _numbers(text)
    hour, minute = (numbers[0], numbers[1]) if len(numbers) > 1 else (numbers[0], 0)
    if hour >= 100:
        hour, minute = divmod(hour, 100)
    found = re.search(r"[ap]", text, re.IGNORECASE)
    half = found.group().lower() if found else None
    return _timed(_clock(hour, minute, half=half), start, end)


def _read_plain(text: str, start: int, end: int) -> list[Token]:
    """ "9ish", "9.15" of a morning."""
    hour, minute, *_ = [*_numbers(text), 0]
    return _timed(_clock(hour, minute), start, end)


def _read_hhmm(text: str, start: int, end: int) -> list[Token]:
    hour, minute = divmod(int(text[:4]), 100)
    is_zulu = text.lower().endswith(("z", "zulu"))
    cut = len(text) - 4 if is_zulu else 0
    zone = zone_of("z") if is_zulu else None
    return _timed(_clock(hour, minute, hhmm=True), start, end, zone, cut)


def _read_hour_h(text: str, start: int, end: int) -> list[Token]:
    hour, *rest = _numbers(text)
    return _timed(_clock(hour, rest[0], hhmm=True), start, end) if rest else _opaque("", start, end)


def _read_stamp(text: str, start: int, end: int) -> list[Token]:
    body = text[11:]
    bare, zone, cut = _split_shift(body)
    digits = "".join(_DIGITS.findall(re.split(r"[.,]", bare)[0]))
    second = int(digits[4:6]) if len(digits) >= 6 else 0
    clock = _clock(int(digits[:2]), int(digits[2:4]), second)
    date = _read_ymd(text[:10], start, start + 10)
    return date + _timed(clock, start + 11, end, zone, cut)


def _read_compact(text: str, start: int, end: int) -> list[Token]:
    date, digits = text[:8], text[9:].rstrip("zZ")
    zone = zone_of("z") if text[-1] in "zZ" else None
    second = int(digits[4:6]) if len(digits) >= 6 else 0
    clock = _clock(int(digits[:2]), int(digits[2:4]), second)
    day = NumericDate(int(date[:4]), int(date[4:6]), int(date[6:8]), "ymd")
    return [
        Token("date", start, start + 8, day),
        *_timed(clock, start + 9, end, zone, 1 if zone else 0),
    ]


def _read_ymd(text: str, start: int, end: int) -> list[Token]:
    year, month, day = _numbers(text)
    return _dated(NumericDate(year, month, day, "ymd"), start, end)


def _read_us(text: str, start: int, end: int) -> list[Token]:
    first, second, *rest = _numbers(text)
    if text == "24/7":
        return _opaque(text, start, end)
    year = _year(rest[0]) if rest else None
    return _dated(NumericDate(year, first, second, "us"), start, end)


def _read_dmy(text: str, start: int, end: int) -> list[Token]:
    day, month, year = _numbers(text)
    return _dated(NumericDate(_year(year), day, month, "dmy"), start, end)


def _read_named(text: str, start: int, end: int) -> list[Token]:
    day, *rest = _numbers(text)
    letters = re.search(r"[a-z]+", text, re.IGNORECASE)
    month = _MONTH_NUMBER[letters.group()[:3].lower()] if letters else 0
    year = _year(rest[0]) if rest else None
    return _dated(NumericDate(year, month, day, "ymd"), start, end)


def _read_dtg(text: str, start: int, end: int) -> list[Token]:
    day, hour, minute = int(text[:2]), int(text[-5:-3]), int(text[-3:-1])
    clock = _clock(hour, minute, hhmm=True)
    if clock is None or not 1 <= day <= 31:
        return _opaque(text, start, end)
    number = Token("date", start, start + 2, NumericDate(None, 0, day, "ymd"))
    return [number, *_timed(clock, end - 5, end, zone_of("z"), 1)]


def _dated(date: NumericDate, start: int, end: int) -> list[Token]:
    low, high = sorted((date.first, date.second))
    is_date = 1 <= low <= 12 and high <= 31
    return [Token("date", start, end, date)] if is_date else _opaque("", start, end)


def _read_dm(text: str, start: int, end: int) -> list[Token]:
    day, month = _numbers(text)
    return _dated(NumericDate(None, day, month, "dmy"), start, end)


def _read_cjk(text: str, start: int, end: int) -> list[Token]:
    year, month, day = _numbers(text)
    return _dated(NumericDate(year, month, day, "ymd"), start, end)


def _year(number: int) -> int:
    return number if number > 99 else 2000 + number


def _read_number(text: str, start: int, end: int) -> list[Token]:
    digits = text.rstrip("stndrhSTNDRHº°ª")
    if len(digits) > 4:
        return _opaque(text, start, end)
    number = Number(int(digits), len(digits), len(digits) < len(text))
    return [Token("number", start, end, number)]


def _read_zone(text: str, start: int, end: int) -> list[Token]:
    zone = zone_of(text)
    return [Token("zone", start, end, zone)] if zone else _opaque(text, start, end)


_READERS: dict[str, Callable[[str, int, int], list[Token]]] = {
    "compact": _read_compact,
    "stamp": _read_stamp,
    "ymd": _read_ymd,
    "named": _read_named,
    "dtg": _read_dtg,
    "us": _read_us,
    "dmy": _read_dmy,
    "dm": _read_dm,
    "cjk": _read_cjk,
    "clock": _read_clock,
    "hour": _read_hour,
    "hhmm": _read_hhmm,
    "ish": _read_plain,
    "dotted": _read_plain,
    "hour_h": _read_hour_h,
    "number": _read_number,
    "zone": _read_zone,
}
