"""What a person does with notices: draft, preview, approve, send, stop, pause, go on, look up."""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from sqlmodel import Session, col, select

from gateway.announcing import approval, audience, ledger, notices, preview, release
from gateway.announcing.audience import Addressee
from gateway.announcing.circle import Circle
from gateway.announcing.handing import Handing
from gateway.announcing.means import Means, Post
from gateway.announcing.preview import Preview
from gateway.announcing.records import Records
from gateway.config import NoticeSettings
from gateway.errors import InvalidState, Permanent
from gateway.incidents import tickets
from gateway.letters import Letters, is_reachable
from gateway.model import Address, Letter, utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.tables import NoticeRow, TicketRow

log = structlog.get_logger()


class Announcing(Records):
    """Drafts, shows, approves, sends and stops notices. `own` are our own addresses."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        service_names: dict[str, str],
        trackers: Sequence[str] = (),
        *,
        settings: NoticeSettings | None = None,
        zone: str = "America/New_York",
        circle: Circle = (),
        own: Collection[str] = (),
        post: Post | None = None,
    ) -> None:
        super().__init__(database)
        self._outbox = outbox
        self._letters = letters
        self._settings = settings or NoticeSettings()
        self.handing = Handing(outbox, letters, service_names)
        self._means = Means(self.handing, self._settings, trackers, zone, circle, own, post)
        self.on_work: Callable[[], None] = lambda: None  # there are letters to write

    # --- before it goes out ---

    def draft(
        self, ticket: str, kind: str, text: str, who: str, facts: dict[str, Any] | None = None
    ) -> NoticeRow:
        """Write a notice down; nothing goes out."""
        with self._database.transaction() as session:
            notice = notices.draft(session, ticket, kind, text, who)
            notice.facts = {**notice.facts, **(facts or {})}
            return notice

    def revise(self, notice_id: int, text: str, who: str) -> NoticeRow:
        """A new version of a notice that has not gone out, or not to all: it is a draft again."""
        with self._change(notice_id) as (session, notice, ticket):
            if notice.state in {"sending", "sent"}:
                raise InvalidState(
                    f"notice {notice_id} is {notice.state}: stop it first (triage announce stop)"
                )
            notice.text = notices.checked(text)
            notice.facts = {**notice.facts, **notices.affected(ticket, notice.kind)}
            notice.version += 1
            notice.state, notice.reason, notice.hold_until = "draft", None, None
            notice.drafted_by, notice.drafted_at = who, utcnow()
            notice.approved_by = notice.approved_at = None
            # Letters of the old text that have not gone yet must not.
            self._outbox.withdraw(session, notice_id, f"notice {notice_id} was rewritten")
            ledger.take_back(session, notice_id)
            return notice

    def preview(self, notice_id: int) -> Preview:
        """What would go out, and to whom."""
        with self._database.read() as session:
            return preview.of(session, notices.get(session, notice_id), self._means)

    def preview_of(self, ticket: str, kind: str, text: str, who: str) -> Preview:
        """The same for a notice that is not written down yet; changes nothing."""
        with self._database.read() as session:
            notice = notices.draft(session, ticket, kind, text, who)
            session.flush()
            return preview.of(session, notice, self._means)

    def test(self, notice_id: int, to: str, who: str) -> Letter:
        """A test copy to somebody of ours; it is on no ledger and counts nowhere."""
        if not is_reachable(to):
            raise Permanent(f"{to} is no mail address")
        with self._database.transaction() as session:
            notice = notices.get(session, notice_id)
            ticket = tickets.get(session, notice.ticket_id)
            one = Addressee(Address(to), self._letters.language, [audience.REPORTER], utcnow())
            key = f"test:{notice_id}:{secrets.token_hex(8)}"
            letter = self.handing.test_copy(notice, ticket, one, key)
            self._outbox.enqueue(session, [letter])
        log.info("notice.tested", notice=notice_id, by=who)
        self._outbox.wake()
        return letter

    def approve(
        self, notice_id: int, who: str, by: str = "command", *, seen: tuple[str, str] | None = None
    ) -> NoticeRow:
        """A person says yes. It is approved once all who must have done so.

        `seen` is of the preview that they looked at: what has changed since is not approved.
        """
        with self._change(notice_id) as (session, notice, ticket):
            release.approve(session, notice, ticket, self._means, who, by=by, seen=seen)
            return notice

    def ask_approval(self, notice_id: int, address: str, who: str) -> Letter:
        """Send somebody the word with which they may approve by mail."""
        if not is_reachable(address):
            raise Permanent(f"{address} is no mail address")
        with self._change(notice_id) as (session, notice, ticket):
            notices.must_be(notice, "draft")
            found = self._means.audience(session, ticket, notice.kind)
            word, row = approval.new_token(session, notice, address, who, self._settings)
            letter = self._letters.write(
                "approval",
                key=f"approval:{row.token_hash[:32]}",
                recipient=Address(address),
                language=self._letters.language,
                ref=ticket.ref,
                token=ticket.token,
                ticket_id=ticket.id,
                facts={
                    "text": notice.text,
                    "kind_word": notice.kind.replace("_", " "),
                    "asked_by": who,
                    "told": len(found.told),
                    "left_out": len(found.left_out),
                    "command": f"{approval.COMMAND} {word}",
                    "expires_at": row.expires_at,
                },
            )
            self._outbox.enqueue(session, [letter])
        self._outbox.wake()
        return letter

    def approve_by_token(self, token: str, who: str) -> NoticeRow:
        """The verified address `who` approves with the word that it was sent."""
        with self._database.transaction() as session:
            row = approval.use_token(session, token, who)
            notice = notices.get(session, row.notice_id, to_change=True)
            if notice.version != row.version:
                raise InvalidState(
                    f"notice {notice.id} was rewritten since: look at it and ask for a new word"
                )
            ticket = tickets.get(session, notice.ticket_id, to_change=True)
            release.approve(session, notice, ticket, self._means, row.address, by="mail")
            return notice

    # --- it goes out ---

    def send(self, notice_id: int, who: str, *, at_once: bool = False) -> int:
        """Send an approved notice; returns how many people are told.

        `at_once`: also in quiet hours.
        """
        with self._change(notice_id) as (session, notice, ticket):
            sent = release.send(session, notice, ticket, self._means, who, at_once=at_once)
        self._wake()
        return sent

    def resolve(self, ticket: str, text: str, who: str) -> tuple[NoticeRow, int]:
        """The ticket is over and everyone hears it: draft, approval and sending in one act.

        For as many people as one person may approve.
        """
        with self._database.transaction() as session:
            notice = notices.draft(session, ticket, "resolution", text, who)
            session.flush()
            row = tickets.get(session, notice.ticket_id, to_change=True)
            release.approve(session, notice, row, self._means, who, by="command", in_one_act=True)
            sent = release.send(session, notice, row, self._means, who)
        self._wake()
        return notice, sent

    def stop(self, notice_id: int | None, who: str, why: str = "") -> list[int]:
        """None of its letters goes to the wire any more; for None, of every notice under way."""
        return self._bar("stopped", notice_id, who, why)

    def pause(self, notice_id: int, who: str, why: str = "") -> None:
        """The same, for a while."""
        self._bar("paused", notice_id, who, why)

    def resume(self, notice_id: int, who: str) -> None:
        """What was stopped or paused goes on where it was."""
        with self._change(notice_id) as (session, notice, _ticket):
            notices.must_be(notice, "stopped", "paused")
            waits = ledger.how_many(session, notice_id).get("waiting", 0)
            notice.state = "sending" if waits else "sent"
            notice.reason = notice.hold_until = None
            session.add(notice)
            tickets.note(session, notice.ticket_id, who, f"{notice.kind} goes on",
                         notice=notice_id)  # fmt: skip
        log.warning("notice.resumed", notice=notice_id, by=who)
        self._wake()

    # --- steps, each in the caller's transaction ---

    @contextmanager
    def _change(self, notice_id: int) -> Iterator[tuple[Session, NoticeRow, TicketRow]]:
        with self._database.transaction() as session:
            found = notices.get(session, notice_id)
            ticket = tickets.get(session, found.ticket_id, to_change=True)
            notice = notices.get(session, notice_id, to_change=True)
            yield session, notice, ticket
            session.add(notice)

    def _wake(self) -> None:
        self._outbox.wake()
        self.on_work()

    def _bar(self, state: str, notice_id: int | None, who: str, why: str) -> list[int]:
        with self._database.transaction() as session:
            if notice_id is None:
                under_way = select(NoticeRow).where(col(NoticeRow.state).in_(("sending", "sent")))
                found = [
                    one
                    for one in session.exec(under_way.with_for_update())
                    if one.state == "sending" or ledger.unsent(session, ledger.number(one))
                ]
            else:
                notice = notices.get(session, notice_id, to_change=True)
                allowed = {"sending", "sent", *({"paused"} if state == "stopped" else ())}
                notices.must_be(notice, *allowed)
                if notice.state == "sent" and not ledger.unsent(session, notice_id):
                    raise InvalidState(f"notice {notice_id} has gone to everyone already")
                found = [notice]
            for one in found:
                notices.bar(session, one, state, who, why)
            return [ledger.number(one) for one in found]
