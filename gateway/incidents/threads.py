"""Which tickets a message speaks of, and who may write to one; the subject never joins anything.

The token in the addresses and ids of our letters, which nobody can guess, opens its ticket to
whoever has it. The Message-ID of anything on a ticket, or an id that something on it cited
before we saw it, leads to the ticket too; but such ids are no secret. So the sender must be known
there: he wrote, was written to, belongs to an organization that wrote, or comes by the same list.
Where an address was verified when it came to be known, it counts only if it is verified again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from sqlmodel import Session

from gateway.model import Message
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import ThreadRow

MAX_ANCESTORS = 100
MAX_PEOPLE = 100
MAX_REFERENCES = 50
MAX_SEARCHED = 20_000
ANYBODY = "*"  # stands for all who wrote to the ticket
GUEST = "?"  # before an address: its report was added for its content; alone: there are such
_TOKEN_IN_ADDRESS = re.compile(r"\+([a-z2-7]{16})@", re.IGNORECASE)
_TOKEN_IN_ID = re.compile(r"^TG-\d+\.([a-z2-7]{16})\.", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]{1,998})>")
_LINK = re.compile(r"\bhttps?://[^\s<>\"'\]]{4,300}")
_NUMBER = re.compile(r"\b[A-Z]{2,10}-?\d{2,12}\b")
_TRACKER_ID = re.compile(r"^([\w.-]+/[\w.-]+/(?:issues|pull)/\d+)(?:/[^@]*)?@([\w.-]+)$")
# Where an address at the same domain is nobody's colleague.
PUBLIC = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
    "hotmail.co.uk", "yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "ymail.com", "rocketmail.com",
    "aol.com", "aim.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com",
    "pm.me", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "freenet.de", "mail.com",
    "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com", "sina.com", "naver.com",
    "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net",
    "charter.net", "earthlink.net", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net",
    "libero.it", "zoho.com", "fastmail.com", "hey.com", "tutanota.com", "btinternet.com",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a message speaks for, and whom it is addressed to beside ourselves.

    `writer` is "" where it says nothing of its sender. `lists` and `domain` are written as the
    store has them: "list:id", "@domain".
    """

    writer: str
    domain: str
    lists: tuple[str, ...]
    others: tuple[str, ...]
    verified: bool

    @property
    def names(self) -> set[str]:
        """All that may be looked up of it."""
        known = {one for one in (self.writer, self.domain, *self.lists, *self.others) if one}
        return known | {ANYBODY, GUEST, f"{GUEST}{self.writer}"}


@dataclass(slots=True)
class Standing:
    """How somebody came to be known on a ticket."""

    wrote: bool = False
    verified: bool = False

    def and_also(self, other: "Standing") -> "Standing":
        """Both together."""
        return Standing(self.wrote or other.wrote, self.verified or other.verified)


def party(message: Message, own: Iterable[str], *, verified: bool) -> Party:
    """The party of a message; `own` are our own addresses, which say nothing."""
    mine = {address.lower() for address in own}
    writer = message.sender.address.lower() if message.sender else ""
    addressed = (*message.to, *message.cc, *([message.reply_to] if message.reply_to else []))
    others = (_plain(one.address) for one in addressed[:MAX_PEOPLE] if one.address)
    domain = writer.rpartition("@")[2]
    return Party(
        writer="" if _plain(writer) in mine else writer,
        domain=f"@{domain}" if domain and domain not in PUBLIC else "",
        lists=(f"list:{message.list_id}",) if message.list_id else (),
        others=tuple(one for one in dict.fromkeys(others) if one not in mine and one != writer),
        verified=verified,
    )


def is_public(domain: str) -> bool:
    """Whether people of that domain need have nothing to do with each other."""
    return domain in PUBLIC


def _plain(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def known_by(one: Party) -> dict[str, Standing]:
    """Whom a ticket knows once a message of this party is on it."""
    wrote = Standing(wrote=True, verified=one.verified)
    found = {name: Standing() for name in one.others}
    found |= dict.fromkeys((*one.lists, *([one.domain] if one.domain else [])), wrote)
    if one.writer:
        found |= {one.writer: wrote, ANYBODY: wrote}
    return found


def guest(one: Party) -> dict[str, Standing]:
    """Whom a ticket knows once a report of this party was added to it for its content alone."""
    wrote = Standing(wrote=True, verified=one.verified)
    return {GUEST: wrote} | ({f"{GUEST}{one.writer}": wrote} if one.writer else {})


def as_guests(known: Mapping[str, Standing]) -> dict[str, Standing]:
    """The same people where they come for their content alone."""
    found = {GUEST: known[ANYBODY]} if ANYBODY in known else {}
    for who, standing in known.items():
        if who.startswith(GUEST):
            found[who] = standing
        elif standing.wrote and "@" in who[1:]:
            found[f"{GUEST}{who}"] = standing
    return found


def is_guest(known: Mapping[str, Standing], one: Party) -> bool:
    """Whether this party may only add reports to a ticket on which these are known.

    So it is with those who came for their content alone. Where there are such, our reply address
    is no proof of more: it is in their letters too.
    """
    return GUEST in known and not is_known(known, one)


def is_known(known: Mapping[str, Standing], one: Party) -> bool:
    """Whether this party, its organization or its list is known there, other than as a guest."""
    if any(name in known for name in one.lists):
        return True
    name = next((name for name in (one.writer, one.domain) if name and name in known), None)
    return name is not None and (one.verified or not known[name].verified)


def admits(known: Mapping[str, Standing], one: Party) -> bool:
    """Whether a ticket on which these are known takes a message of this party by an id alone."""
    if ANYBODY not in known:
        return True  # nobody wrote to it who has a name
    if any(name in known for name in one.lists):
        return True  # whoever may write to the list may answer there
    came = known.get(f"{GUEST}{one.writer}") if one.writer else None
    if came is not None and (one.verified or not came.verified):
        return True
    for name in (one.writer, one.domain):
        if name and name in known:
            return one.verified or not known[name].verified
    # Where nothing is verified, an address in common is worth as much as a sender's name.
    return not known[ANYBODY].verified and any(name in known for name in one.others)


# --- what a message names -------------------------------------------------------------------


def ancestors(message: Message) -> list[str]:
    """The ids of what this message answers, the nearest first, at most MAX_ANCESTORS."""
    near = [message.in_reply_to] if message.in_reply_to else []
    field = message.header("in-reply-to") or ""
    several = _ID.findall(field[:MAX_SEARCHED]) if field.count("<") > 1 else []
    found = dict.fromkeys([*near, *several, *reversed(message.references)])
    found.pop(message.message_id or "", None)
    return list(found)[:MAX_ANCESTORS]


def tokens(message: Message, recipients: Iterable[str]) -> list[str]:
    """Ticket tokens in the addresses it went to and in the ids that it answers."""
    headed = [address.address for address in (*message.to, *message.cc)]
    in_addresses = [
        match[1]
        for address in (*recipients, *headed)
        for match in _TOKEN_IN_ADDRESS.finditer(address)
    ]
    in_ids = [match[1] for id_ in ancestors(message) if (match := _TOKEN_IN_ID.match(id_))]
    return [token.lower() for token in dict.fromkeys([*in_addresses, *in_ids])]


def named(message: Message) -> list[str]:
    """Every id that the message names: its own and those of what it answers."""
    own = [message.message_id] if message.message_id else []
    return list(dict.fromkeys([*own, *ancestors(message)]))


def tracker_references(message: Message) -> list[str]:
    """What may be a tracker's name for a ticket: links and numbers in the text, ids it cites."""
    text = message.text[:MAX_SEARCHED]
    cited = [
        f"https://{match[2]}/{match[1]}"
        for id_ in named(message)
        if (match := _TRACKER_ID.match(id_))
    ]
    links = (one.rstrip(".,;:!?)") for one in _LINK.findall(text))
    plain = (one.partition("#")[0] for one in links)
    return list(dict.fromkeys([*cited, *plain, *_NUMBER.findall(text)]))[:MAX_REFERENCES]


def speaks_for(reference: str, one: Party) -> bool:
    """Whether the tracker itself wrote, as far as its verified address shows."""
    host = reference.partition("://")[2].partition("/")[0]
    domain = one.domain.removeprefix("@")
    return bool(host and domain) and one.verified and f".{host}".endswith(f".{domain}")


# --- what is remembered -----------------------------------------------------------------------


def remember(session: Session, leads: Iterable[tuple[str, int]], *, cited: bool = False) -> None:
    """Note which Message-ID leads to which ticket: it is on it, or only `cited` there."""
    rows = [
        {"message_id": id_, "ticket_id": number, "cited": cited}
        for id_, number in dict.fromkeys(leads)
        if id_
    ]
    if not rows:
        return
    add = insert_into(session, ThreadRow)
    if cited:
        add = add.on_conflict_do_nothing()
    else:
        keys = ["message_id", "ticket_id"]
        add = add.on_conflict_do_update(index_elements=keys, set_={"cited": False})
    write_rows(session, add, rows)


def locks(ids: Iterable[str]) -> list[int]:
    """A number for each of these ids, in the order in which everybody takes them."""
    digests = (blake2b(one.encode("utf-8", "replace"), digest_size=8).digest() for one in ids)
    return sorted({int.from_bytes(one, "big", signed=True) for one in digests})
