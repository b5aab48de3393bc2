"""Whether a message truly comes from the domain in its From field.

Only the receiving server's own verdict counts: Authentication-Results fields (RFC 8601) whose
authserv-id is ours. Above every Received field only our own server can have written, so all such
fields at the very top count;
below one, only the first Authentication-Results of the message
does, for what follows it may have come with the message (RFC 8601 section 5 has the server remove
such forgeries). Verified is dmarc=pass, or a dkim or spf pass aligned with the single From domain
(RFC 7489 section 3.1, relaxed). Anything doubtful is unverified.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

import authres  # type: ignore[import-untyped] # it has no types
from publicsuffix2 import PublicSuffixList

from gateway.model import Message
from gateway.reading import headers

Trust = Literal["verified", "unverified"]


def trust(message: Message, authserv: Sequence[str]) -> Trust:
    """`verified` if a server named in `authserv` vouches for the From domain. Never raises."""
    try:
        domain = _from_domain(message)
        ours = {name.strip().lower() for name in authserv if name.strip()}
        if domain is None or not ours:
            return "unverified"
        verdicts = [result for field in _own_fields(message, ours) for result in field.results]
        # DMARC, where it was asked, decides alone.
        dmarc = [v for v in verdicts if v.method.lower() == "dmarc"]
        if dmarc:
            return "verified" if all(_dmarc_passes(v, domain) for v in dmarc) else "unverified"
        return "verified" if any(_aligned_pass(v, domain) for v in verdicts) else "unverified"
    except Exception:  # whatever cannot be judged is not trusted
        return "unverified"


def _from_domain(message: Message) -> str | None:
    """The domain of the only address in the only From field, or None."""
    fields = [value for name, value in message.headers if name.lower() == "from"]
    if len(fields) != 1 or message.sender is None:
        return None
    value = fields[0]
    found = {a.address.rpartition("@")[2] for a in headers.lenient_addresses(value)}
    if len(headers.lenient_addresses(value)) != 1 or value.count("@") > 1 + value.count('"'):
        return None
    (domain,) = found
    same = domain == message.sender.address.rpartition("@")[2]
    return domain.rstrip(".") if same and "." in domain else None


def _own_fields(message: Message, ours: set[str]) -> Iterator[authres.AuthenticationResultsHeader]:
    """The fields that our server wrote, as far as their place shows it."""
    seen = below_received = False
    for name, value in message.headers:
        key = name.lower()
        below_received = below_received or key == "received"
        if key == "received" and seen:
            return
        if key != "authentication-results":
            continue
        field = _parsed(value)
        if field is None or field.authserv_id not in ours:
            return
        seen = True
        yield field
        if below_received:
            return


def _parsed(value: str) -> authres.AuthenticationResultsHeader | None:
    try:
        return authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value[:4000]}")
    except (
        authres.AuthResError,
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
        RecursionError,
    ):
        return None


def _property(result: authres.AuthenticationResult, kind: str, name: str) -> str | None:
    return next(
        (
            str(one.value)
            for one in result.properties
            if one.type.lower() == kind and one.name.lower() == name
        ),
        None,
    )


def _dmarc_passes(result: authres.AuthenticationResult, domain: str) -> bool:
    judged = _property(result, "header", "from")
    return _passes(result) and (judged is None or _domain(judged) == domain)


def _aligned_pass(result: authres.AuthenticationResult, domain: str) -> bool:
    if not _passes(result):
        return False
    method = result.method.lower()
    if method == "dkim":
        proven = _property(result, "header", "d") or _property(result, "header", "i")
    elif method == "spf":
        proven = _property(result, "smtp", "mailfrom")
    else:
        return False
    return proven is not None and _organization(_domain(proven)) == _organization(domain)


def _passes(result: authres.AuthenticationResult) -> bool:
    return bool(result.result) and result.result.lower() == "pass"


def _domain(value: str) -> str:
    return value.rpartition("@")[2].strip("\"' .").lower()


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _organization(domain: str) -> str:
    """The organizational domain; an unknown or bare suffix stands for itself alone."""
    return _suffixes().get_sld(domain, strict=True) or domain
