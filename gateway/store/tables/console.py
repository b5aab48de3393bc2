"""Who is signed in, what was done, and the tokens of programs."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from gateway.model import utcnow
from gateway.store.tables.columns import UtcDateTime, json_column, now_column, time_column


class ConsoleSessionRow(SQLModel, table=True):
    """Somebody who is signed in at the console; of their cookie only the hash is kept.

    `role` is what they had when they signed in; for `how` = mail the configuration decides anew.
    `kept` is a form that came after the end of the session, for the same person to take up again.
    """

    __tablename__ = "console_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    who: str = Field(index=True)
    role: str
    how: str
    origin: str = ""
    agent: str = ""
    created_at: datetime = now_column()
    seen_at: datetime = now_column()
    expires_at: datetime = time_column()
    ended_at: datetime | None = time_column(nullable=True)
    ended_by: str | None = None
    kept: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


class SignInLinkRow(SQLModel, table=True):
    """A link that signs somebody in, once; only its hash is kept."""

    __tablename__ = "sign_in_link"

    token_hash: str = Field(primary_key=True)
    who: str = Field(index=True)
    role: str
    how: str
    created_at: datetime = now_column()
    expires_at: datetime = time_column()
    used_at: datetime | None = time_column(nullable=True)


class AuditRow(SQLModel, table=True):
    """What somebody did at the console or by its API: who, when, what, to what, from where.

    Append only.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_target", "target", "id"),
        Index("ix_audit_who", "who", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = now_column()
    who: str
    what: str
    target: str = ""
    origin: str = ""
    facts: dict[str, Any] = json_column(dict)


class ApiTokenRow(SQLModel, table=True):
    """A program's token for the API; only its hash is kept. `scopes` is what it may do."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    name: str
    scopes: list[str] = json_column(list)
    made_by: str
    created_at: datetime = now_column()
    expires_at: datetime = time_column()
    used_at: datetime | None = time_column(nullable=True)
    revoked_at: datetime | None = time_column(nullable=True)


class ApiAnswerRow(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered; no status while nobody knows."""

    __tablename__ = "api_answer"

    token_id: int = Field(
        sa_column=Column(ForeignKey("api_token.id"), primary_key=True, autoincrement=False)
    )
    key: str = Field(primary_key=True)
    request: str
    at: datetime = Field(
        default_factory=utcnow, sa_column=Column(UtcDateTime, nullable=False, index=True)
    )
    status: int | None = None
    body: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
