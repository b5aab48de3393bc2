"""Raw bytes to a `Message`: puts together what the other modules of this room read.

Each part of the reading is guarded on its own, so that one that fails costs its field and leaves
a defect, never the message. Nothing here raises; a message of which nothing could be read keeps
its SHA-256 and says why in `error`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gateway.model import Address, Forwarded, Message
from gateway.reading import (
    automatic,
    body,
    bounces,
    charsets,
    forwards,
    headers,
    language,
    lists,
    mime,
    replies,
)

Value = TypeVar("Value")
MAX_FORWARDED_TEXT = 100_000
MAX_ATTACHED = 20


def read(raw: bytes) -> Message:
    """The message in `raw`. Never raises, whatever the bytes; bounded in time and size."""
    digest = hashlib.sha256(raw).hexdigest()
    try:
        return _Reading(raw, digest).message()
    except Exception as error:  # the promise of this room: bytes never stop the gateway
        saved = charsets.decode(raw[:100_000])[0]
        return Message(
            raw_sha256=digest, text=saved, error=f"could not be read: {type(error).__name__}"
        )


class _Reading:
    """One message on its way from bytes to `Message`."""

    def __init__(self, raw: bytes, digest: str) -> None:
        self.digest = digest
        self.defects: list[str] = []
        self.parsed = mime.parse(raw)
        self.defects += self.parsed.defects

    def guarded(self, what: str, read: Callable[[], Value], otherwise: Value) -> Value:
        """`read()`, or `otherwise` and a defect that names `what`."""
        try:
            return read()
        except Exception as error:  # one field must not cost the others
            self.defects.append(f"{what} could not be read ({type(error).__name__})")
            return otherwise

    def message(self) -> Message:
        parsed, guarded = self.parsed, self.guarded
        all_fields: tuple[tuple[str, str], ...] = guarded(
            "header", lambda: headers.decoded(parsed.fields, parsed.charset), ()
        )
        # Of a field that stands there twice the first counts, unless it says nothing.
        fields = {name.lower(): value for name, value in reversed(all_fields) if value}
        no_one: tuple[Address | None, str] = (None, "")
        sender, said_by = guarded("sender", lambda: headers.sender(parsed), no_one)
        if said_by not in {"from", ""}:
            self.defects.append(f"no usable From: taken from {said_by}")
        content = guarded("body", lambda: body.read(parsed), body.Body())
        self.defects += content.defects
        message = Message(
            raw_sha256=self.digest,
            message_id=guarded(
                "message id", lambda: headers.message_id(fields.get("message-id")), None
            ),
            in_reply_to=guarded(
                "reply", lambda: headers.answered_id(fields.get("in-reply-to")), None
            ),
            references=guarded(
                "references",
                lambda: headers.message_ids(" ".join(parsed.every("references")[:20])),
                (),
            ),
            subject=guarded("subject", lambda: headers.subject(parsed), ""),
            sender=sender,
            reply_to=guarded(
                "reply-to", lambda: next(iter(headers.addresses(parsed, "reply-to")), None), None
            ),
            to=guarded("to", lambda: headers.addresses(parsed, "to"), ()),
            cc=guarded("cc", lambda: headers.addresses(parsed, "cc"), ()),
            date=guarded("date", lambda: headers.date(parsed), None),
            text=content.text,
            html=content.html,
            attachments=content.attachments,
            calendars=content.calendars,
            list_id=guarded("list", lambda: lists.list_id(fields, all_fields), None),
            headers=all_fields,
        )
        message = self._classified(message, content, fields)
        if not message.is_bounce:
            message = self._with_forward(message, content)
        message = self._with_reply(message)
        return replace(message, defects=tuple(dict.fromkeys(self.defects))[:50])

    def _classified(self, message: Message, content: body.Body, fields: dict[str, str]) -> Message:
        """`message` with what it says of bounces, machines and lists."""
        report = self.guarded(
            "delivery report",
            lambda: bounces.read(
                self.parsed, fields, message.text, content.reports, content.attached
            ),
            None,
        )
        is_bulk = self.guarded("list", lambda: lists.is_bulk(fields, message.list_id), False)
        if report is not None:
            return replace(
                message,
                is_auto=True,
                is_bulk=is_bulk,
                is_bounce=report.kind is not None,
                auto_kind="bounce" if report.kind else "receipt",
                failed_recipients=report.failed if report.kind else (),
                bounce_kind=report.kind,
                returned_message_id=report.returned_message_id,
            )
        verdict = self.guarded(
            "automatic mail",
            lambda: automatic.verdict(
                self.parsed,
                fields,
                message.text,
                sender=message.sender,
                reply_to=message.reply_to,
                is_bulk=is_bulk,
            ),
            automatic.Verdict(is_bulk),
        )
        return replace(message, is_auto=verdict.is_auto, auto_kind=verdict.kind, is_bulk=is_bulk)

    def _with_forward(self, message: Message, content: body.Body) -> Message:
        """`message` with what was forwarded in it; attached messages become part of its text."""
        attached: list[Forwarded] = self.guarded(
            "attached message",
            lambda: [forwards.attached(one) for one in content.attached[:MAX_ATTACHED]],
            [],
        )
        offset = headers.offset_minutes(self.parsed.first("date"))
        is_reply = message.in_reply_to is not None or bool(message.references)
        forwarded = self.guarded(
            "forward",
            lambda: forwards.inline(
                message.text, message.subject, is_reply=is_reply, offset=offset
            ),
            None,
        )
        if forwarded is None and attached:
            forwarded = attached[0]
        if forwarded is not None:
            forwarded = replace(forwarded, text=forwarded.text[:MAX_FORWARDED_TEXT])
        text = "\n\n".join(t for t in [message.text, *map(forwards.as_text, attached)] if t)
        return replace(message, text=text[: body.MAX_TEXT], forwarded=forwarded)

    def _with_reply(self, message: Message) -> Message:
        name = message.sender.name if message.sender else ""
        reply = self.guarded(
            "reply",
            lambda: replies.reply_text(message.text, name, passed_on=message.forwarded is not None),
            message.text,
        )
        spoken = reply if len(reply) > 40 else message.text
        code = self.guarded("language", lambda: language.language(spoken), "en")
        return replace(message, reply_text=reply, language=code)
