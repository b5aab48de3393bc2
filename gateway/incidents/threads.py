"""Which ticket a message belongs to: by what it answers or by the ticket's token, never by subject.

A Message-ID of anything on the ticket joins, ours and others'; so does the token that stands
in the addresses and the ids of our letters, which nobody can guess. The subject joins nothing.
"""

import re
from collections.abc import Iterable

from sqlmodel import Session

from gateway.model import Message
from gateway.store.database import insert_into
from gateway.store.tables import ThreadRow

MAX_ANCESTORS = 100
_TOKEN_IN_ADDRESS = re.compile(r"\+([a-z2-7]{16})@", re.IGNORECASE)
_TOKEN_IN_ID = re.compile(r"^TG-\d+\.([a-z2-7]{16})\.", re.IGNORECASE)


def ancestors(message: Message) -> list[str]:
    """The ids of what this message answers, the nearest first, at most MAX_ANCESTORS."""
    near = [message.in_reply_to] if message.in_reply_to else []
    found = dict.fromkeys([*near, *reversed(message.references)])
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


def remember(session: Session, ticket_id: int, ids: Iterable[str]) -> None:
    """Note that these Message-IDs belong to the ticket; an id that has a ticket keeps it."""
    rows = [{"message_id": id_, "ticket_id": ticket_id} for id_ in dict.fromkeys(ids) if id_]
    if not rows:
        return
    session.execute(insert_into(session, ThreadRow).on_conflict_do_nothing(), rows)
