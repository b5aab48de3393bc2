"""Reads the arguments of MAIL and RCPT: a path and its parameters (RFC 5321 section 4.1.2).

As lenient as mail servers are: a space after the colon and an address without brackets are read,
a source route is dropped (RFC 5321 appendix C). Nothing that could be two addresses is one.
"""

import re
from typing import Final

LOCAL = r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"|[^\s"<>@\\,:;()\[\]\x00-\x1f\x7f]+)'
DOMAIN = r'(?:\[[^\s\[\]<>\\\x00-\x1f\x7f]+\]|[^\s"<>@\\,:;()\[\]\x00-\x1f\x7f]+)'
ROUTE = r'(?:@[^\s"<>:]+:)?'
PATH: Final = re.compile(
    rf"\s*(?:<{ROUTE}((?:{LOCAL}(?:@{DOMAIN})?)?)>|({LOCAL}@{DOMAIN}))(?:\s+(.*))?", re.DOTALL
)
PARAMETER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\s=\x00-\x1f\x7f]+))?")
MAX_ADDRESS: Final = 320  # 64 for the local part and 255 for the domain (RFC 5321 4.5.3.1)


def parse_path(text: str) -> tuple[str, dict[str, str]] | None:
    """Split `<ada@sender.example> SIZE=12` into address and parameters; None if it is neither.

    The address is "" for the null path; its domain is lower case. Parameter names are upper case,
    a parameter without value has "".
    """
    match = PATH.fullmatch(text)
    if match is None:
        return None
    bracketed, naked, rest = match.groups()
    address = naked or bracketed or ""
    parameters = _parameters(rest or "")
    if parameters is None or len(address) > MAX_ADDRESS:
        return None
    local, at, domain = address.rpartition("@")
    return (f"{local}@{domain.lower()}" if at else address), parameters


def _parameters(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for word in text.split():
        match = PARAMETER.fullmatch(word)
        if match is None or match[1].upper() in found:
            return None
        found[match[1].upper()] = match[2] or ""
    return found


def judge_mail(parameters: dict[str, str], max_size: int | None) -> bytes | None:
    """The reply that refuses these parameters of MAIL, or None.

    `max_size` is the limit for SIZE in octets (RFC 1870); None after HELO, which allows none.
    """
    if max_size is None or not parameters.keys() <= {"SIZE", "BODY", "SMTPUTF8"}:
        return b"555 5.5.4 Unknown parameter" if parameters else None
    size = parameters.get("SIZE", "0")
    if not (size.isascii() and size.isdigit() and len(size) <= 20):
        return b"501 5.5.4 Syntax: SIZE=octets"
    if parameters.get("BODY", "7BIT").upper() not in {"7BIT", "8BITMIME"}:
        return b"501 5.5.4 Syntax: BODY=7BIT or 8BITMIME"
    if parameters.get("SMTPUTF8"):
        return b"501 5.5.4 SMTPUTF8 takes no value"
    return b"552 5.3.4 Message too big" if int(size) > max_size else None
