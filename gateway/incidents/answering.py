"""Who gets an acknowledgement: an ordered list of rules, the first that objects decides.

A rule looks at one thing and returns why no letter may go out, or None. Automatic, bulk and
list mail, bounces and the null sender are never answered (RFC 3834 section 2); a stranger whose
address is not verified is not answered unless the configuration says so, since a forged
address would make us the sender of unwanted mail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.model import Address, Message, belongs_to

ACKNOWLEDGEMENT = "acknowledgement"  # with ticket and address the key of a letter: one each, ever
NOT_VERIFIED = "its sender is not verified"
NOT_KNOWN = "its sender could not be checked, since the DNS did not answer"

AnswerTo = Literal["from", "reply_to", "never"]


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at."""

    message: Message
    envelope_sender: str | None
    verified: bool
    policy: Literal["verified", "anyone", "nobody"]
    source_answers: AnswerTo
    own_addresses: Sequence[str]
    recipient: Address | None
    reachable: bool
    is_unknown: bool = False  # whether it is verified: nobody could say


_MACHINES = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply")
Rule = Callable[[Case], str | None]


def _nobody(case: Case) -> str | None:
    return "answers are switched off" if case.policy == "nobody" else None


def _null_sender(case: Case) -> str | None:
    return "its envelope sender is empty" if case.envelope_sender == "" else None


def _bounce(case: Case) -> str | None:
    return "it is a bounce" if case.message.is_bounce else None


def _automatic(case: Case) -> str | None:
    return "a machine sent it" if case.message.is_auto else None


def _bulk(case: Case) -> str | None:
    return "it is list or bulk mail" if case.message.is_bulk or case.message.list_id else None


def _source(case: Case) -> str | None:
    return "mail of this source is never answered" if case.source_answers == "never" else None


def _no_address(case: Case) -> str | None:
    if case.recipient is None or not case.recipient.address:
        return "it has no address to answer to"
    return None if case.reachable else "no mail can be sent to its address"


def _ourselves(case: Case) -> str | None:
    if case.recipient is None:
        return None
    is_ours = any(belongs_to(case.recipient.address, own) for own in case.own_addresses)
    return "it comes from one of our own addresses" if is_ours else None


def is_read(address: str) -> bool:
    """Whether somebody may read what is sent to that address."""
    local, at, _ = address.lower().rpartition("@")
    return bool(at) and not local.startswith(_MACHINES)


def _machine_address(case: Case) -> str | None:
    if case.recipient is None:
        return None
    return None if is_read(case.recipient.address) else "nobody reads that address"


def _stranger(case: Case) -> str | None:
    if case.policy == "verified" and not case.verified:
        return NOT_KNOWN if case.is_unknown else NOT_VERIFIED
    return None


RULES: tuple[Rule, ...] = (
    _nobody, _null_sender, _bounce, _automatic, _bulk, _source, _no_address, _ourselves,
    _machine_address, _stranger,
)  # fmt: skip


def recipient_of(message: Message, source_answers: AnswerTo) -> Address | None:
    """Where an answer would go: the writer, or for a form the person who filled it in."""
    if source_answers == "reply_to" and message.reply_to is not None:
        return message.reply_to
    return message.sender


def is_person(message: Message) -> bool:
    """Whether somebody wrote it, to us."""
    return not (message.is_auto or message.is_bulk or message.is_bounce or message.list_id)


def objection(case: Case) -> str | None:
    """Why this message gets no letter; None if it may have one."""
    return next((why for rule in RULES if (why := rule(case)) is not None), None)
