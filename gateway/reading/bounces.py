"""Delivery reports: who was not reached, for good or for now, and which message it was.

RFC 3464 reports are read from their fields. Reports of success, relay and expansion are no
bounces. Home-made forms (qmail, Exim, Exchange, sendmail, Gmail and many more) are known by who
sent them and what they say, and their addresses read from the text above the returned message.
A delay, a full mailbox and a 4.x.x status are soft, all else is hard.

Whom a machine's name does not fit is believed less: a postmaster is often a person, and people
quote, forward and discuss reports all the time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cached_property

from gateway.model import BounceKind
from gateway.reading import (
    addresses_in,
    bounce_text,
    bounce_words,
    charsets,
    delivery_status,
    headers,
    mime,
)

MAX_RECIPIENTS = 100
BEGINNING = 1000  # how far into a text its opening words are looked for
MAX_DETAILS = 20_000
MAX_REASON = 300
_REPLY = re.compile(r"(?<![\w.])(?:[45]\d\d[ -](?!days?|hours?)\S|[45]\.\d{1,3}\.\d{1,3}\b)", re.I)
_TEXT_ID = re.compile(r"^\s{0,4}message-id:\s{0,4}<([^<>\s]{3,300})>", re.I | re.M)
_DELIVERY_AGENT = re.compile(r"was automatically rejected|quota exceeded|rejected")


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report. `kind` is None for one of success; `failed` are bare addresses.

    `reason` is one line of what the mail system says.
    """

    kind: BounceKind | None
    failed: tuple[str, ...] = ()
    returned_message_id: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Mail:
    """What the checks look at."""

    parsed: mime.Parsed
    fields: Mapping[str, str]
    text: str
    attached: tuple[Message, ...]

    @cached_property
    def subject(self) -> str:
        """In lower case, as `head` is."""
        return self.fields.get("subject", "").lower()

    @cached_property
    def head(self) -> str:
        """How the text begins."""
        return self.text[:6000].lower()

    @cached_property
    def is_daemon(self) -> bool:
        """Whether no person ever sends under that name."""
        return any(bounce_words.DAEMON.search(one) for one in self._names)

    @cached_property
    def is_office(self) -> bool:
        """Whether it is the name of a machine, or of a person who looks after the mail."""
        return any(bounce_words.OFFICE.search(one) for one in self._names)

    @property
    def is_no_reply(self) -> bool:
        """Whether it wants no answer, as a machine that reports or sells may."""
        return any(bounce_words.NO_REPLY.search(one) for one in self._names)

    @cached_property
    def names_somebody(self) -> bool:
        """Whether the text surely names somebody who was not reached."""
        said = bounce_text.report_part(self.text)
        return bounce_text.names_somebody(said, self.ours)

    @property
    def ours(self) -> set[str]:
        """The addresses that the report itself went between, in lower case."""
        names = ("from", "to", "reply-to", "return-path", "sender")
        found = (addresses_in.every(self.fields.get(name, "")) for name in names)
        return {address.lower() for each in found for address in each}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The name and the address in From, where either may be a machine's."""
        sender = self.fields.get("from", "").strip().lower()
        if "@" in sender and not any(word in sender for word in bounce_words.MACHINES):
            return ()
        return (sender, next(iter(addresses_in.every(sender)), "mailer-daemon"))

    @property
    def is_null(self) -> bool:
        """Whether it came from the null sender."""
        return self.fields.get("return-path", "").strip() == "<>"


def read(
    parsed: mime.Parsed,
    fields: Mapping[str, str],
    text: str,
    reports: tuple[Message, ...],
    attached: tuple[Message, ...],
) -> Report | None:
    """The delivery report that the message is, or None.

    `fields` are lower-case names and decoded bodies, `text` the readable text, `reports` and
    `attached` the report parts and messages found in it.
    """
    mail = _Mail(parsed, fields, text, attached)
    kind_said = ""
    if "report" in fields.get("content-type", "").lower():
        kind_said = (mime.parameter(parsed.message, "report-type") or "").lower()
    groups = delivery_status.groups(reports)
    if groups and not _is_passed_on(mail) and (kind_said or _is_machine(mail)):
        return _by_groups(mail, groups, reports)
    if kind_said and kind_said != "delivery-status":
        return _by_delivery_agent(mail, reports) if "disposition" in kind_said else None
    if not (kind_said or _is_machine(mail)):
        return None
    if _says_success(mail):
        return Report(None, (), _returned_id(reports, attached, text))
    groups = delivery_status.in_text(text[: addresses_in.LIMIT]) or _in_details(parsed.message)
    if groups and not _is_passed_on(mail):
        return _by_groups(mail, groups, reports)
    if not _is_home_made(mail, kind_said):
        return None
    failed = tuple(addresses_in.every(fields.get("x-failed-recipients", ""))) or _named(mail)
    returned = _returned_id(reports, attached, text)
    return Report(_kind(mail), failed[:MAX_RECIPIENTS], returned, _reason(mail))


# --- by delivery status fields ------------------------------------------------------------


def _by_groups(
    mail: _Mail, groups: list[delivery_status.Group], reports: tuple[Message, ...]
) -> Report:
    kinds = {group.kind for group in groups}
    kind: BounceKind | None = "hard" if "hard" in kinds else "soft" if "soft" in kinds else None
    returned = _returned_id(reports, mail.attached, mail.text)
    if kind is None:
        return Report(None, (), returned)
    lost = [group for group in groups if group.kind]
    if len(lost) == 1 and "diagnostic-code" not in lost[0].fields and kind == "hard":
        kind = "soft" if bounce_words.FULL.search(mail.head[:2000]) else kind
    failed = dict.fromkeys(found for group in lost if (found := group.recipient()))
    is_address = any("@" in one for one in failed)
    named = () if is_address else _named(mail)
    reason = next((said for group in lost if (said := group.reason)), "") or _reason(mail)
    return Report(kind, named or tuple(failed)[:MAX_RECIPIENTS], returned, reason)


def _by_delivery_agent(mail: _Mail, reports: tuple[Message, ...]) -> Report | None:
    """A delivery agent's refusal in the form of a receipt, as Dovecot and Sieve write it."""
    if not _DELIVERY_AGENT.search(mail.head[:500]):
        return None
    for part in reports:
        fields = delivery_status.fields_of(part)
        disposition = fields.get("disposition", "").lower()
        if "automatic-action" in disposition and "displayed" not in disposition:
            failed = delivery_status.Group(fields).recipient()
            returned = _returned_id(reports, mail.attached, mail.text)
            return Report(_kind(mail), (failed,) if failed else (), returned, _reason(mail))
    return None


def _in_details(message: Message) -> list[delivery_status.Group]:
    """Groups in a part that is labelled as something else."""
    for part in mime.children(message)[:5]:
        if not part.is_multipart() and mime.content_type(part) != "text/html":
            data = mime.data(part)[:MAX_DETAILS]
            if b"-recipient:" in data.lower():
                return delivery_status.in_text(charsets.decode(data)[0])
    return []


# --- whether a home-made one is a report ----------------------------------------------------


def _is_passed_on(mail: _Mail) -> bool:
    """Whether somebody answers a report or passes it on, as people do."""
    return (
        bounce_words.PASSED_ON.match(mail.subject) is not None
        and not mail.is_null
        and not mail.is_daemon
        and not (mail.is_office and bounce_words.OPENER.search(mail.head[:BEGINNING]))
    )


def _is_machine(mail: _Mail) -> bool:
    """Whether a machine may have sent it: a cheap look that most mail does not pass."""
    if mail.is_null or "auto-submitted" in mail.fields or "x-failed-recipients" in mail.fields:
        return True
    return mail.is_daemon or mail.is_office or mail.is_no_reply


def _says_success(mail: _Mail) -> bool:
    if bounce_words.SUCCESS_SUBJECT.search(mail.subject):
        return True
    if not bounce_words.SUBJECT.search(mail.subject):
        return False
    head = mail.head[:BEGINNING]
    return bounce_words.SUCCESS_TEXT.search(head) is not None and "fail" not in head


def _is_home_made(mail: _Mail, kind_said: str) -> bool:
    if _is_passed_on(mail):
        return False
    if "x-failed-recipients" in mail.fields:
        return True
    subject = bounce_words.SUBJECT.search(mail.subject)
    if mail.is_daemon or kind_said == "delivery-status":
        return subject is not None or _says_failure(mail) or mail.names_somebody
    opens = bounce_words.OPENER.search(mail.head[:BEGINNING]) is not None
    if not mail.is_office:
        is_list = "list-id" in mail.fields or "list-unsubscribe" in mail.fields
        if subject is None or subject.start() > 12 or is_list:
            return False
        return (opens or _says_failure(mail)) and mail.names_somebody
    if mail.is_null or "return-path" not in mail.fields:
        by_code = bounce_words.CODE.search(mail.head) is not None and mail.names_somebody
        return subject is not None or opens or by_code
    return opens and mail.names_somebody


def _says_failure(mail: _Mail) -> bool:
    return bounce_words.FAILURE.search(mail.head) is not None


# --- what a home-made one says --------------------------------------------------------------


def _named(mail: _Mail) -> tuple[str, ...]:
    said = bounce_text.report_part(mail.text)
    returned = bounce_text.returned_to(mail.attached, mail.text, said)
    return bounce_text.recipients(said, mail.ours, mail.fields.get("subject", ""), returned)


def _kind(mail: _Mail) -> BounceKind:
    head = mail.subject + "\n" + bounce_text.report_part(mail.text)[:6000].lower()
    if bounce_words.FULL.search(head) or bounce_words.ONLY_WARNS.search(head):
        return "soft"
    is_final = bounce_words.FINAL.search(head)
    if bounce_words.DELAY.search(head) and not is_final:
        return "soft"
    codes = bounce_words.TEMPORARY.search(head)
    is_refused = re.search(r"(?<![\w.])5(?:\.\d{1,3}\.\d{1,3}|[05]\d)(?![\w.])|#5\.\d", head)
    return "soft" if codes and not is_refused else "hard"


def _reason(mail: _Mail) -> str:
    """The line that gives the reply of a server, or the first that speaks of a failure."""
    said = bounce_text.report_part(mail.text)[:6000]
    found = _REPLY.search(said)
    if found:
        return _line(said, found.start())
    found = bounce_words.FAILURE.search(said.lower())
    return _line(said, said.rfind("\n", 0, found.start()) + 1) if found else ""


def _line(text: str, start: int) -> str:
    return " ".join(text[start:].split("\n", 1)[0].split())[:MAX_REASON]


def _returned_id(
    reports: tuple[Message, ...], attached: tuple[Message, ...], text: str
) -> str | None:
    for message in attached:
        found = headers.message_id(message.get("message-id"))
        if found:
            return found
    for part in reports:
        if mime.content_type(part).endswith("rfc822-headers"):
            match = _TEXT_ID.search(charsets.decode(mime.data(part))[0][: addresses_in.LIMIT])
            if match:
                return match[1]
    match = _TEXT_ID.search(text[: addresses_in.LIMIT])
    return match[1] if match else None
