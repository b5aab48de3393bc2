"""Which mailing list a message came through, and whether it is list or bulk mail.

RFC 2919 (List-Id) first, then the fields in which list managers name the list's address, then
the addresses that only a list has (`owner-x@`, `x-request@`, `x-bounces@`, `leave-x-123@`), as
far as something else in the header bears them out, and last what digests say. The identifier
is bare and lower case; an address becomes one with a dot for its "@", as List-Id has it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from gateway.reading.lists import list_addresses
from gateway.reading.lists.list_addresses import Mailbox

Fields = Mapping[str, str]

_BULK = {"bulk", "list", "junk"}
_LIST_FIELDS = ("list-post", "list-subscribe", "list-unsubscribe", "list-help", "list-owner",
                "list-archive", "list-digest", "list-software", "mailing-list", "x-mailing-list",
                "x-beenthere", "x-mailman-version", "x-listserver", "x-listserv-version",
                "x-listprocessor-version", "x-list", "x-ml-name", "x-list-name", "x-sequence",
                "x-ecartis-version", "x-listar-version", "x-list-host")  # fmt: skip
_HOUSEKEEPING = (*_LIST_FIELDS, "x-listname", "feedback-id", "x-campaign", "x-campaignid",
                 "x-mailer-list", "x-list-id")  # fmt: skip
# Only these may make a list of a message; most mail has none of them but Return-Path.
_HINTS = (*_LIST_FIELDS, "list-id", "x-list-id", "delivered-to", "x-loop", "sender", "errors-to",
          "return-path", "originator", "x-ml-address", "x-list-post", "x-listname",
          "resent-sender", "precedence", "x-list-administrivia")  # fmt: skip

_BRACKETS = re.compile(r"<([^<>]{1,255})(?:>|$)")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_NAMED_LIST = re.compile(r"\blist\s([^\s;,<>]{3,255}@[^\s;,<>]{3,255})", re.I)
_DELIVERED = re.compile(r"^\s?mailing list\s([^\s;,<>]{3,255}@[^\s;,<>]{3,255})", re.I)
_RECIPIENTS_OF = re.compile(r"\brecipients of [^<>@]{0,200}<([^<>\s]{3,320}@[^<>\s]{3,255})>", re.I)
_DIGEST = re.compile(r"\bdigest\b", re.I)
_ISSUE = re.compile(r"\b(?:vol(?:ume)?|issue|number|no)\b|#\s?\d|\bv\d|\d", re.I)
_MARK = re.compile(r"\[([^\[\]]{2,60})\]")
_MANAGERS = {"listserv", "majordomo", "listproc", "sympa", "mailserv", "listmanager"}


def list_id(fields: Fields, every: Sequence[tuple[str, str]] = ()) -> str | None:
    """The identifier of the list in `fields` (lower-case name -> decoded body), or None.

    `every` field in order is asked where one may stand several times.
    """
    if not any(name in fields for name in _HINTS) and not _may_be_digest(fields):
        return None
    for name, value in _several(fields, every, ("list-id", "x-list-id")):
        if name and (found := _identifier(value)):
            return found
    header = _Header(fields, every)
    address = (
        header.named() or header.of_a_name() or header.of_commands() or header.of_senders()
        or header.looped() or header.of_a_digest()
    )  # fmt: skip
    return address.dotted if address else header.bare_name()


def is_bulk(fields: Fields, found: str | None) -> bool:
    """True for mail that went to a list (its id is `found`) or to many."""
    if found or fields.get("precedence", "").strip().lower() in _BULK:
        return True
    return any(name in fields for name in _HOUSEKEEPING)


def _several(
    fields: Fields, every: Sequence[tuple[str, str]], names: Sequence[str]
) -> list[tuple[str, str]]:
    """The fields of these names, in order, however often each stands."""
    if not any(name in fields for name in names):
        return []
    if not every:
        return [(name, fields[name]) for name in names if name in fields]
    wanted = set(names)
    return [(key, value) for name, value in every if (key := name.lower()) in wanted]


def _identifier(value: str) -> str | None:
    """The last brackets of a List-Id: descriptions hold brackets of their own."""
    value = value[:4000].replace("&lt;", "<").replace("&gt;", ">")
    inside = [re.sub(r"[\s\"']+", "", one) for one in _BRACKETS.findall(value)]
    usable = [one.removeprefix("mailto:").strip(".") for one in inside if "://" not in one]
    usable = [one for one in usable if one]
    if usable:
        return usable[-1].lower()
    words = _COMMENT.sub(" ", value).replace("<", " ").replace(">", " ").split()
    words = [word.strip("\"'.,;()[]") for word in words]
    dotted = [word for word in words if "." in word and "://" not in word]
    if dotted:
        return dotted[-1].lower()
    return words[0].lower() if len(words) == 1 and words[0] else None


def _may_be_digest(fields: Fields) -> bool:
    return bool(_DIGEST.search(fields.get("subject", ""))) or "ecipients of" in fields.get("to", "")


class _Header:
    """One header, asked for the address of its list in one way after the other."""

    def __init__(self, fields: Fields, every: Sequence[tuple[str, str]]) -> None:
        self.fields, self.every = fields, every
        self.sender = list_addresses.first(fields.get("from", ""))
        self.shown = [
            one
            for name in ("to", "cc", "reply-to", "x-to", "resent-from", "resent-to")
            for one in list_addresses.all_of(fields.get(name, ""))
        ]
        precedence = fields.get("precedence", "").strip().lower()
        self.is_bulk = precedence in {"list", "bulk"}
        self.is_list = precedence == "list" or any(
            name in fields for name in _LIST_FIELDS if name != "list-unsubscribe"
        )

    # --- fields that name the list's own address ---

    def named(self) -> Mailbox | None:
        """The address in a field that is there to say it."""
        for name in ("mailing-list", "x-mailing-list"):
            value = self.fields.get(name, "")
            if match := _NAMED_LIST.search(value):
                return list_addresses.first(match[1])
            if found := list_addresses.first(value):
                return list_addresses.of_command(found) if "contact" in value.lower() else found
        for _, value in _several(self.fields, self.every, ("delivered-to",)):
            if match := _DELIVERED.search(value):
                return list_addresses.first(match[1])
        for name in ("list-post", "x-beenthere", "x-ml-address", "x-list-post"):
            if found := list_addresses.first(unquote(self.fields.get(name, ""))):
                return found
        if match := _RECIPIENTS_OF.search(self.fields.get("to", "")):
            return list_addresses.first(match[1])
        return None

    def of_a_name(self) -> Mailbox | None:
        """The list's bare name stands in one field, its host in another."""
        name = self._name()
        if not name:
            return None
        if found := list_addresses.first(name):
            return found
        known = self.shown + list_addresses.all_of(self.fields.get("sender", ""))
        if found := next((one for one in known if one.local == name), None):
            return found
        if host := self.fields.get("x-list-host", "").strip(" .").lower():
            return Mailbox(name, host)
        commands = (self.of_commands(), self.of_senders())
        return next((one for one in commands if one and one.local == name), None)

    def _name(self) -> str:
        names = ("x-ml-name", "x-list-name", "x-listname", "x-list")
        value = next((self.fields[one] for one in names if one in self.fields), "")
        return value.strip(" \t<>\"'").lower() if len(value.split()) == 1 else ""

    def bare_name(self) -> str | None:
        """The list's name, where no host is to be found."""
        return self._name() or None if "x-list" not in self.fields else None

    # --- addresses that only a list has ---

    def of_commands(self) -> Mailbox | None:
        """Where one subscribes, leaves or asks for help."""
        found = None
        for name in ("list-unsubscribe", "list-subscribe", "list-help", "list-owner",
                     "list-archive"):  # fmt: skip
            for one in list_addresses.commands(self.fields.get(name, "")):
                if one.is_sure or self._borne_out(one.mailbox):
                    return self._as_shown(one.mailbox)
                if found == one.mailbox:
                    return found
                found = found or one.mailbox
        return found if found and self._agrees(found) else None

    def _agrees(self, mailbox: Mailbox) -> bool:
        return any(mailbox == other for _, other in self._senders())

    def of_senders(self) -> Mailbox | None:
        """Who sent it on, or where its bounces go."""
        for is_sure, mailbox in self._senders():
            if is_sure or self.is_bulk or self.is_list or self._borne_out(mailbox):
                return self._as_shown(mailbox)
        return self._sent_by_the_list()

    def _senders(self) -> Iterator[tuple[bool, Mailbox]]:
        for name in ("sender", "resent-sender", "errors-to", "return-path"):
            found = list_addresses.first(self.fields.get(name, ""))
            if found is None or found == self.sender:
                continue
            mailbox = list_addresses.of_sender(found)
            if mailbox is None or (mailbox == self.sender and not (self.is_bulk or self.is_list)):
                continue
            yield list_addresses.is_surely_a_list(found, name), mailbox
        if self.sender and "x-list-administrivia" in self.fields:
            about = list_addresses.of_sender(self.sender)
            yield from [(True, about)] if about else []

    def _sent_by_the_list(self) -> Mailbox | None:
        """LISTSERV and others put the list itself into Sender."""
        found = list_addresses.first(self.fields.get("sender", ""))
        if found is None or found == self.sender or found.local in _MANAGERS:
            return None
        return found if found in self.shown or self.is_list else None

    def looped(self) -> Mailbox | None:
        """X-Loop and Originator hold the list's address, but others write them too."""
        for name in ("x-loop", "originator"):
            found = list_addresses.first(self.fields.get(name, ""))
            if found is None or found == self.sender:
                continue
            if found in self.shown or self.is_list:
                return found
        return None

    # --- digests ---

    def of_a_digest(self) -> Mailbox | None:
        """A digest may have nothing but From, To and its subject."""
        subject = self.fields.get("subject", "")
        if self.sender is None or not (_DIGEST.search(subject) and _ISSUE.search(subject)):
            return self._passed_on() or self._marked()
        if mailbox := list_addresses.of_sender(self.sender):
            return self._as_shown(mailbox)
        words = set(re.findall(r"[\w.+-]{2,64}", subject.lower()))
        for one in self.shown:
            if {one.local, one.local.removesuffix("-digest")} & words:
                return one
        return None

    def _passed_on(self) -> Mailbox | None:
        """ "Ann via talk <talk@...>", to the same address."""
        is_via = " via " in self.fields.get("from", "").lower()
        return self.sender if is_via and self.sender in self.shown else None

    def _marked(self) -> Mailbox | None:
        """Bulk mail whose subject is marked with the name that it was sent to: "[talk] ...".

        People write such marks by hand, so that alone they make no list.
        """
        mark = _MARK.search(self.fields.get("subject", "")) if self.is_bulk else None
        name = mark[1].lower().split(":")[0].split()[0] if mark and mark[1].strip(": ") else ""
        return next((one for one in self.shown if one.local == name), None)

    # --- what bears a guess out ---

    def _borne_out(self, mailbox: Mailbox) -> bool:
        return any(one.local == mailbox.local and one.is_near(mailbox) for one in self.shown)

    def _as_shown(self, mailbox: Mailbox) -> Mailbox:
        """The list as people write to it: its host need not be the one its commands go to."""
        near = [one for one in self.shown if one.is_near(mailbox)]
        for name in (mailbox.local, mailbox.local.removesuffix("-digest")):
            if found := next((one for one in near if one.local == name), None):
                return found
        return mailbox
