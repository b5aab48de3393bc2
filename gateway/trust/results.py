"""The words of an Authentication-Results field (RFC 8601), as servers really write them.

Beside the grammar it takes what large providers do: a semicolon too many, brackets around an
address, letters beyond ASCII, words of no meaning among the properties, and no authserv-id at all.
Whatever leaves room to doubt where a comment or a quoted text ends makes the field worthless.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST = 16_000
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Result:
    """What one method came to; `properties` are named as written, `header.from`, in lower case."""

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """Who says it (None where the field does not say), and what."""

    authserv_id: str | None
    results: tuple[Result, ...]


def parsed(value: str) -> Field | None:
    """The field, or None where it makes no sense."""
    pieces = None if len(value) > LONGEST else _pieces(value)
    if not pieces or not pieces[0]:
        return None
    first = pieces[0][0]
    is_named = "=" not in first
    results = (_result(words) for words in (pieces[1:] if is_named else pieces))
    name = first.strip('"').rstrip(".").lower() if is_named else None
    return Field(name, tuple(result for result in results if result is not None))


def _result(words: list[str]) -> Result | None:
    if not words or "=" not in words[0]:
        return None
    method, _, result = words[0].partition("=")
    pairs = [word.partition("=") for word in words[1:] if "=" in word]
    properties: dict[str, str] = {}
    for name, _, value in pairs:
        properties.setdefault(name.lower(), value.strip("<>"))
    return Result(method.partition("/")[0].lower(), result.lower(), properties)


def _pieces(value: str) -> list[list[str]] | None:
    """The words between semicolons, without comments; None where one of these has no end."""
    pieces: list[list[str]] = [[]]
    word = ""
    for kind, text in _scanned(value):
        if kind == "broken":
            return None
        if kind == "text":
            word += text
            continue
        if word:
            _add(pieces[-1], word)
            word = ""
        if kind == "semicolon":
            pieces.append([])
    if word:
        _add(pieces[-1], word)
    return pieces


def _add(words: list[str], word: str) -> None:
    """Blanks around "=" mean nothing."""
    if words and (word.startswith("=") or words[-1].endswith("=")) and "=" in words[-1] + word:
        is_half = words[-1].count("=") + word.count("=") == 1
        if is_half:
            words[-1] += word
            return
    words.append(word)


def _scanned(value: str) -> Iterator[tuple[str, str]]:
    """Text, gaps (blanks and comments) and semicolons, in order."""
    depth, is_quoted, is_escaped = 0, False, False
    for char in value:
        if is_escaped:
            is_escaped = False
            if not depth:
                yield "text", char
        elif char == "\\" and (depth or is_quoted):
            is_escaped = True
        elif depth:
            depth += (char == "(") - (char == ")")
        elif char == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            yield "text", char
        elif char == "(":
            depth = 1
            yield "gap", ""
        elif char in _BLANKS:
            yield "gap", ""
        else:
            yield ("semicolon" if char == ";" else "text"), char
    if depth or is_quoted or is_escaped:
        yield "broken", ""
