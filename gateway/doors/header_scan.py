"""A look at a stored message's own header fields for what its envelope was.

For doors whose mail comes without an envelope (a mailbox, a file). It reads bytes, never fails,
and is no parser: what the message means is the reading room's business.
"""

import re
from collections.abc import Iterator, Sequence

from gateway.model import belongs_to

LONGEST_HEADER = 262_144  # bytes
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,256}@[^\s<>()\[\],;:\\\"@]+")
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


def fields(raw: bytes, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(lower-case name, unfolded value) of the header fields in `names`, in order."""
    wanted = {name.lower() for name in names}
    for line in _unfolded(raw[:LONGEST_HEADER]):
        match = _FIELD.fullmatch(line)
        if match and (name := match[1].decode("ascii").lower()) in wanted:
            yield name, _text(match[2]).strip()


def _unfolded(head: bytes) -> Iterator[bytes]:
    """The lines of the header, folded ones joined, up to the first empty line after any."""
    current = b""
    for line in head.lstrip(b"\r\n").splitlines():
        if line[:1] in {b" ", b"\t"}:
            current += line
            continue
        if current:
            yield current
        if not line:
            return
        current = line
    if current:
        yield current


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def bare(address: str) -> str | None:
    """`address` without brackets, lower case in the domain; "" for `<>`; None if it is none."""
    start, end = address.find("<"), address.rfind(">")
    inner = (address[start + 1 : end] if 0 <= start < end else address).strip()
    if not inner:
        return "" if 0 <= start < end else None
    if any(c.isspace() or c in "<>" for c in inner):
        return None
    local, at, domain = inner.rpartition("@")
    return f"{local}@{domain.lower()}" if at else inner


def return_path(raw: bytes) -> str | None:
    """The reverse path that the last server noted (RFC 5321 section 4.4): "" for `<>`, or None."""
    for _, value in fields(raw, ["return-path"]):
        return bare(value)
    return None


def our_recipients(raw: bytes, ours: Sequence[str]) -> tuple[str, ...]:
    """Which of our addresses this came for: what delivery noted, else To and Cc; () if neither."""
    for names in (DELIVERED, ("to", "cc", "resent-to", "resent-cc")):
        values = " , ".join(value for _, value in fields(raw, names))
        found = [bare(word) or "" for word in _ADDRESS.findall(values)]
        mine = [word for word in found if any(belongs_to(word, own) for own in ours)]
        if mine:
            return tuple(dict.fromkeys(mine))
    return ()
