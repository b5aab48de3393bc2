"""The addresses beside a mailing list's own: whom one asks, who sends, where bounces go.

Mailman, ezmlm, Majordomo, LISTSERV, Lyris, SmartList, mlmmj and Google Groups each add a word
to the list's name, before or after it; others take the list's name as a command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

MAX_FIELD = 10_000
ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@\\]{1,128}@[^\s<>()\[\]\",;:@\\?&]{1,255}")
_URL = re.compile(r"<\s?([^<>\s]{5,900})\s?>|^\s?([a-z]{4,6}:[^<>\s,]{3,900})", re.I)

# A word after the name; then perhaps whose copy it is: -123-joe=home.example, +joe=home.example
_SUFFIX = re.compile(
    r"(?P<name>[^=+]{1,100}?)(?P<mark>[-+])"
    r"(?P<word>(?:un)?subscribe-request|signoff-request|(?:un)?subscribe|requests?|owners?|bounces?"
    r"|admin|errors?|error-handler|help|join|leave|signoff|on|off|approval|return|confirm|editor"
    r"|digest-help|digest-subscribe|digest-unsubscribe|bnc[a-z0-9]+)"
    r"(?P<copy>[-+][^\s]{1,100})?",
    re.I,
)
_PREFIX = re.compile(
    r"(?P<word>owner|bounces?|leave|join|subscribe|unsubscribe|errors?)-"
    r"(?P<name>[a-z][^=+*]{1,100}?)(?P<number>-\d{3,12}[a-z]?)?(?P<copy>[*=+][^\s]{1,100})?",
    re.I,
)
_COMMAND = re.compile(
    r"\b(?:unsubscribe|subscribe|signoff|sig|sub|info|leave|join|end)[\s+]([\w.+-]{2,64})", re.I
)
_PAGE = re.compile(
    r"^https?://(?P<host>[\w.-]{3,255})/[^\s]{0,200}?"
    r"(?:mailman/(?:listinfo|options)/|mailman3/(?:postorius/)?lists/|[?&]A0=|[?&]LIST=)"
    r"(?P<name>[\w.+-]{2,100})",
    re.I,
)
_MANAGERS = {"sympa", "listserv", "majordomo", "listproc", "autoshare", "mailserv", "lyris",
             "listmanager", "listar", "ecartis", "mlist", "maiser"}  # fmt: skip
# Words that stand where a list's name would, and name none.
_NO_NAMES = {"list", "lists", "email", "e-mail", "mail", "mailing", "bulk", "bounce", "bounces",
             "return", "returns", "reply", "noreply", "no-reply", "auto", "one-click", "oneclick",
             "global", "subscription", "subscriptions", "unsubscribe", "click", "mailer", "errors",
             "sentto", "prvs", "postmaster", "googlegroups-manage", "you", "my", "me",
             "online", "customer", "web", "here"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address in lower case."""

    local: str
    host: str

    @property
    def dotted(self) -> str:
        """In the form that List-Id gives it."""
        return f"{self.local}.{self.host}".strip(".")

    def is_near(self, other: "Mailbox") -> bool:
        """Whether the two hosts are one, or one lies within the other."""
        mine, theirs = f".{self.host}", f".{other.host}"
        return mine.endswith(theirs) or theirs.endswith(mine)


@dataclass(frozen=True, slots=True)
class Command:
    """A list that a List-* field speaks of. One that is not sure needs to be borne out."""

    mailbox: Mailbox
    is_sure: bool


def first(text: str) -> Mailbox | None:
    """The first address in a field body."""
    match = ADDRESS.search(text[:MAX_FIELD]) if "@" in text else None
    return _mailbox(match[0]) if match else None


def all_of(text: str) -> list[Mailbox]:
    """Every address in a field body, fifty at most."""
    if "@" not in text:
        return []
    return [_mailbox(match[0]) for match in islice(ADDRESS.finditer(text[:MAX_FIELD]), 50)]


def _mailbox(address: str) -> Mailbox:
    local, _, host = address.lower().partition("@")
    return Mailbox(local.removeprefix("mailto:").strip("'"), host.strip(".'"))


def of_command(found: Mailbox) -> Mailbox:
    """The list of a contact address; the address itself where it is no such."""
    return _stem(found) or found


def of_sender(found: Mailbox) -> Mailbox | None:
    """The list whose sender or bounce address this is, or None."""
    return _stem(found)


def is_surely_a_list(found: Mailbox, field: str) -> bool:
    """Whether nobody but a list sends from such an address, whatever else the header says."""
    if match := _PREFIX.fullmatch(found.local):
        return match["word"].lower() == "owner" and (field != "errors-to" or bool(match["copy"]))
    match = _SUFFIX.fullmatch(found.local)
    if match is None:
        return False
    word = match["word"].lower()
    if word.startswith("bnc"):
        return True
    if field == "sender":
        return word in {"owner", "bounces", "bounce"}
    return word in {"bounces", "return"} and "=" in (match["copy"] or "")


def _stem(found: Mailbox) -> Mailbox | None:
    local = found.local
    match = _PREFIX.fullmatch(local) or _SUFFIX.fullmatch(local)
    if match is None:
        return None
    name = match["name"]
    is_word = any(char.isalpha() for char in name)
    return Mailbox(name, found.host) if is_word and name not in _NO_NAMES else None


def commands(value: str) -> Iterator[Command]:
    """The lists in a List-Unsubscribe field and its kin, addresses before web pages."""
    links = [match[1] or match[2] for match in _URL.finditer(value[:4000])]
    for link in sorted(links, key=lambda one: not one.lower().startswith("mailto:")):
        found = _of_mailto(link) if link.lower().startswith("mailto:") else _of_page(link)
        if found is not None:
            yield found


def _of_mailto(link: str) -> Command | None:
    address, _, words = unquote(link).partition("?")
    found = first(address)
    if found is None:
        return None
    if found.local in _MANAGERS:
        name = _COMMAND.search(words)
        return Command(Mailbox(name[1].lower(), found.host), True) if name else None
    mailbox = _stem(found)
    if mailbox is None:
        return None
    return Command(mailbox, _SUFFIX.fullmatch(found.local) is not None)


def _of_page(link: str) -> Command | None:
    match = _PAGE.match(unquote(link))
    if match is None:
        return None
    return Command(Mailbox(match["name"].lower(), match["host"].lower()), True)
