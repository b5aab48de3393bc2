"""The first story: what happens to a message once it is in the spool.

It is read (in a reader process), screened, matched to a ticket or opens one, filed and
answered. What came of a batch is written in one transaction, letters included; the claim on
the spool rows decides who may write, so that a batch that is run twice writes once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlmodel import Session

from classifiers import Grouping, Reading
from gateway.config import AnswerSettings, WorkerSettings
from gateway.counting import report_of
from gateway.engine import Engine
from gateway.errors import Permanent
from gateway.incidents import answering, asking, finding, operators, people, threads, tickets
from gateway.incidents.asked import Asked
from gateway.incidents.asking import error_in
from gateway.incidents.candidates import Mode
from gateway.incidents.commands import NEED_A_TICKET, NO_ORDERS, CommandMail, Orders, orders_of
from gateway.incidents.deciding import Deciding
from gateway.incidents.docket import Docket
from gateway.incidents.explaining import Finding
from gateway.incidents.leads import IN_THREAD, Found
from gateway.incidents.maintenance import Maintenance, as_facts
from gateway.incidents.moments import own_time
from gateway.incidents.news_mail import NewsDesk, NewsMail
from gateway.incidents.notices import Filed
from gateway.incidents.operators import Operators
from gateway.incidents.signals import Signal, signal_of
from gateway.incidents.spikes import Spikes
from gateway.letters import Letters, ReturnPaths, is_reachable, named
from gateway.model import Address, Letter, Message, Trust
from gateway.outbox import Outbox
from gateway.readers import Readers
from gateway.spool import Claim, Finished, Held, Spool
from gateway.store.tables import TicketRow
from gateway.trust import Judge
from gateway.understanding import (
    Understood,
    reading_as_json,
    trust_as_json,
    trust_from_json,
    windows_as_json,
)

# Automatic mail of these kinds answers something: it is kept, but opens no ticket.
ECHOES = {"vacation", "ack", "receipt", "challenge", "bounce", "feedback_loop"}
REPLAYED = "it was filed there before"
NOT_JOINED = "not joined"  # a line of history, with its reason

NOBODY = Operators()

log = structlog.get_logger()


class Answered(Protocol):
    """Knows to whom tickets were handed."""

    def handed(self, session: Session, numbers: Collection[int]) -> set[int]:
        """Those of these tickets that somebody was asked to take over, and did not answer."""

    def answered(self, session: Session, ticket: TicketRow, message: Message) -> object | None:
        """Something if the message is the answer of whoever the ticket was handed to."""


class Commander(Protocol):
    """Does what operators command by mail."""

    def named(self, session: Session, message: Message, orders: Orders) -> TicketRow | None:
        """The ticket that commands without a thread name."""

    def run(self, session: Session, docket: Docket, mail: CommandMail) -> tuple[Letter, ...]:
        """Do it, and write the answer."""


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What the organization's data files say, as far as filing and answering need it."""

    service_names: Mapping[str, str]
    answers: Mapping[str, answering.AnswerTo]
    severity: tickets.SeverityOf
    operators: Operators = NOBODY
    deciding: Deciding | None = None
    grouping: Grouping | None = None
    matching: Mode = "off"
    soft: tuple[int, int] = (5, 30)  # so many soft bounces in so many days end the news


@dataclass(slots=True)
class _Case:
    """One message on its way through the story."""

    held: Held
    understood: Understood
    trust: Trust
    asked: Asked
    may_command: bool = False
    orders: Orders = NO_ORDERS  # what it commands, where it may
    forbidden: str = ""  # what it would command, and why it may not
    is_report: bool = False
    is_in_thread: bool = False  # it answers what is on its ticket, or maybe a letter of ours
    is_owners: bool = False  # whoever the ticket was handed to answers
    ticket: TicketRow | None = None
    is_new: bool = False
    reopened: bool = False
    number: int | None = None
    reason: str | None = None
    letters: tuple[Letter, ...] = ()
    signs: tuple[str, ...] = ()
    window: Finding | None = None  # what explains it, might, or overran

    @property
    def filed(self) -> Filed:
        """As maintenance looks at it."""
        reading = self.understood.reading
        return Filed(self.held.id, self.message, reading, self.at, self.trust, self.signs)

    @property
    def at(self) -> datetime:
        """When it was written, as far as that can be believed."""
        return own_time(self.message.date, self.held.received_at, self.held.door)

    @property
    def message(self) -> Message:
        return self.understood.message

    def finished(self) -> Finished:
        return Finished(
            id=self.held.id,
            message_id=self.message.message_id,
            subject=self.message.subject[:500],
            reading=reading_as_json(self.understood.reading),
            trust=trust_as_json(self.trust) | {"may_command": self.may_command},
            ticket_id=self.ticket.id if self.ticket else self.number,
            reason=self.reason,
            written_at=self.at,
        )

    def log(self) -> None:
        reading = self.understood.reading
        log.info(
            "message.filed" if self.ticket else "message.kept",
            trace=self.held.trace, ticket=self.ticket.ref if self.ticket else None,
            source=reading.source, taken_for=reading.event, severity=reading.severity,
            is_new=self.is_new, why=self.reason, trust=self.trust.verdict,
        )  # fmt: skip


def facts_of(reading: Reading) -> tickets.Facts:
    """What a reading says, as a ticket keeps it."""
    return tickets.Facts(
        source=reading.source,
        event=reading.event,
        services=reading.services,
        reach=reading.reach,
        people=reading.people,
        hampered=reading.hampered,
        severity=reading.severity,
        windows=tuple(windows_as_json(reading)),
        window_status=reading.window_status,
        needs_review=reading.needs_review,
        sure=reading.confidence.get("event", 0.0),
    )


class Pipeline:
    """Takes claimed messages through the story."""

    def __init__(
        self,
        *,
        spool: Spool,
        engine: Engine,
        readers: Readers,
        outbox: Outbox,
        letters: Letters,
        rules: HouseRules,
        workers: WorkerSettings,
        answers: AnswerSettings,
        addresses: tuple[str, ...],
        return_paths: ReturnPaths,
        hold_letters: str | None = None,
        trackers: tuple[str, ...] = (),
        spikes: Spikes | None = None,
        judge: Judge | None = None,
        news: NewsDesk | None = None,
        handoffs: Answered | None = None,
        maintenance: Maintenance | None = None,
        commanding: Commander | None = None,
    ) -> None:
        self._spool = spool
        self._engine = engine
        self._readers = readers
        self._outbox = outbox
        self._letters = letters
        self._rules = rules
        self._workers = workers
        self._answers = answers
        self._addresses = addresses
        self._return_paths = return_paths
        self._hold = hold_letters
        self._trackers = trackers
        self._spikes = spikes
        self._judge = judge or Judge()
        self._news = news
        self._handoffs = handoffs
        self._maintenance = maintenance or Maintenance()
        self._commanding = commanding

    def process(self, claim: Claim) -> None:
        """Take these messages through; raises what went wrong, and then nothing was written."""
        raws = self._spool.raw(claim.ids)
        found = self._readers.read(list(raws.values()), self._workers.read_seconds)
        understood = dict(zip(raws, found, strict=True))
        trusts = self._judged(raws, understood)

        def write(session: Session) -> None:
            self._file_all(session, claim, understood, trusts)

        self._engine.transaction("file", write)
        self._outbox.wake()

    def _judged(
        self, raws: Mapping[int, bytes], understood: Mapping[int, Understood]
    ) -> dict[int, Trust]:
        """Whom to believe, message by message; asked before anything is written.

        Who was verified once stays so when a message is replayed: by then the signature may have
        expired and its key be gone.
        """
        ids = list(raws)
        asks = not self._judge.is_idle
        known = self._spool.beliefs(ids) if asks else {}
        kept = {i: trust_from_json(one) for i, one in known.items() if one["verdict"] == "verified"}
        open_ = [id_ for id_ in ids if id_ not in kept]
        envelopes = self._spool.envelopes(open_) if asks else {}
        mails = [(raws[id_], understood[id_].message, envelopes.get(id_)) for id_ in open_]
        return kept | dict(zip(open_, self._judge.judge_all(mails), strict=True))

    def _file_all(
        self,
        session: Session,
        claim: Claim,
        understood: Mapping[int, Understood],
        trusts: Mapping[int, Trust],
    ) -> None:
        mine = [
            self._case(held, understood[held.id], trusts[held.id])
            for held in self._spool.claimed(session, claim)
            if held.id in understood
        ]
        self._maintenance.lock(session, [(one.message, one.understood.reading) for one in mine])
        docket = Docket(
            session,
            [case.asked for case in mine],
            replayed=[case.held.ticket_id for case in mine if case.held.ticket_id],
            trackers=self._trackers,
            rules=self._rules.deciding,
            words=self._rules.grouping,
            mode=self._rules.matching,
            soft=self._rules.soft,
        )
        for case in mine:
            if not self._is_about_news(session, case):
                self._match(session, docket, case)
        docket.number_tickets()
        for case in mine:
            case.ticket = case.ticket and docket.now(case.ticket)
        self._take_over(session, mine)
        self._obey(session, docket, mine)
        letters = self._answers_to(docket, mine) + [one for case in mine for one in case.letters]
        self._note_forbidden(docket, mine)
        docket.write(self._rules.severity)
        self._count(session, mine)
        self._spool.finish(session, [case.finished() for case in mine])
        finding.remember(session, [finding.words_of(one.held.id, one.message) for one in mine])
        self._outbox.enqueue(session, letters, hold=self._hold)
        for case in mine:
            case.log()

    def _take_over(self, session: Session, cases: Sequence[_Case]) -> None:
        """Whoever was asked to take a ticket over may be among those who wrote."""
        if self._handoffs is None:
            return
        wrote = [
            (case, case.ticket) for case in cases
            if case.ticket is not None and not case.is_new and answering.is_person(case.message)
        ]  # fmt: skip
        handed = self._handoffs.handed(session, {tickets.number(ticket) for _, ticket in wrote})
        for case, ticket in wrote:
            if ticket.id in handed:
                answered = self._handoffs.answered(session, ticket, case.message)
                case.is_owners = answered is not None

    def _count(self, session: Session, cases: Sequence[_Case]) -> None:
        """What single people report counts; unusually much of it is an incident."""
        if self._spikes is None or not cases:
            return
        reports = [
            report_of(case.held.id, case.message, case.understood.reading, case.at,
                      self._spikes.sources)
            for case in cases if case.ticket is not None
        ]  # fmt: skip
        until = max(case.at for case in cases)
        self._spikes.count(session, [one for one in reports if one is not None], until)

    def _case(self, held: Held, understood: Understood, trust: Trust) -> _Case:
        against = operators.objection(understood.message, trust, self._rules.operators)
        asked = self._asked(held, understood, trust)
        case = _Case(held, understood, trust, asked, may_command=against is None)
        orders = orders_of(understood.message)
        if orders.known and against is None and self._commanding is not None:
            case.orders = orders
        elif orders.known:
            lines = "; ".join(one.line for one in orders.known)
            case.forbidden = f"{lines}: {against}"
        return case

    # --- screened and matched ---

    def _is_about_news(self, session: Session, case: _Case) -> bool:
        """Whether it asks for our news, or to leave them, and says nothing else."""
        if self._news is None or case.held.ticket_id is not None:
            return False
        message = case.message
        headed = [address.address for address in (*message.to, *message.cc)]
        mail = NewsMail(
            message=message,
            recipients=(*case.held.recipients, *headed),
            is_person=answering.is_person(message) and case.held.sender != "",
            verified=case.trust.verdict == "verified",
            objection=self._objection(case, message.sender, "from"),
        )
        acted = self._news.act(session, mail)
        if acted is None:
            return False
        case.letters = tuple(replace(one, trace=case.held.trace) for one in acted.letters)
        if not acted.reads_on:
            case.reason = f"no ticket: {acted.reason}"
        return not acted.reads_on

    def _match(self, session: Session, docket: Docket, case: _Case) -> None:
        """Find or open the ticket of the message, or say why it needs none."""
        message, reading = case.message, case.understood.reading
        is_echo = message.auto_kind in ECHOES
        if self._is_of_a_letter(docket, case):
            return
        if message.list_notice is not None:
            why = docket.list_notice(case.held.id, message, case.held.recipients)
            case.reason = f"no ticket: {why}"
            return
        asked, facts = case.asked, self._facts(case)
        found = self._found(docket, case, asked)
        if case.orders.commands and self._is_command_alone(session, docket, case, found):
            return
        adds = not is_echo and found.why != REPLAYED
        case.signs = facts.signs
        explained = self._explained(docket, case, found) if adds else None
        if explained is not None:
            case.ticket, adds = explained, False
            found = Found(explained, found.why, refused=found.refused, is_report=True)
        elif found.ticket is not None:
            ticket, why = found.ticket, found.why
            for other in found.others:
                ticket = docket.merge(ticket, other, self._rules.severity)
            if why == REPLAYED:
                docket.note(ticket, "message read again")
            elif is_echo:
                docket.note(ticket, f"automatic reply ({message.auto_kind}) received", why)
            else:
                self._add(docket, case, found, ticket, facts)
            case.ticket = ticket
        elif is_echo or (reading.event == "noise" and (message.is_auto or message.is_bulk)):
            case.reason = "no ticket: " + (message.auto_kind or "noise that nobody wrote")
            return
        else:
            why = f"mail from {reading.source.replace('_', ' ')} that answers nothing we know"
            case.ticket, case.is_new = docket.open(message.subject, facts, why), True
        case.is_report = found.is_report
        case.is_in_thread = found.why in IN_THREAD
        docket.part(case.ticket, found)
        docket.join(case.ticket, asked, found, adds=adds)
        if adds:
            docket.testimony.tell(case.ticket, asked, facts, found, case.held.id)
            docket.suggest(case.ticket, found, case.held.id)
            case.ticket = docket.absorb(case.ticket, found, self._rules.severity)
        self._windows_of(session, docket, case, case.ticket)
        self._note_refusal(docket, case, found.refused)

    def _add(
        self, docket: Docket, case: _Case, found: Found, ticket: TicketRow, facts: tickets.Facts
    ) -> None:
        """A further message on its ticket."""
        by_person = answering.is_person(case.message)
        was_over, lacked = ticket.state in tickets.OVER, asking.unknown(ticket)
        if by_person:
            facts = asking.answer(facts, ticket, case.message)
        docket.add_to(ticket, facts, self._rules.severity, found, case.asked, by_person=by_person)
        self._note_what_is_told(docket, ticket, lacked)
        case.reopened = was_over and ticket.state not in tickets.OVER

    @staticmethod
    def _note_what_is_told(docket: Docket, ticket: TicketRow, lacked: Sequence[str]) -> None:
        """Somebody told what was needed to rank it, maybe since they were asked."""
        told = [one for one in lacked if one not in asking.unknown(ticket)]
        if told:
            known = {"services": ticket.services, "reach": ticket.reach, "people": ticket.people,
                     "hampered": ticket.hampered, "error": bool(ticket.error)}  # fmt: skip
            docket.note(ticket, "what was missing is told", ", ".join(told), **known)

    # --- commanded ---

    def _is_command_alone(
        self, session: Session, docket: Docket, case: _Case, found: Found
    ) -> bool:
        """Whether the message commands and reports nothing; it is on the ticket that it means."""
        ticket = found.ticket
        if ticket is None and len(found.refused) == 1:
            ticket = found.refused[0]  # whoever may command may write there
        if ticket is None and self._commanding is not None:
            ticket = self._commanding.named(session, case.message, case.orders)
        if ticket is None:
            is_report = bool(case.orders.rest or case.message.forwarded)
            if is_report and any(one.word in NEED_A_TICKET for one in case.orders.known):
                return False  # it opens one, which the commands are about
            case.reason = "no ticket: commands that name none"
            return True
        case.ticket = docket.now(ticket)
        docket.note(case.ticket, "commands received", f"from {case.asked.party.writer}")
        docket.join(case.ticket, case.asked, replace(found, refused=()), adds=False)
        return True

    def _obey(self, session: Session, docket: Docket, cases: Sequence[_Case]) -> None:
        """Do what those who may command have commanded; their answers are letters."""
        for case in cases:
            if case.orders.commands and self._commanding is not None:
                session.flush()
                mail = CommandMail(
                    case.held.id, case.message, case.orders, case.ticket, case.message.language
                )
                letters = self._commanding.run(session, docket, mail)
                for letter in letters:
                    if case.ticket is not None:
                        docket.join_id(docket.now(case.ticket), letter.message_id)
                case.letters = tuple(replace(one, trace=case.held.trace) for one in letters)
        for case in cases:
            case.ticket = case.ticket and docket.now(case.ticket)

    @staticmethod
    def _note_forbidden(docket: Docket, cases: Sequence[_Case]) -> None:
        """Who may not command is not told so, and answered like anybody; a person should look."""
        for case in cases:
            if case.forbidden and case.ticket is not None and case.held.ticket_id is None:
                docket.note(case.ticket, "command not executed", case.forbidden)
                case.ticket.needs_review = True

    def _facts(self, case: _Case) -> tickets.Facts:
        """What the reading says, and what its words say beyond it."""
        message, deciding = case.message, self._rules.deciding
        first = message.forwarded.text if message.forwarded else ""
        texts = (message.subject, message.reply_text or message.text, first)
        return replace(
            facts_of(case.understood.reading),
            signs=deciding.priority.signs(*texts) if deciding else (),
            written_by=case.understood.reading.written_by,
            error=error_in(message),
        )

    def _explained(self, docket: Docket, case: _Case, found: Found) -> TicketRow | None:
        """The ticket of the maintenance that explains a report; None where nothing does.

        What belongs to another ticket stays there.
        """
        window = case.window = self._maintenance.explains(docket, case.filed)
        if window is None or window.kind != "explained" or window.window.ticket_id is None:
            return None
        ticket = docket.fetch(window.window.ticket_id)
        if ticket is None or (found.ticket is not None and docket.now(found.ticket) is not ticket):
            return None
        self._maintenance.attach(docket, ticket, window, case.understood.reading)
        return ticket

    def _windows_of(self, session: Session, docket: Docket, case: _Case, ticket: TicketRow) -> None:
        """What the message tells of maintenance is kept; what may have to do with it is cited."""
        window = case.window
        if window is not None and docket.now(ticket).id != window.window.ticket_id:
            self._maintenance.cite(docket, ticket, window, is_new=case.is_new)
        self._maintenance.heard(session, docket, ticket, case.filed)

    def _is_of_a_letter(self, docket: Docket, case: _Case) -> bool:
        """Whether a machine tells of a letter of ours; that opens nothing and is never answered.

        All bounces are such mail, and what a machine sends to a return path that we gave out.
        """
        message = case.message
        headed = [address.address for address in (*message.to, *message.cc)]
        paths = self._return_paths.among([*case.held.recipients, *headed])
        is_machine = message.is_auto or case.held.sender == ""
        is_complaint = message.auto_kind == "feedback_loop"
        if not (message.is_bounce or (is_machine and paths.genuine) or is_complaint):
            return False
        case.reason = "no ticket: a bounce of nothing we sent"
        if paths.forged and not paths.genuine:
            case.reason = "no ticket: a bounce to a return path that we never gave out"
            return True
        letter = docket.letter_back(message, paths.genuine)
        if letter is None:
            return not is_complaint  # of something else: it is filed like other machines' mail
        if case.held.ticket_id is None:  # not replayed
            if message.is_bounce:
                docket.came_back(letter, message)
            elif is_complaint:
                docket.complained(letter)
            else:
                docket.note_letter(letter, "a machine answered", message.auto_kind or "")
        case.number = letter.ticket_id
        what = (
            "bounce" if message.is_bounce else "complaint" if is_complaint else "machine's answer"
        )
        case.reason = f"a {what}, noted on the letter that it tells of"
        return True

    def _asked(self, held: Held, understood: Understood, trust: Trust) -> Asked:
        message, reading = understood.message, understood.reading
        is_verified = trust.verdict == "verified"
        party = threads.party(message, self._addresses, verified=is_verified)
        by_person = reading.written_by != "machine" and not message.is_auto
        return Asked(
            message, held.recipients, party, self._signal(held, message, reading), by_person
        )

    def _signal(self, held: Held, message: Message, reading: Reading) -> Signal | None:
        words = self._rules.grouping
        if words is None:
            return None
        at = own_time(message.date, held.received_at, held.door)
        return signal_of(message, reading, at, words)

    @staticmethod
    def _found(docket: Docket, case: _Case, asked: Asked) -> Found:
        if case.held.ticket_id is not None:
            ticket = docket.ticket(case.held.ticket_id)
            if ticket is not None:
                return Found(ticket, REPLAYED)
        return docket.find(asked)

    @staticmethod
    def _note_refusal(docket: Docket, case: _Case, refused: Sequence[TicketRow]) -> None:
        """Nobody gets into a thread by citing it; whether he belongs there, a person decides."""
        ticket = case.ticket
        if not refused or not case.is_new or ticket is None:
            return
        docket.number_tickets()
        cited = ", ".join(docket.now(one).ref for one in refused)
        docket.note(ticket, NOT_JOINED, f"it cites {cited}, where its sender is not known: "
                    f"if it belongs there, triage tickets merge {ticket.ref} {cited}")  # fmt: skip
        ticket.needs_review = True

    # --- answered ---

    def _answers_to(self, docket: Docket, cases: Sequence[_Case]) -> list[Letter]:
        """The acknowledgements of the batch: one a sender and ticket, ever."""
        wanted: dict[str, tuple[_Case, TicketRow, Address]] = {}
        for case in cases:
            if case.ticket is not None:
                recipient = self._recipient(docket, case, case.ticket)
                if recipient is not None:
                    address = recipient.address.lower()
                    key = f"{answering.ACKNOWLEDGEMENT}:{case.ticket.id}:{address}"
                    wanted.setdefault(key, (case, case.ticket, recipient))
        known = docket.letters_known(wanted)
        letters = []
        for key, (case, ticket, recipient) in wanted.items():
            if key in known:
                continue
            try:
                letter = self._acknowledgement(key, case, ticket, recipient)
            except Permanent as error:
                docket.note(ticket, tickets.NOT_ANSWERED, str(error))
                continue
            docket.join_id(ticket, letter.message_id)
            docket.note(ticket, "acknowledged", f"to {recipient.address}", letter=key)
            letters.append(letter)
        return letters

    def _recipient(self, docket: Docket, case: _Case, ticket: TicketRow) -> Address | None:
        """Who gets an answer; None if nobody, which is on the ticket's history with its reason."""
        if case.orders.commands:
            return None  # the answer to the commands is one
        if case.is_owners:
            docket.note(ticket, tickets.NOT_ANSWERED, "whoever it was handed to answers")
            return None
        message, reading = case.message, case.understood.reading
        source_answers = self._rules.answers.get(reading.source, "from")
        is_report = reading.event in {*tickets.TROUBLE, "question"}
        if reading.written_by == "person" and (is_report or not case.is_new):
            source_answers = "from"  # who reports or asks is met as a person, however briefly
        recipient = answering.recipient_of(message, source_answers)
        objection = self._objection(case, recipient, source_answers)
        if recipient is not None and recipient.address and answering.is_person(message):
            docket.report(
                ticket, recipient, message.language, case.held.id, answerable=objection is None
            )
            # Whoever's report is passed on reported it too. Nothing vouches for the name, so that
            # letters to it are for a person to send.
            first = message.forwarded.sender if message.forwarded else None
            if first and reading.event in tickets.TROUBLE and answering.is_read(first.address):
                docket.report(ticket, first, message.language, case.held.id, answerable=False)
        elif message.list_id and case.asked.by_person and reading.event in tickets.TROUBLE:
            writer = people.writer_of(message)  # whoever writes to a list reports as well
            if writer is not None and answering.is_read(writer.address):
                docket.report(ticket, writer, message.language, case.held.id, answerable=False)
        if objection is not None:
            docket.note(ticket, tickets.NOT_ANSWERED, objection)
            return None
        return recipient

    def _objection(
        self, case: _Case, recipient: Address | None, source_answers: answering.AnswerTo
    ) -> str | None:
        """Why `recipient` gets no letter in answer to this message; None if they may have one."""
        asked = answering.Case(
            message=case.message,
            envelope_sender=case.held.sender,
            verified=case.trust.verdict == "verified",
            is_unknown=case.trust.verdict == "unknown",
            policy=self._answers.to,
            source_answers=source_answers,
            own_addresses=self._addresses,
            recipient=recipient,
            reachable=recipient is not None and is_reachable(recipient.address),
        )
        return answering.objection(asked)

    def _acknowledgement(
        self, key: str, case: _Case, ticket: TicketRow, recipient: Address
    ) -> Letter:
        """What the ticket says, which is more than a short "here too" would.

        But who only added a report is told no more than they said themselves.
        """
        message, reading = case.message, case.understood.reading
        told: Any = facts_of(reading) if case.is_report else ticket
        letter = self._letters.write(
            "acknowledgement",
            key=key,
            recipient=recipient,
            language=message.language,
            ref=ticket.ref,
            token=ticket.token,
            ticket_id=ticket.id,
            service=told.services[0] if told.services else None,
            source=reading.source,
            in_reply_to=message.message_id,
            references=message.references,
            facts={
                "subject": message.subject,
                "reporter": recipient.name,
                "received": case.held.received_at,
                "event": told.event,
                "services": named(told.services, self._rules.service_names),
                "reach": told.reach,
                "people": told.people,
                "hampered": told.hampered,
                "severity": told.severity,
                "windows": told.windows,
                "needs_review": told.needs_review,
                "doubts": list(reading.doubts),
                "follow_up": not case.is_new,
                "state": ticket.state,
                "asks": asking.missing(ticket, message) if told.event in tickets.TROUBLE else (),
                "reopened": case.reopened,
                "maintenance": as_facts(case.window, self._rules.service_names, message),
            },
        )
        return replace(letter, trace=case.held.trace, is_in_thread=case.is_in_thread)
