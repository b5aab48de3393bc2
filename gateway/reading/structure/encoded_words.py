"""A raw header field body to text: unfolding, encoded words (RFC 2047), raw 8-bit bytes.

Lenient where mail is broken and the meaning plain: words inside quotes, words that hold spaces
or raw bytes, a character cut in two between words, bad base64. What cannot be decoded stays as
it stands. Field bodies come as the standard library keeps them: bytes above 127 as surrogate
escapes.
"""

import binascii
import re

from gateway.reading.structure import charsets

LIMIT = 16_384  # characters of one field that are looked at
# Encoded text never holds "?" by the standard, but does in practice; the bound keeps many
# openings without an end from costing their number times the length.
_WORD = re.compile(r"=\?([^?=\s]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000})\?=(?:(?=\s*=\?)\s*|)")
_CUT_WORD = re.compile(r"=\?([A-Za-z0-9_.:-]{2,40})\?([bBqQ])\?([^?\s]{1,500})\??\Z")
_PLAIN = re.compile(r"[\t -~]{0,1000}")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_Q_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def to_bytes(raw: str) -> bytes:
    """The bytes that the standard library's parser read as `raw`."""
    return raw.encode("utf-8", "surrogateescape" if _escaped(raw) else "replace")


def _escaped(raw: str) -> bool:
    return not any("\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" for c in raw)


def plain(raw: object, charset: str | None = None) -> str:
    """`raw` unfolded and its 8-bit bytes read, encoded words left as they are.

    `charset` is that of the text below, in which such bytes are meant more often than not.
    """
    if not isinstance(raw, str):  # the standard library gives an object for 8-bit bytes
        raw = str(raw)
    if _PLAIN.fullmatch(raw):
        return raw.strip()
    raw = raw[:LIMIT]
    if "\n" in raw or "\r" in raw:
        raw = _FOLD.sub(" ", raw)
    return _one_line(_unescaped(raw, charset))


def decode(raw: object, charset: str | None = None) -> str:
    """The text of a field body, one line, cleaned and stripped."""
    if not isinstance(raw, str):  # the standard library gives an object for 8-bit bytes
        raw = str(raw)
    if _PLAIN.fullmatch(raw) and "=?" not in raw:
        return raw.strip()
    raw = raw[:LIMIT]
    if "=?" not in raw:
        return plain(raw, charset)
    if "\n" in raw or "\r" in raw:
        raw = _FOLD.sub(" ", raw)
    pieces: list[str] = []
    pending, said = b"", ""  # bytes of adjacent words of one charset: a character may be cut
    end = 0
    for match in _WORD.finditer(raw):
        between = raw[end : match.start()]
        label = match[1].split("*", 1)[0].lower()  # RFC 2231 section 5: charset*language
        if pending and (between or label != said):
            pieces.append(charsets.decode(pending, said)[0])
            pending = b""
        if between:
            pieces.append(_unescaped(between, charset))
        pending, said = pending + _word_bytes(match[2], match[3]), label
        end = match.end()
    if pending:
        pieces.append(charsets.decode(pending, said)[0])
    rest = raw[end:]
    if cut := _CUT_WORD.search(rest):
        pieces.append(_unescaped(rest[: cut.start()], charset))
        pieces.append(charsets.decode(_word_bytes(cut[2], cut[3]), cut[1])[0])
    else:
        pieces.append(_unescaped(rest, charset))
    return _one_line("".join(pieces))


def without_words(raw: str) -> str:
    """`raw` without its encoded words."""
    return _WORD.sub("", raw)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").strip()


def _unescaped(raw: str, charset: str | None) -> str:
    if raw.isascii() and "\x1b" not in raw:
        return charsets.clean(raw)
    return charsets.decode(to_bytes(raw), charset)[0]


def _word_bytes(encoding: str, body: str) -> bytes:
    data = to_bytes(body)
    if encoding in "qQ":
        return _Q_BYTE.sub(lambda m: bytes([int(m[1], 16)]), data.replace(b"_", b" "))
    data = _NOT_BASE64.sub(b"", data)
    data = data[: len(data) - 1] if len(data) % 4 == 1 else data  # a lone letter encodes nothing
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
