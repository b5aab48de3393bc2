"""Sessions and the links that begin one: of every secret only its hash is in the store.

A link works once and for minutes; looking at it changes nothing (mail scanners look), only
pressing its button does. A session ends after idle time, at its end, or when somebody ends it.
Who was signed in by mail has the role that the configuration gives them now.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from gateway.config import ConsoleSettings, Role
from gateway.console.people import ROLES, Person
from gateway.errors import InvalidState, NotFound, Permanent
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import ConsoleSessionRow, SignInLinkRow

TOUCH = timedelta(minutes=1)  # how exactly it is known when somebody was last here
FORGOTTEN = timedelta(days=30)  # after its end, a session is deleted
KEPT = timedelta(hours=1)  # how long a form waits for its writer to sign in again
LINKS_AN_HOUR = 5  # mailed to one address
USED = "this link has been used, or its time is over: ask for another"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """The sessions of one store. `key` is the store's own, for form tokens."""

    def __init__(self, database: Database, settings: ConsoleSettings, key: bytes) -> None:
        self._database = database
        self._settings = settings
        self._key = key

    # --- links ---

    def link(self, who: str, role: Role, how: str) -> str:
        """A new link's token: it signs `who` in, once."""
        token = secrets.token_urlsafe(24)
        until = utcnow() + timedelta(minutes=self._settings.link_minutes)
        with self._database.transaction() as session:
            session.execute(
                delete(SignInLinkRow).where(col(SignInLinkRow.expires_at) < utcnow() - FORGOTTEN)
            )
            session.add(
                SignInLinkRow(token_hash=_hash(token), who=who, role=role, how=how,
                              expires_at=until)
            )  # fmt: skip
        return token

    def may_have_link(self, who: str) -> bool:
        """Whether another link may be mailed to that address now."""
        query = select(func.count()).where(
            SignInLinkRow.who == who, col(SignInLinkRow.created_at) > utcnow() - timedelta(hours=1)
        )
        with self._database.read() as session:
            return session.exec(query).one() < LINKS_AN_HOUR

    def is_good(self, token: str) -> bool:
        """Whether that link would sign somebody in; changes nothing."""
        with self._database.read() as session:
            row = session.get(SignInLinkRow, _hash(token))
            return row is not None and row.used_at is None and row.expires_at > utcnow()

    def use(self, token: str, origin: str, agent: str) -> tuple[str, str]:
        """Sign in by a link: the token of the new session, and who it is. Raises Permanent."""
        now = utcnow()
        with self._database.transaction() as session:
            row = session.get(
                SignInLinkRow, _hash(token), with_for_update=True, populate_existing=True
            )
            if row is None or row.used_at is not None or row.expires_at <= now:
                raise Permanent(USED)
            row.used_at = now
            session.add(row)
            made, new = self._new(row.who, row.role, row.how, origin, agent)
            session.add(made)
            return new, row.who

    # --- sessions ---

    def begin(self, who: str, role: str, how: str, origin: str, agent: str) -> str:
        """A new session; gives its token."""
        made, token = self._new(who, role, how, origin, agent)
        with self._database.transaction() as session:
            session.execute(
                delete(ConsoleSessionRow).where(
                    col(ConsoleSessionRow.expires_at) < utcnow() - FORGOTTEN
                )
            )
            session.add(made)
        return token

    def _new(
        self, who: str, role: str, how: str, origin: str, agent: str
    ) -> tuple[ConsoleSessionRow, str]:
        token = secrets.token_urlsafe(32)
        until = utcnow() + timedelta(hours=self._settings.session_hours)
        row = ConsoleSessionRow(token_hash=_hash(token), who=who, role=role, how=how,
                                origin=origin, agent=agent[:200], expires_at=until)  # fmt: skip
        return row, token

    def person(self, token: str | None) -> Person | None:
        """Who has that cookie; None for nobody, or a session that is over."""
        row = self._row(token)
        if row is None or token is None or not self._is_alive(row):
            return None
        role = self._role(row)
        if role is None:
            return None
        if row.seen_at < utcnow() - TOUCH:
            with self._database.transaction() as session:
                session.execute(
                    update(ConsoleSessionRow)
                    .where(col(ConsoleSessionRow.id) == row.id)
                    .values(seen_at=utcnow())
                )
        return Person(row.who, role, row.id or 0, self.csrf(token))

    def csrf(self, token: str) -> str:
        """What every form of that session carries."""
        return hmac.new(self._key, f"form:{_hash(token)}".encode(), "sha256").hexdigest()[:40]

    def _row(self, token: str | None) -> ConsoleSessionRow | None:
        if not token:
            return None
        with self._database.read() as session:
            query = select(ConsoleSessionRow).where(ConsoleSessionRow.token_hash == _hash(token))
            return session.exec(query).first()

    def _is_alive(self, row: ConsoleSessionRow) -> bool:
        now = utcnow()
        idle = timedelta(minutes=self._settings.idle_minutes)
        return row.ended_at is None and row.expires_at > now and row.seen_at > now - idle

    def _role(self, row: ConsoleSessionRow) -> Role | None:
        if row.how == "mail":
            return self._settings.roles.of(row.who)
        return next((role for role in ROLES if role == row.role), None)

    def end(self, token: str | None, by: str) -> None:
        """Sign out."""
        row = self._row(token)
        if row is not None:
            self.end_number(row.id or 0, by)

    def end_number(self, number: int, by: str) -> ConsoleSessionRow:
        """End that session, whoever's it is. Raises NotFound and InvalidState."""
        with self._database.transaction() as session:
            row = session.get(ConsoleSessionRow, number)
            if row is None:
                raise NotFound(f"no session {number}")
            if row.ended_at is not None:
                raise InvalidState(f"session {number} has ended already")
            row.ended_at, row.ended_by = utcnow(), by
            session.add(row)
            return row

    def listing(self, limit: int = 200) -> list[ConsoleSessionRow]:
        """Those that are alive, the newest first."""
        query = select(ConsoleSessionRow).order_by(col(ConsoleSessionRow.id).desc()).limit(limit)
        with self._database.read() as session:
            return [row for row in session.exec(query) if self._is_alive(row)]

    # --- what was typed when the session was lost ---

    def keep(self, token: str | None, path: str, fields: list[tuple[str, str]]) -> bool:
        """Keep a form whose session ran out; False where there was none, or somebody ended it."""
        row = self._row(token)
        if row is None or row.ended_at is not None:
            return False
        kept = {"path": path, "fields": [list(one) for one in fields], "at": utcnow().isoformat()}
        with self._database.transaction() as session:
            session.execute(
                update(ConsoleSessionRow)
                .where(col(ConsoleSessionRow.id) == row.id)
                .values(kept=kept)
            )
        return True

    def kept(self, who: str) -> dict[str, Any] | None:
        """The form that `who` had sent when their session was over, taken out."""
        query = (
            select(ConsoleSessionRow)
            .where(
                ConsoleSessionRow.who == who,
                col(ConsoleSessionRow.kept).is_not(None),
            )
            .order_by(col(ConsoleSessionRow.id).desc())
        )
        with self._database.transaction() as session:
            found = None
            since = (utcnow() - KEPT).isoformat()
            for row in session.exec(query.limit(20)):
                if found is None and row.kept and row.kept["at"] > since:
                    found = row.kept
                row.kept = None
                session.add(row)
        return found
