"""Posting: news of a ticket reaches each channel once, in its order, masked or not at all."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select, update
from typer.testing import CliRunner

from gateway.channels import ChannelSettings, News, Wired
from gateway.cli import app
from gateway.errors import NotFound, Permanent, Temporary
from gateway.incidents import posts, tickets
from gateway.model import utcnow
from gateway.posting import Posting
from gateway.reading.personal import redaction
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import PostRow, TicketRow
from tests.unit.test_mirroring import NAMES, SECRETS, file_ticket

ME = this_process()
EVERYTHING = ChannelSettings(severities=())
MARKED = ("channels",)


class Chat:
    """A channel in memory, with what is to go wrong at each post; None for nothing."""

    name = "chat"

    def __init__(self, *events: Exception | None) -> None:
        self.events = list(events)
        self.seen: list[News] = []

    async def post(self, news: News) -> str | None:
        self.seen.append(news)
        event = self.events.pop(0) if self.events else None
        if event is not None:
            raise event
        return f"p{len(self.seen)}"

    async def check(self) -> str:
        return "well"

    async def close(self) -> None:
        """Nothing is held."""


def posting_of(database: Database, chat: Any, rule: ChannelSettings = EVERYTHING) -> Posting:
    return Posting(database, [Wired(chat, rule)], ME, NAMES)


def run_all(database: Database, chat: Any, rule: ChannelSettings = EVERYTHING) -> None:
    posting = posting_of(database, chat, rule)

    async def main() -> None:
        await posting.start()
        end = time.monotonic() + 30
        while await asyncio.to_thread(posting.due, utcnow()):
            assert time.monotonic() < end, "not within 30 s"
            await asyncio.sleep(0.01)
        await posting.stop()

    asyncio.run(main())


def change(database: Database, number: int, act: Callable[[Session, TicketRow], Any]) -> None:
    with database.transaction() as session:
        ticket = tickets.get(session, number, to_change=True)
        act(session, ticket)
        tickets.note(session, number, "somebody", "changed")
        tickets.mirrors.mark(session, [number], MARKED)


def rank(database: Database, number: int, severity: str) -> None:
    change(database, number, lambda _session, ticket: setattr(ticket, "severity", severity))


def move(database: Database, number: int, state: str) -> None:
    tickets.TicketBook(database, MARKED).move(str(number), state, "o.perator")


def row(database: Database) -> PostRow:
    with database.read() as session:
        return session.exec(select(PostRow)).one()


def make_due(database: Database) -> None:
    with database.transaction() as session:
        session.exec(update(PostRow).values(due_at=datetime(2020, 1, 1, tzinfo=utcnow().tzinfo)))


def told(chat: Chat) -> list[tuple[str, str]]:
    return [(news.kind, news.text) for news in chat.seen]


def test_an_incident_is_told_when_it_opens_changes_and_is_over(database: Database) -> None:
    chat = Chat()
    number = file_ticket(database, trackers=MARKED)
    run_all(database, chat)
    rank(database, number, "critical")
    run_all(database, chat)
    move(database, number, "resolved")
    run_all(database, chat)
    move(database, number, "investigating")
    run_all(database, chat)
    opened, *rest = told(chat)
    assert opened[0] == "opened"
    assert "VBMS has been down since nine" in opened[1]
    assert rest == [
        ("updated", "Severity major -> critical."),
        ("resolved", "It is resolved."),
        ("updated", "It is open again."),
    ]
    assert [news.previous for news in chat.seen] == [None, "p1", "p1", "p1"]
    assert {news.services for news in chat.seen} == {("VBMS",)}


def test_what_is_no_news_is_not_posted(store: Database) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    change(store, number, lambda _session, ticket: setattr(ticket, "people", 12))
    move(store, number, "triaged")
    run_all(store, chat)
    assert len(chat.seen) == 1


@pytest.mark.parametrize(
    "rule",
    [ChannelSettings(severities=("critical",)), ChannelSettings(severities=(), services=("bgs",))],
)
def test_a_channel_hears_only_of_what_it_asked_for(store: Database, rule: ChannelSettings) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat, rule)
    assert chat.seen == []
    rank(store, number, "critical")
    change(store, number, lambda _session, ticket: setattr(ticket, "services", ["vbms", "bgs"]))
    run_all(store, chat, rule)
    assert [news.kind for news in chat.seen] == ["opened"]
    rank(store, number, "low")
    run_all(store, chat, rule)
    assert told(chat)[1:] == [("updated", "Severity critical -> low.")], "whoever heard hears on"


def test_nothing_that_names_a_person_is_posted(store: Database) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    text = "Marisol Quintanar, 900-12-3456, is told. It works again."
    announce(store, number, text, "notice:1")
    run_all(store, chat)
    assert chat.seen[1].text.endswith("is told. It works again.")
    said = repr(chat.seen).lower()
    assert [secret for secret in SECRETS if secret in said] == []


def announce(database: Database, number: int, text: str, key: str) -> int:
    posting = posting_of(database, Chat())
    with database.transaction() as session:
        ticket = tickets.get(session, number)
        return posting.enqueue(session, ticket, "updated", text, key=key)


def test_what_is_announced_is_posted_once_by_its_key(store: Database) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=())
    assert announce(store, number, "We are looking.", "notice:1") == 1
    assert announce(store, number, "We are looking.", "notice:1") == 0
    run_all(store, chat)
    assert told(chat) == [("updated", "We are looking.")]


def test_where_masking_fails_nothing_is_posted(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any, **_further: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(redaction, "identifiers", fail, raising=False)
    monkeypatch.setattr("gateway.masking.reader.redact", lambda *_given: redaction.WITHHELD)
    chat = Chat()
    file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    assert chat.seen == []
    assert row(store).state == "failed"
    assert "masking failed" in (row(store).reason or "")


def test_what_fails_for_now_waits_and_what_fails_for_good_is_set_aside(database: Database) -> None:
    chat = Chat(Temporary("away", is_refusal=True), Permanent("no such channel: name another"))
    file_ticket(database, trackers=MARKED)
    run_all(database, chat)
    found = row(database)
    assert (found.state, found.reason, found.attempts) == ("waiting", "away", 1)
    assert found.due_at > utcnow()
    make_due(database)
    run_all(database, chat)
    assert (row(database).state, row(database).reason) == (
        "failed",
        "no such channel: name another",
    )
    posting = posting_of(database, chat)
    assert posting.status() == [{"name": "chat", "waiting": 0, "failed": 1}]
    assert posting.retry(None) == 1
    with pytest.raises(NotFound, match="no post 99"):
        posting.retry([99])
    run_all(database, chat)
    assert (row(database).state, row(database).reference) == ("done", "p3")


def test_news_of_a_ticket_never_overtakes_earlier_news_of_it(store: Database) -> None:
    chat = Chat(Temporary("away"))
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    rank(store, number, "critical")
    run_all(store, chat)
    assert len(chat.seen) == 1, "the update waits for the post that it belongs under"
    make_due(store)
    run_all(store, chat)
    assert [news.kind for news in chat.seen] == ["opened", "opened", "updated"]


def test_a_post_that_may_have_arrived_is_marked_so_and_a_refused_one_is_not(
    store: Database,
) -> None:
    chat = Chat(Temporary("too many", is_refusal=True), Temporary("no answer"))
    file_ticket(store, trackers=MARKED)
    for _ in range(3):
        run_all(store, chat)
        make_due(store)
    assert [news.is_doubtful for news in chat.seen] == [False, False, True]
    assert not row(store).is_doubtful


def test_a_channel_that_asks_for_rest_gets_it(store: Database) -> None:
    chat = Chat(Temporary("too many", is_refusal=True, seconds=500.0))
    file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    assert (row(store).due_at - utcnow()).total_seconds() > 400


def test_with_dry_run_nothing_is_posted_then_or_later(store: Database) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat, ChannelSettings(severities=(), dry_run=True))
    run_all(store, chat)
    assert chat.seen == []
    rank(store, number, "critical")
    run_all(store, chat)
    assert [news.kind for news in chat.seen] == ["opened"], "it is news with its next change"


def test_an_end_that_was_announced_is_not_told_again(store: Database) -> None:
    chat = Chat()
    number = file_ticket(store, trackers=MARKED)
    run_all(store, chat)
    with store.transaction() as session:
        ticket = tickets.get(session, number)
        posting_of(store, chat).enqueue(session, ticket, "resolved", "It is over.", key="notice:1")
        tickets.move(session, ticket, "resolved", "o.perator", trackers=MARKED)
    run_all(store, chat)
    assert told(chat)[1:] == [("resolved", "It is over.")]


def test_a_channel_that_wants_rest_is_left_alone_by_all_news(store: Database) -> None:
    chat = Chat(Temporary("too many", is_refusal=True, seconds=500.0))
    for _ in range(3):
        file_ticket(store, trackers=MARKED)
    posting = posting_of(store, chat)

    async def main() -> None:
        await posting.start()
        end = time.monotonic() + 30
        while not (chat.seen and posting.status()[0]["waiting"] == 3):
            assert time.monotonic() < end, "not within 30 s"
            await asyncio.sleep(0.01)
        await posting.stop()

    asyncio.run(main())
    assert len(chat.seen) == 1


KILLED = """
import asyncio, os, signal, sys
from gateway.channels import ChannelSettings, Wired
from gateway.posting import Posting
from gateway.store.database import Database
from gateway.store.leases import this_process

class Deadly:
    name = "chat"
    async def post(self, news):
        os.kill(os.getpid(), signal.SIGKILL)
    async def close(self): ...

async def main():
    wired = Wired(Deadly(), ChannelSettings(severities=()))
    await Posting(Database(sys.argv[1]), [wired], this_process(), {}).start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_post_that_a_kill_cut_off_is_given_again_as_doubtful(store: Database) -> None:
    file_ticket(store, trackers=MARKED)
    killed = subprocess.run([sys.executable, "-c", KILLED, store.url], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    chat = Chat()
    run_all(store, chat)
    assert [news.is_doubtful for news in chat.seen] == [True]


def test_the_command_lists_posts_and_says_why(tmp_path: Path) -> None:
    config = tmp_path / "triage.toml"
    url = f"sqlite:///{tmp_path / 'store.db'}"
    config.write_text(f'store = "{url}"\n')
    runner = CliRunner()
    shown = runner.invoke(app, ["posts", "--config", str(config)])
    assert "No news" in shown.output
    database = Database(url)
    try:
        number = file_ticket(database, trackers=())
        with database.transaction() as session:
            ticket = tickets.get(session, number)
            posts.add(session, ticket, ["chat"], key="k", kind="opened", text="")
            session.exec(update(PostRow).where(col(PostRow.id) == 1).values(state="failed",
                         reason="no such channel"))  # fmt: skip
    finally:
        database.close()
    shown = runner.invoke(app, ["posts", "list", "--json", "--config", str(config)])
    line = json.loads(shown.output)
    assert (line["ticket"], line["state"], line["reason"]) == ("TG-1", "failed", "no such channel")
