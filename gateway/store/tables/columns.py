"""The kinds of columns that tables are made of."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.model import utcnow

MAX_ID = 2**31 - 1  # what an id column of either database can be compared with


def as_number(name: str) -> int | None:
    """The id that somebody typed; None where it can be none."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
    return number if 0 < number <= MAX_ID else None


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be read back as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Attach UTC where the database forgot it."""
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


def time_column(*, nullable: bool = False, index: bool = False) -> Any:
    """A time; see UtcDateTime."""
    return Field(
        default=None if nullable else ...,
        sa_column=Column(UtcDateTime, nullable=nullable, index=index),
    )


def now_column() -> Any:
    """The time at which the row is made."""
    return Field(default_factory=utcnow, sa_column=Column(UtcDateTime, nullable=False))


def json_column(default: Any) -> Any:
    """What has no column of its own; `default` makes it where nothing is given."""
    kind = JSON().with_variant(JSONB(), "postgresql")
    return Field(default_factory=default, sa_column=Column(kind, nullable=False))


def link_to(target: str, *, nullable: bool = False, index: bool = True) -> Any:
    """The id of a row of another table."""
    column: Column[int] = Column(ForeignKey(target), nullable=nullable, index=index)
    return Field(default=None if nullable else ..., sa_column=column)
