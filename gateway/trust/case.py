"""One message judged by the DNS: its route, its signatures, its domain's policy, its list.

Everything is asked for one message within one time; whatever has no answer by then is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.model import Claim, Envelope, Message, Trust
from gateway.trust import spf
from gateway.trust.author import author_domain
from gateway.trust.clients import Networks, stranger
from gateway.trust.dmarc import Policies, Record
from gateway.trust.dns import Asker, Unanswered
from gateway.trust.lists import list_claim
from gateway.trust.names import ascii_domain
from gateway.trust.signatures import Signatures

BY_DNS = "dns"
OUR_RELAY = "it came by a relay of ours, or by no connection at all"


@dataclass(slots=True)
class Case:
    """One message before the judge. Nothing of it is asked before `judged`."""

    raw: bytes
    message: Message
    envelope: Envelope
    relays: Networks
    asker: Asker
    policies: Policies = field(init=False)

    def __post_init__(self) -> None:
        self.policies = Policies(self.asker)

    def judged(self) -> Trust:
        """Whether its sender is proven, and what became of every claim."""
        author, doubt = author_domain(self.message)
        proofs = [*self._route(), *self._signatures()]
        sender, proofs = self._dmarc(author, proofs) if author else (None, proofs)
        claims = [*([sender] if sender else []), *proofs, *self._seal(), *self._list(proofs)]
        if sender is None:
            return Trust("unverified", doubt, BY_DNS, None, tuple(claims))
        return replace(_verdict(sender, proofs), domain=author, claims=tuple(claims))

    # --- what may prove it ---

    def _route(self) -> list[Claim]:
        envelope = self.envelope
        if envelope.sender is None:
            return []
        peer = stranger(self.envelope, self.relays)
        if peer is None:
            return [Claim("route", envelope.sender or "<>", "spf", "none", why=OUR_RELAY)]
        found = spf.route(self.asker, peer, envelope.sender, envelope.helo)
        return [Claim("route", found.domain, "spf", found.result, why=found.why)]

    def _signatures(self) -> list[Claim]:
        found = Signatures(self.raw, self.asker, self.envelope.received_at).judged()
        return [Claim("signature", one.domain, "dkim", one.result, why=one.why) for one in found]

    def _seal(self) -> list[Claim]:
        """ARC is noted, and proves nothing here: whoever seals may seal anything."""
        seal = Signatures(self.raw, self.asker, self.envelope.received_at).seal()
        return [Claim("seal", seal.domain, "arc", seal.result, why=seal.why)] if seal else []

    # --- what it proves ---

    def _dmarc(self, author: str, proofs: list[Claim]) -> tuple[Claim, list[Claim]]:
        """The claim of the From field, and the proofs, each aligned with it or not."""

        def sender(result: str, why: str) -> Claim:
            return Claim("sender", author, "dmarc", result, result == "pass", why)

        try:
            record, at, asked = self.policies.policy(author)
        except Unanswered:
            return sender("temperror", "the DNS did not give the policy of its domain"), proofs
        try:
            proofs = [self._aligned(author, record, proof) for proof in proofs]
        except Unanswered:
            return sender("temperror", "the DNS did not say whose domain it is"), proofs
        if record is None:
            return sender("none", "its domain publishes no policy"), proofs
        policy = f"the policy of {at} is {asked}"
        if any(proof.aligned and proof.result == "pass" for proof in proofs):
            return sender("pass", policy), proofs
        if any(proof.aligned and proof.result == "temperror" for proof in proofs):
            return sender("temperror", policy), proofs
        return sender("fail", policy), proofs

    def _aligned(self, author: str, record: Record | None, proof: Claim) -> Claim:
        """`proof`, aligned if it would speak for the author's domain."""
        if proof.result not in {"pass", "temperror"} or ascii_domain(proof.value) is None:
            return proof
        strict = record is not None and record.is_strict(
            "adkim" if proof.method == "dkim" else "aspf"
        )
        aligned = self.policies.aligned(author, proof.value, strict=strict)
        return replace(proof, aligned=aligned)

    def _list(self, proofs: Sequence[Claim]) -> list[Claim]:
        def are_one(domain: str, other: str) -> bool:
            return self.policies.aligned(domain, other, strict=False)

        try:
            claim = list_claim(self.message, proofs, are_one)
        except Unanswered:
            why = "the DNS did not say whose list it is"
            return [Claim("list", self.message.list_id or "", "dkim", "temperror", why=why)]
        return [claim] if claim else []


def _verdict(sender: Claim, proofs: Sequence[Claim]) -> Trust:
    """What follows for the From domain."""
    aligned = [proof for proof in proofs if proof.aligned]
    proven = next((proof for proof in aligned if proof.result == "pass"), None)
    if sender.result == "pass" or (sender.result == "none" and proven):
        how = {"dkim": "it signed the message", "spf": "it lets this client send"}
        why = how[proven.method] if proven else "it passes DMARC"
        return Trust("verified", why, BY_DNS)
    is_open = sender.result == "temperror" or any(p.result == "temperror" for p in aligned)
    if is_open:
        return Trust("unknown", "the DNS did not answer", BY_DNS)
    return Trust("unverified", "nothing proves its domain", BY_DNS)
