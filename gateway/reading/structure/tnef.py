"""What Outlook packs into a winmail.dat: the text of the message and the names of its files.

TNEF (MS-OXTNEF) is a row of attributes, of which one holds MAPI properties (MS-OXCDATA); its rich
text is compressed (MS-OXRTFCP). Whatever is cut off or wrong ends the reading, never raises.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.reading.structure import charsets

_SIGNATURE = 0x223E9F78
MAX_ATTRIBUTES = 2_000
MAX_PROPERTIES = 2_000
MAX_TEXT = 1_200_000

_BODY, _MESSAGE, _CODE_PAGE = 0x0002800C, 0x00069003, 0x00069007
_TITLE, _FILE = 0x00018010, 0x00069005
_PLAIN, _RICH, _HTML, _LONG_NAME = 0x1000, 0x1009, 0x1013, 0x3707
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_UNICODE, _VARIABLE = 0x1F, {0x1E, 0x1F, 0x0D, 0x102}
_MANY = 0x1000

_AT_FIRST = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4096


@dataclass(slots=True)
class Packed:
    """What lay in it: `text` or `html` or `rtf` (the first that is there), names of files."""

    text: str = ""
    html: str = ""
    rtf: str = ""
    names: tuple[str, ...] = ()


def read(data: bytes) -> Packed:
    """What `data`, a winmail.dat, holds."""
    found, names, codec = Packed(), list[str](), "cp1252"
    for kind, value in _attributes(data):
        if kind == _CODE_PAGE and len(value) >= 4:
            codec = f"cp{struct.unpack_from('<I', value)[0]}"
        elif kind == _BODY:
            found.text = found.text or _text(value, codec)
        elif kind == _TITLE:
            names.append(_text(value, codec))
        elif kind == _MESSAGE:
            _take(found, value, codec)
        elif kind == _FILE:
            long = [_value(v, t, codec) for tag, t, v in _properties(value) if tag == _LONG_NAME]
            names[-1:] = long or names[-1:]  # the name before it is the same file's, cut to 8.3
    found.names = tuple(name for name in names if name)
    return found


def _take(found: Packed, value: bytes, codec: str) -> None:
    for tag, kind, content in _properties(value):
        if tag == _PLAIN:
            found.text = _value(content, kind, codec) or found.text
        elif tag == _HTML:
            found.html = _value(content, kind, codec)
        elif tag == _RICH:
            found.rtf = unpacked(content).decode("latin-1")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        kind, size = struct.unpack_from("<II", data, at + 1)
        yield kind, data[at + 9 : at + 9 + size]
        at += 9 + size + 2  # a checksum, which nobody needs


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tag, type and value of each property that has one value."""
    try:
        at = 4
        for _ in range(min(struct.unpack_from("<I", data)[0], MAX_PROPERTIES)):
            kind, tag = struct.unpack_from("<HH", data, at)
            at += 4
            if tag >= 0x8000:
                at = _after_name(data, at + 16)
            bare, count = kind & ~_MANY, 1
            if kind & _MANY or bare in _VARIABLE:
                count, at = struct.unpack_from("<I", data, at)[0], at + 4
            for _ in range(min(count, MAX_PROPERTIES)):
                size = _FIXED.get(bare, 0)
                if bare in _VARIABLE:
                    size, at = struct.unpack_from("<I", data, at)[0], at + 4
                elif not size:
                    return  # of an unknown type the size is unknown
                if not kind & _MANY:
                    yield tag, bare, data[at : at + size]
                at += (size + 3) & ~3
    except struct.error:
        return


def _after_name(data: bytes, at: int) -> int:
    """Where the value of a named property begins: after its number, or after its words."""
    by_words, size = struct.unpack_from("<II", data, at)
    return at + 8 + ((size + 3) & ~3 if by_words else 0)


def _value(content: bytes, kind: int, codec: str) -> str:
    return _text(content, "utf-16-le" if kind == _UNICODE else codec)


def _text(content: bytes, codec: str) -> str:
    text = charsets.decode(content[:MAX_TEXT], codec)[0]
    return charsets.clean(text.rstrip("\0").replace("\r\n", "\n"))


def unpacked(data: bytes) -> bytes:
    """Compressed rich text as it was, as far as it goes."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<I4s", data, 4)
    size = min(size, MAX_TEXT)
    if kind == b"MELA":
        return data[16 : 16 + size]
    ring = bytearray(_AT_FIRST.ljust(_RING, b"\0"))
    write, at, out = len(_AT_FIRST), 16, bytearray()
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece, at = data[at : at + 1], at + 1
                read, length = 0, 0
            else:
                code, at = int.from_bytes(data[at : at + 2], "big"), at + 2
                read, length = code >> 4, (code & 15) + 2
                piece = b""
                if read == write:
                    return bytes(out[:size])
            for step in range(length):
                one = ring[(read + step) % _RING]
                piece += bytes((one,))
                ring[(write + step) % _RING] = one
            if not length:
                ring[write : write + 1] = piece
            write = (write + len(piece)) % _RING
            out += piece
            if at >= len(data):
                break
    return bytes(out[:size])
