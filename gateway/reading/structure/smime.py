"""The message inside an opaque S/MIME signature (RFC 8551 section 3.5.2); the encrypted stays so.

Nothing is verified: the octet strings that hold the message are found and put together.
"""

_OCTETS = 0x04
_LONGEST_LENGTH = 4
MAX_PIECES = 5_000


def content(data: bytes) -> bytes | None:
    """The signed message in the bytes of a smime.p7m, or None where none lies open."""
    at = data.lower().find(b"content-type:")
    start = _header_before(data, at)
    if start is None:
        return None
    pieces: list[bytes] = []
    while start < len(data) and data[start] == _OCTETS and len(pieces) < MAX_PIECES:
        size, begin = _length(data, start + 1)
        pieces.append(data[begin : begin + size])
        start = begin + size
    return b"".join(pieces)


def _header_before(data: bytes, at: int) -> int | None:
    """Where the octet string begins whose content begins at `at`."""
    for back in range(2, 3 + _LONGEST_LENGTH):
        start = at - back
        if start >= 0 and data[start] == _OCTETS and _length(data, start + 1)[1] == at:
            return start
    return None


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length that stands at `at` (X.690 section 8.1.3), and where the content begins."""
    if at >= len(data):
        return 0, at
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = min(first & 0x7F, _LONGEST_LENGTH)
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count
