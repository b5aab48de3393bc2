"""What a message counts for: one person's trouble with services, or nothing.

A tally tells its own number and a machine is nobody; of a form's mail it counts who filled it in.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime

from classifiers import Reading
from gateway.incidents import tickets
from gateway.incidents.answering import is_person
from gateway.incidents.spike_counts import Report
from gateway.model import Message
from gateway.reading.structure.addresses_in import find


def report_of(
    message_id: int, message: Message, reading: Reading, at: datetime, sources: Collection[str]
) -> Report | None:
    """What a message counts for; None where it is no single person's trouble."""
    is_single = reading.people is None or reading.people <= 1  # a tally is told by its own number
    if (
        reading.source not in sources
        or reading.event not in tickets.TROUBLE
        or not reading.services
        or not is_single
        or not is_person(message)
    ):
        return None
    who = _writer(message, is_form=reading.written_by == "form") or f"message {message_id}"
    key = hashlib.sha256(who.encode("utf-8", "replace")).hexdigest()[:20]
    return Report(message_id, at, key, tuple(reading.services), reading.hampered)


def _writer(message: Message, *, is_form: bool) -> str:
    """Whose trouble it is; "" where a form does not tell, and each of its mails counts."""
    sender = message.sender.address if message.sender else ""
    if not is_form:
        return _mailbox(sender)
    if message.reply_to is not None and message.reply_to.address.lower() != sender.lower():
        return _mailbox(message.reply_to.address)
    ours = {sender.lower(), *(one.address.lower() for one in message.to)}
    named = (one.address for one in find(message.text) if one.address.lower() not in ours)
    return _mailbox(next(named, ""))


def _mailbox(address: str) -> str:
    """The address without a tag: somebody who writes from several of them is one person."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
