"""What may leave the house for others to read: words whose identifiers are masked, or nothing.

The names to mask are those of whoever wrote a ticket's first message and those it names. Where
masking fails it raises Permanent: nothing is sent.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from gateway import reading as reader
from gateway.errors import Permanent
from gateway.model import Message
from gateway.store.tables import MessageRow, RawRow

MAX_TEXT, MAX_READ, MARGIN = 20_000, 100_000, 2_000
FAILED = "nothing was sent, since masking failed: report a bug"


def masked(
    raw: bytes, published: frozenset[str] = frozenset(), beside: str = ""
) -> tuple[str, str, str]:
    """Subject and text of a message, and a text `beside` it, without personal identifiers.

    Raises Permanent if that fails.
    """
    message = reader.read(raw)
    if message.error is not None:
        raise Permanent(f"nothing was sent, since the message {message.error}")
    try:
        names = (*reader.people_named(message), *_writers(message))
    except Exception as error:
        raise Permanent(FAILED) from error
    title = " ".join(_masked(message.subject, names, published).split()) or "(no subject)"
    text, told = (_masked(one, names, published) for one in (message.text, beside))
    return title[:200], text, told


def first_message(session: Session, ticket_id: int) -> bytes:
    """The message that opened the ticket; Permanent where there is none to mask its words by."""
    raw = session.exec(
        select(RawRow.content)
        .join(MessageRow, col(MessageRow.id) == col(RawRow.message_id))
        .where(MessageRow.ticket_id == ticket_id)
        .order_by(col(MessageRow.id))
        .limit(1)
    ).first()
    if raw is None:
        raise Permanent("nothing was sent, since the ticket has no message")
    return raw


def _writers(message: Message) -> Iterator[str]:
    """The names of those who wrote it: on a public board they are nobody's business."""
    forwarded = message.forwarded.sender if message.forwarded else None
    writers = (message.sender, message.reply_to) if message.auto_kind is None else ()
    for writer in (*writers, forwarded):
        if writer is not None and writer.name:
            yield writer.name.partition(" via ")[0]


def _masked(text: str, names: tuple[str, ...], published: frozenset[str]) -> str:
    """Masked, then cut: an identifier that is cut first would no longer be known for one."""
    found = reader.redact(text[:MAX_READ], names, published)
    if found == reader.WITHHELD and text.strip() != reader.WITHHELD:
        raise Permanent(FAILED)
    if len(text) > MAX_READ:
        found = found[:-MARGIN]
    return found if len(found) <= MAX_TEXT else found[:MAX_TEXT] + "\n[...]"
