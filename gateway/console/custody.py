"""What stands in the spool, in the outbox and on lists, a page at a time by its key.

No list reads the bytes of letters or of messages: a page is as quick at the hundredth thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from gateway.console.desk import Desk
from gateway.store.tables import (
    LetterRow,
    ListNoticeRow,
    MessageRow,
    SubscriberRow,
    SubscriptionRow,
    SuppressionRow,
)

PAGE = 30
MOST_NOTICES = 100
RAW_LATER = defer(LetterRow.raw)  # type: ignore[arg-type]  # a column, as a class has it
BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
Row = TypeVar("Row")
Numbered = TypeVar("Numbered", MessageRow, LetterRow, SubscriberRow)


@dataclass(frozen=True, slots=True)
class Portion(Generic[Row]):
    """Some rows, and the key with which the next ones begin; None after the last."""

    rows: Sequence[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class Lists:
    """The mailing lists that we are on, and what their managers want of us."""

    waiting: Sequence[ListNoticeRow]
    unasked: Sequence[ListNoticeRow]
    noted: Sequence[ListNoticeRow]
    subscriptions: Sequence[SubscriptionRow]
    traces: dict[int, str]  # of the messages that the notices came in


def messages(desk: Desk, state: str = "", before: int | None = None) -> Portion[MessageRow]:
    """Messages in custody, the newest first."""
    query = select(MessageRow).order_by(col(MessageRow.id).desc()).limit(PAGE + 1)
    if state:
        query = query.where(MessageRow.state == state)
    if before is not None:
        query = query.where(col(MessageRow.id) < before)
    with desk.database.read() as session:
        return _portion(session.exec(query).all())


def letters(desk: Desk, state: str = "", before: int | None = None) -> Portion[LetterRow]:
    """Letters, the newest first: of one state, or that "came back".

    The numbers are found in an index alone; only then are so many rows read.
    """
    found = select(LetterRow.id).order_by(col(LetterRow.id).desc()).limit(PAGE + 1)
    if state == "came back":
        found = found.where(col(LetterRow.bounced_at).is_not(None))
    elif state:
        found = found.where(LetterRow.state == state)
    if before is not None:
        found = found.where(col(LetterRow.id) < before)
    with desk.database.read() as session:
        numbers = [one for one in session.exec(found) if one is not None]
        return _portion(_letters(session, numbers))


def letters_named(desk: Desk, numbers: Sequence[int]) -> Sequence[LetterRow]:
    """Those letters, the newest first."""
    with desk.database.read() as session:
        return _letters(session, numbers)


def _letters(session: Session, numbers: Sequence[int]) -> Sequence[LetterRow]:
    query = select(LetterRow).where(col(LetterRow.id).in_(numbers))
    query = query.order_by(col(LetterRow.id).desc()).options(RAW_LATER)
    return session.exec(query).all()


def lists(desk: Desk) -> Lists:
    """What waits first; of what is only told, the newest."""

    def of(*states: str) -> Any:
        query = select(ListNoticeRow).where(col(ListNoticeRow.state).in_(states))
        return query.order_by(col(ListNoticeRow.id).desc()).limit(MOST_NOTICES)

    with desk.database.read() as session:
        waiting = session.exec(of("waits")).all()
        unasked = session.exec(of("unasked")).all()
        noted = session.exec(of("noted", "answered").limit(PAGE)).all()
        ids = [one.message_id for one in (*waiting, *unasked, *noted)]
        traces = select(MessageRow.id, MessageRow.trace).where(col(MessageRow.id).in_(ids))
        ours = select(SubscriptionRow).order_by(col(SubscriptionRow.list))
        named = {number: trace for number, trace in session.exec(traces) if number is not None}
        return Lists(waiting, unasked, noted, session.exec(ours).all(), named)


def readers(desk: Desk, service: str = "", after: int | None = None) -> Portion[SubscriberRow]:
    """Who subscribes to our news, the first first: to one service, or to any."""
    query = select(SubscriberRow).order_by(col(SubscriberRow.id)).limit(PAGE + 1)
    if service:
        query = query.where(SubscriberRow.service == service)
    if after is not None:
        query = query.where(col(SubscriberRow.id) > after)
    with desk.database.read() as session:
        return _portion(session.exec(query).all())


def readers_by_service(desk: Desk) -> dict[str, int]:
    """How many subscribe to each service."""
    query = select(SubscriberRow.service, func.count()).group_by(col(SubscriberRow.service))
    with desk.database.read() as session:
        return dict(session.exec(query.order_by(col(SubscriberRow.service))).all())


def suppressed(desk: Desk, after: str = "") -> Portion[SuppressionRow]:
    """Addresses that get no news, the newest first.

    The key says since when and how many of that moment were shown: an address is nobody's key in
    the address of a page.
    """
    micros, _, skipped = after.partition(".")
    skip = int(skipped) if skipped.isascii() and skipped.isdigit() and len(skipped) < 8 else 0
    query = select(SuppressionRow).where(col(SuppressionRow.is_on))
    if micros.isascii() and micros.isdigit() and len(micros) < 17:
        since = BEGAN + timedelta(microseconds=int(micros))
        query = query.where(col(SuppressionRow.since) <= since).offset(skip)
    else:
        micros, skip = "", 0
    newest = query.order_by(col(SuppressionRow.since).desc(), col(SuppressionRow.address))
    with desk.database.read() as session:
        rows = session.exec(newest.limit(PAGE + 1)).all()
    if len(rows) <= PAGE:
        return Portion(rows, None)
    shown = rows[:PAGE]
    last = str((shown[-1].since - BEGAN) // timedelta(microseconds=1))
    alike = sum(one.since == shown[-1].since for one in shown)
    return Portion(shown, f"{last}.{alike + (skip if last == micros else 0)}")


def _portion(rows: Sequence[Numbered]) -> Portion[Numbered]:
    """What fits on the page; its last row is where the next page begins."""
    shown = rows[:PAGE]
    return Portion(shown, str(shown[-1].id) if len(rows) > PAGE else None)
