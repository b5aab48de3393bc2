"""A letter's bytes: header fields and two bodies become one message, 7-bit safe, CRLF lines.

Written by hand because it is cheap: the standard library's message classes take about nine
times as long for the same bytes, and every message that comes in is answered. Header values
reach this module as single lines and leave it folded (RFC 5322 section 2.2.3), encoded where
they are not plain ASCII (RFC 2047); plain text is format=flowed (RFC 3676), so that it reads
well in a terminal and in a window; the bodies are quoted-printable where they need to be.
"""

import base64
import binascii
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

LINE = 76
BODY_LINE = 72
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


def one_line(text: str) -> str:
    """`text` as one harmless line: no line ends, controls, text-direction marks or surrogates."""
    if text.isprintable():  # as nearly all is: then there is none of these
        return " ".join(text.split())
    spaced = re.sub(r"\s+", " ", text)
    kept = "".join(
        char
        for char in spaced
        if unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) not in _BIDI
    )
    return kept.strip()


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep="\r\n")


@lru_cache(maxsize=256)  # most fields of a notice are the same in every letter
def unstructured(name: str, value: str) -> bytes:
    """A field of free text (RFC 5322 section 3.6.5), such as Subject."""
    value = one_line(value)
    # "=?" in plain text would be read as an encoded word, that is, as something else.
    if not value.isascii() or "=?" in value or any(len(word) > 900 for word in value.split()):
        return f"{name}: {_encoded(name, value)}\r\n".encode("ascii")
    return _folded(name, value.split(" "))


def _folded(name: str, words: Sequence[str]) -> bytes:
    first, *others = words
    lines = _wrapped([f"{name}: {first}", *others], LINE - 1)  # less the space it goes on with
    return ("\r\n ".join(lines) + "\r\n").encode("ascii")


def _wrapped(words: Sequence[str], length: int) -> list[str]:
    """The words on lines of at most `length`, but for words that are longer themselves."""
    lines, line = [], words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > length:
            lines.append(line)
            line = word
        else:
            line += f" {word}"
    return [*lines, line]


@lru_cache(maxsize=256)
def mailbox(name: str, address: str, display: str = "") -> bytes:
    """A field with one mailbox. A local part outside ASCII makes it an RFC 6532 field."""
    display = one_line(display)
    if not display:
        return f"{name}: {address}\r\n".encode()
    if not display.isascii() or "=?" in display:
        phrase = _encoded(name, display)
    elif _ATOMS.fullmatch(display):
        phrase = display
    else:
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", display) + '"'
    # An encoded phrase may be folded itself, so only what is surely short shares its line.
    between = " " if len(name) + len(phrase) + len(address) < LINE - 5 else "\r\n "
    return f"{name}: {phrase}{between}<{address}>\r\n".encode()


def date(moment: datetime) -> bytes:
    """The field Date."""
    return _date(int(moment.timestamp()))


@lru_cache(maxsize=8)
def _date(seconds: int) -> bytes:
    return f"Date: {format_datetime(datetime.fromtimestamp(seconds, UTC))}\r\n".encode("ascii")


def identifiers(name: str, ids: Sequence[str]) -> bytes:
    """A field of message identifiers, given without brackets (RFC 5322 section 3.6.4)."""
    return _folded(name, [f"<{one}>" for one in ids])


def _flowed(text: str) -> str:
    """RFC 3676 section 4: long lines are cut at spaces that stay, odd beginnings are stuffed."""
    lines = []
    for paragraph in text.split("\n"):
        pieces = [paragraph.rstrip()]
        if len(pieces[0]) > BODY_LINE:
            pieces = _wrapped(pieces[0].split(" "), BODY_LINE - 1)
        stuffed = [f" {one}" if one.startswith((" ", ">", "From ")) else one for one in pieces]
        lines += [f"{one} " for one in stuffed[:-1]] + stuffed[-1:]
    return "\n".join(lines)


def quoted_line(line: str) -> bytes:
    """One line of a quoted-printable body, without its end."""
    return binascii.b2a_qp(line.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")


def flowed_line(line: str) -> bytes:
    """One line of a flowed, quoted-printable text, without its end."""
    return quoted_line(_flowed(line))


def _part(kind: str, text: str, *, quoted: bool = False) -> bytes:
    content = text.encode("utf-8", "replace")
    encoding = "7bit"
    if quoted or not content.isascii() or any(len(line) > LINE for line in content.split(b"\n")):
        encoding = "quoted-printable"
        content = binascii.b2a_qp(content, istext=True)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + content.replace(b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A calendar that a letter carries: its bytes (CRLF lines) and its METHOD."""

    content: bytes
    method: str


def message(
    fields: Sequence[bytes], text: str, html: str | None, calendar: CalendarPart | None = None
) -> bytes:
    """The whole message. `text` and `html` have "\\n" line ends; without `html` it is one part."""
    return whole(fields, body(text, html, calendar))


def whole(fields: Sequence[bytes], body: bytes) -> bytes:
    """The whole message, of its header fields and what `body` made."""
    return b"".join([*fields, b"MIME-Version: 1.0\r\n", body])


def body(
    text: str, html: str | None, calendar: CalendarPart | None = None, *, quoted: bool = False
) -> bytes:
    """All that follows the header fields; `quoted`: its texts are quoted-printable in any case.

    A `calendar` is there twice: the last alternative, which Outlook and Gmail look for, and a file
    beside the text, which Apple Mail and every other reader can open (RFC 6047 section 2.6).
    """
    bodies = [_part("text/plain; charset=utf-8; format=flowed", _flowed(text), quoted=quoted)]
    if html is not None:
        bodies.append(_part("text/html; charset=utf-8", html, quoted=quoted))
    if calendar is None:
        return _together("alternative", bodies)
    said = calendar.content.decode("utf-8").replace("\r\n", "\n")
    bodies.append(_part(f"text/calendar; charset=utf-8; method={calendar.method}", said))
    return _together("mixed", [_together("alternative", bodies), _file(calendar.content)])


def _together(how: str, parts: Sequence[bytes]) -> bytes:
    """One part of these; of one alone, itself."""
    if len(parts) == 1:
        return parts[0]
    boundary = f"=_{secrets.token_hex(12)}"
    kind = f'Content-Type: multipart/{how};\r\n boundary="{boundary}"\r\n\r\n'
    line = f"--{boundary}".encode("ascii")
    pieces = [piece for part in parts for piece in (line, part)]
    return kind.encode("ascii") + b"\r\n".join([*pieces, line + b"--\r\n"])


def _file(calendar: bytes) -> bytes:
    """The calendar as a file; in base64, so that no server folds its lines."""
    encoded = base64.encodebytes(calendar).replace(b"\n", b"\r\n")
    head = (
        'Content-Type: application/ics; name="maintenance.ics"\r\n'
        'Content-Disposition: attachment; filename="maintenance.ics"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + encoded
