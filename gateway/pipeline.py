"""The first story: what happens to a message once it is in the spool.

It is read (in a reader process), screened, matched to a ticket or opens one, filed and
answered. What came of a batch is written in one transaction, letters included; the claim on
the spool rows decides who may write, so that a batch that is run twice writes once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlmodel import Session, select

from gateway import reading as reader
from gateway.config import AnswerSettings, WorkerSettings
from gateway.engine import Engine
from gateway.incidents import answering, threads, tickets
from gateway.letters import Letters
from gateway.model import Address, Letter, utcnow
from gateway.outbox import Outbox
from gateway.readers import Readers
from gateway.spool import Claim, Spool
from gateway.store.tables import (
    LetterEventRow,
    LetterRow,
    MessageRow,
    ReporterRow,
    TicketRow,
)
from gateway.understanding import Understood, reading_as_json

# Automatic mail of these kinds answers something: it is kept, but opens no ticket.
ECHOES = {"vacation", "ack", "receipt", "challenge", "bounce", "feedback_loop"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What the organization's data files say, as far as filing and answering need it."""

    service_names: Mapping[str, str]
    answers: Mapping[str, answering.AnswerTo]
    severity: Callable[..., str]


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
        hold_letters: str | None = None,
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
        self._hold = hold_letters

    def process(self, claim: Claim) -> None:
        """Take these messages through; raises what went wrong, and then nothing was written."""
        raws = self._spool.raw(claim.ids)
        found = self._readers.read([raw for raw, _ in raws.values()], self._workers.read_seconds)
        understood = dict(zip(raws, found, strict=True))

        def write(session: Session) -> None:
            self._file_all(session, claim, understood)

        self._engine.transaction("file", write)
        self._outbox.wake()

    def _file_all(
        self, session: Session, claim: Claim, understood: Mapping[int, Understood]
    ) -> None:
        letters: list[tuple[MessageRow, Letter]] = []
        for row in self._spool.claimed(session, claim):
            if row.id is not None and row.id in understood:
                letter = self._file(session, row, understood[row.id])
                if letter is not None:
                    letters.append((row, letter))
        for row, letter in letters:
            self._outbox.enqueue(session, [letter], trace=row.trace, hold=self._hold)

    # --- one message ---

    def _file(self, session: Session, row: MessageRow, understood: Understood) -> Letter | None:
        message, reading = understood.message, understood.reading
        row.message_id, row.subject = message.message_id, message.subject[:500]
        row.reading = reading_as_json(reading)
        self._finish(session, row)
        if message.is_bounce:
            self._note_bounce(session, row, understood)
            return None
        found = self._ticket_for(session, row, understood)
        if found is None:
            row.reason = "no ticket: " + (message.auto_kind or "noise that nobody wrote")
            log.info("message.kept", trace=row.trace, why=row.reason)
            return None
        ticket, is_new = found
        row.ticket_id = ticket.id
        own = [message.message_id] if message.message_id else []
        threads.remember(session, tickets.number(ticket), [*own, *threads.ancestors(message)])
        log.info(
            "message.filed", trace=row.trace, ticket=ticket.ref, source=reading.source,
            taken_for=reading.event, severity=reading.severity, is_new=is_new,
        )  # fmt: skip
        return self._answer(session, row, understood, ticket, is_new=is_new)

    @staticmethod
    def _finish(session: Session, row: MessageRow) -> None:
        row.state, row.reason, row.finished_at = "done", None, utcnow()
        row.claim = row.claimed_by = row.claim_until = None
        session.add(row)

    def _ticket_for(
        self, session: Session, row: MessageRow, understood: Understood
    ) -> tuple[TicketRow, bool] | None:
        """The ticket of the message and whether it is new; None where none is called for."""
        message, reading = understood.message, understood.reading
        facts = self._facts(understood)
        if row.ticket_id is not None:  # a replay: it stays where it is
            return tickets.get(session, row.ticket_id), False
        known = threads.find_ticket(session, message, row.recipients)
        is_echo = message.auto_kind in ECHOES
        if known is not None:
            ticket, why = known
            if is_echo:
                note = f"automatic reply ({message.auto_kind}) received"
                tickets.note(session, tickets.number(ticket), "gateway", note, why)
            else:
                merged = tickets.merge(ticket, facts)
                severity = self._rules.severity(merged.event, merged.reach, merged.hampered)
                tickets.add_to(session, ticket, facts, severity, why=why)
            return ticket, False
        if is_echo or (reading.event == "noise" and (message.is_auto or message.is_bulk)):
            return None
        why = f"a message from {reading.source.replace('_', ' ')} that answers nothing we know"
        return tickets.open_ticket(session, message.subject, facts, why=why), True

    @staticmethod
    def _facts(understood: Understood) -> tickets.Facts:
        reading = understood.reading
        return tickets.Facts(
            source=reading.source,
            event=reading.event,
            services=reading.services,
            reach=reading.reach,
            people=reading.people,
            hampered=reading.hampered,
            severity=reading.severity,
            windows=tuple(reading_as_json(reading)["windows"]),
            window_status=reading.window_status,
            needs_review=reading.needs_review,
        )

    def _note_bounce(self, session: Session, row: MessageRow, understood: Understood) -> None:
        """A bounce goes to the ledger of the letter that bounced, and nowhere else."""
        message = understood.message
        returned = [message.returned_message_id, *threads.ancestors(message)]
        letter = next(
            (
                found
                for id_ in returned
                if id_
                and (
                    found := session.exec(
                        select(LetterRow).where(LetterRow.message_id == id_)
                    ).first()
                )
            ),
            None,
        )
        if letter is None or letter.id is None:
            row.reason = "no ticket: a bounce of nothing we sent"
            return
        row.ticket_id, row.reason = letter.ticket_id, "a bounce, noted on the letter that bounced"
        kind = message.bounce_kind or "hard"
        session.add(LetterEventRow(letter_id=letter.id, what="bounced", detail=kind))

    # --- the answer ---

    def _answer(
        self,
        session: Session,
        row: MessageRow,
        understood: Understood,
        ticket: TicketRow,
        *,
        is_new: bool,
    ) -> Letter | None:
        message, reading = understood.message, understood.reading
        source_answers = self._rules.answers.get(reading.source, "from")
        recipient = answering.recipient_of(message, source_answers)
        verdict = reader.trust(message, self._answers.trusted_authserv)
        case = answering.Case(
            message=message,
            envelope_sender=row.sender,
            verified=verdict == "verified",
            policy=self._answers.to,
            source_answers=source_answers,
            own_addresses=self._addresses,
            recipient=recipient,
        )
        objection = answering.objection(case)
        number = tickets.number(ticket)
        if recipient is not None and self._is_person(case):
            self._report(session, row, ticket, recipient, understood, answerable=objection is None)
        if objection is not None or recipient is None:
            tickets.note(session, number, "gateway", "not answered", objection or "")
            return None
        letter = self._acknowledgement(row, understood, ticket, recipient, is_new=is_new)
        if session.exec(select(LetterRow.id).where(LetterRow.key == letter.key)).first():
            return None
        threads.remember(session, number, [letter.message_id])
        tickets.note(session, number, "gateway", "acknowledged", facts_letter=letter.key)
        return letter

    @staticmethod
    def _is_person(case: answering.Case) -> bool:
        message = case.message
        return not (message.is_auto or message.is_bulk or message.is_bounce or message.list_id)

    @staticmethod
    def _report(
        session: Session,
        row: MessageRow,
        ticket: TicketRow,
        recipient: Address,
        understood: Understood,
        *,
        answerable: bool,
    ) -> None:
        address = recipient.address.lower()
        query = select(ReporterRow).where(
            ReporterRow.ticket_id == ticket.id, ReporterRow.address == address
        )
        known = session.exec(query).first()
        if known is not None:
            known.answerable = known.answerable or answerable
            session.add(known)
            return
        session.add(
            ReporterRow(
                ticket_id=tickets.number(ticket),
                address=address,
                name=recipient.name[:200],
                language=understood.message.language,
                answerable=answerable,
                message_id=row.id or 0,
            )
        )
        session.flush()

    def _acknowledgement(
        self,
        row: MessageRow,
        understood: Understood,
        ticket: TicketRow,
        recipient: Address,
        *,
        is_new: bool,
    ) -> Letter:
        message, reading = understood.message, understood.reading
        names = self._rules.service_names
        return self._letters.write(
            "acknowledgement",
            key=f"acknowledgement:{ticket.id}:{recipient.address.lower()}",
            recipient=recipient,
            language=message.language,
            ref=ticket.ref,
            token=ticket.token,
            ticket_id=ticket.id,
            service=reading.services[0] if reading.services else None,
            source=reading.source,
            in_reply_to=message.message_id,
            references=message.references,
            facts={
                "subject": message.subject,
                "reporter": recipient.name,
                "received": row.received_at,
                "event": reading.event,
                "services": [{"id": s, "name": names.get(s, s)} for s in reading.services],
                "reach": reading.reach,
                "people": reading.people,
                "hampered": reading.hampered,
                "severity": reading.severity,
                "windows": [{"start": w.start, "end": w.end} for w in reading.windows],
                "needs_review": reading.needs_review,
                "doubts": list(reading.doubts),
                "follow_up": not is_new,
                "state": ticket.state,
            },
        )
