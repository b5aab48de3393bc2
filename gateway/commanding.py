"""Does what operators command by mail, once each, and tells them what was done or why not.

A command runs in the transaction that files its mail; its row has a unique key, so that the same
mail does nothing twice. What touches other people is not done at once: the answer carries a word
that works once, for a while, for the one who asked, and is stored as its digest alone. Once it is
confirmed, a durable timer does it. Whether somebody may command is decided by
`gateway.incidents.operators`.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from sqlmodel import Session, col, or_, select

from classifiers import Owners
from gateway.errors import InvalidState, NotFound, Permanent
from gateway.handoff import Handoffs
from gateway.incidents import commands, parting, tickets
from gateway.incidents.commands import HELP, Command, CommandMail, Orders
from gateway.incidents.docket import Docket
from gateway.incidents.overruling import Overruling
from gateway.letters import Letters
from gateway.model import Address, Letter, Message, utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.tables import CommandRow, LetterRow, MessageRow, NoticeRow, TicketRow
from gateway.timers import Alone, Kind, Timer, set_timer

KIND = "command"  # of letters, and of the timer that does what was confirmed
ASKS = {"resolve": "resolution", "announce": "update"}  # what needs a confirmation, and its notice


class Announcer(Protocol):
    """What is needed of the second story."""

    def draft(self, ticket: str, kind: str, text: str, who: str) -> NoticeRow:
        """Write a notice down."""

    def approve(self, notice_id: int, who: str) -> NoticeRow:
        """Say yes."""

    def send(self, notice_id: int, who: str) -> int:
        """Send it."""

    def resolve(self, ticket: str, text: str, who: str) -> tuple[NoticeRow, int]:
        """All of it in one act."""


@dataclass(slots=True)
class Result:
    """What came of a command."""

    line: str
    state: str  # done, refused, asks, confirmed (and under way)
    said: str
    word: str = ""  # that confirms it


@dataclass(slots=True)
class Act:
    """A command that is being done, and what it works on."""

    session: Session
    docket: Docket
    mail: CommandMail
    command: Command
    row: CommandRow
    ticket: TicketRow
    result: Result

    @property
    def said(self) -> str:
        """What follows the word."""
        return self.command.argument


NO_TICKET = TicketRow(token="", title="", source="", event="")
Split = Callable[[str, Sequence[str], str, str], TicketRow]  # of a ticket, its messages, who, why
WHY = "commanded by mail"


class Commanding:
    """Runs commands."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        *,
        overruling: Overruling,
        handoffs: Handoffs,
        announcing: Announcer,
        owners: Owners,
        severity_of: tickets.SeverityOf,
        address: str,
        confirm_minutes: float = 60.0,
        split: Split,
        trackers: Sequence[str] = (),
        hold: str | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters
        self._overruling = overruling
        self._handoffs = handoffs
        self._announcing = announcing
        self._owners = owners
        self._severity_of = severity_of
        self._address = address
        self._patience = timedelta(minutes=confirm_minutes)
        self._trackers = trackers
        self._split_off = split
        self._hold = hold
        self._clock = clock
        self._does: dict[str, Callable[[Act], str]] = {
            "severity": self._severity,
            "service": self._service,
            "disposition": self._disposition,
            "assign": self._assign,
            "handoff": self._handoff,
            "merge": self._merge,
            "split": self._split,
            "note": self._note,
        }

    @property
    def kinds(self) -> dict[str, Kind]:
        """The timer that this rings."""
        return {KIND: Alone(self._confirmed)}

    # --- a mail with commands ---

    def named(self, session: Session, message: Message, orders: Orders) -> TicketRow | None:
        """The ticket that commands without a thread name: by one of them, or by the subject."""
        session.flush()
        refs = [one.ticket for one in orders.commands if one.ticket]
        ref = refs[0] if refs else commands.ref_in(message.subject)
        if not ref:
            return None
        try:
            return tickets.get(session, ref, to_change=True)
        except Permanent:
            return None

    def run(self, session: Session, docket: Docket, mail: CommandMail) -> tuple[Letter, ...]:
        """Do what the mail commands; the letter that says what came of it.

        No letter where it was all done before.
        """
        key = commands.digest(mail.message)
        first = select(CommandRow.id).where(col(CommandRow.key).startswith(f"{key}:")).limit(1)
        if session.exec(first).first() is not None:
            if mail.ticket is not None:
                docket.note(mail.ticket, "commands not repeated", "the same mail came before")
            return ()
        results = []
        for number, command in enumerate(mail.orders.commands):
            results.append(self._run(session, docket, mail, command, f"{key}:{number}"))
        return (self._answer(mail, mail.ticket, results, f"{KIND}:{key}"),)

    def _run(
        self, session: Session, docket: Docket, mail: CommandMail, command: Command, key: str
    ) -> Result:
        row = CommandRow(
            key=key, message_id=mail.number, who=mail.who, word=command.word[:40], state="refused",
            argument="" if command.word == "confirm" else command.argument[:20_000],
            at=self._clock(),
        )  # fmt: skip
        result = Result(command.line, "refused", "")
        ticket: TicketRow | None = None
        try:
            ticket = self._ticket(session, docket, mail, command)
            with session.begin_nested():
                act = Act(session, docket, mail, command, row, ticket or NO_TICKET, result)
                self._do(act, ticket is not None)
        except Permanent as error:
            result.state, result.said = "refused", str(error)
            if ticket is not None:
                docket.note(ticket, "command refused", f"{command.line} ({mail.who}): {error}")
        if row.ticket_id is None and ticket is not None:
            row.ticket_id = tickets.number(ticket)
        row.state, row.said = result.state, result.said[:1000]
        session.add(row)
        session.flush()
        return result

    def _ticket(
        self, session: Session, docket: Docket, mail: CommandMail, command: Command
    ) -> TicketRow | None:
        if command.ticket:
            return docket.now(tickets.get(session, command.ticket, to_change=True))
        return docket.now(mail.ticket) if mail.ticket is not None else None

    def _do(self, act: Act, has_ticket: bool) -> None:
        word, result = act.command.word, act.result
        if not act.command.is_known:
            near = commands.nearest(word)
            hint = f"; did you mean #{near}?" if near else ""
            raise NotFound(f"there is no #{word}{hint}")
        result.state = "done"
        if word == "help":
            result.said = "below"
        elif word == "confirm":
            result.said = self._confirm(act.session, act.mail, act.said)
        elif not has_ticket:
            raise NotFound(f"which ticket? Answer a mail of it, or write #{word} TG-7 ...")
        elif word in ASKS:
            self._ask(act)
        else:
            result.said = f"{act.ticket.ref}: {self._does[word](act)}"

    # --- each command; all return what was done, or raise why not ---

    def _set(self, act: Act, **changes: Any) -> str:
        applied = self._overruling.apply(act.session, act.ticket, changes, act.mail.who, WHY)
        return "; ".join(applied)

    def _severity(self, act: Act) -> str:
        return self._set(act, severity=act.said.lower() or "nothing")

    def _disposition(self, act: Act) -> str:
        word = act.said.lower().replace(" ", "_").replace("-", "_") or "nothing"
        return self._set(act, disposition=word)

    def _service(self, act: Act) -> str:
        ids = list(dict.fromkeys(act.said.replace(",", " ").split()))
        if not ids:
            raise InvalidState("which services? #service ID, ID")
        return self._set(act, services=ids)

    def _assign(self, act: Act) -> str:
        owner = act.mail.who if act.said.lower() in {"me", ""} else act.said.lower()
        if owner not in self._owners.by_id and ("@" not in owner or " " in owner):
            known = ", ".join(sorted(self._owners.by_id))
            raise InvalidState(f"{act.said} is no address and no owner: {known}")
        return self._set(act, owner=owner)

    def _handoff(self, act: Act) -> str:
        to, _, why = act.said.partition(" ")
        if not to:
            raise InvalidState(f"to whom? {', '.join(sorted(self._owners.by_id))}")
        if not self._handoffs.is_known(to):
            raise InvalidState(f"{to} is neither an owner nor of ours: hand it over at the desk")
        row = self._handoffs.within(act.session, act.ticket, to, act.mail.who, why)
        return f"handed to {row.team} <{row.addresses[0]}>"

    def _merge(self, act: Act) -> str:
        into = act.docket.now(tickets.get(act.session, act.said or "nothing", to_change=True))
        if into is act.ticket or into.id == act.ticket.id:
            raise InvalidState(f"{act.ticket.ref} cannot become a part of itself")
        act.docket.merge_by_hand(into, act.ticket, self._severity_of, act.mail.who)
        return f"a part of {into.ref} now"

    def _split(self, act: Act) -> str:
        """Done once this mail is filed: who is known on both is written by then."""
        names = act.said.replace(",", " ").split() or self._answered(act)
        if not names:
            raise InvalidState(
                "which message? Answer the one that is to be split off, or write #split TRACE"
            )
        numbers = [row.id for row in parting.messages_of(act.session, act.ticket, names)]
        act.row.ticket_id = tickets.number(act.ticket)
        act.session.add(act.row)
        act.session.flush()
        act.result.state = "confirmed"
        set_timer(
            act.session, KIND, f"{KIND}:{act.row.id}", self._clock(), ticket_id=act.row.ticket_id,
            command=act.row.id, language=act.mail.language, messages=numbers,
        )  # fmt: skip
        return "is being split; another letter says as what"

    @staticmethod
    def _answered(act: Act) -> list[str]:
        """The message of the ticket that the mail answers, itself or by our letter about it."""
        parent = act.mail.message.in_reply_to or ""
        by_letter = select(LetterRow.trace).where(LetterRow.message_id == parent)
        query = select(MessageRow.id).where(
            MessageRow.ticket_id == act.ticket.id,
            or_(col(MessageRow.message_id) == parent, col(MessageRow.trace).in_(by_letter)),
        )
        return [str(number) for number in act.session.exec(query.limit(1))] if parent else []

    def _note(self, act: Act) -> str:
        if not act.said:
            raise InvalidState("what is to be noted? #note text")
        tickets.note(act.session, tickets.number(act.ticket), act.mail.who, "note", act.said[:5000])
        return "noted"

    # --- what must be confirmed ---

    def _ask(self, act: Act) -> None:
        word, ticket = act.command.word, act.ticket
        if not act.said:
            raise InvalidState(
                f"what are people to be told? #{word} text, or the text in lines below it"
            )
        if ticket.state in tickets.OVER:
            raise InvalidState(f"{ticket.ref} is {ticket.state} already: nobody is told twice")
        secret = secrets.token_hex(10)
        act.row.secret, act.row.expires_at = _digest(secret), self._clock() + self._patience
        act.result.state, act.result.word = "asks", secret
        act.result.said = f"{ticket.ref}: not done yet, since it tells other people"
        act.docket.note(ticket, f"#{word} asked for", f"by {act.mail.who}, to be confirmed")

    def _confirm(self, session: Session, mail: CommandMail, word: str) -> str:
        query = select(CommandRow).where(
            CommandRow.secret == _digest(word.strip().lower()), CommandRow.state == "asks"
        )
        row = session.exec(query.with_for_update()).first()
        if row is None or row.who != mail.who:
            raise NotFound("that word is not one of yours, or was used before: ask again")
        row.secret = None  # it works once
        if row.expires_at is None or row.expires_at < self._clock():
            row.state = "refused"
            session.add(row)
            raise NotFound("that word has expired: ask again")
        row.state = "confirmed"
        session.add(row)
        set_timer(
            session, KIND, f"{KIND}:{row.id}", self._clock(),
            ticket_id=row.ticket_id, command=row.id, language=mail.language,
        )  # fmt: skip
        return f"TG-{row.ticket_id}: #{row.word} is being done; another letter says when it is"

    def _confirmed(self, timer: Timer) -> None:
        """Do it now. May be rung twice after a crash: what is done is found done."""
        with self._database.read() as session:
            row = session.get_one(CommandRow, timer.facts["command"])
        if row.state != "confirmed":
            return
        ref = f"TG-{row.ticket_id}"
        try:
            numbers = timer.facts.get("messages", [])
            done = self._part(row, numbers) if row.word == "split" else self._tell(row)
            said, state = f"{ref}: {done}", "done"
        except Permanent as error:
            said, state = f"{ref}: {error}", "refused"
        with self._database.transaction() as session:
            now = session.get_one(CommandRow, row.id, with_for_update=True)
            now.state, now.said = state, said[:1000]
            session.add(now)
            ticket = tickets.get(session, row.ticket_id or 0)
            letter = self._write(
                (row.who, str(timer.facts["language"])), ticket,
                [Result(f"#{row.word}", state, said)], f"{KIND}:done:{row.id}",
            )  # fmt: skip
            self._outbox.enqueue(session, [letter], hold=self._hold)
        self._outbox.wake()

    def _part(self, row: CommandRow, numbers: Sequence[int]) -> str:
        """Split the messages off, unless an earlier ring did so."""
        with self._database.read() as session:
            query = select(MessageRow.ticket_id).where(col(MessageRow.id).in_(numbers))
            on = {number for number in session.exec(query) if number is not None}
        if row.ticket_id in on:
            names = [str(number) for number in numbers]
            return f"split off as {self._split_off(str(row.ticket_id), names, row.who, WHY).ref}"
        return f"split off as {', '.join(f'TG-{number}' for number in sorted(on))}"

    def _tell(self, row: CommandRow) -> str:
        """Have the notice sent, unless an earlier ring did so."""
        kind, ticket = ASKS[row.word], str(row.ticket_id)
        with self._database.read() as session:
            query = select(NoticeRow).where(
                NoticeRow.ticket_id == row.ticket_id,
                NoticeRow.kind == kind,
                NoticeRow.drafted_by == row.who,
                NoticeRow.text == row.argument.strip(),
                col(NoticeRow.drafted_at) >= row.at,
            )
            known = session.exec(query.order_by(col(NoticeRow.id))).first()
        if known is not None and known.state not in {"draft", "approved"}:
            return "everyone concerned is being told"
        if row.word == "resolve" and known is None:
            _, told = self._announcing.resolve(ticket, row.argument, row.who)
            return f"resolved; told: {told}"
        if known is None:
            known = self._announcing.draft(ticket, kind, row.argument, row.who)
        number = known.id or 0
        if known.state == "draft":
            self._announcing.approve(number, row.who)
        return f"told: {self._announcing.send(number, row.who)}"

    # --- the answer ---

    def _answer(
        self, mail: CommandMail, ticket: TicketRow | None, results: Sequence[Result], key: str
    ) -> Letter:
        to = (mail.who, mail.language)
        return self._write(to, ticket, results, key, mail.message)

    def _write(
        self,
        to: tuple[str, str],
        ticket: TicketRow | None,
        results: Sequence[Result],
        key: str,
        answered: Message | None = None,
    ) -> Letter:
        who, language = to
        needs_help = any(one.state == "refused" or one.line == "#help" for one in results)
        minutes = int(self._patience.total_seconds() // 60)
        return self._letters.write(
            KIND,
            key=key,
            recipient=Address(who),
            language=language,
            ref=ticket.ref if ticket else "",
            token=ticket.token if ticket else "",
            ticket_id=ticket.id if ticket else None,
            reply_to=None if ticket else self._address,
            in_reply_to=answered.message_id if answered else None,
            references=answered.references if answered else (),
            facts={
                "results": [
                    {"line": one.line, "state": one.state, "said": one.said, "word": one.word}
                    for one in results
                ],
                "commands": list(HELP.values()) if needs_help else [],
                "minutes": minutes,
            },
        )


def _digest(word: str) -> str:
    return sha256(word.encode()).hexdigest()
