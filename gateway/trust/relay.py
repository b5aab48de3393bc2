"""What a mail server of our own found out about a message, in its Authentication-Results.

Only the receiving server's own verdict counts: fields (RFC 8601) whose authserv-id is ours. Above
every Received field only our own server can have written, so all such fields at the very top
count; below one, only the first Authentication-Results of the message does, for what follows it
may have come with the message (RFC 8601 section 5 has the server remove such forgeries). None of
that holds for what a stranger hands us directly; the judge does not ask here then. Verified
is dmarc=pass, or, where no policy was found, a dkim or spf pass that is aligned with the From
domain by the Public Suffix List (RFC 7489 section 3.1, relaxed).
"""

from collections.abc import Iterator, Sequence

import authres  # type: ignore[import-untyped] # it has no types

from gateway.model import Claim, Message, Trust
from gateway.trust.author import author_domain
from gateway.trust.names import ascii_domain, domain_of, listed_organization

MOST_CLAIMS = 20
SAID = {"dkim": "signature", "spf": "route", "dmarc": "sender", "arc": "seal"}
PROVES = {
    "dkim": [("header", "d"), ("header", "i")],
    "spf": [("smtp", "mailfrom"), ("smtp", "helo")],
    "dmarc": [("header", "from")],
    "arc": [],
}


def vouched(message: Message, authserv: Sequence[str]) -> Trust | None:
    """What a server named in `authserv` says; None where none of them says anything."""
    ours = {name.strip().lower() for name in authserv if name.strip()}
    if not ours:
        return None
    try:
        fields = list(_own_fields(message, ours))
    except Exception:  # whatever cannot be parsed vouches for nothing
        return None
    if not fields:
        return None
    by = str(fields[0].authserv_id).lower()
    domain, doubt = author_domain(message)
    found = (_claim(result, domain) for field in fields for result in field.results)
    claims = tuple(claim for claim in found if claim is not None)[:MOST_CLAIMS]
    if domain is None:
        return Trust("unverified", doubt, by, None, claims)
    # DMARC, where it found a policy, decides alone.
    dmarc = [claim for claim in claims if claim.method == "dmarc" and claim.result != "none"]
    proven = [claim for claim in claims if claim.method in {"dkim", "spf"} and _speaks(claim)]
    if all(map(_speaks, dmarc)) if dmarc else proven:
        return Trust("verified", f"{by} vouches for it", by, domain, claims)
    if any(claim.result == "temperror" for claim in claims):
        return Trust("unknown", f"{by} could not find out", by, domain, claims)
    return Trust("unverified", f"{by} does not vouch for it", by, domain, claims)


def _speaks(claim: Claim) -> bool:
    return claim.result == "pass" and claim.aligned


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
        if field is None or str(field.authserv_id).lower() not in ours:
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


def _claim(result: authres.AuthenticationResult, author: str | None) -> Claim | None:
    """One result as a claim; None for methods that say nothing about the sender."""
    method = str(result.method).lower()
    if method not in SAID:
        return None
    value = next((v for one in PROVES[method] if (v := _property(result, *one))), "")
    kind = next((name for one, name in PROVES[method] if _property(result, one, name)), "")
    domain = domain_of(value) or ascii_domain(value.strip("\"' ")) or ""
    aligned = bool(author) and _aligned(method, kind, domain, str(author))
    said = str(result.result or "none").lower()
    return Claim(SAID[method], domain or value, method, said, aligned)  # type: ignore[arg-type]  # of SAID


def _aligned(method: str, kind: str, domain: str, author: str) -> bool:
    if method == "dmarc":
        return not domain or domain == author
    if kind == "helo" or not domain:
        return False
    return listed_organization(domain) == listed_organization(author)


def _property(result: authres.AuthenticationResult, kind: str, name: str) -> str:
    return next(
        (
            str(one.value)
            for one in result.properties
            if one.type.lower() == kind and one.name.lower() == name
        ),
        "",
    )
