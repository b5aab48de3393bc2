"""Who may say yes to a notice, and to what exactly.

An approval is of a text and of an audience, kept as hashes; when either changes, it counts no
more. From `two_from` recipients on, two people must approve. By mail one approves with a word
that was sent to that person alone: it works once, for a while, for one version of one notice,
from a verified address, and the store keeps only its hash.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from gateway.announcing.audience import Audience
from gateway.announcing.ledger import number
from gateway.config import NoticeSettings
from gateway.errors import InvalidState, NotFound
from gateway.model import utcnow
from gateway.store.tables import ApprovalRow, ApprovalTokenRow, NoticeRow, TicketRow

COMMAND = "APPROVE"


def content_hash(notice: NoticeRow, ticket: TicketRow) -> str:
    """What the letters say: the text, and the facts of the ticket that they tell."""
    told: list[Any] = [notice.kind, notice.text, notice.facts, ticket.services]
    if notice.kind.startswith("maintenance"):
        told.append(ticket.windows)
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def needed(settings: NoticeSettings, recipients: int) -> int:
    """How many people must approve a notice to so many."""
    return 2 if settings.two_from and recipients >= settings.two_from else 1


def given(session: Session, notice: NoticeRow, content: str, audience: str) -> list[ApprovalRow]:
    """The approvals that count: of this version, this text and this audience."""
    query = select(ApprovalRow).where(
        ApprovalRow.notice_id == number(notice),
        ApprovalRow.version == notice.version,
        ApprovalRow.content_hash == content,
        ApprovalRow.audience_hash == audience,
    )
    return list(session.exec(query))


def add(
    session: Session,
    notice: NoticeRow,
    ticket: TicketRow,
    audience: Audience,
    settings: NoticeSettings,
    *,
    who: str,
    by: str,
) -> Sequence[str]:
    """Take a person's yes down; the names of all who approved, empty while more are needed."""
    content, people = content_hash(notice, ticket), audience.hash
    before = [row.who for row in given(session, notice, content, people)]
    wanted = needed(settings, len(audience.told))
    if _named(who) in map(_named, before):
        raise InvalidState(
            f"{who} approved notice {notice.id} already: another person must approve it too"
        )
    is_drafter = _named(who) == _named(notice.drafted_by)
    if wanted > 1 and is_drafter and not settings.drafter_may_approve:
        raise InvalidState(
            f"{who} drafted notice {notice.id}: {wanted} others must approve it "
            "(notices.drafter_may_approve)"
        )
    session.add(
        ApprovalRow(notice_id=number(notice), version=notice.version, who=who, by=by,
                    content_hash=content, audience_hash=people)
    )  # fmt: skip
    names = [*before, who]
    if len(names) < wanted:
        return ()
    notice.content_hash, notice.audience_hash = content, people
    return names


def _named(who: str) -> str:
    return " ".join(who.casefold().split())


# --- by mail ------------------------------------------------------------------------------------


def new_token(
    session: Session, notice: NoticeRow, address: str, who: str, settings: NoticeSettings
) -> tuple[str, ApprovalTokenRow]:
    """A word for `address` to approve with, and its row."""
    word = base64.b32encode(secrets.token_bytes(15)).decode("ascii").lower()
    row = ApprovalTokenRow(
        token_hash=_hash(word),
        notice_id=number(notice),
        version=notice.version,
        address=address.lower(),
        asked_by=who,
        expires_at=utcnow() + timedelta(hours=settings.token_hours),
    )
    session.add(row)
    return word, row


def use_token(session: Session, word: str, address: str) -> ApprovalTokenRow:
    """The row of a word that may be used now, by this verified address; it is used up by that.

    To whom it does not belong it is unknown: nobody learns by trying what there is.
    """
    row = session.get(ApprovalTokenRow, _hash(word.strip().lower()), with_for_update=True)
    if row is None or row.address != address.strip().lower():
        raise NotFound("there is no such word for approving: ask for a new one")
    if row.used_at is not None:
        raise InvalidState("that word for approving was used already: it works once")
    if row.expires_at < utcnow():
        raise InvalidState("that word for approving has expired: ask for a new one")
    row.used_at = utcnow()
    session.add(row)
    return row


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8")).hexdigest()
