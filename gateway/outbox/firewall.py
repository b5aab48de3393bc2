"""The firewall against loops: how many answers go out, whoever writes.

An autoresponder that answers our acknowledgements with new mail is meant to be known for one
(`gateway.reading.automatic`) and gets no answer at all. The worst is not: it has a new
Message-ID, subject and sender each time, and no field that says what it is. What it cannot do
without is our next letter. So acknowledgements are counted, within a day:

- to one address: `answers.per_sender_per_day`;
- on one ticket, which every answer to our Reply-To address leads to: `answers.per_ticket_per_day`.
  Who came to it otherwise (many write about one outage) is answered, and counted, all the same;
- in all: `answers.per_day`. One more opens the breaker: every further answer is held until a
  person closes it (`triage outbox resume`).

What is over a cap is held with its reason, not dropped: a person may release it. Mail is filed
as ever. Several processes on one store may go over a cap by the batch that each is filing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel

from gateway.config import AnswerSettings
from gateway.errors import InvalidState
from gateway.model import Letter, utcnow
from gateway.outbox.ledger import L
from gateway.store.database import insert_into
from gateway.store.tables import BreakerRow

BREAKER = SQLModel.metadata.tables[str(BreakerRow.__tablename__)]
ANSWERS = "answers"
ANSWER = "acknowledgement"
DAY = timedelta(days=1)
HELD = "firewall against loops"
_GOES_OUT = L.state.in_(("queued", "sending", "sent", "failed"))

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FirewallHealth:
    """`open_since`: since when nothing is answered, and `why`; `held`: how many answers wait."""

    open_since: datetime | None
    why: str
    held: int


class Firewall:
    """Says of each letter that is to be written whether it must be held."""

    def __init__(self, answers: AnswerSettings) -> None:
        self._per_sender = answers.per_sender_per_day
        self._per_ticket = answers.per_ticket_per_day
        self._in_all = answers.per_day

    def screen(self, session: Session, letters: Sequence[Letter]) -> dict[str, str]:
        """Why letters must be held, by their key; opens the breaker where it is time to."""
        answers = [one for one in letters if one.kind == ANSWER]
        if not answers:
            return {}
        breaker = session.get(BreakerRow, ANSWERS)
        if breaker is not None and breaker.closed_at is None:
            return {one.key: f"{HELD}: {breaker.why}" for one in answers}
        going = _Going(session, answers, resumed_at=breaker.closed_at if breaker else None)
        held: dict[str, str] = {}
        for one in answers:
            why = self._objection(one, going)
            if why is None and going.in_all >= self._in_all:
                why = f"more than {self._in_all} answers within a day"
                _open(session, why)
                held |= {rest.key: f"{HELD}: {why}" for rest in answers[answers.index(one) :]}
                break
            if why is None:
                going.add(one)
            else:
                held[one.key] = f"{HELD}: {why}"
                log.warning("answer.held", why=why, ticket=one.ticket_id)
        return held

    def _objection(self, letter: Letter, going: "_Going") -> str | None:
        if going.to[letter.recipient] >= self._per_sender:
            return f"more than {self._per_sender} answers to this address within a day"
        if not letter.is_in_thread or letter.ticket_id is None:
            return None
        if going.on[letter.ticket_id] >= self._per_ticket:
            return f"more than {self._per_ticket} answers on this ticket within a day"
        return None


class _Going:
    """How many answers went out within a day, or are about to: `to` whom, `on` which ticket."""

    def __init__(
        self, session: Session, answers: Sequence[Letter], resumed_at: datetime | None
    ) -> None:
        now = utcnow()
        lately = (L.kind == ANSWER, L.created_at > now - DAY, _GOES_OUT)
        number = func.count().label("number")

        def counted(column: Any, values: set[Any]) -> Counter[Any]:
            query = select(column, number).where(column.in_(values), *lately).group_by(column)
            return Counter({row[0]: row[1] for row in session.execute(query)})

        self.to = counted(L.recipient, {one.recipient for one in answers})
        self.on = counted(L.ticket_id, {one.ticket_id for one in answers} - {None})
        since = max(now - DAY, resumed_at or now - DAY)
        in_all = select(func.count()).where(*lately, L.created_at > since)
        self.in_all = int(session.execute(in_all).scalar_one())

    def add(self, letter: Letter) -> None:
        """One more goes out."""
        self.in_all += 1
        self.to[letter.recipient] += 1
        if letter.ticket_id is not None:
            self.on[letter.ticket_id] += 1


def _open(session: Session, why: str) -> None:
    connection, now = session.connection(), utcnow()
    values = {"opened_at": now, "why": why, "closed_at": None, "closed_by": None}
    statement = insert_into(connection, BREAKER).values(name=ANSWERS, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    log.error("answers.stopped", why=why, remedy="see triage status, then triage outbox resume")


def close(session: Session, who: str) -> None:
    """Answer again, counting from now. InvalidState where the breaker is not open."""
    statement = (
        update(BREAKER)
        .where(BREAKER.c.name == ANSWERS, BREAKER.c.closed_at.is_(None))
        .values(closed_at=utcnow(), closed_by=who)
    )
    if session.connection().execute(statement).rowcount == 0:
        raise InvalidState("answers are not stopped: there is nothing to resume")
    log.warning("answers.resumed", by=who)


def health(session: Session) -> FirewallHealth:
    """How the firewall stands."""
    breaker = session.get(BreakerRow, ANSWERS)
    waiting = (L.kind == ANSWER, L.state == "held", L.reason.startswith(HELD))
    held = int(session.execute(select(func.count()).where(*waiting)).scalar_one())
    if breaker is None or breaker.closed_at is not None:
        return FirewallHealth(None, "", held)
    return FirewallHealth(breaker.opened_at, breaker.why, held)
