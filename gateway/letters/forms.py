"""A form: a letter that many readers share, put together once, into which each one's ways are put.

Most readers of a notice differ in nothing but their links. Lines that hold one are kept apart and
encoded for each reader; all others are encoded once. What is filled in this way is, byte for byte
but for its boundary, what would have been written for that reader alone.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from markupsafe import escape

from gateway.letters import mime
from gateway.letters.links import Ways
from gateway.letters.templates import Rendered

_NAMES = tuple(one.name for one in fields(Ways))
_NOTHING = Ways("", "", "", "")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line into which something is put, and how it is encoded then."""

    text: str
    encoded: Callable[[str], bytes]
    is_html: bool


@dataclass(frozen=True, slots=True)
class Form:
    """`pieces` are bytes that stay, and lines to fill; `marks` stand for a reader's ways."""

    rendered: Rendered
    marks: Ways
    pieces: tuple[bytes | _Line, ...]
    is_marked: bool  # whether a header field holds a mark

    def body(self, ways: Ways) -> bytes:
        """All that follows the header fields, for the reader of these ways."""
        return b"".join(
            one if isinstance(one, bytes)
            else one.encoded(_put_in(one.text, self.marks, ways, is_html=one.is_html))
            for one in self.pieces
        )  # fmt: skip

    def fields(self, ways: Ways) -> Mapping[str, str]:
        """The template's header fields, for the reader of these ways."""
        found = self.rendered.fields
        if not self.is_marked:
            return found
        return {
            name: _put_in(value, self.marks, ways, is_html=False) for name, value in found.items()
        }


def marks_for(ways: Ways | None, mark: str) -> Ways:
    """Marks that look alike, for a text in which the ways of each reader are put later."""
    if ways is None:
        return _NOTHING

    def alike(number: int, value: str) -> str:
        scheme = value.partition("://")[0] + "://" if "://" in value else ""
        return value and f"{scheme}{mark}-{number}-"

    return Ways(*(alike(number, getattr(ways, name)) for number, name in enumerate(_NAMES)))


def form(rendered: Rendered, marks: Ways, calendar: mime.CalendarPart | None) -> Form:
    """The form of a text that was rendered with `marks`."""
    apart: dict[bytes, _Line] = {}
    text, html = rendered.text, rendered.html
    text = _without(text, marks, apart, mime.flowed_line, is_html=False)
    html = html and _without(html, marks, apart, mime.quoted_line, is_html=True)
    whole = mime.body(text, html, calendar, quoted=bool(apart))
    pieces: list[bytes | _Line] = [whole]
    if apart:
        cut = re.split(b"(" + b"|".join(apart) + b")", whole)
        pieces = [apart.get(one, one) for one in cut]
    is_marked = any(mark in value for value in rendered.fields.values() for mark in _given(marks))
    return Form(rendered, marks, tuple(pieces), is_marked)


def _without(
    text: str, marks: Ways, apart: dict[bytes, _Line], encoded: Callable[[str], bytes],
    *, is_html: bool,
) -> str:  # fmt: skip
    """The text with a short word for each line that holds a mark; those lines go to `apart`."""
    given = _given(marks)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if any(mark in line for mark in given):
            word = f"line-{secrets.token_hex(16)}"
            apart[word.encode("ascii")] = _Line(line, encoded, is_html)
            lines[number] = word
    return "\n".join(lines)


def _given(marks: Ways) -> list[str]:
    return [mark for name in _NAMES if (mark := getattr(marks, name))]


def _put_in(text: str, marks: Ways, ways: Ways, *, is_html: bool) -> str:
    for name in _NAMES:
        mark = getattr(marks, name)
        if mark and mark in text:
            value = getattr(ways, name)
            text = text.replace(mark, str(escape(value)) if is_html else value)
    return text
