"""Tokens of programs that use the API: what each may do, and until when; only hashes are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from sqlalchemy import update
from sqlmodel import col, select

from gateway.errors import InvalidState, NotFound
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import ApiTokenRow

Scope = Literal["read", "personal", "intake", "triage", "announce"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
MEANING: dict[Scope, str] = {
    "read": "tickets, messages, letters and notices, without anybody's address or words",
    "personal": "addresses, names and the raw text of messages; each look is on the record",
    "intake": "hand in messages",
    "triage": "change tickets, correct readings, release and replay messages and letters",
    "announce": "draft, approve, send and stop notices",
}
PREFIX = "tgw_"  # so that a token that leaked is known for one
TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that has shown its token."""

    token: int
    name: str
    scopes: frozenset[str]

    @property
    def who(self) -> str:
        """How it stands on the record and on histories."""
        return f"api:{self.name}"


class Tokens:
    """The tokens of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, name: str, scopes: list[Scope], days: float, who: str) -> str:
        """A new token, which is shown this once; InvalidState for one that can do nothing."""
        if not name.strip() or not scopes:
            raise InvalidState(f"a token needs a name and what it may do: {', '.join(SCOPES)}")
        if unknown := sorted(set(scopes) - set(SCOPES)):
            raise InvalidState(f"{unknown[0]} is nothing a token may do: {', '.join(SCOPES)}")
        token = PREFIX + secrets.token_urlsafe(32)
        with self._database.transaction() as session:
            session.add(
                ApiTokenRow(
                    token_hash=_hash(token), name=name.strip()[:100], scopes=sorted(set(scopes)),
                    made_by=who, expires_at=utcnow() + timedelta(days=days),
                )
            )  # fmt: skip
        return token

    def caller(self, token: str) -> Caller | None:
        """Whose token it is; None for none, or one that is over."""
        query = select(ApiTokenRow).where(ApiTokenRow.token_hash == _hash(token))
        now = utcnow()
        with self._database.read() as session:
            row = session.exec(query).first()
        if row is None or row.id is None or row.revoked_at is not None or row.expires_at <= now:
            return None
        if row.used_at is None or row.used_at < now - TOUCH:
            with self._database.transaction() as session:
                session.execute(
                    update(ApiTokenRow).where(col(ApiTokenRow.id) == row.id).values(used_at=now)
                )
        return Caller(row.id, row.name, frozenset(row.scopes))

    def revoke(self, number: int) -> ApiTokenRow:
        """It is good for nothing from now on."""
        with self._database.transaction() as session:
            row = session.get(ApiTokenRow, number)
            if row is None:
                raise NotFound(f"no token {number}: see `triage tokens list`")
            row.revoked_at = row.revoked_at or utcnow()
            session.add(row)
            return row

    def listing(self) -> list[ApiTokenRow]:
        """All of them, the newest first."""
        with self._database.read() as session:
            return list(session.exec(select(ApiTokenRow).order_by(col(ApiTokenRow.id).desc())))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
