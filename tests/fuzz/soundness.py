"""What must hold of every reading, whatever the bytes."""

from collections.abc import Iterator

from gateway.model import Message
from gateway.reading import people_named, read, redact

MAX_TEXT = 400_000


class Unsound(AssertionError):
    """A reading that breaks a promise; says which."""


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """Every text of a message, with the name of its field."""
    yield from (("subject", message.subject), ("text", message.text), ("reply", message.reply_text))
    yield from (("html", message.html or ""), ("list", message.list_id or ""))
    yield from (("id", one or "") for one in (message.message_id, message.in_reply_to))
    for name in ("references", "attachments", "calendars", "defects", "failed_recipients"):
        yield from ((name, one) for one in getattr(message, name))
    for field, value in message.headers:
        yield from (("field name", field), ("field", value))
    for person in (message.sender, message.reply_to, *message.to, *message.cc):
        if person:
            yield from (("address", person.address), ("name", person.name))
    if message.forwarded:
        yield from (("forwarded", message.forwarded.subject), ("forwarded", message.forwarded.text))


def check(raw: bytes) -> Message:
    """Read `raw`; raises Unsound where a promise is broken, and what the reader itself raises."""
    message = read(raw)
    if message.error is not None:
        raise Unsound(message.error)
    failed = [one for one in message.defects if "could not be read" in one]
    if failed:
        raise Unsound(failed[0])
    for where, text in texts(message):
        if "\0" in text:
            raise Unsound(f"NUL in {where}")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Unsound(f"lone surrogate in {where}") from error
        if len(text) > MAX_TEXT and where != "html":
            raise Unsound(f"{where} of {len(text)} characters")
    redact(message.text, people_named(message)).encode()
    return message
