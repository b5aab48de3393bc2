"""Splits the argument of MAIL or RCPT into a path and its parameters (RFC 5321 section 4.1.2).

As lenient as mail servers are: a space after the colon and an address without brackets are read,
a source route is dropped (RFC 5321 appendix C). Nothing that could be two addresses is one.
Quotes that a local part does not need are taken off: `"triage"@x` is triage@x (section 4.1.2).
"""

import re
from typing import Final

# No surrogates: aiosmtpd reads octets that are no UTF-8 so.
NONE_OF = r"\x00-\x1f\x7f\ud800-\udfff"
ATOM = rf'[^\s"<>@\\,:;()\[\]{NONE_OF}]+'
LOCAL = rf'(?:"(?:[^"\\{NONE_OF}]|\\[\x20-\x7e])*"|{ATOM})'
DOMAIN = rf"(?:\[[^\s\[\]<>\\{NONE_OF}]+\]|{ATOM})"
ROUTE = r'(?:@[^\s"<>:]+:)?'
PATH: Final = re.compile(
    rf"\s*(?:<{ROUTE}((?:{LOCAL}(?:@{DOMAIN})?)?)>|({LOCAL}@{DOMAIN}))(?:\s++([\x20-\x7e]*+))?"
)
QUOTED_PAIR: Final = re.compile(r"\\(.)")
DOT_ATOM: Final = re.compile(rf"(?!\.)(?!.*\.\.){ATOM}(?<!\.)")
MAX_ADDRESS: Final = 320  # 64 for the local part and 255 for the domain (RFC 5321 4.5.3.1)


def parse_path(text: str) -> tuple[str, str] | None:
    """Split `<ada@sender.example> SIZE=12` into address and parameters; None if it is neither.

    The address is "" for the null path; its domain is lower case.
    """
    match = PATH.fullmatch(text)
    if match is None:
        return None
    bracketed, naked, parameters = match.groups()
    address = naked or bracketed or ""
    if len(address) > MAX_ADDRESS:
        return None
    local, at, domain = address.rpartition("@")
    return (f"{_plain(local)}@{domain.lower()}" if at else _plain(address)), parameters or ""


def _plain(local: str) -> str:
    """The local part without quotes that it does not need."""
    if not local.startswith('"'):
        return local
    inner = QUOTED_PAIR.sub(r"\1", local[1:-1])
    return inner if DOT_ATOM.fullmatch(inner) else local
