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
from itertools import pairwise

from gateway.model import BounceKind
from gateway.reading.bounces import bounce_signs, bounce_text, bounce_words, delivery_status
from gateway.reading.bounces.bounce_signs import Suspect
from gateway.reading.structure import addresses_in, charsets, headers, mime

MAX_DETAILS = 20_000
MAX_REASON = 300
_REPLY = re.compile(r"(?<![\w.])(?:[45]\d\d[ -](?!days?|hours?)\S|[45]\.\d{1,3}\.\d{1,3}\b)", re.I)
_TEXT_ID = re.compile(r"^\s{0,4}message-id:\s{0,4}<([^<>\s]{3,300})>", re.I | re.M)
_BOUNCED_LIST = re.compile(r'"bouncedRecipients\\?"\s?:\s?\[([^\[\]]{1,20000}+)\]')
_BOUNCED = re.compile(r'"emailAddress\\?"\s?:\s?\\?"([^"\\\s]{3,320}@[^"\\\s]{1,255})')
_BOUNCED_FOR_GOOD = re.compile(r'"bounceType\\?"\s?:\s?\\?"Permanent')
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
    mail = Suspect(parsed, fields, text, attached)
    kind_said = ""
    if "report" in fields.get("content-type", "").lower():
        kind_said = (mime.parameter(parsed.message, "report-type") or "").lower()
    groups = delivery_status.groups(reports)
    if groups and _is_sent_by_machine(mail):
        return _by_groups(mail, groups, reports)
    if kind_said and kind_said != "delivery-status":
        return _by_delivery_agent(mail, reports) if "disposition" in kind_said else None
    if not (kind_said or bounce_signs.is_machine(mail)):
        return None
    if bounce_signs.says_success(mail, kind_said):
        return Report(None, (), returned_id(reports, attached, text))
    groups = delivery_status.in_text(text[: addresses_in.LIMIT]) or _in_details(parsed.message)
    if groups and not bounce_signs.is_passed_on(mail):
        return _by_groups(mail, groups, reports)
    if '"bouncedRecipients' in text:
        return _by_notice(mail)
    if not bounce_signs.is_home_made(mail, kind_said):
        return None
    told = [addresses_in.every(field) for field in parsed.every("x-failed-recipients")]
    failed = bounce_text.unique(one for each in told for one in each) or _named(mail)
    returned = returned_id(reports, attached, text)
    return Report(_worst(mail, failed), failed, returned, _reason(mail))


def _is_sent_by_machine(mail: Suspect) -> bool:
    """Whether a report with delivery status fields came as one, and not in a person's mail."""
    if bounce_signs.is_passed_on(mail):
        return False
    if mime.content_type(mail.parsed.message) == "multipart/report":
        return True
    return bounce_signs.is_machine(mail) or bool(bounce_words.SUBJECT.search(mail.subject))


# --- by delivery status fields ------------------------------------------------------------


def _by_groups(
    mail: Suspect, groups: list[delivery_status.Group], reports: tuple[Message, ...]
) -> Report:
    kinds = {group.kind for group in groups}
    kind: BounceKind | None = "hard" if "hard" in kinds else "soft" if "soft" in kinds else None
    returned = returned_id(reports, mail.attached, mail.text)
    if kind is None:
        return Report(None, (), returned)
    lost = [group for group in groups if group.kind]
    if len(lost) == 1 and "diagnostic-code" not in lost[0].fields and kind == "hard":
        kind = "soft" if bounce_words.FULL.search(mail.head[:2000]) else kind
    failed = bounce_text.unique(found for group in lost if (found := group.recipient()))
    is_address = any("@" in one for one in failed)
    named = () if is_address else _named(mail)
    reason = next((said for group in lost if (said := group.reason)), "") or _reason(mail)
    return Report(kind, named or failed, returned, reason)


def _by_delivery_agent(mail: Suspect, reports: tuple[Message, ...]) -> Report | None:
    """A delivery agent's refusal in the form of a receipt, as Dovecot and Sieve write it."""
    if not _DELIVERY_AGENT.search(mail.head[:500]):
        return None
    for part in reports:
        fields = delivery_status.fields_of(part)
        disposition = fields.get("disposition", "").lower()
        if "automatic-action" in disposition and "displayed" not in disposition:
            failed = delivery_status.Group(fields).recipient()
            returned = returned_id(reports, mail.attached, mail.text)
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


def _by_notice(mail: Suspect) -> Report | None:
    """A sending service's notice in JSON, as Amazon SES mails it, quotes escaped or not."""
    listed = _BOUNCED_LIST.search(mail.text)
    if listed is None:
        return None
    failed = bounce_text.unique(map(addresses_in.bare, _BOUNCED.findall(listed[1])))
    kind: BounceKind = "hard" if _BOUNCED_FOR_GOOD.search(mail.text) else "soft"
    return Report(kind, failed)


# --- what a home-made one says --------------------------------------------------------------


def _named(mail: Suspect) -> tuple[str, ...]:
    returned = bounce_text.returned_to(mail.attached, mail.text, mail.said)
    subject = mail.fields.get("subject", "")
    return bounce_text.recipients(mail.said, mail.ours, subject, returned, mail.host)


def _worst(mail: Suspect, failed: tuple[str, ...]) -> BounceKind:
    """Hard where the report says so of one of several, each by the words that follow it."""
    if len(failed) > 1:
        said = mail.said.lower()
        places = sorted(at for one in failed if (at := said.find(one.lower())) >= 0)
        pieces = [said[at:end] for at, end in pairwise([*places, len(said)])]
        kinds = {kind for piece in pieces if (kind := _kind_of(piece)) is not None}
        if kinds:
            return "hard" if "hard" in kinds else "soft"
    return _kind(mail)


def _kind(mail: Suspect) -> BounceKind:
    said = mail.said[:6000].lower()
    return _kind_of(f"{mail.subject}\n{said}") or "hard"


def _kind_of(said: str) -> BounceKind | None:
    """What a text in lower case says; None where it says nothing of it."""
    if bounce_words.FULL.search(said) or bounce_words.ONLY_WARNS.search(said):
        return "soft"
    is_final = bounce_words.FINAL.search(said)
    if bounce_words.DELAY.search(said) and not is_final:
        return "soft"
    if bounce_words.TEMPORARY.search(said):
        return "hard" if bounce_words.REFUSED.search(said) else "soft"
    return "hard" if is_final else None


def _reason(mail: Suspect) -> str:
    """The line that gives the reply of a server, or the first that speaks of a failure."""
    said = mail.said[:6000]
    found = _REPLY.search(said)
    if found:
        return _line(said, found.start())
    found = bounce_words.FAILURE.search(said.lower())
    return _line(said, said.rfind("\n", 0, found.start()) + 1) if found else ""


def _line(text: str, start: int) -> str:
    return " ".join(text[start:].split("\n", 1)[0].split())[:MAX_REASON]


def returned_id(
    reports: tuple[Message, ...], attached: tuple[Message, ...], text: str
) -> str | None:
    """The Message-ID of what a report tells of."""
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
