"""Two ways: what people do at a tracker reaches the ticket, once, and what we wrote never does."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update
from typer.testing import CliRunner

from gateway import trackers
from gateway.cli import app
from gateway.errors import NotFound, Permanent
from gateway.incidents import tickets
from gateway.mirroring import Mirroring
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import HistoryRow, MirrorRow, TicketRow, TrackerCursorRow
from gateway.trackers import pagerduty
from tests.contracts.trackers.bench import Bench
from tests.contracts.trackers.github import Repository
from tests.contracts.trackers.github import bench as github_bench
from tests.contracts.trackers.servicenow import Instance
from tests.contracts.trackers.servicenow import bench as servicenow_bench
from tests.unit.test_mirroring import NAMES, file_ticket

KEY = "webhook-secret"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Bench]:
    with github_bench(tmp_path) as bench:
        secret = tmp_path / "webhook"
        secret.write_text(KEY)
        bench.table["webhook_secret_file"] = str(secret)
        yield bench


@pytest.fixture
def servicenow(tmp_path: Path) -> Iterator[Bench]:
    with servicenow_bench(tmp_path) as bench:
        yield bench


def far_side(bench: Bench) -> Any:
    assert bench.server is not None
    return bench.server.answer.__self__  # type: ignore[attr-defined]  # a bound method


def mirroring_of(database: Database, word: str, bench: Bench, **settings: Any) -> Mirroring:
    made = trackers.load({word: bench.table | settings})
    found = Mirroring(database, made, this_process(), NAMES)
    found.tell((word,))
    return found


def run(database: Database, mirroring: Mirroring) -> None:
    """Until all is mirrored, and the tracker was asked for news after that."""
    began = utcnow()
    forget_when(database)

    def is_done() -> bool:
        with database.read() as session:
            asked = session.exec(select(TrackerCursorRow.asked_at)).first()
        return not mirroring.due(utcnow()) and bool(asked and asked > began)

    async def main() -> None:
        await mirroring.start()
        end = time.monotonic() + 30
        while not await asyncio.to_thread(is_done):
            assert time.monotonic() < end, "not within 30 s"
            await asyncio.sleep(0.01)
        await mirroring.stop()

    asyncio.run(main())


def forget_when(database: Database) -> None:
    """As if it had been asked long ago."""
    with database.transaction() as session:
        for row in session.exec(select(TrackerCursorRow)):
            row.asked_at = row.asked_at.replace(year=2020)
            session.add(row)


def history(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as session:
        rows = session.exec(select(HistoryRow).order_by(col(HistoryRow.id))).all()
        return [
            (row.who, row.what, row.why) for row in rows if " at " in row.what or "->" in row.what
        ]


def ticket(database: Database) -> TicketRow:
    with database.read() as session:
        return session.exec(select(TicketRow)).one()


def act(bench: Bench, do: Callable[[Repository, int], Any]) -> None:
    repository = far_side(bench)
    (number,) = repository.issues
    do(repository, number)


def test_a_comment_reaches_the_history_once_and_ours_never_does(
    database: Database, github: Bench
) -> None:
    number = file_ticket(database, trackers=("github",))
    mirroring = mirroring_of(database, "github", github)
    run(database, mirroring)
    tickets.TicketBook(database, ("github",)).move(str(number), "investigating", "o.perator")
    act(github, lambda there, issue: there.say(issue, "It is the load balancer.", "dev-1"))
    for _ in range(3):
        run(database, mirroring)
    assert [one for one in history(database) if "comment" in one[1]] == [
        ("somebody at github", "comment at github", "It is the load balancer.")
    ]
    ours = [one for one in far_side(github).comments if one["user"]["login"] != "dev-1"]
    assert len(ours) == 1
    assert "state new -\\> investigating" in ours[0]["body"]


@pytest.mark.parametrize(
    ("on_close", "state", "needs_review"),
    [("ask", "new", True), ("resolve", "resolved", False), ("ignore", "new", False)],
)
def test_a_closed_issue_does_what_the_settings_say(
    store: Database, github: Bench, on_close: str, state: str, needs_review: bool
) -> None:
    file_ticket(store, trackers=("github",))
    mirroring = mirroring_of(store, "github", github, on_close=on_close, authors="named")
    run(store, mirroring)
    act(github, lambda there, issue: there.close(issue, "dev-1"))
    for _ in range(2):
        run(store, mirroring)
    found = ticket(store)
    assert (found.state, found.needs_review) == (state, needs_review)
    assert ("dev-1 at github" in repr(history(store))) is (on_close != "ignore")
    (issue,) = far_side(github).issues.values()
    assert issue["state"] == "closed", "what a person closed stays closed"


def test_what_we_close_and_reopen_ourselves_is_not_heard(store: Database, github: Bench) -> None:
    number = file_ticket(store, trackers=("github",))
    mirroring = mirroring_of(store, "github", github)
    book = tickets.TicketBook(store, ("github",))
    for state, there in (("resolved", "closed"), ("investigating", "open")):
        book.move(str(number), state, "o.perator")
        run(store, mirroring)
        (issue,) = far_side(github).issues.values()
        assert issue["state"] == there
        run(store, mirroring)
    assert not ticket(store).needs_review
    assert [what for _, what, _ in history(store) if "github" in what] == []


def test_servicenow_is_heard_too(store: Database, servicenow: Bench) -> None:
    number = file_ticket(store, trackers=("servicenow",))
    mirroring = mirroring_of(store, "servicenow", servicenow)
    run(store, mirroring)
    tickets.TicketBook(store, ("servicenow",)).move(str(number), "investigating", "o.perator")
    run(store, mirroring)
    there: Instance = far_side(servicenow)
    (record,) = there.records
    there.say(record, "Restarted the pool.", "dev-1")
    there.change(record, {"state": "6"})
    for _ in range(2):
        run(store, mirroring)
    assert [what for _, what, _ in history(store) if "servicenow" in what] == [
        "closed at servicenow", "comment at servicenow",
    ]  # fmt: skip
    assert ticket(store).needs_review
    assert [e["value"].partition("\n")[0] for e in there.journal] == [
        "[triage-gateway TG-1]", "Restarted the pool.",
    ]  # fmt: skip


# --- signed webhooks ----------------------------------------------------------------------------


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(key.encode(), body, "sha256").hexdigest()}


def test_a_signed_webhook_of_github_is_taken_once_whatever_way_it_comes(
    store: Database, github: Bench
) -> None:
    file_ticket(store, trackers=("github",))
    mirroring = mirroring_of(store, "github", github)
    run(store, mirroring)
    act(github, lambda there, issue: there.say(issue, "Looking.", "dev-1"))
    act(github, lambda there, issue: there.close(issue, "dev-1"))
    there = far_side(github)
    (issue,) = there.issues.values()
    repository = {"full_name": "Example-Org/Triage"}
    told = {"repository": repository, "issue": issue, "sender": {"login": "dev-1"}}
    comment = json.dumps(told | {"action": "created", "comment": there.comments[0]}).encode()
    closed = json.dumps(told | {"action": "closed"}).encode()
    events = ((comment, "issue_comment"), (closed, "issues"), (comment, "issue_comment"))
    counts = [
        mirroring.received("github", body, signed(body) | {"X-GitHub-Event": event})
        for body, event in events
    ]
    assert counts == [1, 1, 0]
    run(store, mirroring)
    assert len([one for one in history(store) if "github" in one[1]]) == 2


@pytest.mark.parametrize(
    "headers", [{}, {"X-Hub-Signature-256": "sha256=00"}, signed(b"other"), signed(b"{}", "k")]
)
def test_an_unsigned_webhook_is_refused(
    store: Database, github: Bench, headers: dict[str, str]
) -> None:
    mirroring = mirroring_of(store, "github", github)
    with pytest.raises(Permanent, match="not signed"):
        mirroring.received("github", b"{}", headers)
    with pytest.raises(Permanent, match="not of the form"):
        mirroring.received("github", b"[]", signed(b"[]"))
    with pytest.raises(NotFound):
        mirroring.received("jira", b"{}", headers)


def test_a_webhook_of_pagerduty_is_verified_and_read() -> None:
    event = {"id": "E1", "event_type": "incident.resolved", "occurred_at": "2026-11-03T10:00:00Z",
             "agent": {"type": "user_reference", "summary": "Dev One"},
             "data": {"id": "Q1", "incident_key": "TG-17"}}  # fmt: skip
    body = json.dumps({"event": event}).encode()
    good = "v1=" + hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-pagerduty-signature": f"v1=00,{good}"}
    (found,) = pagerduty.received(body, headers, KEY)
    assert (found.kind, found.reference, found.who) == ("closed", "TG-17", "Dev One")
    with pytest.raises(Permanent, match="not signed"):
        pagerduty.received(body, {"x-pagerduty-signature": "v1=00"}, KEY)
    ours = json.dumps({"event": event | {"agent": {"type": "inbound_integration_reference"}}})
    sign = "v1=" + hmac.new(KEY.encode(), ours.encode(), hashlib.sha256).hexdigest()
    assert pagerduty.received(ours.encode(), {"X-PagerDuty-Signature": sign}, KEY) == []


# --- shown beforehand ---------------------------------------------------------------------------


def test_with_dry_run_nothing_is_sent_and_the_command_shows_what_would_be(
    tmp_path: Path, github: Bench
) -> None:
    config = tmp_path / "triage.toml"
    url = f"sqlite:///{tmp_path / 'store.db'}"
    table = github.table | {"dry_run": True}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
    config.write_text(f'store = "{url}"\n[trackers.github]\n{lines}\n')
    runner = CliRunner()
    assert runner.invoke(app, ["trackers", "--config", str(config)]).exit_code == 0
    database = Database(url)
    try:
        file_ticket(database, trackers=("github",))
        mirroring = mirroring_of(database, "github", github, dry_run=True)
        assert not mirroring.due(utcnow())
        with database.transaction() as session:
            session.exec(update(MirrorRow).values(reference=None))
    finally:
        database.close()
    for call in (
        ["preview", "TG-1"],
        ["preview", "TG-1", "github"],
        ["retry", "--all", "--dry-run"],
    ):
        shown = runner.invoke(app, ["trackers", *call, "--config", str(config)])
        assert shown.exit_code == 0, shown.output
        assert "POST " in shown.output
        assert "Authorization: ***" in shown.output
        assert "VBMS has been down since nine" in shown.output
        assert "quintanar" not in shown.output.lower()
    wrong = runner.invoke(app, ["trackers", "preview", "TG-1", "jira", "--config", str(config)])
    assert isinstance(wrong.exception, NotFound)
    assert github.server is not None
    assert github.server.seen == []
