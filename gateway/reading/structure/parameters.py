"""A Content-Type or Content-Disposition field to its value and its parameters.

RFC 2045 section 5.1 and RFC 2231, and what is written in their place: quotes that never end, values
with spaces and no quotes, a missing semicolon, pieces in any order, encoded words, raw bytes. Of a
parameter given twice the first counts, but one with a charset of its own (`name*=`) before all.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gateway.reading.structure import charsets, encoded_words

MAX_FIELD = 8_192
MAX_PIECES = 100
FAMILIAR = 100  # characters; a longer field is read each time

Said = tuple[str, Mapping[str, str]]

_PARAMETER = re.compile(
    r'([^\s=;"*]{1,60}+)(?:\*(\d{1,3}))?(\*?)[ \t]{0,20}=[ \t]{0,20}'
    r'("(?:[^"\\]|\\.)*+"?+)?+([^;]*+)'
)
_ESCAPED = re.compile(r"\\(.)")
_FOLD = re.compile(r"\r?\n[ \t]*")
_FIRST_WORD = {"boundary", "charset", "format", "delsp", "report-type"}


def parse(raw: str) -> Said:
    """The value of the field, lower case and without comments, and its parameters, decoded."""
    return _familiar(raw) if len(raw) < FAMILIAR else _parse(raw[:MAX_FIELD])


def _parse(raw: str) -> Said:
    if "\n" in raw:
        raw = _FOLD.sub(" ", raw)
    if not raw.isascii():
        raw = encoded_words.plain(raw)
    value, _, rest = raw.partition(";")
    value = value.strip()
    if "=" in value:  # a missing semicolon, or no value at all
        value, rest = "", raw
        if "=" not in (head := raw.lstrip().partition(" ")[0]):
            value = head
    elif not value and rest:
        value = rest.partition(";")[0].strip()
    value = value.partition("(")[0].strip(" \t\"'").lower()
    return value, _parameters(rest) if "=" in rest else {}


# Most mail says the same of its parts as the mail before it.
_familiar = lru_cache(maxsize=512)(_parse)


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match, _ in zip(_PARAMETER.finditer(text), range(MAX_PIECES), strict=False):
        name, number, star, quoted, rest = match.groups()
        name = name.lower()
        value = _value(name, quoted, rest)
        if number is not None or star:
            pieces.setdefault(name, {}).setdefault(int(number or 0), (value, bool(star)))
        else:
            plain.setdefault(name, value)
    found = {
        name: encoded_words.decode(value) if "=?" in value and name != "boundary" else value.strip()
        for name, value in plain.items()
    }
    return found | {name: _joined(each) for name, each in pieces.items()}


def _value(name: str, quoted: str | None, rest: str) -> str:
    rest = rest.strip()
    if quoted is None:
        return rest.split()[0].strip("'") if rest and name in _FIRST_WORD else rest
    if rest.endswith('"') and "=" not in rest:  # a quote inside of quotes
        return f"{quoted[1:]}{rest[:-1]}"
    inner = quoted[1:-1] if len(quoted) > 1 and quoted.endswith('"') else quoted[1:]
    return _ESCAPED.sub(_without_escape, inner) if "\\" in inner else inner


def _without_escape(match: re.Match[str]) -> str:
    """Only quotes and backslashes are escaped in earnest; the rest are paths of Windows."""
    return match[1] if match[1] in '"\\' else match[0]


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """The pieces of a long value in order; a character may be cut between two of them."""
    ordered = [pieces[number] for number in sorted(pieces)]
    if not any(encoded for _, encoded in ordered):
        return encoded_words.decode("".join(value for value, _ in ordered))
    label = ""
    data = b""
    for number, (value, encoded) in enumerate(ordered):
        if number == 0 and value.count("'") >= 2:
            label, _, value = value.split("'", 2)  # noqa: PLW2901  # what is left of it
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return charsets.decode(data, label)[0].replace("\n", " ").strip()
