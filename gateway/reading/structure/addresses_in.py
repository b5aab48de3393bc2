"""Mail addresses as they stand in a running text: `joe@a.b`, `<joe@a.b>`, `SMTP:joe@a.b`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT = 30_000

ADDRESS = re.compile(
    r"(?:\"[^\"\n@<>]{1,64}\"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200})"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?|\[[0-9.]{7,15}\])"
)
_PREFIX = re.compile(r"[*'=|#`.{-]*(?:(?:dda:)?(?:smtp|rfc-?822|mailto|rcpt)=)?[*'=]*", re.I)
_X400 = re.compile(r"(rfc-?822=[A-Za-z0-9._+-]{1,64})\(a\)(?=[A-Za-z0-9])", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """An address, and where it stands."""

    address: str
    start: int
    end: int


def find(text: str) -> Iterator[Found]:
    """Every address in the first LIMIT characters, in order."""
    for match in ADDRESS.finditer(text[:LIMIT]):
        address = bare(match[0])
        if not address.startswith("@"):
            yield Found(address, match.start(), match.end())


def every(value: str) -> list[str]:
    """The addresses in a header field or the like."""
    return [one.address for one in find(as_written(value))]


def as_written(text: str) -> str:
    """`text` with the `(a)` of X.400 forms turned back into `@`."""
    return _X400.sub(r"\1@", text) if "(a)" in text else text


def bare(address: str) -> str:
    """Without what stuck to it; the domain in lower case."""
    begin = _PREFIX.match(address)
    local, _, domain = address[begin.end() if begin else 0 :].rstrip("'.-").rpartition("@")
    return f"{local}@{domain.lower()}"
