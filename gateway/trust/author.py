"""Whose mail it says it is: the one domain of the one From field."""

from gateway.model import Message
from gateway.reading.structure import headers
from gateway.trust.names import domain_of


def author_domain(message: Message) -> tuple[str | None, str]:
    """The domain, or None and why there is none that could be proven."""
    fields = [value for name, value in message.headers if name.lower() == "from"]
    if not fields or message.sender is None:
        return None, "it names no sender"
    if len(fields) > 1:
        return None, "it has several From fields"
    value = fields[0]
    found = headers.lenient_addresses(value)
    if len(found) != 1:
        return None, "its From field names several addresses" if found else "it names no sender"
    domain = domain_of(found[0].address)
    if domain is None or domain != domain_of(message.sender.address):
        return None, "its From address names no domain"
    # A second address that hides in a display name is what some mail clients would show.
    if value.count("@") > 1 + value.count('"'):
        return None, "its From field names several addresses"
    return domain, ""
