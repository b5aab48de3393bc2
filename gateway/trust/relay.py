"""What a mail server of our own found out about a message, in its Authentication-Results.

Only the receiving server's own verdict counts: fields (RFC 8601) whose authserv-id is ours. Above
every Received field only our own server can have written, so all such fields at the very top
count; below one, only the first Authentication-Results of the message does, for what follows it
may have come with the message (RFC 8601 section 5 has the server remove such forgeries). None of
that holds for what a stranger hands us directly; the judge does not ask here then. Verified
is dmarc=pass, or, where no policy was found, a dkim or spf pass that is aligned with the From
domain by the Public Suffix List (RFC 7489 section 3.1, relaxed).
"""

from collections.abc import Iterator, Mapping, Sequence

from gateway.model import Claim, ClaimOf, Message, Trust
from gateway.trust.author import author_domain
from gateway.trust.lists import list_claim
from gateway.trust.names import ascii_domain, domain_of, listed_organization
from gateway.trust.results import Field, Result, parsed

MOST_CLAIMS = 20
NO_POLICY = {"none", "bestguesspass"}
SAID: Mapping[str, ClaimOf] = {
    "dkim": "signature", "spf": "route", "dmarc": "sender", "arc": "seal",
}  # fmt: skip
PROVES: Mapping[str, Sequence[str]] = {
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
    "dmarc": ("header.from",),
    "arc": (),
}
UNNAMED = "unnamed"  # in the configuration: a field that names no server, as Exchange Online's


def vouched(message: Message, authserv: Sequence[str]) -> Trust | None:
    """What a server named in `authserv` says; None where none of them says anything."""
    ours = {name.strip().lower() for name in authserv if name.strip()}
    if not ours:
        return None
    fields = list(_own_fields(message, ours))
    if not fields:
        return None
    by = fields[0].authserv_id or UNNAMED
    domain, doubt = author_domain(message)
    found = (_claim(result, domain) for field in fields for result in field.results)
    proofs = [claim for claim in found if claim is not None][:MOST_CLAIMS]
    sent_by = list_claim(message, proofs, _are_one)
    claims = (*proofs, *([sent_by] if sent_by else []))
    if domain is None:
        return Trust("unverified", doubt, by, None, claims)
    # DMARC, where it found a policy, decides alone.
    dmarc = [claim for claim in proofs if claim.method == "dmarc" and claim.result not in NO_POLICY]
    proven = [claim for claim in proofs if claim.method in {"dkim", "spf"} and _speaks(claim)]
    if all(map(_speaks, dmarc)) if dmarc else proven:
        return Trust("verified", f"{by} vouches for it", by, domain, claims)
    if any(claim.result == "temperror" for claim in proofs):
        return Trust("unknown", f"{by} could not find out", by, domain, claims)
    return Trust("unverified", f"{by} does not vouch for it", by, domain, claims)


def _speaks(claim: Claim) -> bool:
    return claim.result == "pass" and claim.aligned


def _own_fields(message: Message, ours: set[str]) -> Iterator[Field]:
    """The fields that our server wrote, as far as their place shows it."""
    seen = below_received = False
    for name, value in message.headers:
        key = name.lower()
        below_received = below_received or key == "received"
        if key == "received" and seen:
            return
        if key != "authentication-results":
            continue
        field = parsed(value)
        if field is None or not _is_ours(field, ours):
            return
        seen = True
        yield field
        if below_received:
            return


def _is_ours(field: Field, ours: set[str]) -> bool:
    if field.authserv_id is None:
        return UNNAMED in ours
    return field.authserv_id != UNNAMED and field.authserv_id in ours


def _claim(result: Result, author: str | None) -> Claim | None:
    """One result as a claim; None for methods that say nothing about the sender."""
    method = result.method
    if method not in SAID:
        return None
    names = (name for name in PROVES[method] if result.properties.get(name))
    name = next(names, "")
    value = result.properties.get(name, "")
    domain = domain_of(value) or ascii_domain(value) or ""
    aligned = author is not None and _aligned(method, name, domain, author)
    return Claim(SAID[method], domain or value, method, result.result, aligned)


def _aligned(method: str, name: str, domain: str, author: str) -> bool:
    if method == "dmarc":
        return not domain or domain == author
    if name == "smtp.helo" or not domain:
        return False
    return _are_one(domain, author)


def _are_one(domain: str, other: str) -> bool:
    return listed_organization(domain) == listed_organization(other)
