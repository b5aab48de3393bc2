"""Who wants to hear about which service."""

from collections.abc import Collection

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from gateway.errors import NotFound, Permanent
from gateway.store.database import Database
from gateway.store.tables import SubscriberRow


class Subscribers:
    """The list, kept by an operator. `services` are the ids that the catalogue knows."""

    def __init__(self, database: Database, services: Collection[str]) -> None:
        self._database = database
        self._services = services

    def add(self, address: str, service: str, name: str, language: str) -> bool:
        """Note a subscription; False if it was there. Permanent for an unknown service."""
        if service not in self._services:
            raise Permanent(f"no service {service} in the catalogue: see data/services")
        local, _, domain = address.rpartition("@")
        if not local or not domain or any(c.isspace() for c in address):
            raise Permanent(f"{address} is no mail address")
        row = SubscriberRow(
            address=f"{local}@{domain.lower()}", service=service, name=name, language=language
        )
        try:
            with self._database.transaction() as session:
                session.add(row)
        except IntegrityError:
            return False
        return True

    def remove(self, address: str, service: str) -> None:
        """End a subscription; NotFound if there is none."""
        local, _, domain = address.rpartition("@")
        with self._database.transaction() as session:
            gone = session.exec(
                delete(SubscriberRow).where(
                    col(SubscriberRow.address) == f"{local}@{domain.lower()}",
                    col(SubscriberRow.service) == service,
                )
            )
            if not gone.rowcount:
                raise NotFound(f"{address} does not subscribe to {service}")

    def listing(self) -> list[SubscriberRow]:
        """All of them, by service."""
        query = select(SubscriberRow).order_by(
            col(SubscriberRow.service), col(SubscriberRow.address)
        )
        with self._database.read() as session:
            return list(session.exec(query))
