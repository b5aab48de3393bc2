"""Domain names as the checks compare them: A-labels, lower case, no final dot."""

from functools import cache

import idna
from publicsuffixlist import PublicSuffixList


def ascii_domain(domain: str) -> str | None:
    """`domain` in A-labels (RFC 5890); None for what is no name of at least two labels."""
    name = domain.strip().rstrip(".").lower()
    try:
        name = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    labels = name.split(".")
    is_sound = len(name) <= 253 and all(0 < len(label) < 64 for label in labels)
    is_name = is_sound and len(labels) > 1 and not any(c in name for c in '[]()<>@,;:\\" \t\r\n\0')
    return name if is_name else None


def domain_of(address: str) -> str | None:
    """The domain of an address, whatever its local part quotes."""
    return ascii_domain(address.rpartition("@")[2]) if "@" in address else None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def is_public_suffix(domain: str) -> bool:
    """Whether strangers register names under it, as far as the Public Suffix List knows."""
    return _suffixes().publicsuffix(domain) == domain


def listed_organization(domain: str) -> str:
    """The organizational domain by that list; an unknown or bare suffix stands for itself alone."""
    found: str | None = _suffixes().privatesuffix(domain)
    return found or domain
