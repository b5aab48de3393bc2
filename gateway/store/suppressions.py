"""Addresses that get no news: what is sent there comes back for good, or its owner complained.

One soft bounce says little, so those are counted: from `limit` on within `days` the address gets
no news either; who was quiet for as long begins at nothing again. An acknowledgement still goes
out: whoever writes to us has an address that works. A person takes an address off.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlmodel import Session, col, select

from gateway.model import utcnow
from gateway.store.tables import SuppressionRow

FOR_GOOD = ("hard", "complaint", "by_hand")


def note(
    session: Session, address: str, kind: str, reason: str, *, limit: int = 5, days: int = 30
) -> bool:
    """One more bounce or complaint; whether the address gets no news from now on."""
    key, now = address.lower(), utcnow()
    row = session.get(SuppressionRow, key)
    if row is None:
        row = SuppressionRow(address=key, kind=kind, reason=reason[:300], score=0, is_on=False)
    elif row.is_on and row.kind in FOR_GOOD:
        return True
    if kind in FOR_GOOD:
        is_on = True
    else:
        if now - row.changed_at > timedelta(days=days):
            row.score = 0
        row.score += 1
        is_on = row.is_on or row.score >= limit
    if is_on and not row.is_on:
        row.since = now
    row.kind, row.reason, row.is_on, row.changed_at = kind, reason[:300], is_on, now
    session.add(row)
    session.flush()
    return is_on


def among(session: Session, addresses: Collection[str]) -> dict[str, str]:
    """Those of `addresses` (in lower case) that get no news, and why."""
    query = select(SuppressionRow).where(
        col(SuppressionRow.is_on), col(SuppressionRow.address).in_(addresses)
    )
    return {row.address: in_words(row) for row in session.exec(query)}


def every(session: Session, *, also_counting: bool = False) -> list[SuppressionRow]:
    """All of them, the newest first; `also_counting`: those whose bounces are only counted, too."""
    query = select(SuppressionRow).order_by(col(SuppressionRow.since).desc())
    if not also_counting:
        query = query.where(col(SuppressionRow.is_on))
    return list(session.exec(query))


def remove(session: Session, address: str) -> bool:
    """The address gets news again; False where it was not on the list."""
    row = session.get(SuppressionRow, address.lower())
    if row is None:
        return False
    session.delete(row)
    return True


def in_words(row: SuppressionRow) -> str:
    """Why the address gets no news."""
    words = {
        "hard": "suppressed: mail to it came back for good",
        "soft": f"suppressed: mail to it came back {row.score} times",
        "complaint": "suppressed: its owner reported our mail as unwanted",
        "by_hand": "suppressed by hand",
    }
    return f"{words[row.kind]} ({row.reason})" if row.reason else words[row.kind]
