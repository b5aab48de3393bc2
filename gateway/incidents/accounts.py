"""How many are affected and how badly, by the accounts of those who told: kept with its sources.

Each witness (a person, a monitor, a list) has one account on a ticket: what they last said, and in
which message. What is said adds to it; a correction ("only three users") or an all-clear takes it
back. What a ticket says is the worst of the accounts that stand, and never less than the people
who reported. It lives inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select, update

from gateway.incidents import tickets
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import AccountRow, TicketRow

SOME, MANY = 2, 101  # distinct people from which it is some, and many


@dataclass(slots=True)
class Account:
    """What a witness says in a message."""

    who: str
    message: int
    at: datetime
    event: str
    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    is_person: bool = False
    is_over: bool = False
    is_smaller: bool = False  # it takes back what was said


@dataclass(frozen=True, slots=True)
class Affected:
    """What the standing accounts come to; `persons` is how many different people reported."""

    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    persons: int = 0
    standing: int = 0


class Accounts:
    """The accounts on the tickets of a batch: those `loaded` at its start, and others."""

    def __init__(self, session: Session, loaded: Sequence[TicketRow]) -> None:
        self._session = session
        self._told: dict[tuple[str, str], tuple[TicketRow, Account]] = {}
        self._fallen: dict[str, str] = {}  # by token: why it may be less than it was
        self._touched: dict[str, TicketRow] = {}
        self.persons: dict[tuple[int, str], str] = {}  # whose a mailbox is, where that is known
        self._machines = {one.token: dict[str, bool]() for one in loaded}
        self._load_machines({tickets.number(one): one.token for one in loaded})

    def _load_machines(self, tokens: Mapping[int, str]) -> None:
        """What monitors and lists have told of these tickets, and whether it is over for them."""
        if not tokens:
            return
        query = select(AccountRow.ticket_id, AccountRow.who, AccountRow.is_over).where(
            col(AccountRow.ticket_id).in_(tokens), col(AccountRow.is_person).is_(False)
        )
        for number, who, is_over in self._session.exec(query):
            self._machines[tokens[number]][who] = is_over

    def tell(self, ticket: TicketRow, one: Account) -> None:
        """A witness says something of the ticket."""
        self._touched[ticket.token] = ticket
        key = ticket.token, one.who
        before = self._told.get(key)
        self._told[key] = ticket, _after(before[1] if before else None, one)
        if not one.is_person:
            self._of_machines(ticket)[one.who] = one.is_over
        if one.is_over or one.is_smaller:
            self._fallen[ticket.token] = "an all-clear" if one.is_over else "a correction"

    def take_back(self, ticket: TicketRow, one: Account) -> None:
        """One who may says that it is fewer than was said by anybody before."""
        if one.people is None and one.reach in {"unknown", "many", "all"}:
            return
        self._fallen[ticket.token] = "a correction"
        for told, other in self._told.values():
            if told is ticket and other.at <= one.at:
                _lessen(other, one)
        if ticket.id is None:
            return
        more = or_(col(AccountRow.people) > (one.people or 1),
                   col(AccountRow.reach).in_(["many", "all"]))  # fmt: skip
        self._session.execute(
            update(AccountRow)
            .where(col(AccountRow.ticket_id) == ticket.id, col(AccountRow.at) <= one.at, more)
            .values(people=one.people, reach=one.reach)
        )

    def firing(self, ticket: TicketRow) -> set[str]:
        """The monitors that have not cleared what they told; lists and relays never do."""
        found = self._of_machines(ticket).items()
        return {who for who, over in found if not over and not who.startswith(("@", "list:"))}

    def _of_machines(self, ticket: TicketRow) -> dict[str, bool]:
        found = self._machines.get(ticket.token)
        if found is None:
            found = self._machines[ticket.token] = {}
            if ticket.id is not None:
                self._load_machines({ticket.id: ticket.token})
        return found

    def others(self, ticket: TicketRow, mine: Collection[str]) -> int:
        """How many people other than these reported it, for whom it is not over."""
        told = {one.who: one.is_over for other, one in self._told.values()
                if other is ticket and one.is_person}  # fmt: skip
        count = sum(not over for who, over in told.items() if who not in mine)
        if ticket.id is None:
            return count
        query = select(func.count()).select_from(AccountRow).where(
            AccountRow.ticket_id == ticket.id, col(AccountRow.is_person),
            col(AccountRow.is_over).is_(False), col(AccountRow.who).not_in({*mine, *told}),
        )  # fmt: skip
        return count + self._session.exec(query).one()

    def merged(self, gone: TicketRow, into: TicketRow) -> None:
        """What was told of the one is told of the other now; the rows are moved by `merging`."""
        for key in [key for key in self._told if key[0] == gone.token]:
            _, one = self._told.pop(key)
            before = self._told.get((into.token, one.who))
            self._told[into.token, one.who] = into, _after(before[1] if before else None, one)
        if self._touched.pop(gone.token, None) is not None:
            self._touched[into.token] = into
        self._machines.pop(gone.token, None)
        self._machines.pop(into.token, None)

    def write(self) -> list[tuple[TicketRow, Affected, str]]:
        """Keep them; what each ticket comes to now, and why it may be less, if it may."""
        if not self._told:
            return []
        self._meet()
        known = self._known()
        rows = []
        for ticket, one in self._told.values():
            number = tickets.number(ticket)
            whole = _after(known.get((number, one.who)), one)
            rows.append({"ticket_id": number, "who": one.who, **_columns(whole)})
        upsert = insert_into(self._session, AccountRow)
        changed = [name for name in rows[0] if name not in {"ticket_id", "who"}]
        write_rows(
            self._session,
            upsert.on_conflict_do_update(
                index_elements=["ticket_id", "who"],
                set_={name: upsert.excluded[name] for name in changed},
            ),
            rows,
        )
        found = affected(self._session, {tickets.number(one) for one in self._touched.values()})
        return [
            (ticket, found.get(tickets.number(ticket), Affected()), self._fallen.get(token, ""))
            for token, ticket in self._touched.items()
        ]

    def _meet(self) -> None:
        """Accounts from several mailboxes of one person are that person's."""
        met: dict[tuple[str, str], tuple[TicketRow, Account]] = {}
        for ticket, one in self._told.values():
            one.who = self.persons.get((tickets.number(ticket), one.who), one.who)
            key = ticket.token, one.who
            met[key] = ticket, _after(met[key][1] if key in met else None, one)
        self._told = met

    def _known(self) -> dict[tuple[int, str], Account]:
        numbers = {tickets.number(ticket) for ticket, _ in self._told.values()}
        query = select(AccountRow).where(
            col(AccountRow.ticket_id).in_(numbers),
            col(AccountRow.who).in_({one.who for _, one in self._told.values()}),
        )
        return {
            (row.ticket_id, row.who): Account(
                row.who, row.message_id, row.at, row.event, row.reach, row.people, row.hampered,
                row.is_person, row.is_over,
            )
            for row in self._session.exec(query)
        }  # fmt: skip


def _columns(one: Account) -> dict[str, Any]:
    return {
        "message_id": one.message, "at": one.at, "event": one.event, "reach": one.reach,
        "people": one.people, "hampered": one.hampered, "is_person": one.is_person,
        "is_over": one.is_over,
    }  # fmt: skip


def _after(before: Account | None, one: Account) -> Account:
    """What a witness has said once they have said this too; the later word goes before."""
    if before is None:
        return one
    first, last = (before, one) if before.at <= one.at else (one, before)
    if last.is_over:
        return last
    if last.is_smaller or first.is_over:
        return Account(
            last.who, last.message, last.at, last.event,
            last.reach if last.reach != "unknown" or first.is_over else first.reach,
            last.people if last.people is not None or first.is_over else first.people,
            last.hampered if last.hampered != "unknown" or first.is_over else first.hampered,
            last.is_person, False, last.is_smaller,
        )  # fmt: skip
    return Account(
        last.who, last.message, last.at, last.event,
        tickets.worse(tickets.REACHES, first.reach, last.reach),
        max((n for n in (first.people, last.people) if n is not None), default=None),
        tickets.worse(tickets.HAMPERED, first.hampered, last.hampered),
        last.is_person, False, first.is_smaller,
    )  # fmt: skip


def _lessen(other: Account, one: Account) -> None:
    if (other.people or 0) > (one.people or 1) or other.reach in {"many", "all"}:
        other.people, other.reach = one.people, one.reach


def affected(session: Session, numbers: Collection[int]) -> Mapping[int, Affected]:
    """What the standing accounts on these tickets come to."""
    if not numbers:
        return {}
    columns = AccountRow.ticket_id, AccountRow.reach, AccountRow.hampered, AccountRow.is_person
    query = (
        select(*columns, func.max(AccountRow.people), func.count())  # type: ignore[call-overload]
        .where(col(AccountRow.ticket_id).in_(numbers), col(AccountRow.is_over).is_(False))
        .group_by(*columns)
    )
    found: dict[int, Affected] = {}
    for number, reach, hampered, is_person, people, count in session.execute(query):
        now = found.get(number, Affected())
        found[number] = Affected(
            tickets.worse(tickets.REACHES, now.reach, reach),
            max((n for n in (now.people, people) if n is not None), default=None),
            tickets.worse(tickets.HAMPERED, now.hampered, hampered),
            now.persons + (count if is_person else 0),
            now.standing + count,
        )
    return {number: _at_least(one) for number, one in found.items()}


def _at_least(one: Affected) -> Affected:
    """No fewer are affected than reported it."""
    floor = "many" if one.persons >= MANY else "some" if one.persons >= SOME else "unknown"
    reach = tickets.worse(tickets.REACHES, one.reach, floor)
    people = None if one.people is None else max(one.people, one.persons)
    return Affected(reach, people, one.hampered, one.persons, one.standing)


def in_words(one: Affected) -> str:
    """For the history."""
    parts = [f"reach {one.reach}", f"hampered {one.hampered}"]
    if one.people is not None:
        parts.append(f"{one.people} people told of")
    return ", ".join([*parts, f"{one.persons} reported"])


def whose(found: Iterable[str]) -> str:
    """Some of these names, for the history."""
    names = sorted(found)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
