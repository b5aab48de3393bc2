"""Raw bytes to a `Message`: puts together what the other modules of this room read.

Each part of the reading is guarded on its own, so that one that fails costs its field and leaves
a defect, never the message. Nothing here raises; a message of which nothing could be read keeps
its SHA-256 and says why in `error`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from gateway.model import Address, Forwarded, Message
from gateway.reading.automatic import automatic
from gateway.reading.bounces import bounces
from gateway.reading.lists import list_notices, lists
from gateway.reading.quoted import digests, forwards, quoting, replies
from gateway.reading.structure import charsets, headers, mime
from gateway.reading.text import body, language

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
        no_ids: tuple[str, ...] = ()
        nobody: tuple[Address, ...] = ()
        sender, said_by = guarded("sender", lambda: headers.sender(parsed), no_one)
        if said_by not in {"from", ""}:
            self.defects.append(f"no usable From: taken from {said_by}")
        content = guarded("body", lambda: body.read(parsed), body.Body())
        self.defects += content.defects
        found: dict[str, Any] = {
            "message_id": guarded(
                "message id", lambda: headers.message_id(fields.get("message-id")), None
            ),
            "in_reply_to": guarded(
                "reply", lambda: headers.answered_id(fields.get("in-reply-to")), None
            ),
            "references": guarded(
                "references",
                lambda: headers.message_ids(" ".join(parsed.every("references")[:20])),
                no_ids,
            ),
            "subject": guarded("subject", lambda: headers.subject(parsed), ""),
            "sender": sender,
            "reply_to": guarded(
                "reply-to", lambda: next(iter(headers.addresses(parsed, "reply-to")), None), None
            ),
            "to": guarded("to", lambda: headers.addresses(parsed, "to"), nobody),
            "cc": guarded("cc", lambda: headers.addresses(parsed, "cc"), nobody),
            "date": guarded("date", lambda: headers.date(parsed), None),
            "text": content.text,
            "html": content.html,
            "attachments": content.attachments,
            "calendars": content.calendars,
            "list_id": guarded("list", lambda: lists.list_id(fields, all_fields), None),
            "headers": all_fields,
        }
        found |= self._kind(found, content, fields)
        if not found.get("is_bounce"):
            found |= self._forward(found, content)
        found |= self._reply(found)
        defects = tuple(dict.fromkeys(self.defects))[:50]
        message = Message(raw_sha256=self.digest, defects=defects, **found)
        if message.is_bounce or not list_notices.may_be_one(message.subject):
            return message
        return self._with_list_notice(message)

    def _kind(
        self, found: dict[str, Any], content: body.Body, fields: dict[str, str]
    ) -> dict[str, Any]:
        """What it says of bounces, machines and lists."""
        report = self.guarded(
            "delivery report",
            lambda: bounces.read(
                self.parsed, fields, found["text"], content.reports, content.attached
            ),
            None,
        )
        is_bulk = self.guarded("list", lambda: lists.is_bulk(fields, found["list_id"]), False)
        if report is not None:
            return {
                "is_auto": True,
                "is_bulk": is_bulk,
                "is_bounce": report.kind is not None,
                "auto_kind": "bounce" if report.kind else "receipt",
                "failed_recipients": report.failed if report.kind else (),
                "bounce_kind": report.kind,
                "bounce_reason": report.reason if report.kind else "",
                "returned_message_id": report.returned_message_id,
            }
        verdict = self.guarded(
            "automatic mail",
            lambda: automatic.verdict(
                self.parsed,
                fields,
                content,
                sender=found["sender"],
                reply_to=found["reply_to"],
                is_bulk=is_bulk,
            ),
            automatic.Verdict(is_bulk, is_bulk=is_bulk),
        )
        returned = None
        if verdict.kind == "feedback_loop":
            returned = self.guarded(
                "complaint",
                lambda: bounces.returned_id(content.reports, content.attached, found["text"]),
                None,
            )
        return {
            "is_auto": verdict.is_auto,
            "auto_kind": verdict.kind,
            "is_bulk": verdict.is_bulk,
            "returned_message_id": returned,
        }

    def _forward(self, found: dict[str, Any], content: body.Body) -> dict[str, Any]:
        """What was forwarded in it; attached messages become part of its text."""
        attached: list[Forwarded] = []
        if content.attached:
            attached = self.guarded(
                "attached message",
                lambda: [forwards.attached(one) for one in content.attached[:MAX_ATTACHED]],
                attached,
            )
        text = found["text"]
        whole = "\n\n".join(t for t in [text, *map(forwards.as_text, attached)] if t)
        found_text = {"text": whole[: body.MAX_TEXT]}
        offset = headers.offset_minutes(self.parsed.first("date"))
        is_reply = _is_reply(found)
        digest: tuple[Forwarded, ...] = self.guarded(
            "digest", lambda: self._digest(text, attached, is_reply, offset), ()
        )
        if digest:  # its sender is the list: nobody passed anything on
            return found_text | {"forwarded": None, "digest": digest}
        forwarded = self.guarded(
            "forward",
            lambda: forwards.inline(text, found["subject"], is_reply=is_reply, offset=offset),
            None,
        )
        if forwarded is None and attached:
            forwarded = attached[0]
        if forwarded is not None:
            forwarded = replace(forwarded, text=forwarded.text[:MAX_FORWARDED_TEXT])
        return found_text | {"forwarded": forwarded}

    def _digest(
        self, text: str, attached: list[Forwarded], is_reply: bool, offset: int | None
    ) -> tuple[Forwarded, ...]:
        """The messages of a list's digest."""
        if attached and digests.is_multipart(self.parsed.message):
            return tuple(attached)
        return () if is_reply else digests.split(text, offset)

    def _with_list_notice(self, message: Message) -> Message:
        """`message` with what a list manager says in it, who is a machine."""
        notice = self.guarded("list notice", lambda: list_notices.read(message), None)
        if notice is None:
            return message
        kind = message.auto_kind or "notification"
        return replace(message, list_notice=notice, is_auto=True, auto_kind=kind)

    def _reply(self, found: dict[str, Any]) -> dict[str, Any]:
        """What its sender newly wrote (of a digest, all of it), and in which language."""
        text, sender = found["text"], found["sender"]
        reply = text
        if not found.get("digest"):
            reply = self.guarded(
                "reply",
                lambda: replies.reply_text(
                    text,
                    _name_of(sender),
                    passed_on=found.get("forwarded") is not None,
                    answers=_is_reply(found),
                ),
                text,
            )
        code = self.guarded(
            "language", lambda: language.language(reply, found["subject"], text), "en"
        )
        return {"reply_text": reply, "language": code}


def _is_reply(found: dict[str, Any]) -> bool:
    return (
        found["in_reply_to"] is not None
        or bool(found["references"])
        or quoting.is_reply_subject(found["subject"])
    )


def _name_of(sender: Address | None) -> str:
    """The sender's name, or what the address tells of it: "jo.doe@..."."""
    if sender is None:
        return ""
    return sender.name or sender.address.partition("@")[0].replace(".", " ").replace("_", " ")
