"""Delivery status fields (RFC 3464): one group a recipient, wherever and however they stand.

They are read line by line, since real reports forget blank lines and types, send them as plain
text, or encode what must not be encoded. What counts is the address that failed: the final
recipient, as every report names it; the original one where that is no address.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message

from gateway.model import BounceKind
from gateway.reading.bounces import bounce_words
from gateway.reading.structure import addresses_in, charsets, encoded_words, mime

MAX_LINES = 5000
_REACHED = {"delivered", "relayed", "expanded", "succeeded", "success", "successful", "displayed"}
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]{1,40})[ \t]{0,4}:[ \t]{0,8}([^\n]*)")
_RECIPIENTS = ("final-recipient", "original-recipient", "x-actual-recipient")
_BEGINS = re.compile(r"^(?:reporting-mta|(?:final|original)-recipient):", re.I | re.M)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_XTEXT = re.compile(r"\+(2B|3D)")


@dataclass(slots=True)
class Group:
    """The fields about one recipient, names in lower case."""

    fields: dict[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """What was done, one lower-case word."""
        word = self.fields.get("action", "").strip().lower()
        return re.split(r"[\s;,(]", word, maxsplit=1)[0]

    @property
    def status(self) -> tuple[str, str, str] | None:
        """The status code, taken apart."""
        found = _STATUS.search(self.fields.get("status", ""))
        return (found[1], found[2], found[3]) if found else None

    @property
    def is_told(self) -> bool:
        """Whether it says of somebody what became of the message."""
        has_recipient = any(name in self.fields for name in _RECIPIENTS)
        return has_recipient and bool(self.action or self.status)

    @property
    def kind(self) -> BounceKind | None:
        """Hard or soft; None where the recipient was reached."""
        status = self.status
        if self.action in _REACHED or (not self.action and status and status[0] == "2"):
            return None
        if self.action.startswith(("delay", "defer")) or (status and status[0] == "4"):
            return "soft"
        if status and status[1:] == ("2", "2"):
            return "soft"
        return (
            "soft"
            if bounce_words.FULL.search(self.fields.get("diagnostic-code", "").lower())
            else "hard"
        )

    @property
    def reason(self) -> str:
        """What the server said, without the kind of its words."""
        said = self.fields.get("diagnostic-code", "") or self.fields.get("status", "")
        kind, separator, rest = said.partition(";")
        is_typed = separator and re.fullmatch(r"\s?[\w.-]{1,30}\s?", kind)
        return " ".join(charsets.clean(rest if is_typed else said).split())[:300]

    def recipient(self) -> str | None:
        """Who was not reached: an address, or the local form if there is no other."""
        local = None
        for name in _RECIPIENTS:
            value = self.fields.get(name, "")
            kind, separator, rest = value.partition(";")
            found = addresses_in.every(rest if separator else value)
            if found:
                return _XTEXT.sub(lambda code: chr(int(code[1], 16)), found[0])
            rest = charsets.clean(rest).strip().strip('<>"; ')[:320]
            if separator and rest and local is None and not rest.startswith("|"):
                is_plain = kind.strip().lower() in {"rfc822", "local", "x-local", "utf-8"}
                local = rest if is_plain else None
        return local


def groups(reports: Iterable[Message]) -> list[Group]:
    """The recipients' groups of the report parts."""
    found: list[Group] = []
    for part in reports:
        if mime.content_type(part).startswith(("message/delivery", "message/global-delivery")):
            found += from_text(text_of(part))
    return found


def in_text(text: str) -> list[Group]:
    """The groups that stand in a plain text, from where they begin."""
    begin = _BEGINS.search(text) if "ecipient" in text else None
    return from_text(text[begin.start() :]) if begin else []


def text_of(part: Message) -> str:
    """A report part as it was written."""
    return charsets.decode(mime.data(part))[0].replace("\r\n", "\n")


def fields_of(part: Message) -> dict[str, str]:
    """All fields of a part that tells of one recipient, such as a receipt."""
    return next(_all(text_of(part).replace("\n\n", "\n"))).fields


def from_text(text: str) -> list[Group]:
    """The groups in `text`; a blank line, or a recipient named again, begins the next."""
    return [group for group in _all(text) if group.is_told]


def _all(text: str) -> Iterator[Group]:
    group, last = Group(), ""
    for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
        match = _FIELD.match(line)
        if match:
            last = match[1].lower()
            if last in group.fields and last in {*_RECIPIENTS, "action"}:
                yield group
                group = Group()
            group.fields.setdefault(last, encoded_words.plain(match[2]).strip())
        elif line[:1] in {" ", "\t"} and line.strip() and last:
            group.fields[last] = f"{group.fields[last]} {line.strip()}"[:2000]
        elif not line.strip() and group.is_told:
            yield group
            group, last = Group(), ""
    yield group
