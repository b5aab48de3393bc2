"""Read what the lexer found: dates and times as tokens, or `opaque` if they are none."""

import re
from collections.abc import Callable

from classifiers.windows.tokens import Clock, Number, NumericDate, Token
from classifiers.windows.zones import Zone, zone_of

MONTH_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTH_NAMES.split("|"), 1)}
_DIGITS = re.compile(r"\d+")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in _DIGITS.findall(text)]


def opaque(_text: str, start: int, end: int) -> list[Token]:
    """What looks like a date or a time and is none."""
    return [Token("opaque", start, end)]


def _clock(hour: int, minute: int, second: int = 0, **more: object) -> Clock | None:
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    half = more.get("half")
    return Clock(
        hour, minute, second, str(half) if half else None,
        bool(more.get("hhmm")), bool(more.get("padded")),
    )  # fmt: skip


def _timed(
    clock: Clock | None, start: int, end: int, zone: Zone | None = None, cut: int = 0
) -> list[Token]:
    if clock is None:
        return opaque("", start, end)
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
        hour,
        minute,
        rest[0] if rest else 0,
        half=half.group().lower() if half else None,
        padded=bare.startswith("0"),
    )
    return _timed(clock, start, end, zone, cut)


def _read_hour(text: str, start: int, end: int) -> list[Token]:
    numbers = _numbers(text)
    hour, minute = (numbers[0], numbers[1]) if len(numbers) > 1 else (numbers[0], 0)
    if hour >= 100:
        hour, minute = divmod(hour, 100)
    found = re.search(r"[ap]", text, re.IGNORECASE)
    half = found.group().lower() if found else None
    if hour > 12:
        return opaque("", start, end)
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
    if rest:
        return _timed(_clock(hour, rest[0], hhmm=True), start, end)
    # "4h" is an hour only where it is led to; else it is a length.
    number = Number(hour, len(str(hour)), ordinal=False)
    return [Token("number", start, end - 1, number), Token("word", end - 1, end, "h")]


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


def _read_ymd8(text: str, start: int, end: int) -> list[Token]:
    return _dated(NumericDate(int(text[:4]), int(text[4:6]), int(text[6:]), "ymd"), start, end)


def _read_ymon(text: str, start: int, end: int) -> list[Token]:
    year, day = _numbers(text)
    letters = re.search(r"[a-z]+", text, re.IGNORECASE)
    month = _MONTH_NUMBER[letters.group()[:3].lower()] if letters else 0
    return _dated(NumericDate(year, month, day, "ymd"), start, end)


def _read_us(text: str, start: int, end: int) -> list[Token]:
    first, second, *rest = _numbers(text)
    if text == "24/7":
        return opaque(text, start, end)
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
        return opaque(text, start, end)
    number = Token("date", start, start + 2, NumericDate(None, 0, day, "ymd"))
    return [number, *_timed(clock, end - 5, end, zone_of("z"), 1)]


def _dated(date: NumericDate, start: int, end: int) -> list[Token]:
    low, high = sorted((date.first, date.second))
    is_date = 1 <= low <= 12 and high <= 31
    return [Token("date", start, end, date)] if is_date else opaque("", start, end)


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
        return opaque(text, start, end)
    number = Number(int(digits), len(digits), len(digits) < len(text))
    return [Token("number", start, end, number)]


def _read_zone(text: str, start: int, end: int) -> list[Token]:
    zone = zone_of(text)
    return [Token("zone", start, end, zone)] if zone else opaque(text, start, end)


READERS: dict[str, Callable[[str, int, int], list[Token]]] = {
    "compact": _read_compact,
    "stamp": _read_stamp,
    "ymd": _read_ymd,
    "named": _read_named,
    "dtg": _read_dtg,
    "ymd8": _read_ymd8,
    "ymon": _read_ymon,
    "us": _read_us,
    "dmy": _read_dmy,
    "dm": _read_dm,
    "cjk": _read_cjk,
    "clock": _read_clock,
    "hour": _read_hour,
    "hhmm": _read_hhmm,
    "ish": _read_plain,
    "dotted": _read_plain,
    "range_end": _read_plain,
    "hour_h": _read_hour_h,
    "number": _read_number,
    "zone": _read_zone,
}
