"""Posts news of tickets to the channels: opened, another severity, over, and what is announced.

Two ways in. Whoever changes a ticket marks it, as for a tracker, under the name NEWS; a scout then
sees what of it is news for which channel and writes that down, in one transaction. And
`enqueue` writes down what a person announces, in the caller's. What is written down goes out in its
order, by one process at a time, is tried again with growing waits or set aside, and is never
posted twice: a post that was cut off is looked for first. Title and text are masked anew; where
that fails nothing is sent.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlmodel import Session, col, select

from gateway.channels import ChannelSettings, News, NewsKind, Wired
from gateway.errors import NotFound, Temporary, is_temporary
from gateway.incidents import mirrors, posts, tickets
from gateway.incidents.mirrors import NEWS, Due, Outcome
from gateway.incidents.posts import Posted
from gateway.masking import first_message, masked
from gateway.model import utcnow
from gateway.outbox.pace import growing
from gateway.rounds import FIRST_WAIT, LONGEST_WAIT, Crew, Worker, reason_of
from gateway.store.database import Database
from gateway.store.tables import PostRow, TicketRow

POST_SECONDS = 30.0
BATCH = 50
EXCERPT = 600

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _House:
    """What of the organization stands in news."""

    service_names: Mapping[str, str]
    published: frozenset[str]


class Posting(Crew):
    """News of one store for `channels`. `owner` names this process."""

    def __init__(
        self,
        database: Database,
        channels: Sequence[Wired],
        owner: str,
        service_names: Mapping[str, str],
        published: frozenset[str] = frozenset(),
    ) -> None:
        house = _House(service_names, published)
        rules = {one.channel.name: one.settings for one in channels}
        # Where it is only tried out nothing is written down: old news would go out later.
        live = {name: rule for name, rule in rules.items() if not rule.dry_run}
        self._posters = [_Poster(database, one, owner, house) for one in channels]
        workers = [one for one in self._posters if one.name in live]
        scout = _Scout(database, live, owner, self.wake)
        super().__init__([scout, *workers] if channels else [])
        self._database = database
        self._rules, self._live = rules, live
        self.names = tuple(rules)
        # What a changed ticket is marked under, beside the names of the trackers.
        self.marks = (NEWS,) if channels else ()

    # --- news comes in ---

    def enqueue(
        self, session: Session, ticket: TicketRow, kind: NewsKind, text: str, *, key: str
    ) -> int:
        """News that a person announces, for every channel that hears of such a ticket.

        In the caller's transaction; `key` (`notice:12`) makes it one, ever. Returns how many posts
        were new. `text` is masked before it leaves. Call `wake` once it is committed.
        """
        wanted = [
            name
            for name, rule in self._live.items()
            if rule.wants(ticket.severity, ticket.services)
            or posts.last(session, tickets.number(ticket), name)
        ]
        return posts.add(session, ticket, wanted, key=key, kind=kind, text=text)

    # --- what a person sees and does ---

    def status(self) -> list[dict[str, Any]]:
        """Of each channel: name, and how many posts wait or are set aside."""
        if not self.names:
            return []
        with self._database.read() as session:
            found = posts.counts(session, self.names)
        return [
            {"name": n, "waiting": c.get("waiting", 0), "failed": c.get("failed", 0)}
            | ({"dry_run": True} if self._rules[n].dry_run else {})
            for n, c in found.items()
        ]

    def due(self, now: datetime) -> bool:
        """Whether there is anything to post, or to look at, by `now`."""
        with self._database.read() as session:
            is_marked = bool(self.marks) and bool(mirrors.due(session, NEWS, now, 1))
            return is_marked or any(posts.due(session, name, now, 1) for name in self._live)

    async def preview(self, name: str, channel: str | None = None) -> dict[str, list[str]]:
        """What each channel (or that one) would be sent of a ticket that opens; sends nothing."""
        if channel is not None and channel not in self.names:
            known = ", ".join(self.names) or "none"
            raise NotFound(f"no channel {channel} is configured: {known}")
        wanted = [one for one in self._posters if channel in (None, one.name)]
        return {one.name: await one.rehearsed(name) for one in wanted}

    def listing(self, state: str | None = None, limit: int = 50) -> list[PostRow]:
        """The newest posts, of one state if given."""
        query = select(PostRow).order_by(col(PostRow.id).desc()).limit(limit)
        query = query.where(PostRow.state == state) if state else query
        with self._database.read() as session:
            return list(session.exec(query))

    def retry(self, ids: Sequence[int] | None) -> int:
        """Try these posts again now, or for None all that wait or are set aside; how many.

        NotFound for one with which there is nothing to do.
        """
        with self._database.transaction() as session:
            done = posts.retry(session, ids, self.names)
            for missed in sorted(set(ids or ()) - done):
                raise NotFound(f"no post {missed} waits or has failed: see `triage posts list`")
        self.wake()
        return len(done)


class _Scout(Worker):
    """Sees what of a changed ticket is news, and writes it down."""

    def __init__(
        self, database: Database, rules: Mapping[str, ChannelSettings], owner: str, wake: Any
    ) -> None:
        super().__init__(database, "post:scout", owner, _nothing)
        self._rules = rules
        self._wake = wake

    async def _round(self) -> bool:
        found = await asyncio.to_thread(self._due)
        if not found:
            await self._leave()
            return False
        if not await self._lead():
            return False
        for due in found:
            await asyncio.to_thread(self._look_at, due)
        self._wake()
        return True

    def _due(self) -> list[Due]:
        with self._database.read() as session:
            return mirrors.due(session, NEWS, utcnow(), BATCH)

    def _look_at(self, due: Due) -> None:
        with self._database.transaction() as session:
            ticket = tickets.get(session, due.ticket_id)
            for name, rule in self._rules.items():
                last = posts.last(session, due.ticket_id, name)
                found = _news(ticket, last, rule)
                if found is not None:
                    kind, text = found
                    key = f"{ticket.ref}:{(last.id if last else 0) or 0}:{kind}"
                    posts.add(session, ticket, [name], key=key, kind=kind, text=text)
            mirrors.record(session, [Outcome(NEWS, due)])


def _news(
    ticket: TicketRow, last: PostRow | None, rule: ChannelSettings
) -> tuple[NewsKind, str] | None:
    """What is news about a ticket, after what was told last; None for nothing."""
    is_over = ticket.state in tickets.OVER
    if last is None:
        is_new = not is_over and ticket.merged_into is None
        is_wanted = rule.wants(ticket.severity, ticket.services)
        return ("opened", "") if is_new and is_wanted else None
    # Who announces the end may have said so before the ticket was moved.
    was_over = last.ticket_state in tickets.OVER or last.kind == "resolved"
    if is_over:
        into = ticket.merged_into
        text = f"It is now a part of TG-{into}." if into else f"It is {ticket.state}."
        return None if was_over else ("resolved", text)
    if was_over:
        return "updated", "It is open again."
    if last.severity != ticket.severity:
        return "updated", f"Severity {last.severity} -> {ticket.severity}."
    return None


class _Poster(Worker):
    """Posts what is due to one channel."""

    def __init__(self, database: Database, wired: Wired, owner: str, house: _House) -> None:
        channel = wired.channel
        super().__init__(database, f"post:{channel.name}", owner, channel.close)
        self._channel = channel
        self._house = house
        self.name = channel.name

    async def _round(self) -> bool:
        found = await asyncio.to_thread(self._due)
        if not found:
            await self._leave()
        for row in found:
            if self.stopping or not await self._lead():
                return False
            outcome = await self._posted(row)
            writing = self._database.writer.submit(posts.record, outcome)
            await asyncio.shield(asyncio.wrap_future(writing))
            if self.is_resting:
                return False
        return bool(found)

    async def _posted(self, row: PostRow) -> Posted:
        """Post one piece of news, and say what came of it."""
        name, id_, is_doubtful = self._channel.name, row.id or 0, row.is_doubtful
        try:
            news = await asyncio.to_thread(self._view, row)
            await asyncio.to_thread(self._begin, id_)
            is_doubtful = True
            async with asyncio.timeout(POST_SECONDS):
                reference = await self._channel.post(news)
        except Exception as error:
            wait = None
            if is_temporary(error):
                asked = getattr(error, "seconds", None) or 0.0
                wait = max(asked, growing(FIRST_WAIT, row.attempts + 1, LONGEST_WAIT))
                if asked:
                    self._rest(asked)
            if isinstance(error, Temporary) and error.is_refusal:
                is_doubtful = row.is_doubtful
            log.warning("post.failed", channel=name, post=id_, error=type(error).__name__,
                        next_try_s=wait and round(wait))  # fmt: skip
            reason = reason_of(error, POST_SECONDS)
            return Posted(id_, reason=reason, wait=wait, is_doubtful=is_doubtful)
        log.info("news.posted", channel=name, post=id_, ticket=news.ticket, kind=news.kind)
        return Posted(id_, reference)

    async def rehearsed(self, ticket: str) -> list[str]:
        """What it would be sent of that ticket, were it new."""
        return await self._channel.rehearse(await asyncio.to_thread(self._as_opened, ticket))

    # --- in a thread ---

    def _as_opened(self, name: str) -> News:
        with self._database.read() as session:
            ticket = tickets.get(session, name)
        row = PostRow(
            key=f"{ticket.ref}:0:opened", channel=self.name, ticket_id=tickets.number(ticket),
            kind="opened", severity=ticket.severity, ticket_state=ticket.state,
        )  # fmt: skip
        return self._view(row)

    def _due(self) -> list[PostRow]:
        with self._database.read() as session:
            return posts.due(session, self._channel.name, utcnow(), BATCH)

    def _begin(self, id_: int) -> None:
        with self._database.transaction() as session:
            posts.begin(session, id_)

    def _view(self, row: PostRow) -> News:
        with self._database.read() as session:
            ticket = tickets.get(session, row.ticket_id)
            raw = first_message(session, ticket.merged_into or row.ticket_id)
            previous = posts.first_reference(session, row.ticket_id, row.channel)
        title, words, told = masked(raw, self._house.published, row.text)
        if row.kind == "opened" and not row.text:
            told = words if len(words) <= EXCERPT else words[:EXCERPT] + " [...]"
        names = self._house.service_names
        return News(
            key=row.key,
            kind=cast("NewsKind", row.kind),
            ticket=ticket.ref,
            title=title,
            text=told,
            at=row.at,
            previous=previous,
            services=tuple(names.get(one, one) for one in ticket.services),
            severity=row.severity,
            state=row.ticket_state,
            is_doubtful=row.is_doubtful,
        )


async def _nothing() -> None:
    """A scout holds no connection."""
