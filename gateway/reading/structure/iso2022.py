"""ISO 2022 text (the charsets that shift by escape sequences) to text, whatever its label.

Every designation that occurs in mail, also those that its label does not allow: circled digits and
company signs of Windows in ISO-2022-JP, half-width kana, JIS X 0212 and 0213, Chinese and Korean,
and raw Shift JIS between the shifts. A sequence that never ends is read to the end of the text.
"""

import re

LONGEST = 600_000

_SHIFT = re.compile(rb"\x1b(\$[()*]?[@-Q]|[(-/][@-Z0-9]|\.[A-F]|N)|([\x0e\x0f])")
_IS_SHIFTED = re.compile(rb"\x1b(?:\$[@AB]|\$[(*][@-Q]|\$\)[ACG]|\(I)")
# What the bytes between two shifts are, once their high bit is set, with a prefix for each pair.
_SETS = {
    b"$A": "gb18030", b"$(A": "gb18030", b"$)A": "gb18030", b"$(C": "cp949", b"$)C": "cp949",
    b"$(Q": "euc_jis_2004", b"$(O": "euc_jis_2004",
}  # fmt: skip
_PREFIXED = {b"$(D": "euc_jp", b"$(P": "euc_jis_2004"}
_JIS = {b"$@", b"$B", b"$(@", b"$(B"}
_HIGH = bytes(byte | 0x80 if 0x20 < byte < 0x7F else byte for byte in range(256))


def is_shifted(data: bytes) -> bool:
    """True for text that designates a set of two bytes or of kana."""
    return _IS_SHIFTED.search(data) is not None


def decode(data: bytes) -> str:
    """The text; what a set does not hold is the replacement character."""
    data = data[:LONGEST]
    pieces: list[str] = []
    current, shifted_out, is_out, end = b"(B", b"", False, 0
    for match in _SHIFT.finditer(data):
        pieces.append(_piece(data[end : match.start()], shifted_out if is_out else current))
        end = match.end()
        if match[2]:
            is_out = match[2] == b"\x0e"
        elif match[1][:2] == b"$)":
            shifted_out = match[1]
        else:
            current = match[1]
    pieces.append(_piece(data[end:], shifted_out if is_out else current))
    return "".join(pieces)


def _piece(data: bytes, designated: bytes) -> str:
    if designated in _JIS:
        # A line always ends in ASCII: what follows a line end has lost its shift back.
        head, line_end, rest = data.partition(b"\n")
        return _shift_jis(head) + (line_end + rest).decode("cp932", "replace")
    if codec := _SETS.get(designated):
        return data.translate(_HIGH).decode(codec, "replace")
    if codec := _PREFIXED.get(designated):
        pairs = data.translate(_HIGH)
        marked = b"".join(b"\x8f" + pairs[at : at + 2] for at in range(0, len(pairs) - 1, 2))
        return marked.decode(codec, "replace")
    if designated == b"(I":
        return data.translate(_HIGH).decode("cp932", "replace")
    return data.decode("cp932" if not data.isascii() else "ascii", "replace")


def _shift_jis(data: bytes) -> str:
    """JIS X 0208 with the signs of Windows, by way of the code that they have in Shift JIS."""
    turned = bytearray()
    for first, second in zip(data[::2], data[1::2], strict=False):
        if not 0x21 <= first <= 0x7E or not 0x21 <= second <= 0x7E:
            turned += b"?"
            continue
        lead = (first + 1) // 2 + (0x70 if first < 0x5F else 0xB0)
        trail = second + (0x1F + (second > 0x5F) if first % 2 else 0x7E)
        turned += bytes((lead, trail))
    return turned.decode("cp932", "replace")
