"""Mailing lists that an operator wants us on, and what their managers ask and tell.

A request to confirm a subscription waits for the operator where he asked for that list under that
address; any other is shown and can never be confirmed. Nothing here is answered by itself.
"""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from gateway.errors import NotFound
from gateway.model import ListNotice, Message, utcnow
from gateway.store.database import Database
from gateway.store.tables import ListNoticeRow, SubscriptionRow

# What a notice makes of the subscription that it is about.
_BECOMES = {
    "confirm": "to_confirm", "welcome": "subscribed", "goodbye": "ended", "disabled": "disabled",
}  # fmt: skip
_REASONS = {
    "waits": "a mailing list asks whether we mean to subscribe: triage lists list",
    "unasked": "a mailing list asks to confirm what nobody here asked for: triage lists list",
    "noted": "the manager of a mailing list writes: triage lists list",
    "answered": "a mailing list asks again what was answered: triage lists list",
}


def note(session: Session, number: int, message: Message, recipients: Sequence[str]) -> str:
    """Keep what a list manager wrote in message `number`; returns why it opens no ticket."""
    notice = message.list_notice
    if notice is None:
        raise ValueError("the message is no notice of a list manager")
    known = session.exec(select(ListNoticeRow).where(ListNoticeRow.message_id == number)).first()
    if known is not None:
        return _REASONS[known.state]
    subscription = _of(session, notice, message, recipients)
    state = _state(notice, subscription)
    session.add(
        ListNoticeRow(
            message_id=number,
            subscription_id=subscription.id if subscription else None,
            kind=notice.kind,
            system=notice.system,
            list=notice.list,
            mail_to=notice.mail_to,
            mail_subject=notice.mail_subject,
            mail_body=notice.mail_body,
            link=notice.link,
            state=state,
        )
    )
    if subscription is not None and notice.kind in _BECOMES:
        _move(subscription, _BECOMES[notice.kind])
        subscription.system = subscription.system or notice.system
        session.add(subscription)
    return _REASONS[state]


def _state(notice: ListNotice, subscription: SubscriptionRow | None) -> str:
    if notice.kind == "confirm":
        return "waits" if subscription is not None else "unasked"
    return "unasked" if notice.kind == "leave" else "noted"


def _move(subscription: SubscriptionRow, state: str) -> None:
    subscription.state, subscription.updated_at = state, utcnow()


def _of(
    session: Session, notice: ListNotice, message: Message, recipients: Sequence[str]
) -> SubscriptionRow | None:
    """The subscription that it is about: the same list, under the address that it was sent to."""
    headed = (one.address for one in (*message.to, *message.cc))
    sent_to = {address.lower() for address in (*recipients, *headed)}
    sender = message.sender.address if message.sender else ""
    # An operator keeps some dozens of them.
    for row in session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.id))):
        is_ours = not sent_to or row.address.lower() in sent_to
        if is_ours and is_list(row.list, notice.list, message.list_id or "", sender):
            return row
    return None


def is_list(wanted: str, named: str, list_id: str, sender: str) -> bool:
    """Whether the list that an operator named is the one that a notice speaks of.

    He names it by its address, its identifier, or, where its notices name no list, by the
    domain that they come from.
    """
    wanted, named = wanted.lower(), named.lower()
    local, at, host = wanted.rpartition("@")
    if at:
        theirs, _, there = named.rpartition("@")
        return local == theirs and is_near(host, there)
    if wanted in {named.replace("@", "."), list_id.lower()}:
        return True
    return is_near(wanted, sender.rpartition("@")[2]) and "." in wanted


def is_near(one: str, other: str) -> bool:
    """Whether one domain is the other, or lies within it."""
    mine, theirs = f".{one.lower()}", f".{other.lower()}"
    return bool(one and other) and (mine.endswith(theirs) or theirs.endswith(mine))


# --- what an operator sees and does ---------------------------------------------------------------


def subscribe(session: Session, list_: str, system: str, address: str, who: str) -> SubscriptionRow:
    """Note that the operator wants this list; once more, where it has ended or was not answered."""
    row = session.exec(
        select(SubscriptionRow).where(
            SubscriptionRow.list == list_, SubscriptionRow.address == address
        )
    ).first()
    if row is None:
        row = SubscriptionRow(list=list_, address=address, system=system, asked_by=who)
    row.asked_by, row.system = who, system or row.system
    if row.state != "subscribed":
        _move(row, "asked")
    session.add(row)
    session.flush()
    return row


def notice(session: Session, number: int) -> tuple[ListNoticeRow, SubscriptionRow | None]:
    """A notice and the subscription that it is about; NotFound."""
    row = session.get(ListNoticeRow, number, with_for_update=True)
    if row is None:
        raise NotFound(f"no notice {number} of a mailing list: see `triage lists list`")
    of = session.get(SubscriptionRow, row.subscription_id) if row.subscription_id else None
    return row, of


def answered(session: Session, row: ListNoticeRow, subscription: SubscriptionRow, who: str) -> None:
    """The operator has confirmed."""
    row.state, row.answered_by, row.answered_at = "answered", who, utcnow()
    _move(subscription, "confirming")
    session.add_all([row, subscription])


def listing(database: Database, limit: int) -> tuple[list[SubscriptionRow], list[ListNoticeRow]]:
    """Every subscription, and the newest notices."""
    with database.read() as session:
        subscriptions = session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.list)))
        newest = select(ListNoticeRow).order_by(col(ListNoticeRow.id).desc()).limit(limit)
        return list(subscriptions), list(session.exec(newest))


def counts(database: Database) -> dict[str, int]:
    """How many requests wait to be confirmed, and how many came that nobody asked for."""
    states = col(ListNoticeRow.state)
    query = select(states, func.count()).where(states.in_(["waits", "unasked"]))
    with database.read() as session:
        found = dict(session.exec(query.group_by(states)).all())
    return {"to_confirm": found.get("waits", 0), "unasked": found.get("unasked", 0)}
