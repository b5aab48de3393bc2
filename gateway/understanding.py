"""From bytes to meaning: one message read, classified and made ready to be shown or filed.

Pure, so that it can run in a process of its own and be repeated at will.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import classifiers
from classifiers import Classifier, Document, Reading, Window
from gateway import reading as reader
from gateway.errors import ConfigError
from gateway.model import Address, Claim, Forwarded, Message, Trust

if TYPE_CHECKING:
    from gateway.config import Settings

# Reading asks nobody: a sender is checked when the message comes in.
NOT_ASKED = Trust(why="reading a message asks nobody")


@dataclass(frozen=True, slots=True)
class Understood:
    """A message and what it means."""

    message: Message
    reading: Reading
    published: frozenset[str] = frozenset()  # what the organization publishes of itself

    @property
    def redacted(self) -> dict[str, str]:
        """Subject and text with every personal identifier masked: what may leave the house."""
        return reader.redacted(self.message, self.published)


class Understanding:
    """Reads and classifies with the data in `data`, and `overlay` over it.

    With a `model` that folder's model is in the place of theirs.
    """

    def __init__(
        self, data: Path, overlay: Path | None, zone: str, model: Path | None = None
    ) -> None:
        self.classifier: Classifier = classifiers.load(data, overlay, zone, model)
        self._published = classifiers.load_published(data, overlay)

    def read(self, raw: bytes) -> Understood:
        """Understand one message. Never raises on any bytes."""
        return replace(understand(raw, self.classifier), published=self._published)


def understanding(settings: "Settings") -> Understanding:
    """What `triage read` needs: no store, no network. Raises ConfigError for unsound data."""
    from gateway.config import shipped  # noqa: PLC0415  # reader processes need no configuration

    try:
        return Understanding(shipped("data"), settings.data, settings.zone)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def understand(raw: bytes, classifier: Classifier) -> Understood:
    """Read and classify one message. Never raises on any bytes."""
    message = reader.read(raw)
    reading = classifier.read(document_of(message))
    message = _as_answered(message, reading)
    if _is_unread(message, reading):
        reading = replace(reading, needs_review=True, doubts=(UNREAD, *reading.doubts))
    return Understood(message, reading)


# A doubt that letters know as well, so that its sender may say it again.
UNREAD = "It is encrypted, or holds only pictures or files."
# What people write is of these sources too; of the others, machines write in forms of their own.
_PEOPLE = {"other", "stakeholder"}
_SURE = 0.5
_CERTAIN = 0.7


def _as_answered(message: Message, reading: Reading) -> Message:
    """`message` as automatic where its form, and no header, says that a machine wrote it.

    What was learned is believed only of mail in a form it has learned: to take a person for a
    machine costs more than the other way round, since caps and the firewall against loops bound
    that. And as not automatic where a form passes on what a person wrote into it: its sender is
    an address that nobody reads, but somebody waits for an answer.
    """
    answers = _answers_another(message)
    has_a_form = reading.source not in _PEOPLE or _is_mass_mail(message, reading)
    has_a_form = has_a_form and reading.confidence.get("source", 0.0) >= _SURE
    if (
        reading.written_by == "machine"
        and has_a_form
        and not (answers or message.is_auto or message.is_bulk or message.is_bounce)
    ):
        return replace(message, is_auto=True, auto_kind="notification")
    if reading.written_by == "form" and message.auto_kind == "notification":
        return replace(message, is_auto=False, auto_kind=None)
    return message


def _is_unread(message: Message, reading: Reading) -> bool:
    """Whether somebody says something that no program can read: a person has to look at it.

    What is encrypted is that always; where files are all there is, the subject may tell enough.
    """
    if message.is_auto or message.is_bulk or message.is_bounce:
        return False
    only_files = bool(message.attachments) and not message.text and reading.event == "noise"
    return only_files or reader.ENCRYPTED in message.defects


def _is_mass_mail(message: Message, reading: Reading) -> bool:
    """Whether it is surely noise in no known form: marketing, phishing."""
    is_noise = reading.event == "noise" and reading.confidence.get("event", 0.0) >= _CERTAIN
    return is_noise and reading.source == "other" and bool(message.text)


def _answers_another(message: Message) -> bool:
    """Whether a message answers one that was written elsewhere; machines thread their own mail."""
    before = [one for one in (message.in_reply_to, *message.references) if one]
    own = _host(message.message_id or "")
    return any(_host(one) != own for one in before)


def _host(message_id: str) -> str:
    return message_id.strip("<> ").rpartition("@")[2].lower()


def document_of(message: Message) -> Document:
    """What the classifier is given of a message."""
    forwarded = message.forwarded
    return Document(
        subject=message.topic,
        text=message.text,
        reply_text=message.reply_text,
        forwarded_text=forwarded.text if forwarded else "",
        forwarded_date=forwarded.date if forwarded else None,
        headers=message.headers,
        from_address=message.sender.address if message.sender else "",
        from_name=message.sender.name if message.sender else "",
        to=tuple(address.address for address in (*message.to, *message.cc)),
        list_id=message.list_id,
        is_auto=message.is_auto,
        is_bulk=message.is_bulk,
        is_bounce=message.is_bounce,
        auto_kind=message.auto_kind,
        date=message.date,
        language=message.language,
        calendars=message.calendars,
        html=message.html,
    )


def stamp(moment: datetime | None) -> str | None:
    """UTC, ISO 8601, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def windows_as_json(reading: Reading) -> list[dict[str, str | None]]:
    """The windows of a reading, in UTC."""
    return [{"start": stamp(one.start), "end": stamp(one.end)} for one in reading.windows]


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """A reading as plain data, in the terms of the command line's JSON."""
    return {
        "source": reading.source,
        "written_by": reading.written_by,
        "event": reading.event,
        "services": list(reading.services),
        "reach": reading.reach,
        "people": reading.people,
        "hampered": reading.hampered,
        "severity": reading.severity,
        "windows": windows_as_json(reading),
        "window_status": reading.window_status,
        "needs_review": reading.needs_review,
        "doubts": list(reading.doubts),
        "confidence": {label: round(value, 3) for label, value in reading.confidence.items()},
        "evidence": _evidence(reading),
    }


def reading_from_json(data: Mapping[str, Any]) -> Reading:
    """A reading as it was kept, without its evidence."""
    windows = [
        Window(_moment(one["start"]), _moment(one["end"]) if one.get("end") else None)
        for one in data.get("windows", ())
        if one.get("start")
    ]
    return Reading(
        source=data["source"],
        written_by=data.get("written_by", "person"),
        event=data["event"],
        services=tuple(data["services"]),
        reach=data["reach"],
        people=data["people"],
        hampered=data["hampered"],
        severity=data["severity"],
        windows=tuple(windows),
        window_status=data.get("window_status"),
        needs_review=data["needs_review"],
        doubts=tuple(data.get("doubts", ())),
        confidence=data.get("confidence", {}),
    )


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def trust_as_json(trust: Trust) -> dict[str, Any]:
    """Whom to believe, as plain data."""
    return {
        "verdict": trust.verdict,
        "why": trust.why,
        "by": trust.by,
        "domain": trust.domain,
        "claims": [
            {"what": claim.what, "value": claim.value, "method": claim.method,
             "result": claim.result, "aligned": claim.aligned, "why": claim.why}
            for claim in trust.claims
        ],
    }  # fmt: skip


def trust_from_json(found: Mapping[str, Any]) -> Trust:
    """The same, back."""
    names = ("what", "value", "method", "result", "aligned", "why")
    claims = tuple(Claim(*(claim[name] for name in names)) for claim in found["claims"])
    return Trust(found["verdict"], found["why"], found["by"], found["domain"], claims)


def _evidence(reading: Reading) -> Mapping[str, list[dict[str, Any]]]:
    return {
        label: [
            {"start": e.start, "end": e.end, "text": e.text, "why": e.why}
            | ({"field": e.field} if e.field != "text" else {})
            for e in found
        ]
        for label, found in reading.evidence.items()
    }


def as_json(path: str, understood: Understood) -> dict[str, Any]:
    """One line of `triage read --json`."""
    message = understood.message
    forwarded = message.forwarded
    return {
        "path": path,
        "error": message.error,
        "raw_sha256": message.raw_sha256,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "subject": message.subject,
        "from": _bare(message.sender),
        "from_name": message.sender.name if message.sender else "",
        "reply_to": _bare(message.reply_to),
        "to": [address.address for address in message.to],
        "cc": [address.address for address in message.cc],
        "date": stamp(message.date),
        "text": message.text,
        "reply_text": message.reply_text,
        "forwarded": forwarded and _forwarded_as_json(forwarded),
        "digest": [_forwarded_as_json(one) for one in message.digest],
        "attachments": list(message.attachments),
        "is_auto": message.is_auto,
        "is_bulk": message.is_bulk,
        "is_bounce": message.is_bounce,
        "auto_kind": message.auto_kind,
        "failed_recipients": list(message.failed_recipients),
        "bounce_kind": message.bounce_kind,
        "list_id": message.list_id,
        "list_notice": _list_notice(message),
        "defects": list(message.defects),
        **reading_as_json(understood.reading),
        "trust": trust_as_json(NOT_ASKED),
        "redacted": understood.redacted,
    }


def _forwarded_as_json(forwarded: Forwarded) -> dict[str, Any]:
    return {
        "from": _bare(forwarded.sender),
        "subject": forwarded.subject,
        "date": stamp(forwarded.date),
        "text": forwarded.text,
    }


def _list_notice(message: Message) -> dict[str, str] | None:
    """What a list manager asks or tells, and how a subscription would be confirmed."""
    found = message.list_notice
    if found is None:
        return None
    return {
        "kind": found.kind,
        "list": found.list,
        "system": found.system,
        "mail_to": found.mail_to,
        "link": found.link,
    }


def unreadable(path: str, error: str, raw: bytes | None) -> dict[str, Any]:
    """The line of `triage read --json` for a path without a message; `raw` is what it holds."""
    digest = "" if raw is None else hashlib.sha256(raw).hexdigest()
    nothing = Understood(Message(raw_sha256=digest, error=error), Reading())
    return as_json(path, nothing)


def _bare(address: Address | None) -> str | None:
    return address.address if address else None
