"""Who wants to hear about which service: what of, how often, and since when they agreed.

Whoever asked for no news at all gets none, on whatever list they stand: `refused` knows them by a
keyed digest of their address. The functions that take a session are asked by whoever writes or
sends news, in its own transaction.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlmodel import Session, SQLModel, col, delete, select

from gateway.errors import NotFound, Permanent
from gateway.model import utcnow
from gateway.store.database import Database, insert_into
from gateway.store.tables import RefusalRow, SigningKeyRow, SubscriberRow

KEY = "subscriptions"  # the store's key behind links, reply addresses and marks
Wants = Literal["all", "outages", "maintenance"]
Rhythm = Literal["no", "daily", "weekly"]
WANTS: tuple[Wants, ...] = get_args(Wants)
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
PLANNED = "maintenance"  # the kinds of notices about planned work begin with it
SUBSCRIBER, REFUSAL = (
    SQLModel.metadata.tables[str(row.__tablename__)] for row in (SubscriberRow, RefusalRow)
)
_AT_ONCE = 500  # addresses to a statement


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to hear: of these services, of which kind, at once or collected."""

    services: tuple[str, ...]
    wants: Wants = "all"
    digest: Rhythm = "no"


@dataclass(frozen=True, slots=True)
class Consent:
    """How somebody agreed: page, mail, import or operator; in what words, or by whose hand."""

    how: Literal["page", "mail", "import", "operator"]
    words: str = ""


def normal(address: str) -> str:
    """An address as it stands in the list. Permanent for what is none."""
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain or any(c.isspace() for c in address.strip()):
        raise Permanent(f"{address} is no mail address")
    return f"{local}@{domain}".lower()


def tells_of(kind: str) -> tuple[Wants, ...]:
    """Which wishes a notice of that kind falls under."""
    return ("all", "maintenance") if kind.startswith(PLANNED) else ("all", "outages")


# --- asked by whoever tells people ----------------------------------------------------------


def readers(session: Session, services: Collection[str], kind: str) -> list[SubscriberRow]:
    """Who wants a notice of that kind about one of these services, at once; oldest first.

    Whoever chose a digest reads it there. Somebody may stand there for several services.
    """
    query = (
        select(SubscriberRow)
        .where(
            col(SubscriberRow.service).in_(services),
            col(SubscriberRow.wants).in_(tells_of(kind)),
            SubscriberRow.digest == "no",
        )
        .order_by(col(SubscriberRow.id))
    )
    return list(session.exec(query))


def still_read(
    session: Session, addresses: Iterable[str], services: Collection[str], kind: str
) -> set[str]:
    """Those of `addresses`, in lower case, that subscribe to such news now."""
    found: set[str] = set()
    for some in _portions(addresses):
        query = select(SubscriberRow.address).where(
            col(SubscriberRow.address).in_(some),
            col(SubscriberRow.service).in_(services),
            col(SubscriberRow.wants).in_(tells_of(kind)),
        )
        found.update(session.exec(query))
    return found


def refused(session: Session, addresses: Iterable[str]) -> dict[str, datetime]:
    """Those of `addresses`, in lower case, that want no news at all, and since when."""
    key = _key(session)
    marks = {_mark(key, one.lower()): one.lower() for one in addresses}
    found: dict[str, datetime] = {}
    for some in _portions(marks):
        query = select(RefusalRow).where(col(RefusalRow.mark).in_(some))
        found |= {marks[row.mark]: row.at for row in session.exec(query)}
    return found


def refuse(session: Session, address: str, how: str) -> None:
    """No news to that address any more, whatever list it stands on."""
    values = {"mark": _mark(_key(session), address.lower()), "at": utcnow(), "how": how}
    connection = session.connection()
    connection.execute(
        insert_into(connection, REFUSAL)
        .values(**values)
        .on_conflict_do_update(index_elements=["mark"], set_=values)
    )


def welcome_back(session: Session, address: str) -> None:
    """Somebody who wanted no news has asked for some."""
    mark = _mark(_key(session), address.lower())
    session.exec(delete(RefusalRow).where(col(RefusalRow.mark) == mark))


def _key(session: Session) -> bytes:
    row = session.get(SigningKeyRow, KEY)
    if row is None:
        raise Permanent(f"store: its signing key {KEY} is missing: restore it from a backup")
    return bytes.fromhex(row.key)


def _mark(key: bytes, address: str) -> str:
    return hmac.digest(key, f"refusal:{address}".encode(), hashlib.sha256).hex()


def _portions(values: Iterable[str]) -> Iterable[Sequence[str]]:
    listed = list(values)
    return (listed[at : at + _AT_ONCE] for at in range(0, len(listed), _AT_ONCE))


# --- changed by subscribers and operators -----------------------------------------------------


def of(session: Session, address: str) -> list[SubscriberRow]:
    """What that address, in lower case, subscribes to, by service."""
    query = select(SubscriberRow).where(SubscriberRow.address == address)
    return list(session.exec(query.order_by(col(SubscriberRow.service))))


def subscribe(
    session: Session,
    address: str,
    choice: Choice,
    consent: Consent,
    *,
    name: str = "",
    language: str = "en",
) -> int:
    """Note what that address, in lower case, agreed to; how many services were new to it."""
    known = {row.service for row in of(session, address)}
    now = utcnow()
    chosen = {
        "language": language, "wants": choice.wants, "digest": choice.digest, "consent_at": now,
        "consent_how": consent.how, "consent_words": consent.words,
    }  # fmt: skip
    connection = session.connection()
    for service in dict.fromkeys(choice.services):
        row = {"address": address, "service": service, "name": name, "created_at": now, **chosen}
        connection.execute(
            insert_into(connection, SUBSCRIBER)
            .values(**row)
            .on_conflict_do_update(
                index_elements=["address", "service"],
                set_=chosen | ({"name": name} if name else {}),
            )
        )
    session.expire_all()
    return len(set(choice.services) - known)


def unsubscribe(session: Session, address: str, services: Collection[str] | None = None) -> int:
    """End the subscriptions of that address to these services, or for None to all; how many."""
    conditions = [col(SubscriberRow.address) == address]
    if services is not None:
        conditions.append(col(SubscriberRow.service).in_(services))
    gone: int = session.exec(delete(SubscriberRow).where(*conditions)).rowcount
    return gone


class Subscribers:
    """The list, as an operator keeps it. `services` are the ids that the catalogue knows."""

    def __init__(self, database: Database, services: Collection[str]) -> None:
        self._database = database
        self._services = services

    def add(
        self,
        address: str,
        service: str,
        name: str,
        language: str,
        *,
        choice: Choice | None = None,
        consent: Consent | None = None,
    ) -> bool:
        """Note a subscription; False if it was there. Permanent for an unknown service."""
        if service not in self._services:
            raise Permanent(f"no service {service} in the catalogue: see data/services")
        asked = choice or Choice((service,))
        by = consent or Consent("operator")
        with self._database.transaction() as session:
            who = normal(address)
            if any(row.service == service for row in of(session, who)):
                return False
            return bool(subscribe(session, who, asked, by, name=name, language=language))

    def remove(self, address: str, service: str) -> None:
        """End a subscription; NotFound if there is none."""
        with self._database.transaction() as session:
            if not unsubscribe(session, normal(address), [service]):
                raise NotFound(f"{address} does not subscribe to {service}")

    def listing(self) -> list[SubscriberRow]:
        """All of them, by service."""
        query = select(SubscriberRow).order_by(
            col(SubscriberRow.service), col(SubscriberRow.address)
        )
        with self._database.read() as session:
            return list(session.exec(query))
