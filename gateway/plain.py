"""Rows as plain data, in the terms of the command line's JSON."""

from typing import Any

from gateway.announcing import Difference, Line, Preview, Record
from gateway.incidents.tickets import TicketDetails, TicketSummary
from gateway.regrouping import Suggestion
from gateway.store.tables import (
    ApiTokenRow,
    ArrivalRow,
    ConsoleSessionRow,
    CorrectionRow,
    HandoffRow,
    LetterEventRow,
    LetterRow,
    ListNoticeRow,
    MessageRow,
    MirrorRow,
    NoticeRow,
    PostRow,
    SubscriptionRow,
    SuppressionRow,
    TimerRow,
    WindowMirrorRow,
)
from gateway.understanding import stamp


def ticket_as_json(summary: TicketSummary) -> dict[str, Any]:
    """One line of `triage tickets --json`."""
    row = summary.ticket
    return {
        "id": row.id,
        "ref": row.ref,
        "title": row.title,
        "state": row.state,
        "source": row.source,
        "event": row.event,
        "services": row.services,
        "severity": row.severity,
        "reach": row.reach,
        "people": row.people,
        "hampered": row.hampered,
        "needs_review": row.needs_review,
        "reporters": summary.reporters,
        "messages": summary.messages,
        "windows": row.windows,
        "window_status": row.window_status,
        "priority": row.priority,
        "disposition": row.disposition or None,
        "disposition_rule": row.disposition_rule or None,
        "disposition_why": row.disposition_why or None,
        "owner": row.owner or None,
        "pinned": sorted(row.pinned),
        "merged_into": f"TG-{row.merged_into}" if row.merged_into else None,
        "began_at": stamp(row.began_at),
        "last_at": stamp(row.last_at),
        "over_at": stamp(row.over_at),
        "suggestions": summary.suggestions,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }


def details_as_json(details: TicketDetails) -> dict[str, Any]:
    """`triage tickets show --json`: the summary, and under `..._list` all that is on the ticket."""
    return ticket_as_json(details.summary) | {
        "message_list": [
            message_as_json(row) | {"reading": row.read_as, "trust": row.trust}
            for row in details.messages
        ],
        "reporter_list": [
            {"address": row.address, "name": row.name, "answerable": row.answerable}
            for row in details.reporters
        ],
        "history": [
            {"at": stamp(row.at), "who": row.who, "what": row.what, "why": row.why,
             "facts": row.facts}
            for row in details.history
        ],
        "letters": [letter_as_json(row) for row in details.letters],
        "notices": [notice_as_json(row) for row in details.notices],
        "accounts": [
            {"who": row.who, "message_id": row.message_id, "at": stamp(row.at),
             "event": row.event, "reach": row.reach, "people": row.people,
             "hampered": row.hampered, "is_person": row.is_person, "is_over": row.is_over}
            for row in details.accounts
        ],
        "suggestion_list": [
            {"ticket": f"TG-{row.ticket_id}", "other": f"TG-{row.other_id}", "score": row.score,
             "reasons": row.reasons, "state": row.state}
            for row in details.suggestions
        ],
        "handoffs": [handoff_as_json(row) for row in details.handoffs],
    }  # fmt: skip


def handoff_as_json(row: HandoffRow) -> dict[str, Any]:
    """`triage tickets handoff --json`."""
    return {
        "id": row.id,
        "ticket": f"TG-{row.ticket_id}",
        "team": row.team,
        "addresses": row.addresses,
        "asked": row.addresses[row.step],
        "state": row.state,
        "by": row.who,
        "why": row.why,
        "at": stamp(row.at),
        "answered_at": stamp(row.answered_at),
        "answered_by": row.answered_by,
    }


def suggestion_as_json(one: Suggestion) -> dict[str, Any]:
    """One line of `triage suggestions list --json`."""
    return {
        "ticket": one.ticket.ref,
        "other": one.other.ref,
        "score": one.score,
        "reasons": list(one.reasons),
        "state": one.state,
    }


def mirror_as_json(row: MirrorRow | WindowMirrorRow) -> dict[str, Any]:
    """One line of `triage trackers list --json`: of a ticket, or of a maintenance window."""
    return {
        "ticket": f"TG-{row.ticket_id}" if isinstance(row, MirrorRow) else None,
        "window": f"MW-{row.window_id}" if isinstance(row, WindowMirrorRow) else None,
        "tracker": row.tracker,
        "state": row.state,
        "reference": row.reference,
        "reason": row.reason,
        "attempts": row.attempts,
        "due_at": stamp(row.due_at),
    }


def post_as_json(row: PostRow) -> dict[str, Any]:
    """One line of `triage posts list --json`."""
    return {
        "id": row.id,
        "ticket": f"TG-{row.ticket_id}",
        "channel": row.channel,
        "kind": row.kind,
        "state": row.state,
        "reference": row.reference,
        "reason": row.reason,
        "attempts": row.attempts,
        "at": stamp(row.at),
        "due_at": stamp(row.due_at),
    }


def message_as_json(row: MessageRow) -> dict[str, Any]:
    """One line of `triage spool list --json`."""
    return {
        "id": row.id,
        "trace": row.trace,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "door": row.door,
        "size": row.size,
        "raw_sha256": row.sha256,
        "message_id": row.message_id,
        "subject": row.subject,
        "ticket_id": row.ticket_id,
        "received_at": stamp(row.received_at),
        "finished_at": stamp(row.finished_at),
    }


def correction_as_json(row: CorrectionRow, trace: str) -> dict[str, Any]:
    """One line of `triage corrections list --json`."""
    return {
        "id": row.id,
        "trace": trace,
        "at": stamp(row.at),
        "who": row.who,
        "why": row.why,
        "before": row.before,
        "after": row.after,
    }


def arrival_as_json(row: ArrivalRow) -> dict[str, Any]:
    """One arrival of `triage spool show --json`."""
    return {
        "at": stamp(row.at),
        "door": row.door,
        "sender": row.sender,
        "recipients": row.recipients,
        "tls": row.tls,
    }


def letter_as_json(row: LetterRow) -> dict[str, Any]:
    """One line of `triage outbox list --json`."""
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "ticket_id": row.ticket_id,
        "recipient": row.recipient,
        "message_id": row.message_id,
        "subject": row.subject,
        "attempts": row.attempts,
        "created_at": stamp(row.created_at),
        "due_at": stamp(row.due_at),
        "sent_at": stamp(row.sent_at),
        "bounce": row.bounce,
        "bounced_at": stamp(row.bounced_at),
        "bounce_reason": row.bounce_reason,
    }


def event_as_json(row: LetterEventRow) -> dict[str, Any]:
    """One line of a letter's ledger."""
    return {"at": stamp(row.at), "what": row.what, "detail": row.detail}


def notice_as_json(row: NoticeRow) -> dict[str, Any]:
    """One line of `triage announce list --json`."""
    return {
        "id": row.id,
        "ticket_id": row.ticket_id,
        "kind": row.kind,
        "state": row.state,
        "text": row.text,
        "drafted_by": row.drafted_by,
        "version": row.version,
        "reason": row.reason,
        "approved_by": row.approved_by,
        "approved_at": stamp(row.approved_at),
        "begun_at": stamp(row.begun_at),
        "hold_until": stamp(row.hold_until),
        "sent_at": stamp(row.sent_at),
    }


def preview_as_json(preview: Preview) -> dict[str, Any]:
    """`triage announce preview --json`."""
    return {
        "ticket_id": preview.notice.ticket_id,
        "kind": preview.notice.kind,
        "text": preview.notice.text,
        "told": [
            {"address": one.address.address, "language": one.language, "why": one.why}
            for one in preview.audience.told
        ],
        "left_out": [{"address": who, "why": why} for who, why in preview.audience.left_out],
        "counts": preview.audience.counts,
        "needs_approvals": preview.needed,
        "approvals": list(preview.approvals),
        "previous": preview.previous.id if preview.previous else None,
        "since_previous": _difference(preview.since_then),
        "since_approval": (
            None
            if preview.since_approval is None
            else _difference(preview.since_approval) | {"text_changed": preview.text_changed}
        ),
        "samples": [letter.raw.decode("utf-8", "replace") for letter in preview.samples],
    }


def record_as_json(record: Record) -> dict[str, Any]:
    """The first line of `triage announce show --json`; a line for each of the ledger follows."""
    seen = record.figures
    return notice_as_json(record.notice) | {
        "what": "notice",
        "approvals": [
            {"who": row.who, "at": stamp(row.at), "by": row.by, "version": row.version}
            for row in record.approvals
        ],
        "waiting": record.counts.get("waiting", 0),
        "left_out": record.counts.get("left_out", 0),
        "written": seen.written,
        "on_their_way": seen.on_their_way,
        "sent": seen.sent,
        "failed": seen.failed,
        "bounced": seen.hard,
        "complaints": seen.complaints,
        "channels": [
            {"channel": row.channel, "state": row.state, "reference": row.reference,
             "reason": row.reason}
            for row in record.posts
        ],
        "trackers": [
            {"tracker": row.tracker, "state": row.state, "reference": row.reference,
             "reason": row.reason}
            for row in record.mirrors
        ],
    }  # fmt: skip


def line_as_json(line: Line) -> dict[str, Any]:
    """One line of a notice's ledger: who, why, and whether it arrived."""
    return {
        "what": "recipient",
        "address": line.address,
        "language": line.language,
        "why": list(line.why),
        "version": line.version,
        "result": line.result,
        "reason": line.reason,
        "letter": line.letter_id,
        "message_id": line.message_id,
        "sent_at": stamp(line.sent_at),
        "bounced_at": stamp(line.bounced_at),
    }


def cell(value: object) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = "" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def suppression_as_json(row: SuppressionRow) -> dict[str, Any]:
    """One line of `triage suppressions list --json`."""
    return {
        "address": row.address,
        "kind": row.kind,
        "reason": row.reason,
        "score": row.score,
        "since": stamp(row.since),
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {"added": list(found.added), "removed": list(found.removed)}


def subscription_as_json(row: SubscriptionRow) -> dict[str, Any]:
    """One line of `triage lists list --json`: a list that we are on, or want to be on."""
    return {
        "what": "subscription",
        "id": row.id,
        "list": row.list,
        "address": row.address,
        "system": row.system,
        "state": row.state,
        "asked_by": row.asked_by,
        "updated_at": stamp(row.updated_at),
    }


def list_notice_as_json(row: ListNoticeRow) -> dict[str, Any]:
    """One line of `triage lists list --json`: what a list manager wrote."""
    return {
        "what": "notice",
        "id": row.id,
        "kind": row.kind,
        "list": row.list,
        "system": row.system,
        "state": row.state,
        "subscription": row.subscription_id,
        "message": row.message_id,
        "mail_to": row.mail_to,
        "link": row.link,
        "at": stamp(row.at),
    }


def timer_as_json(row: TimerRow) -> dict[str, Any]:
    """One line of `triage timers --json`."""
    return {
        "id": row.id,
        "kind": row.kind,
        "ticket": f"TG-{row.ticket_id}" if row.ticket_id else None,
        "state": row.state,
        "due_at": stamp(row.due_at),
        "attempts": row.attempts,
        "reason": row.reason,
    }


def session_as_json(row: ConsoleSessionRow) -> dict[str, Any]:
    """One line of `triage console list --json`."""
    return {
        "id": row.id,
        "who": row.who,
        "role": row.role,
        "how": row.how,
        "origin": row.origin,
        "since": stamp(row.created_at),
        "seen_at": stamp(row.seen_at),
        "until": stamp(row.expires_at),
    }


def token_as_json(row: ApiTokenRow) -> dict[str, Any]:
    """One line of `triage tokens list --json`."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": row.scopes,
        "made_by": row.made_by,
        "created_at": stamp(row.created_at),
        "expires_at": stamp(row.expires_at),
        "used_at": stamp(row.used_at),
        "revoked_at": stamp(row.revoked_at),
    }
