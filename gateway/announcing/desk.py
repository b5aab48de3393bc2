"""What a person does with notices: draft, preview, approve, send, stop, pause, go on, look up."""

import math
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, get_args

import structlog
from sqlmodel import Session, col, select

from gateway.announcing import approval, audience, ledger
from gateway.announcing.audience import Addressee, Audience
from gateway.announcing.circle import Circle
from gateway.announcing.handing import Handing
from gateway.announcing.quiet import quiet_until
from gateway.config import NoticeSettings
from gateway.errors import InvalidState, NotFound, Permanent
from gateway.incidents import tickets
from gateway.letters import Letters, is_reachable
from gateway.model import Address, Letter, NoticeKind, TicketState, utcnow
from gateway.outbox import Outbox
from gateway.store import suppressions
from gateway.store.database import Database
from gateway.store.tables import (
    ApprovalRow,
    MirrorRow,
    NoticeRow,
    PostRow,
    SuppressionRow,
    TicketRow,
)

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
ALSO_CALLED = {"resolved": "resolution"}
ENDS: dict[str, TicketState] = {"resolution": "resolved", "false_alarm": "closed"}
MAX_TEXT = 20_000
AT_ONCE = 500  # letters that are written by the act of sending itself
_NEXT = {  # what to do with a notice that is not where one thinks
    "draft": "approve it first (triage announce approve)",
    "approved": "send it (triage announce send)",
    "sending": "it is on its way (triage announce show)",
    "paused": "let it go on (triage announce resume), or write a new version of it (revise)",
    "stopped": "let it go on (triage announce resume), or write a new version of it (revise)",
    "sent": "nobody is told twice; for further news draft another",
}

_NEWS: dict[str, Any] = {  # what channels call it
    "opened": "opened",
    "maintenance_planned": "opened",
    "resolution": "resolved",
    "false_alarm": "resolved",
    "maintenance_cancelled": "resolved",
    "maintenance_done": "resolved",
}

log = structlog.get_logger()


class Post(Protocol):
    """Posts news to channels: see gateway.posting."""

    def __call__(
        self, session: Session, ticket: TicketRow, kind: Any, text: str, *, key: str
    ) -> int:
        """In the caller's transaction; how many posts were new by their key."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How an audience differs from an earlier one, by address."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True, slots=True)
class Preview:
    """A notice as it would go out now: the audience, and a letter of each language and reason.

    `previous` is the last notice of the incident, and `since_then` how the audience differs from
    those whom it was sent to; `since_approval` from the one that was approved. `seen` is what an
    approval is for: hashes of the content and of the audience.
    """

    notice: NoticeRow
    ticket: TicketRow
    audience: Audience
    samples: tuple[Letter, ...]
    needed: int
    approvals: tuple[str, ...]
    previous: NoticeRow | None
    since_then: Difference
    since_approval: Difference | None
    text_changed: bool
    seen: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A notice and how it went. Its ledger is read by `Announcing.lines`."""

    notice: NoticeRow
    ticket: TicketRow
    approvals: tuple[ApprovalRow, ...]
    counts: dict[str, int]
    figures: ledger.Figures
    posts: tuple[PostRow, ...]
    mirrors: tuple[MirrorRow, ...]


class Announcing:
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
        self._database = database
        self._trackers = trackers
        self._outbox = outbox
        self._letters = letters
        self._names = service_names
        self._settings = settings or NoticeSettings()
        self._zone = zone
        self._circle = circle
        self._own = own
        self._post = post
        self.handing = Handing(outbox, letters, service_names)
        self.on_work: Callable[[], None] = lambda: None  # there are letters to write

    # --- before it goes out ---

    def draft(
        self, ticket: str, kind: str, text: str, who: str, facts: dict[str, Any] | None = None
    ) -> NoticeRow:
        """Write a notice down; nothing goes out."""
        with self._database.transaction() as session:
            notice = self._draft(session, ticket, kind, text, who)
            notice.facts = {**notice.facts, **(facts or {})}
            return notice

    def revise(self, notice_id: int, text: str, who: str) -> NoticeRow:
        """A new version of a notice that has not gone out, or not to all: it is a draft again."""
        with self._change(notice_id) as (session, notice, ticket):
            if notice.state in {"sending", "sent"}:
                raise InvalidState(
                    f"notice {notice_id} is {notice.state}: stop it first (triage announce stop)"
                )
            notice.text = _checked(text)
            notice.facts = {**notice.facts, **_affected(ticket, notice.kind)}
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
            return self._preview(session, self._get(session, notice_id))

    def preview_of(self, ticket: str, kind: str, text: str, who: str) -> Preview:
        """The same for a notice that is not written down yet; changes nothing."""
        with self._database.read() as session:
            notice = self._draft(session, ticket, kind, text, who)
            session.flush()
            return self._preview(session, notice)

    def test(self, notice_id: int, to: str, who: str) -> Letter:
        """A test copy to somebody of ours; it is on no ledger and counts nowhere."""
        if not is_reachable(to):
            raise Permanent(f"{to} is no mail address")
        with self._database.transaction() as session:
            notice = self._get(session, notice_id)
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
            self._approve(session, notice, ticket, who, by, seen=seen)
            return notice

    def ask_approval(self, notice_id: int, address: str, who: str) -> Letter:
        """Send somebody the word with which they may approve by mail."""
        if not is_reachable(address):
            raise Permanent(f"{address} is no mail address")
        with self._change(notice_id) as (session, notice, ticket):
            self._must_be(notice, "draft")
            found = self._audience(session, ticket, notice.kind)
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
            notice = self._get(session, row.notice_id, to_change=True)
            if notice.version != row.version:
                raise InvalidState(
                    f"notice {notice.id} was rewritten since: look at it and ask for a new word"
                )
            ticket = tickets.get(session, notice.ticket_id, to_change=True)
            self._approve(session, notice, ticket, row.address, "mail")
            return notice

    # --- it goes out ---

    def send(self, notice_id: int, who: str, *, at_once: bool = False) -> int:
        """Send an approved notice; returns how many people are told.

        `at_once`: also in quiet hours.
        """
        with self._change(notice_id) as (session, notice, ticket):
            sent = self._send(session, notice, ticket, who, at_once=at_once)
        self._wake()
        return sent

    def resolve(self, ticket: str, text: str, who: str) -> tuple[NoticeRow, int]:
        """The ticket is over and everyone hears it: draft, approval and sending in one act.

        For as many people as one person may approve.
        """
        with self._database.transaction() as session:
            notice = self._draft(session, ticket, "resolution", text, who)
            session.flush()
            row = tickets.get(session, notice.ticket_id, to_change=True)
            self._approve(session, notice, row, who, "command", in_one_act=True)
            sent = self._send(session, notice, row, who)
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
            self._must_be(notice, "stopped", "paused")
            waits = ledger.how_many(session, notice_id).get("waiting", 0)
            notice.state = "sending" if waits else "sent"
            notice.reason = notice.hold_until = None
            session.add(notice)
            tickets.note(session, notice.ticket_id, who, f"{notice.kind} goes on",
                         notice=notice_id)  # fmt: skip
        log.warning("notice.resumed", notice=notice_id, by=who)
        self._wake()

    # --- looking up ---

    def listing(self, limit: int = 100, before: int | None = None) -> list[NoticeRow]:
        """The newest notices; of those before that one."""
        query = select(NoticeRow).order_by(col(NoticeRow.id).desc()).limit(limit)
        if before is not None:
            query = query.where(col(NoticeRow.id) < before)
        with self._database.read() as session:
            return list(session.exec(query))

    def show(self, notice_id: int) -> Record:
        """A notice, who approved it, and how its letters fared."""
        with self._database.read() as session:
            notice = self._get(session, notice_id)
            approvals = select(ApprovalRow).where(ApprovalRow.notice_id == notice_id)
            posts = select(PostRow).where(PostRow.key == post_key(notice))
            mirrors = select(MirrorRow).where(MirrorRow.ticket_id == notice.ticket_id)
            return Record(
                notice,
                tickets.get(session, notice.ticket_id),
                tuple(session.exec(approvals.order_by(col(ApprovalRow.id)))),
                ledger.how_many(session, notice_id),
                ledger.figures(session, notice_id),
                tuple(session.exec(posts.order_by(col(PostRow.channel)))),
                tuple(session.exec(mirrors.order_by(col(MirrorRow.tracker)))),
            )

    def lines(self, notice_id: int) -> Iterator[ledger.Line]:
        """Who is told by a notice, why, and whether it arrived; one at a time."""
        with self._database.read() as session:
            self._get(session, notice_id)
            yield from ledger.lines(session, notice_id)

    def page(
        self, notice_id: int, after: int = 0, limit: int = 200, *, left_out: bool | None = None
    ) -> list[ledger.Line]:
        """So many lines of the ledger, after that one; see `ledger.page`."""
        with self._database.read() as session:
            self._get(session, notice_id)
            return ledger.page(session, notice_id, after, limit, left_out=left_out)

    def reasons(self, notice_id: int) -> tuple[dict[str, int], dict[str, int]]:
        """How many stand in the ledger as told, and as left out, for each reason."""
        with self._database.read() as session:
            return ledger.reasons(session, notice_id)

    def barred(self) -> list[NoticeRow]:
        """Notices that are stopped or paused, for a person to decide about."""
        query = select(NoticeRow).where(col(NoticeRow.state).in_(("stopped", "paused")))
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(NoticeRow.id))))

    def suppressed(self) -> list[SuppressionRow]:
        """Addresses that get no news."""
        with self._database.read() as session:
            return suppressions.every(session)

    def unsuppress(self, address: str) -> None:
        """An address gets news again; NotFound where it was not on the list."""
        with self._database.transaction() as session:
            if not suppressions.remove(session, address):
                raise NotFound(f"{address} is not suppressed: see triage suppressions list")

    # --- steps, each in the caller's transaction ---

    @contextmanager
    def _change(self, notice_id: int) -> Iterator[tuple[Session, NoticeRow, TicketRow]]:
        with self._database.transaction() as session:
            found = self._get(session, notice_id)
            ticket = tickets.get(session, found.ticket_id, to_change=True)
            notice = self._get(session, notice_id, to_change=True)
            yield session, notice, ticket
            session.add(notice)

    def _wake(self) -> None:
        self._outbox.wake()
        self.on_work()

    def _draft(self, session: Session, ticket: str, kind: str, text: str, who: str) -> NoticeRow:
        kind = ALSO_CALLED.get(kind, kind)
        if kind not in KINDS:
            raise Permanent(f"{kind} is no kind of notice: {', '.join(KINDS)}")
        row = tickets.get(session, ticket)
        self._may_end(row, kind)
        notice = NoticeRow(
            ticket_id=tickets.number(row), kind=kind, text=_checked(text), drafted_by=who,
            facts=_affected(row, kind),
        )  # fmt: skip
        session.add(notice)
        return notice

    @staticmethod
    def _may_end(ticket: TicketRow, kind: str) -> None:
        if kind in ENDS and ENDS[kind] not in tickets.MOVES[ticket.state]:
            raise InvalidState(f"{ticket.ref} is {ticket.state} already: nobody is told twice")

    @staticmethod
    def _get(session: Session, notice_id: int, *, to_change: bool = False) -> NoticeRow:
        notice = session.get(
            NoticeRow, notice_id, populate_existing=to_change, with_for_update=to_change or None
        )
        if notice is None:
            raise NotFound(f"no notice {notice_id}: see `triage announce list`")
        return notice

    @staticmethod
    def _must_be(notice: NoticeRow, *states: str) -> None:
        if notice.state not in states:
            raise InvalidState(f"notice {notice.id} is {notice.state}: {_NEXT[notice.state]}")

    def _audience(self, session: Session, ticket: TicketRow, kind: str) -> Audience:
        return audience.of(session, ticket, kind, self._circle, self._own)

    def _approve(
        self, session: Session, notice: NoticeRow, ticket: TicketRow, who: str, by: str,
        *, in_one_act: bool = False, seen: tuple[str, str] | None = None,
    ) -> None:  # fmt: skip
        found = self._audience(session, ticket, notice.kind)
        if seen is not None and seen != (approval.content_hash(notice, ticket), found.hash):
            raise InvalidState(
                f"the text or the audience of notice {notice.id} has changed since you looked: "
                "look at it as it is now, then approve"
            )
        if notice.state == "approved" and self._is_outdated(notice, ticket, found):
            notice.state, notice.version = "draft", notice.version + 1
        if notice.state != "draft":
            raise InvalidState(
                f"notice {notice.id} is {notice.state} already: {_NEXT[notice.state]}"
            )
        wanted = approval.needed(self._settings, len(found.told))
        if in_one_act and wanted > 1:
            raise InvalidState(
                f"{len(found.told)} people would be told, which {wanted} people must approve: "
                f"triage announce draft {ticket.ref} --message ... and approve it"
            )
        names = approval.add(
            session, notice, ticket, found, self._settings, who=who, by=by
        )  # fmt: skip
        if names:
            notice.state, notice.approved_at = "approved", utcnow()
            notice.approved_by = ", ".join(names)
            ledger.freeze(session, notice, found)
        session.add(notice)
        if not in_one_act:
            tickets.note(
                session, notice.ticket_id, who, f"{notice.kind} approved",
                "" if names else "one more person must approve it",
                notice=notice.id, version=notice.version, by=by,
            )  # fmt: skip

    def _send(
        self, session: Session, notice: NoticeRow, ticket: TicketRow, who: str,
        *, at_once: bool = False,
    ) -> int:  # fmt: skip
        self._must_be(notice, "approved")
        is_new = notice.begun_at is None
        if is_new:
            self._may_end(ticket, notice.kind)
        self._check_unchanged(session, notice, ticket)
        now, counts = utcnow(), ledger.how_many(session, ledger.number(notice))
        waits = counts.get("waiting", 0)
        notice.state, notice.begun_at = "sending", notice.begun_at or now
        notice.is_urgent = at_once
        size = self._canary(waits)
        # As the number of lines in the ledger at which it is waited.
        notice.canary = size and size + counts.get("written", 0)
        until = None if at_once else quiet_until(self._settings, self._zone, notice.kind, now)
        if until is not None:
            notice.hold_until, notice.reason = until, "quiet hours"
        elif not notice.canary:
            self.handing.hand_out(session, notice, ticket, AT_ONCE)
            if waits <= AT_ONCE:
                notice.state, notice.sent_at = "sent", now
        session.add(notice)
        if is_new and notice.kind in ENDS:
            tickets.move(session, ticket, ENDS[notice.kind], who, notice.text[:500],
                         trackers=self._trackers)  # fmt: skip
        if self._post:
            self._post(session, ticket, _NEWS.get(notice.kind, "updated"), notice.text,
                       key=post_key(notice))  # fmt: skip
        tickets.note(
            session, notice.ticket_id, who, f"{notice.kind} sent",
            f"to {waits} people{_later(until, is_new)}", notice=notice.id,
            version=notice.version, left_out=counts.get("left_out", 0),
        )  # fmt: skip
        log.info("notice.sent", notice=notice.id, ticket=ticket.ref, letters=waits)
        return waits

    def _canary(self, waits: int) -> int:
        settings = self._settings
        size = max(settings.canary, math.ceil(waits * settings.canary_share))
        return size if waits >= settings.canary_from and 0 < size < waits else 0

    @staticmethod
    def _is_outdated(notice: NoticeRow, ticket: TicketRow, found: Audience) -> bool:
        """Whether text or audience are others than those that were approved."""
        approved = notice.content_hash, notice.audience_hash
        return approved != (approval.content_hash(notice, ticket), found.hash)

    def _check_unchanged(self, session: Session, notice: NoticeRow, ticket: TicketRow) -> None:
        """What goes out is what was approved: never more people, never other words."""
        if approval.content_hash(notice, ticket) != notice.content_hash:
            raise InvalidState(
                f"what notice {notice.id} says of {ticket.ref} has changed since it was approved: "
                f"look at it (triage announce preview {notice.id}), then approve it anew"
            )
        found = self._audience(session, ticket, notice.kind)
        if found.hash == notice.audience_hash:
            return
        changed = self._since_approval(session, notice, found)
        if changed.added or not changed.removed:
            raise InvalidState(
                f"the audience of notice {notice.id} has changed since it was approved "
                f"({len(changed.added)} more, {len(changed.removed)} fewer): look at it (triage "
                f"announce preview {notice.id}), then approve it anew"
            )
        why = dict(found.left_out)
        ledger.leave_out_keys(
            session, ledger.number(notice),
            {key: why.get(key, ledger.GONE_SINCE) for key in changed.removed},
        )  # fmt: skip

    @staticmethod
    def _since_approval(session: Session, notice: NoticeRow, found: Audience) -> Difference:
        then = ledger.keys(session, ledger.number(notice), "waiting", "written")
        now = {one.key for one in found.told}
        return Difference(tuple(sorted(now - then)), tuple(sorted(then - now)))

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
                notice = self._get(session, notice_id, to_change=True)
                allowed = {"sending", "sent", *({"paused"} if state == "stopped" else ())}
                self._must_be(notice, *allowed)
                if notice.state == "sent" and not ledger.unsent(session, notice_id):
                    raise InvalidState(f"notice {notice_id} has gone to everyone already")
                found = [notice]
            for one in found:
                bar(session, one, state, who, why)
            return [ledger.number(one) for one in found]

    def _preview(self, session: Session, notice: NoticeRow) -> Preview:
        ticket = tickets.get(session, notice.ticket_id)
        found = self._audience(session, ticket, notice.kind)
        each = {(one.language, one.why[0].partition(":")[0]): one for one in reversed(found.told)}
        facts = self.handing.facts(notice, ticket)
        samples = [self.handing.letter(notice, ticket, one, facts) for one in each.values()]
        content = approval.content_hash(notice, ticket)
        before = self._previous(session, notice)
        was_approved = notice.content_hash is not None and notice.state != "draft"
        return Preview(
            notice=notice,
            ticket=ticket,
            audience=found,
            samples=tuple(reversed(samples)),
            needed=approval.needed(self._settings, len(found.told)),
            approvals=tuple(r.who for r in approval.given(session, notice, content, found.hash)),
            previous=before,
            since_then=_from(ledger.keys(session, ledger.number(before), "written"), found)
            if before
            else Difference(),
            since_approval=self._since_approval(session, notice, found) if was_approved else None,
            text_changed=was_approved and content != notice.content_hash,
            seen=(content, found.hash),
        )

    @staticmethod
    def _previous(session: Session, notice: NoticeRow) -> NoticeRow | None:
        """The last notice of the incident that went out before this one."""
        query = select(NoticeRow).where(
            NoticeRow.ticket_id == notice.ticket_id,
            NoticeRow.id != notice.id,
            col(NoticeRow.begun_at).is_not(None),
        )
        return session.exec(query.order_by(col(NoticeRow.id).desc()).limit(1)).first()


def bar(session: Session, notice: NoticeRow, state: str, who: str, why: str) -> None:
    """Let no letter of a notice go to the wire any more, and say so on its ticket."""
    notice.state, notice.reason = state, f"{state} by {who}{f': {why}' if why else ''}"[:500]
    session.add(notice)
    tickets.note(session, notice.ticket_id, who, f"{notice.kind} {state}", why, notice=notice.id)
    log.warning(f"notice.{state}", notice=notice.id, by=who, why=why)


def post_key(notice: NoticeRow) -> str:
    """What makes its posts one at each channel."""
    return f"notice:{notice.id}{f'.{notice.version}' if notice.version > 1 else ''}"


def _affected(ticket: TicketRow, kind: str) -> dict[str, Any]:
    """Who was affected, as it was known when this was written: each report may change it."""
    if kind not in {"opened", "update", "resolution"}:
        return {}
    return {"reach": ticket.reach, "people": ticket.people}


def _checked(text: str) -> str:
    if not text.strip():
        raise Permanent("a notice needs a message: say what happened and what to do now")
    if len(text) > MAX_TEXT:
        raise Permanent(f"the message is longer than {MAX_TEXT} characters: shorten it")
    return text.strip()


def _from(then: Collection[str], found: Audience) -> Difference:
    now = {one.key for one in found.told}
    return Difference(tuple(sorted(now - set(then))), tuple(sorted(set(then) - now)))


def _later(until: datetime | None, is_new: bool) -> str:
    return ("" if is_new else ", of a new version") + (
        f", from {until:%Y-%m-%d %H:%M %Z} on (quiet hours)" if until else ""
    )
