"""What would go out: the audience, a letter of each language and reason, what differs."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from gateway.announcing import approval, ledger
from gateway.announcing.audience import Audience
from gateway.announcing.means import Means
from gateway.incidents import tickets
from gateway.model import Letter
from gateway.store.tables import NoticeRow, TicketRow


@dataclass(frozen=True, slots=True)
class Difference:
    """How an audience differs from an earlier one, by address."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True, slots=True)
class Preview:
    """A notice as it would go out now: the audience, and a letter of each language and reason.

    `previous` is the last notice of the incident, and `since_then` how the audience differs from
    those whom it was sent to; `since_approval` from the one that was approved. `seen` is what an
    approval is for: hashes of the content and of the audience.
    """

    notice: NoticeRow
    ticket: TicketRow
    audience: Audience
    samples: tuple[Letter, ...]
    needed: int
    approvals: tuple[str, ...]
    previous: NoticeRow | None
    since_then: Difference
    since_approval: Difference | None
    text_changed: bool
    seen: tuple[str, str]


def of(session: Session, notice: NoticeRow, means: Means) -> Preview:
    """The notice as it would go out now."""
    ticket = tickets.get(session, notice.ticket_id)
    found = means.audience(session, ticket, notice.kind)
    each = {(one.language, one.why[0].partition(":")[0]): one for one in reversed(found.told)}
    facts = means.handing.facts(notice, ticket)
    samples = [means.handing.letter(notice, ticket, one, facts) for one in each.values()]
    content = approval.content_hash(notice, ticket)
    before = _previous(session, notice)
    was_approved = notice.content_hash is not None and notice.state != "draft"
    return Preview(
        notice=notice,
        ticket=ticket,
        audience=found,
        samples=tuple(reversed(samples)),
        needed=approval.needed(means.settings, len(found.told)),
        approvals=tuple(r.who for r in approval.given(session, notice, content, found.hash)),
        previous=before,
        since_then=_from(ledger.keys(session, ledger.number(before), "written"), found)
        if before
        else Difference(),
        since_approval=since_approval(session, notice, found) if was_approved else None,
        text_changed=was_approved and content != notice.content_hash,
        seen=(content, found.hash),
    )


def _previous(session: Session, notice: NoticeRow) -> NoticeRow | None:
    """The last notice of the incident that went out before this one."""
    query = select(NoticeRow).where(
        NoticeRow.ticket_id == notice.ticket_id,
        NoticeRow.id != notice.id,
        col(NoticeRow.begun_at).is_not(None),
    )
    return session.exec(query.order_by(col(NoticeRow.id).desc()).limit(1)).first()


def since_approval(session: Session, notice: NoticeRow, found: Audience) -> Difference:
    """How the audience differs from the one that was approved."""
    then = ledger.keys(session, ledger.number(notice), "waiting", "written")
    now = {one.key for one in found.told}
    return Difference(tuple(sorted(now - then)), tuple(sorted(then - now)))


def _from(then: Collection[str], found: Audience) -> Difference:
    now = {one.key for one in found.told}
    return Difference(tuple(sorted(now - set(then))), tuple(sorted(set(then) - now)))
