"""Transfer encodings undone as far as they go: base64, quoted-printable, uuencode.

Lenient where a person would still see what was meant: noise and blanks between the letters, missing
padding, several runs after each other, a plain footer that a list hung on, and words that were
never encoded at all, whatever the label says.
"""

import binascii
import re

_WHOLE = re.compile(rb"\s*+(?:[A-Za-z0-9+/]++[ \t]*+(?:\r?\n)++)*+[A-Za-z0-9+/]*+={0,2}+\s*+")
_CODE_LINE = re.compile(rb"[A-Za-z0-9+/]{2,}+={0,3}+|={1,3}+")
_NOT_CODE = re.compile(rb"[^A-Za-z0-9+/=]++")
_PADDING = re.compile(rb"=++")
_BASE64_START = re.compile(rb"\s{0,9}[A-Za-z0-9+/]{60,76}\r?\n")
_QUOTED = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")
_WORD = re.compile(rb"[A-Za-z]{2} [A-Za-z]{2}")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BLANK_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")


def undone(data: bytes, encoding: str) -> bytes:
    """`data` without the transfer encoding that a field names (in any case)."""
    name = encoding.lower()
    if "base64" in name:
        return base64(data)
    if "quoted" in name:
        return binascii.a2b_qp(_BLANK_SOFT_BREAK.sub(b"=", data) if b"=" in data else data)
    if name.strip().removeprefix("x-") in {"uuencode", "uue", "uu"}:
        return uuencoded(data)
    return data


def guessed(data: bytes) -> tuple[bytes, bool]:
    """Text whose transfer encoding nobody declared, undone where it cannot be anything else."""
    if _BASE64_START.match(data) and _WHOLE.fullmatch(data):
        found = _decoded(data)
        if found and not _CONTROL.search(found) and b"\xff" not in found:
            return found, True
    if data.count(b"=\n") + data.count(b"=\r\n") >= 2:
        coded = len(_QUOTED.findall(data))
        if coded > 4 and coded * 10 > data.count(b"=") * 9:
            return undone(data, "quoted-printable"), True
    return data, False


def base64(data: bytes) -> bytes:
    """Base64 undone; what is plainly no base64 stays as it is."""
    if _WHOLE.fullmatch(data):
        return _decoded(data)
    lines = data.split(b"\n")
    code = [n for n, line in enumerate(lines) if _CODE_LINE.fullmatch(line.strip())]
    if not code:
        letters = _NOT_CODE.sub(b"", data)
        found = _decoded(letters)
        is_plain = not letters or _WORD.search(data) or _CONTROL.search(found)
        return data if is_plain else found
    end = code[-1] + 1
    footer = b"\n".join(lines[end:])
    found = _decoded(b"\n".join(lines[:end]))
    if _WORD.search(data) and len(code) < end // 2 and _CONTROL.search(found):
        return data
    return found + (b"\n" + footer if footer.strip() else b"")


def _decoded(data: bytes) -> bytes:
    clean = _NOT_CODE.sub(b"", data)
    return b"".join(_run(run) for run in _PADDING.split(clean) if run)


def _run(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:  # a lone letter encodes nothing
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def uuencoded(data: bytes) -> bytes:
    """The first file in uuencoded text; lines that are damaged cost only themselves."""
    found: list[bytes] = []
    lines = iter(data.split(b"\n"))
    if not any(line.startswith(b"begin ") for line in lines):
        return data
    for line in lines:
        if line.strip() == b"end":
            break
        try:
            found.append(binascii.a2b_uu(line.rstrip(b"\r")))
        except binascii.Error:
            # Written by encoders that pad wrongly: as many letters as the length says.
            size = (((line[:1] or b" ")[0] - 32) & 63) * 4 // 3 + 1
            try:
                found.append(binascii.a2b_uu(line[: size + 1].strip()))
            except binascii.Error:
                continue
    return b"".join(found)
