"""Whether a list itself sent a post: something of the list's own organization passes.

A list breaks what its members signed, and has to; so its post is judged by what the list adds. Who
wrote it stays unverified all the same.
"""

from collections.abc import Callable, Sequence

from gateway.model import Claim, Message
from gateway.trust.names import ascii_domain, is_public_suffix

SameOrganization = Callable[[str, str], bool]  # of two domains


def list_claim(
    message: Message, proofs: Sequence[Claim], are_one: SameOrganization
) -> Claim | None:
    """The claim of the list that the message names; None where it names none."""
    name = message.list_id
    domain = ascii_domain(name) if name else None
    if not name or domain is None:
        return None
    own = [proof for proof in proofs if _is_of(domain, proof, are_one)]
    for proof in own:
        if proof.result == "pass":
            return Claim("list", name, proof.method, "pass", why=f"{proof.value} sent it")
    if own:
        return Claim("list", name, own[0].method, "temperror", why="the DNS did not answer")
    return Claim("list", name, "dkim", "fail", why="nothing shows that the list sent it")


def _is_of(domain: str, proof: Claim, are_one: SameOrganization) -> bool:
    value = ascii_domain(proof.value)
    if value is None or proof.result not in {"pass", "temperror"}:
        return False
    if domain == value or (domain.endswith(f".{value}") and not is_public_suffix(value)):
        return True
    return are_one(domain, value)
