"""The message that somebody passed on: inline (Outlook, Gmail, Apple, Thunderbird) or attached.

An inline header block is a forward where its separator says so, where the subject does, or where
nothing makes the message a reply. The outermost forwarded message that has words of its own is
taken, with all of its text.
"""

import re
from email.message import Message

from gateway.model import Address, Forwarded
from gateway.reading.quoted import attributions, footers, header_blocks, quoting
from gateway.reading.structure import dates, headers, mime
from gateway.reading.text import body

MAX_DEPTH = 4
MAX_INNER = 10
MAX_TEXT = 100_000

_LOOK_BACK = 200  # lines
_MARK = re.compile(r"^\s{0,3}> ?")
_PREFIX = re.compile(r"^[^:]{1,10}:")
_ADDRESS = re.compile(r"[^\s<>@()\[\]\"':,;]{1,64}@[^\s<>@()\[\]\"',;]{1,200}(?<![.:])")
_ON_BEHALF = re.compile(r"\s(?:on behalf of|im auftrag von)\s.*$", re.I)
_ANSWER = re.compile(r"\bre:", re.I)
_MAILTO = re.compile(r"\[mailto:([^\]\s]{3,320})\]|<mailto:([^>\s]{3,320})>", re.I)


def inline(text: str, subject: str, *, is_reply: bool, offset: int | None) -> Forwarded | None:
    """The message forwarded inside `text`, or None.

    `is_reply` says that the message answers another (References, "Re:"); `offset` is the minutes
    east of UTC of the forwarder's clock, in which Outlook writes the date.
    """
    lines = text.split("\n")
    passes_on = quoting.is_forward_subject(subject)
    block = header_blocks.find_header_block(lines)
    if block is None:  # Apple Mail and others mark a forward like a quotation
        if ">" not in text:
            return None
        block = header_blocks.find_header_block(lines, quoted=True)
        if block is None:
            return _attributed(lines, subject, offset) if passes_on else None
        if not passes_on and (is_reply or not block.forward):
            return None
    elif not passes_on:
        answers = is_reply or quoting.is_reply_subject(subject) or _ANSWER.search(subject)
        if answers and not (block.forward and _is_outermost(lines, block.start)):
            return None
    if not block.fields or not (passes_on or block.forward or {"subject", "to"} & {*block.fields}):
        return None
    return _first_with_words(lines, block, offset)


def _first_with_words(
    lines: list[str], block: header_blocks.HeaderBlock, offset: int | None
) -> Forwarded:
    """The message under `block`; where that only passes on another, that one."""
    for _ in range(MAX_DEPTH):
        text = _text(lines, block)
        inner_lines = text.split("\n")
        inner = header_blocks.find_header_block(inner_lines)
        above = inner_lines[: inner.start] if inner else []
        if inner is None or inner.is_weak or not inner.fields or any(map(_says_something, above)):
            break
        lines, block = inner_lines, inner
    return Forwarded(
        sender=sender_of(block.fields.get("from", "")),
        subject=block.fields.get("subject", "").strip("* "),
        date=dates.parse(block.fields.get("sent") or block.fields.get("date") or "", offset),
        text=_text(lines, block),
    )


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not footers.is_tail(line) and not header_blocks.is_rule(line)


def _text(lines: list[str], block: header_blocks.HeaderBlock) -> str:
    """The forwarded text below its header, without the marks where both are quoted."""
    end = header_blocks.forward_end(lines, block.body) if block.forward else None
    rest = lines[block.body : end - 1 if end else None]
    said = [line for line in rest if line.strip()]
    if quoting.is_quote(lines[block.body - 1]) or (said and all(map(quoting.is_quote, said[:20]))):
        return _without_marks(rest)
    return "\n".join(rest).strip()


def _without_marks(lines: list[str]) -> str:
    """The quoted lines that come first, their marks taken away."""
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if first < len(lines) and not quoting.is_quote(lines[first]):
        return "\n".join(lines).strip()
    end = next(
        (
            n
            for n in range(first, len(lines))
            if lines[n].strip() and not quoting.is_quote(lines[n])
        ),
        len(lines),
    )
    return "\n".join(_MARK.sub("", line) for line in lines[first:end]).strip()


def _is_outermost(lines: list[str], start: int) -> bool:
    """True where what is forwarded at `start` is not part of the mail that is answered."""
    unmarked = [False] * len(lines)
    return not any(
        attributions.end_of(lines, unmarked, number, answers=True)
        for number in range(max(0, start - _LOOK_BACK), start)
    )


def _attributed(lines: list[str], subject: str, offset: int | None) -> Forwarded | None:
    """What is forwarded as a quotation under "On ..., X wrote:"."""
    marked = [quoting.is_quote(line) for line in lines]
    for number in range(min(len(lines), _LOOK_BACK)):
        end = None if marked[number] else attributions.end_of(lines, marked, number, answers=True)
        if end is not None and attributions.marked_below(lines, marked, end):
            told = " ".join(lines[number:end])
            address = _ADDRESS.search(told)
            return Forwarded(
                sender=Address(address[0]) if address else None,
                subject=_PREFIX.sub("", subject).strip(),
                date=dates.parse(_ADDRESS.sub(" ", told), offset),
                text=_without_marks(lines[end:]),
            )
    return None


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
