"""Mail turned into mail that nobody would write, by what breaks readers in practice."""

import random
from pathlib import Path

from tests.fuzz.costly import FIELD_PIECES, FIELDS, HTML_PIECES, PIECES
from tests.reading_sets.hostile import CASES

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
MAX_SEED = 20_000
LABELS = [
    "utf-8",
    "x-unknown",
    "iso-2022-jp",
    "utf-7",
    "gb2312",
    "hz",
    "utf-16",
    "big5",
    "koi8-r",
    "idna",
    "hex",
]
KINDS = [
    "text/plain", "text/html", "multipart/mixed; boundary=b", "multipart/alternative; boundary=b",
    "multipart/report; report-type=delivery-status; boundary=b", "multipart/digest; boundary=b",
    "message/rfc822", "message/delivery-status", "message/partial; number=1", "text/enriched", "text/rtf",
    "text/calendar", "application/ms-tnef; name=winmail.dat", "multipart/mixed", "@@", "",
]  # fmt: skip
ENCODINGS = ["base64", "quoted-printable", "x-uuencode", "8bit", "base64, 7bit", "x"]
BYTES = [b"\0", b"\xff", b"\xed\xa0\x80", b"\r", b"\n", b"\r\n", b"\r\r\n", b"\x1b$B", b"\xef\xbb\xbf", b"--b\n",
         b"--b--\n", b"=?utf-8?b?", b"?=", b"\n\n", b"\n ", b"=\n", b"<", b"&#0;", b"\xe2\x80\xae", b"{\\rtf1 "]  # fmt: skip


def seeds() -> list[bytes]:
    """The mails that mutations start from."""
    shipped = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
    return [raw for raw in [*shipped, *(case[1] for case in CASES)] if len(raw) <= MAX_SEED]


def mutated(raw: bytes, chance: random.Random, known: list[bytes]) -> bytes:
    """`raw` with a few changes."""
    for _ in range(chance.choice([1, 1, 2, 3, 5, 8])):
        raw = chance.choice(_CHANGES)(raw, chance, known)[:MAX_SEED]
    return raw


def _place(raw: bytes, chance: random.Random) -> int:
    """Anywhere, more often where a line or a word begins."""
    at = chance.randrange(len(raw) + 1)
    found = raw.find(chance.choice([b"\n", b" ", b":", b"=", b"<", b";"]), at)
    return found + 1 if found >= 0 and chance.random() < 0.7 else at


def _insert(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    at = _place(raw, chance)
    piece = chance.choice([*BYTES, *(p.encode() for p in (*PIECES, *HTML_PIECES, *FIELD_PIECES))])
    return raw[:at] + piece * chance.choice([1, 1, 1, 2, 50]) + raw[at:]


def _field(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    name = chance.choice(FIELDS)
    value = "".join(chance.choice(FIELD_PIECES) for _ in range(chance.randrange(1, 12)))
    return f"{name}: {value}\n".encode() + raw


def _content(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    lines = (
        f"Content-Type: {chance.choice(KINDS)}; charset={chance.choice(LABELS)}\n"
        f"Content-Transfer-Encoding: {chance.choice(ENCODINGS)}\n"
    ).encode()
    at = raw.find(b"\n--b\n", chance.randrange(len(raw) + 1))
    return (
        raw[: at + 5] + lines + raw[at + 5 :] if at >= 0 and chance.random() < 0.5 else lines + raw
    )


def _cut(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = _place(raw, chance)
    return raw[:start] + raw[start + chance.choice([1, 1, 2, 10, 200]) :]


def _end(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return raw[: _place(raw, chance)]


def _flip(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    if not raw:
        return raw
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]


def _graft(raw: bytes, chance: random.Random, known: list[bytes]) -> bytes:
    other = chance.choice(known)
    return raw[: _place(raw, chance)] + other[_place(other, chance) :]


def _nest(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    if chance.random() < 0.5:
        return b"Subject: outer\nContent-Type: message/rfc822\n\n" + raw
    return b"Content-Type: multipart/mixed; boundary=c\n\n--c\n" + raw + b"\n--c--\n"


def _line_ends(raw: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return raw.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\r\r\n", b"\n\n"]))


_CHANGES = [
    _insert,
    _insert,
    _insert,
    _field,
    _content,
    _cut,
    _end,
    _flip,
    _flip,
    _graft,
    _nest,
    _line_ends,
]
