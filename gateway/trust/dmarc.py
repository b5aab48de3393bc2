"""DMARC: whose domain is it, what does it ask for, and what is aligned with it? (RFC 9989)

Organizational domains are found by walking up the DNS tree, never more than eight questions. One
thing is stricter than the RFC: a record at a name under which strangers register (the Public
Suffix List knows them) counts as one of a public suffix operator, also where it forgot to say
`psd=y`; otherwise all its customers would pass for each other.
"""

from dataclasses import dataclass, field

from gateway.trust.dns import Asker
from gateway.trust.names import is_public_suffix

MOST_LABELS = 7  # below the name itself, so that there are eight questions at most
POLICIES = {"none", "quarantine", "reject"}
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC record; what is missing or makes no sense has its default."""

    tags: dict[str, str]

    @property
    def policy(self) -> str:
        """What its owner asks for mail of that very domain."""
        return self._policy("p", "none")

    @property
    def below(self) -> str:
        """The same for names below it."""
        return self._policy("sp", self.policy)

    @property
    def nowhere(self) -> str:
        """The same for names below it that are not there."""
        return self._policy("np", self.below)

    @property
    def psd(self) -> str | None:
        """Whether it is of a public suffix operator: y, n, or unsaid."""
        found = self.tags.get("psd", "").lower()
        return found if found in {"y", "n"} else None

    def is_strict(self, tag: str) -> bool:
        """Whether `adkim` or `aspf` wants the very domain."""
        return self.tags.get(tag, "r").lower() == "s"

    def _policy(self, tag: str, default: str) -> str:
        found = self.tags.get(tag, "").lower()
        return found if found in POLICIES else default


def parsed(text: bytes) -> Record | None:
    """The record in a TXT record; None where that is something else (section 4.8)."""
    try:
        parts = text.decode("ascii").split(";")
    except UnicodeDecodeError:
        return None
    pairs = [part.partition("=") for part in parts if part.strip(_BLANKS)]
    if not pairs or parts[0] != parts[0].lstrip(_BLANKS):
        return None
    name, _, value = pairs[0]
    if name.strip(_BLANKS).lower() != "v" or value.strip(_BLANKS) != "DMARC1":
        return None
    tags: dict[str, str] = {}
    for name, _, value in pairs:
        tags.setdefault(name.strip(_BLANKS).lower(), value.strip(_BLANKS))
    return Record(tags)


@dataclass(slots=True)
class Policies:
    """What is published about the domains of one message. Everything raises Unanswered."""

    asker: Asker
    _records: dict[str, Record | None] = field(default_factory=dict)
    _walks: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def record(self, domain: str) -> Record | None:
        """The one record at `domain` itself; several are none."""
        if domain not in self._records:
            found = [parsed(text) for text in self.asker.texts(f"_dmarc.{domain}")]
            records = [one for one in found if one is not None]
            self._records[domain] = records[0] if len(records) == 1 else None
        return self._records[domain]

    def organization(self, domain: str) -> str:
        """The organizational domain of `domain` (section 4.10.2)."""
        return self._walk(domain)[0]

    def _walk(self, domain: str) -> tuple[str, str | None]:
        """Its organizational domain, and the public suffix above it that publishes a record."""
        if domain not in self._walks:
            self._walks[domain] = self._walked(domain)
        return self._walks[domain]

    def _walked(self, domain: str) -> tuple[str, str | None]:
        found = domain
        for at, name in enumerate(_names(domain)):
            record = self.record(name)
            if record is None:
                continue
            if record.psd == "n":
                return name, None
            if record.psd == "y" or is_public_suffix(name):
                return (_one_below(name, domain), name) if at else (domain, None)
            found = name
        return found, None

    def policy(self, domain: str) -> tuple[Record | None, str, str]:
        """The record that counts for `domain`, where it stands, and what it asks for."""
        own = self.record(domain)
        if own is not None:
            return own, domain, own.policy
        for name in self._walk(domain):
            record = self.record(name) if name else None
            if name and record is not None:
                asked = record.below if self.asker.ask(domain, "A").exists else record.nowhere
                return record, name, asked
        return None, domain, "none"

    def aligned(self, author: str, proven: str, *, strict: bool) -> bool:
        """Whether what proves `proven` speaks for `author` (section 4.4)."""
        if author == proven:
            return True
        if strict:
            return False
        own = self.organization(author)
        is_within = proven == own or proven.endswith(f".{own}")  # else nobody need be asked
        return is_within and self.organization(proven) == own


def _names(domain: str) -> list[str]:
    """The names that the walk asks: `domain`, then up the tree from at most seven labels."""
    labels = domain.split(".")
    start = max(1, len(labels) - MOST_LABELS)
    return [domain, *(".".join(labels[at:]) for at in range(start, len(labels)))]


def _one_below(name: str, domain: str) -> str:
    """The name under `name` on the way to `domain`."""
    return ".".join(domain.split(".")[-1 - len(name.split(".")) :])
