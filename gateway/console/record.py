"""The record of what is done at the console and by its API: append only, each with its doer."""

from typing import Any

from sqlmodel import col, select

from gateway.store.database import Database
from gateway.store.tables import AuditRow


class Record:
    """Writes it, and shows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, who: str, what: str, target: str = "", origin: str = "", **facts: Any) -> int:
        """A line; gives its number."""
        row = AuditRow(who=who, what=what, target=target, origin=origin, facts=facts)
        with self._database.transaction() as session:
            session.add(row)
            session.flush()
            return row.id or 0

    def get(self, number: int) -> AuditRow | None:
        """The line of that number."""
        with self._database.read() as session:
            return session.get(AuditRow, number)

    def listing(
        self,
        *,
        who: str | None = None,
        target: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[AuditRow]:
        """The newest lines: of somebody, on something, before a line."""
        query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
        if who:
            query = query.where(AuditRow.who == who)
        if target:
            query = query.where(AuditRow.target == target)
        if before is not None:
            query = query.where(col(AuditRow.id) < before)
        with self._database.read() as session:
            return list(session.exec(query))
