"""Who wants to hear what, who refused, and the lists that we are on."""

from datetime import datetime

from sqlalchemy import (
    Column,
    ForeignKey,
)
from sqlmodel import Field, SQLModel, UniqueConstraint

from gateway.store.tables.columns import json_column, link_to, now_column, time_column


class SubscriberRow(SQLModel, table=True):
    """Someone who wants to hear about a service, and has said so.

    `address` is in lower case. `wants`: all, outages or maintenance; `digest`: no (each piece of
    news at once), daily or weekly, the last one `digested_at`. Of the consent it is kept when it
    was given, how (page, mail, import, operator) and in what words or by whose hand.
    """

    __tablename__ = "subscriber"
    __table_args__ = (UniqueConstraint("address", "service"),)

    id: int | None = Field(default=None, primary_key=True)
    address: str
    name: str = ""
    language: str = "en"
    service: str = Field(index=True)
    wants: str = "all"
    digest: str = Field(default="no", index=True)
    digested_at: datetime | None = time_column(nullable=True)
    consent_at: datetime = now_column()
    consent_how: str = "operator"
    consent_words: str = ""
    created_at: datetime = now_column()


class NewsRequestRow(SQLModel, table=True):
    """What somebody at an address asked for, which counts once it is confirmed from there.

    `number` stands in the link and the reply address of the letter that asks back. `action`:
    subscribe or unsubscribe (then no `services` means all); `how`: page or mail.
    """

    __tablename__ = "news_request"

    number: str = Field(primary_key=True)
    address: str = Field(index=True)
    name: str = ""
    language: str = "en"
    action: str = "subscribe"
    services: list[str] = json_column(list)
    wants: str = "all"
    digest: str = "no"
    how: str
    asked_at: datetime = time_column(index=True)
    expires_at: datetime = time_column()
    confirmed_at: datetime | None = time_column(nullable=True)


class RefusalRow(SQLModel, table=True):
    """An address that is to get no news, whatever list it stands on, since when and how said.

    It is kept as a keyed digest: it must outlive the erasure of all else about that person.
    """

    __tablename__ = "refusal"

    mark: str = Field(primary_key=True)
    at: datetime = time_column()
    how: str


class SubscriptionRow(SQLModel, table=True):
    """A mailing list that an operator wants us on, under one of our addresses.

    `state`: asked (nothing heard yet), to_confirm (its manager asks whether we mean it), confirming
    (answered), subscribed, disabled (its manager has stopped sending), ended.
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("list", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    list: str
    address: str
    system: str = ""
    state: str = "asked"
    asked_by: str
    created_at: datetime = now_column()
    updated_at: datetime = now_column()


class ListNoticeRow(SQLModel, table=True):
    """What a list manager wrote: see gateway.model.ListNotice.

    `state`: waits (for the operator to confirm), unasked (nobody here wanted it: never confirmed),
    answered, or noted (there is nothing to do).
    """

    __tablename__ = "list_notice"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(sa_column=Column(ForeignKey("message.id"), nullable=False, unique=True))
    subscription_id: int | None = link_to("subscription.id", nullable=True)
    at: datetime = now_column()
    kind: str
    system: str = ""
    list: str
    mail_to: str = ""
    mail_subject: str = ""
    mail_body: str = ""
    link: str = ""
    state: str = Field(index=True)
    answered_by: str | None = None
    answered_at: datetime | None = time_column(nullable=True)
