"""The ledger of a notice: a line for everyone who is told, or left out, frozen by the approval.

Lines are written in bulk. A line whose letter was written never changes again; what became of it
the letter's own row tells.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, cast, delete, func, insert, select, update
from sqlmodel import Session, SQLModel

from gateway.announcing.audience import NO_NEWS, Audience, unsubscribed
from gateway.incidents import subscribers
from gateway.model import Address, utcnow
from gateway.store import suppressions
from gateway.store.tables import LetterRow, NoticeRow, RecipientRow

LEDGER = SQLModel.metadata.tables[str(RecipientRow.__tablename__)]
LETTER = SQLModel.metadata.tables[str(LetterRow.__tablename__)]
G, L = LEDGER.c, LETTER.c
CHUNK = 5000
LATELY = timedelta(minutes=1)
GONE_SINCE = "no longer concerned when it was sent"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose letter is to be written."""

    id: int
    key: str
    address: Address
    language: str
    why: tuple[str, ...]
    reported_at: datetime | None
    in_reply_to: str | None


def number(notice: NoticeRow) -> int:
    """The id of a notice that is in the store."""
    if notice.id is None:
        raise RuntimeError("the notice is not stored yet")
    return notice.id


def freeze(session: Session, notice: NoticeRow, audience: Audience) -> None:
    """Write the audience down; whoever was told by an earlier version stays as they are."""
    session.flush()
    connection, notice_id = session.connection(), number(notice)
    mine = G.notice_id == notice_id
    connection.execute(delete(LEDGER).where(mine, G.state != "written"))
    told = set(connection.execute(select(G.key).where(mine)).scalars())
    common = {"notice_id": notice_id, "version": notice.version}
    rows = [
        common | {
            "key": one.key, "address": one.address.address, "name": one.address.name,
            "language": one.language, "why": one.why, "reported_at": one.reported_at,
            "in_reply_to": one.in_reply_to, "state": "waiting", "reason": None,
        }
        for one in audience.told
        if one.key not in told
    ]  # fmt: skip
    rows += [
        common | {
            "key": key, "address": key, "name": "", "language": "", "why": [],
            "reported_at": None, "in_reply_to": None, "state": "left_out", "reason": reason,
        }
        for key, reason in audience.left_out
        if key not in told
    ]  # fmt: skip
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(LEDGER), rows[start : start + CHUNK])


def keys(session: Session, notice_id: int, *states: str) -> set[str]:
    """Who stands in the ledger of a notice, in these states."""
    query = select(G.key).where(G.notice_id == notice_id, G.state.in_(states))
    return set(session.connection().execute(query).scalars())


def leave_out(session: Session, ids: Mapping[int, str]) -> None:
    """These lines are not written to after all, for these reasons."""
    if ids:
        session.connection().execute(
            update(LEDGER)
            .where(G.id == bindparam("line"), G.state == "waiting")
            .values(state="left_out", reason=bindparam("because")),
            [{"line": line, "because": why} for line, why in ids.items()],
        )


def leave_out_keys(session: Session, notice_id: int, reasons: Mapping[str, str]) -> None:
    """The same, by key."""
    query = select(G.id, G.key).where(G.notice_id == notice_id, G.state == "waiting")
    rows = session.connection().execute(query)
    leave_out(session, {row.id: reasons[row.key] for row in rows if row.key in reasons})


def waiting(session: Session, notice_id: int, limit: int) -> list[Waiting]:
    """The next whose letters are to be written; who must not get one any more is left out first."""
    query = (
        select(G.id, G.key, G.address, G.name, G.language, G.why, G.reported_at, G.in_reply_to)
        .where(G.notice_id == notice_id, G.state == "waiting")
        .order_by(G.id)
        .limit(limit)
    )
    found = [
        Waiting(r.id, r.key, Address(r.address, r.name), r.language, tuple(r.why),
                r.reported_at, r.in_reply_to)
        for r in session.connection().execute(query)
    ]  # fmt: skip
    who = [one.key for one in found]
    out = dict.fromkeys(subscribers.refused(session, who), NO_NEWS)
    out |= suppressions.among(session, who)
    for key in unsubscribed(session, ((one.key, one.why) for one in found)):
        out.setdefault(key, "unsubscribed since it was approved")
    leave_out(session, {one.id: out[one.key] for one in found if one.key in out})
    return [one for one in found if one.key not in out]


def wrote(session: Session, lines: Mapping[str, int]) -> None:
    """The letters of these lines are in the outbox; `lines` are their ids by letter key."""
    connection = session.connection()
    rows = connection.execute(select(L.key, L.id).where(L.key.in_(lines)))
    connection.execute(
        update(LEDGER)
        .where(G.id == bindparam("line"))
        .values(state="written", letter_id=bindparam("letter")),
        [{"line": lines[row.key], "letter": row.id} for row in rows],
    )


def take_back(session: Session, notice_id: int) -> None:
    """Lines whose letter was withdrawn before it went wait for another."""
    withdrawn = select(L.id).where(L.notice_id == notice_id, L.state == "stopped")
    session.connection().execute(
        update(LEDGER)
        .where(G.notice_id == notice_id, G.letter_id.in_(withdrawn))
        .values(state="waiting", letter_id=None)
    )


def is_any_waiting(session: Session, notice_id: int) -> bool:
    """Whether a letter is still to be written."""
    query = select(G.id).where(G.notice_id == notice_id, G.state == "waiting").limit(1)
    return session.connection().execute(query).first() is not None


def how_many(session: Session, notice_id: int) -> dict[str, int]:
    """How many lines there are in each state."""
    query = select(G.state, func.count()).where(G.notice_id == notice_id).group_by(G.state)
    return {row[0]: row[1] for row in session.connection().execute(query)}


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the letters of a notice; `lately` is how many went in the last minute."""

    written: int
    untried: int
    on_their_way: int
    sent: int
    failed: int
    hard: int
    complaints: int
    last_sent_at: datetime | None
    lately: int


def figures(session: Session, notice_id: int) -> Figures:
    """How the letters of a notice fared until now."""

    def many(condition: Any) -> Any:
        return func.count().filter(condition)

    query = select(
        func.count(),
        many((L.state == "sending") | ((L.state == "queued") & (L.attempts == 0))),
        many(L.state.in_(("queued", "sending", "held"))),
        many(L.state == "sent"),
        many(L.state == "failed"),
        many(L.bounce == "hard"),
        many(L.bounce == "complaint"),
        func.max(L.sent_at),
        many(L.sent_at > utcnow() - LATELY),
    ).where(L.notice_id == notice_id)
    return Figures(*session.connection().execute(query).one())


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ledger with what became of its letter."""

    id: int
    address: str
    language: str
    why: tuple[str, ...]
    version: int
    state: str
    result: str
    reason: str | None
    letter_id: int | None
    message_id: str | None
    sent_at: datetime | None
    bounced_at: datetime | None


def lines(session: Session, notice_id: int) -> Iterator[Line]:
    """The whole ledger, a chunk at a time, in the order in which it was written."""
    after = 0
    while found := page(session, notice_id, after, CHUNK):
        yield from found
        after = found[-1].id


def page(
    session: Session, notice_id: int, after: int, limit: int, *, left_out: bool | None = None
) -> list[Line]:
    """So many lines that come after the line `after`; only who is left out, or only who is not."""
    query = (
        select(
            G.id, G.address, G.language, G.why, G.version, G.state, G.reason, G.letter_id,
            L.message_id, L.state.label("letter_state"), L.reason.label("letter_reason"),
            L.sent_at, L.bounce, L.bounced_at, L.bounce_reason,
        )
        .outerjoin(LETTER, L.id == G.letter_id)
        .where(G.notice_id == notice_id, G.id > after)
        .order_by(G.id)
        .limit(limit)
    )  # fmt: skip
    if left_out is not None:
        query = query.where((G.state == "left_out") if left_out else (G.state != "left_out"))
    found = []
    for row in session.connection().execute(query):
        state, bounce, letter = row.state, row.bounce, row.letter_state
        reason = row.bounce_reason if bounce else (row.reason or row.letter_reason)
        found.append(
            Line(
                row.id, row.address, row.language, tuple(row.why), row.version, state,
                _result(state, letter, bounce), reason, row.letter_id, row.message_id,
                row.sent_at, row.bounced_at,
            )
        )  # fmt: skip
    return found


def reasons(session: Session, notice_id: int) -> tuple[dict[str, int], dict[str, int]]:
    """How many are told for each reason, and how many are left out for each."""
    mine, is_out = G.notice_id == notice_id, G.state == "left_out"
    why = cast(G.why, String)
    told: dict[str, int] = {}
    query = select(why, func.count()).where(mine, ~is_out).group_by(why)
    for every, count in session.connection().execute(query):
        for one in json.loads(every):
            told[one] = told.get(one, 0) + count
    out = select(G.reason, func.count()).where(mine, is_out).group_by(G.reason)
    return told, {row[0] or "": row[1] for row in session.connection().execute(out)}


def _result(state: str, letter: str | None, bounce: str | None) -> str:
    """In one word: waiting, left out, or what the letter's row says, a bounce first."""
    if letter is None:
        return state.replace("_", " ")
    if bounce:
        return {"hard": "bounced", "soft": "bounced softly", "complaint": "complained"}[bounce]
    return {"sent": "delivered to the relay"}.get(letter, letter)


def unsent(session: Session, notice_id: int) -> int:
    """How many of its letters have not gone yet."""
    query = select(func.count()).where(L.notice_id == notice_id, L.state.in_(("queued", "held")))
    return int(session.connection().execute(query).scalar_one())
