"""A notice is approved, and goes out: what was approved, to whom it was approved.

Each step is in the caller's transaction.
"""

import math
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from gateway.announcing import approval, ledger
from gateway.announcing.audience import Audience
from gateway.announcing.means import Means
from gateway.announcing.notices import ENDS, NEXT, may_end, must_be, post_key
from gateway.announcing.preview import since_approval
from gateway.announcing.quiet import quiet_until
from gateway.config import NoticeSettings
from gateway.errors import InvalidState
from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.store.tables import NoticeRow, TicketRow

AT_ONCE = 500  # letters that are written by the act of sending itself
_NEWS: dict[str, Any] = {  # what channels call it
    "opened": "opened",
    "maintenance_planned": "opened",
    "resolution": "resolved",
    "false_alarm": "resolved",
    "maintenance_cancelled": "resolved",
    "maintenance_done": "resolved",
}

log = structlog.get_logger()


def approve(
    session: Session, notice: NoticeRow, ticket: TicketRow, means: Means, who: str,
    *, by: str, in_one_act: bool = False, seen: tuple[str, str] | None = None,
) -> None:  # fmt: skip
    """A person says yes; it is approved and its audience frozen once all who must have done so."""
    found = means.audience(session, ticket, notice.kind)
    if seen is not None and seen != (approval.content_hash(notice, ticket), found.hash):
        raise InvalidState(
            f"the text or the audience of notice {notice.id} has changed since you looked: "
            "look at it as it is now, then approve"
        )
    if notice.state == "approved" and _is_outdated(notice, ticket, found):
        notice.state, notice.version = "draft", notice.version + 1
    if notice.state != "draft":
        raise InvalidState(f"notice {notice.id} is {notice.state} already: {NEXT[notice.state]}")
    wanted = approval.needed(means.settings, len(found.told))
    if in_one_act and wanted > 1:
        raise InvalidState(
            f"{len(found.told)} people would be told, which {wanted} people must approve: "
            f"triage announce draft {ticket.ref} --message ... and approve it"
        )
    names = approval.add(
        session, notice, ticket, found, means.settings, who=who, by=by
    )  # fmt: skip
    if names:
        notice.state, notice.approved_at = "approved", utcnow()
        notice.approved_by = ", ".join(names)
        ledger.freeze(session, notice, found)
    session.add(notice)
    if not in_one_act:
        tickets.note(
            session, notice.ticket_id, who, f"{notice.kind} approved",
            "" if names else "one more person must approve it",
            notice=notice.id, version=notice.version, by=by,
        )  # fmt: skip


def send(
    session: Session, notice: NoticeRow, ticket: TicketRow, means: Means, who: str,
    *, at_once: bool = False,
) -> int:  # fmt: skip
    """It goes out, at once or as soon as it may; how many are told."""
    must_be(notice, "approved")
    is_new = notice.begun_at is None
    if is_new:
        may_end(ticket, notice.kind)
    _check_unchanged(session, notice, ticket, means)
    now, counts = utcnow(), ledger.how_many(session, ledger.number(notice))
    waits = counts.get("waiting", 0)
    notice.state, notice.begun_at = "sending", notice.begun_at or now
    notice.is_urgent = at_once
    size = _canary(means.settings, waits)
    # As the number of lines in the ledger at which it is waited.
    notice.canary = size and size + counts.get("written", 0)
    until = None if at_once else quiet_until(means.settings, means.zone, notice.kind, now)
    if until is not None:
        notice.hold_until, notice.reason = until, "quiet hours"
    elif not notice.canary:
        means.handing.hand_out(session, notice, ticket, AT_ONCE)
        if waits <= AT_ONCE:
            notice.state, notice.sent_at = "sent", now
    session.add(notice)
    if is_new and notice.kind in ENDS:
        tickets.move(session, ticket, ENDS[notice.kind], who, notice.text[:500],
                     trackers=means.trackers)  # fmt: skip
    if means.post:
        means.post(session, ticket, _NEWS.get(notice.kind, "updated"), notice.text,
                   key=post_key(notice))  # fmt: skip
    tickets.note(
        session, notice.ticket_id, who, f"{notice.kind} sent",
        f"to {waits} people{_later(until, is_new)}", notice=notice.id,
        version=notice.version, left_out=counts.get("left_out", 0),
    )  # fmt: skip
    log.info("notice.sent", notice=notice.id, ticket=ticket.ref, letters=waits)
    return waits


def _canary(settings: NoticeSettings, waits: int) -> int:
    size = max(settings.canary, math.ceil(waits * settings.canary_share))
    return size if waits >= settings.canary_from and 0 < size < waits else 0


def _is_outdated(notice: NoticeRow, ticket: TicketRow, found: Audience) -> bool:
    """Whether text or audience are others than those that were approved."""
    approved = notice.content_hash, notice.audience_hash
    return approved != (approval.content_hash(notice, ticket), found.hash)


def _check_unchanged(session: Session, notice: NoticeRow, ticket: TicketRow, means: Means) -> None:
    """What goes out is what was approved: never more people, never other words."""
    if approval.content_hash(notice, ticket) != notice.content_hash:
        raise InvalidState(
            f"what notice {notice.id} says of {ticket.ref} has changed since it was approved: "
            f"look at it (triage announce preview {notice.id}), then approve it anew"
        )
    found = means.audience(session, ticket, notice.kind)
    if found.hash == notice.audience_hash:
        return
    changed = since_approval(session, notice, found)
    if changed.added or not changed.removed:
        raise InvalidState(
            f"the audience of notice {notice.id} has changed since it was approved "
            f"({len(changed.added)} more, {len(changed.removed)} fewer): look at it (triage "
            f"announce preview {notice.id}), then approve it anew"
        )
    why = dict(found.left_out)
    ledger.leave_out_keys(
        session, ledger.number(notice),
        {key: why.get(key, ledger.GONE_SINCE) for key in changed.removed},
    )  # fmt: skip


def _later(until: datetime | None, is_new: bool) -> str:
    return ("" if is_new else ", of a new version") + (
        f", from {until:%Y-%m-%d %H:%M %Z} on (quiet hours)" if until else ""
    )
