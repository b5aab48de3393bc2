"""Whether a message came to us from a stranger, or by way of what is ours."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from gateway.model import Envelope

Networks = Sequence[IPv4Network | IPv6Network]


def stranger(envelope: Envelope, relays: Networks) -> str | None:
    """The address of a client that is none of our `relays`; None where ours or nobody is.

    What lies in a file or a mailbox has no client: whoever put it there is ours.
    """
    try:
        peer = ip_address((envelope.peer or "").partition("%")[0])
    except ValueError:
        return None
    peer = getattr(peer, "ipv4_mapped", None) or peer
    return None if any(peer in network for network in relays) else str(peer)
