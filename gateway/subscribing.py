"""The third story: the gateway subscribes to a mailing list, and only where an operator said so.

He names the list; a letter asks its manager, or he fills in the page himself. The manager asks
back, and that waits until he confirms: by a letter through the outbox, or by a link that he opens
himself. No link is ever followed here, and no letter goes to another domain than the list's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.errors import InvalidState, Permanent
from gateway.incidents import mailing_lists
from gateway.letters import Letters
from gateway.model import belongs_to
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.tables import ListNoticeRow, SubscriptionRow

BY_HAND = "page"
# How each manager is asked: to whom, with which subject and body.
SYSTEMS: dict[str, tuple[str, str, str]] = {
    "mailman": ("{name}-join@{host}", "subscribe", ""),
    "ezmlm": ("{name}-subscribe@{host}", "subscribe", ""),
    "mlmmj": ("{name}+subscribe@{host}", "subscribe", ""),
    "google": ("{name}+subscribe@{host}", "subscribe", ""),
    "listserv": ("LISTSERV@{host}", "", "SUBSCRIBE {name} ANONYMOUS"),
    "majordomo": ("majordomo@{host}", "", "subscribe {name}"),
    "sympa": ("sympa@{host}", "SUBSCRIBE {name}", ""),
    BY_HAND: ("", "", ""),
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming came to: a letter in the outbox, or a link that the operator has to open."""

    subscription: SubscriptionRow
    letter_to: str = ""
    link: str = ""


class Subscribing:
    """Asks for subscriptions, shows what list managers answer, confirms what was asked for."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        addresses: Sequence[str],
        hold: str | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters
        self._addresses = addresses
        self._hold = hold

    def subscribe(
        self, list_: str, who: str, system: str = BY_HAND, address: str | None = None
    ) -> tuple[SubscriptionRow, bool]:
        """Note that we want this list, and ask for it; whether a letter was written."""
        ours, list_ = self._ours(address), _checked(list_, system)
        name, _, host = list_.rpartition("@")
        to, subject, body = (part.format(name=name, host=host) for part in SYSTEMS[system])
        with self._database.transaction() as session:
            noted = "" if system == BY_HAND else system
            row = mailing_lists.subscribe(session, list_, noted, ours, who)
            if to and row.state != "subscribed":
                letter = self._letters.command(
                    to, sender=ours, subject=subject, body=body,
                    key=f"subscribe:{row.id}:{row.updated_at.timestamp():.6f}",
                )  # fmt: skip
                self._outbox.enqueue(session, [letter], hold=self._hold)
        self._outbox.wake()
        log.info("list.subscribe", system=system, subscription=row.id)
        return row, bool(to) and row.state != "subscribed"

    def confirm(self, number: int, who: str) -> Confirmed:
        """Confirm the subscription that notice `number` asks about, if it was asked for here."""
        with self._database.transaction() as session:
            notice, subscription = mailing_lists.notice(session, number)
            if subscription is None or notice.kind != "confirm":
                raise InvalidState(_why_not(notice))
            if not notice.mail_to and not notice.link:
                raise InvalidState(f"notice {number} does not say how it is confirmed: read it")
            if notice.mail_to:
                self._refuse_elsewhere(notice, subscription)
                letter = self._letters.command(
                    notice.mail_to,
                    sender=subscription.address,
                    subject=notice.mail_subject,
                    body=notice.mail_body,
                    key=f"confirm:{notice.id}",
                )
                self._outbox.enqueue(session, [letter], hold=self._hold)
            mailing_lists.answered(session, notice, subscription, who)
        self._outbox.wake()
        log.info("list.confirm", notice=number, by="letter" if notice.mail_to else "link")
        link = "" if notice.mail_to else notice.link
        return Confirmed(subscription, notice.mail_to, link)

    def listing(self, limit: int = 50) -> tuple[list[SubscriptionRow], list[ListNoticeRow]]:
        """Every subscription, and the newest notices."""
        return mailing_lists.listing(self._database, limit)

    def counts(self) -> dict[str, int]:
        """How many requests wait to be confirmed, and how many came that nobody asked for."""
        return mailing_lists.counts(self._database)

    def _ours(self, address: str | None) -> str:
        if address is None:
            return self._addresses[0]
        if not any(belongs_to(address, own) for own in self._addresses):
            known = ", ".join(self._addresses)
            raise Permanent(f"{address} is none of our addresses: {known}, or {known}+anything")
        return address

    @staticmethod
    def _refuse_elsewhere(notice: ListNoticeRow, subscription: SubscriptionRow) -> None:
        """A forged request must not make us write to anybody."""
        host = subscription.list.rpartition("@")[2]
        there = notice.mail_to.rpartition("@")[2]
        if mailing_lists.is_near(host, there):
            return
        raise InvalidState(
            f"notice {notice.id} wants its answer at {there}, which is not {host}: "
            f"read it first (triage spool show {notice.message_id} --raw)"
        )


def _checked(list_: str, system: str) -> str:
    if system not in SYSTEMS:
        raise Permanent(f"{system} is no system that we know: {', '.join(SYSTEMS)}")
    name, at, host = list_.strip().strip("<>").rpartition("@")
    if not host or "." not in host or any(c.isspace() for c in list_.strip()):
        raise Permanent(f"{list_} is neither a list's address nor its identifier or domain")
    if not at and system != BY_HAND:
        raise Permanent(f"{system} is asked by the list's address: name@{host}")
    return f"{name}{at}{host.lower()}"


def _why_not(notice: ListNoticeRow) -> str:
    if notice.kind == "leave":
        return (
            f"notice {notice.id} asks to take us off {notice.list}: nobody confirms that here; "
            "to stay, do nothing"
        )
    if notice.kind != "confirm":
        return f"notice {notice.id} asks for nothing to be confirmed"
    return (
        f"nobody here asked for {notice.list}: if you want it, say so first: "
        f"triage lists subscribe {notice.list or 'LIST'}, and ask for a new confirmation"
    )
