"""Whose mail may command: someone on the operators' list, proven, writing to us directly.

An address is as easily written as any other word, so the list alone means nothing: the sender
must be verified (see `gateway.trust`). Nothing that a list, a machine or a bounce passes on is a
command, whoever wrote it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gateway.model import Message, Trust


@dataclass(frozen=True, slots=True)
class Operators:
    """Who may: single addresses, and every address of a domain."""

    addresses: Collection[str] = ()
    domains: Collection[str] = ()

    def include(self, address: str) -> bool:
        """Whether that address is on the list. Case never matters."""
        wanted = address.lower()
        domain = wanted.rpartition("@")[2]
        by_address = wanted in {one.lower() for one in self.addresses}
        return by_address or domain in {one.lower() for one in self.domains}


def objection(message: Message, trust: Trust, operators: Operators) -> str | None:
    """Why this message may not command; None if it may."""
    if message.sender is None or not operators.include(message.sender.address):
        return "its sender is not on the operators' list"
    if message.is_auto or message.is_bounce:
        return "a machine sent it"
    if message.is_bulk or message.list_id:
        return "a list passed it on"
    if trust.verdict != "verified":
        return f"its sender is {trust.verdict}: {trust.why}"
    return None
