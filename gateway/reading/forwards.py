"""The message that somebody passed on: inline (Outlook, Gmail, Apple, Thunderbird) or attached.

An inline header block is a forward where its separator says so, where the subject does, or where
nothing makes the message a reply. The outermost forwarded message is taken, with all of its text.
"""

import re
from email.message import Message

from gateway.model import Address, Forwarded
from gateway.reading import body, dates, headers, mime, quoting

MAX_DEPTH = 4
MAX_INNER = 10
MAX_TEXT = 100_000

_ON_BEHALF = re.compile(r"\s(?:on behalf of|im auftrag von)\s.*$", re.I)
_ANSWER = re.compile(r"\bre:", re.I)
_MAILTO = re.compile(r"\[mailto:([^\]\s]{3,320})\]|<mailto:([^>\s]{3,320})>", re.I)


def inline(text: str, subject: str, *, is_reply: bool, offset: int | None) -> Forwarded | None:
    """The message forwarded inside `text`, or None.

    `is_reply` says that the message answers another (References, "Re:"); `offset` is the minutes
    east of UTC of the forwarder's clock, in which Outlook writes the date.
    """
    lines = text.split("\n")
    block = quoting.find_header_block(lines)
    if block is None:  # Apple Mail and others mark a forward like a quotation
        if ">" not in text:
            return None
        block = quoting.find_header_block(lines, quoted=True)
        if block is None or not (block.forward or quoting.is_forward_subject(subject)):
            return None
    elif not (block.forward or quoting.is_forward_subject(subject)) and (
        is_reply or quoting.is_reply_subject(subject) or _ANSWER.search(subject)
    ):
        return None
    if not block.fields:
        return None
    rest = lines[block.body :]
    marked = [line for line in rest if line.strip()]
    if marked and all(quoting.is_quote(line) for line in marked[:20]):
        rest = [re.sub(r"^\s{0,3}> ?", "", line) for line in rest]
    return Forwarded(
        sender=sender_of(block.fields.get("from", "")),
        subject=block.fields.get("subject", "").strip("* "),
        date=dates.parse(block.fields.get("sent") or block.fields.get("date") or "", offset),
        text="\n".join(rest).strip(),
    )


def attached(message: Message, depth: int = 0) -> Forwarded:
    """The forwarded message that is attached as `message`, and what is attached to it in turn."""
    parsed = mime.of(message)
    content = body.read(parsed)
    inner = content.attached[:MAX_INNER] if depth < MAX_DEPTH else ()
    texts = [content.text, *(as_text(attached(one, depth + 1)) for one in inner)]
    return Forwarded(
        sender=headers.sender(parsed)[0],
        subject=headers.subject(parsed),
        date=headers.date(parsed),
        text="\n\n".join(text for text in texts if text)[:MAX_TEXT],
    )


def as_text(forwarded: Forwarded) -> str:
    """An attached message written out below the text that it came with."""
    sender = forwarded.sender
    shown = f"{sender.name} <{sender.address}>".strip() if sender else ""
    lines = ["---------- Forwarded message ----------", f"From: {shown}"]
    if forwarded.date:
        lines.append(f"Date: {forwarded.date:%a, %d %b %Y %H:%M:%S %z}")
    return "\n".join([*lines, f"Subject: {forwarded.subject}", "", forwarded.text])


def sender_of(value: str) -> Address | None:
    """Whom the value of a From line names."""
    mailto = _MAILTO.search(value)
    name = _MAILTO.sub("", value)
    if mailto:
        return Address((mailto[1] or mailto[2]).strip(), headers.display_name(name))
    found = headers.lenient_addresses(_ON_BEHALF.sub("", value))
    if found:
        return found[0]
    name = headers.display_name(_ON_BEHALF.sub("", name))
    return Address("", name) if name else None
