"""GitHub: labels, mentions, people's own words; a kill between call and record doubles nothing."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from gateway import trackers
from gateway.errors import ConfigError, NotFound, Permanent
from gateway.incidents import tickets
from gateway.postmortem_filing import Draft, Filing, PostmortemMirror
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import HistoryRow, ReporterRow
from gateway.trackers import Service, TicketView
from tests.contracts.trackers.bench import TICKET, Bench, secret_file
from tests.contracts.trackers.github import Repository
from tests.contracts.trackers.github import bench as github_bench
from tests.contracts.trackers.server import Answered, Asked, server
from tests.unit.test_hearing import far_side, history, mirroring_of, run
from tests.unit.test_mirroring import file_ticket, make_due, row

LABELS = {"severity_labels": {"major": "sev 1", "low": "sev 3"},
          "service_labels": {"logingov": "identity"}}  # fmt: skip


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Bench]:
    with github_bench(tmp_path) as bench:
        yield bench


def put(bench: Bench, ticket: TicketView, **settings: Any) -> str | None:
    (tracker,) = trackers.load({"github": bench.table | settings})

    async def main() -> str | None:
        try:
            return await tracker.put(ticket)
        finally:
            await tracker.close()

    return asyncio.run(main())


def issue(bench: Bench) -> dict[str, Any]:
    there: Repository = far_side(bench)
    (found,) = there.issues.values()
    return found


def labels(bench: Bench) -> set[str]:
    return {one["name"] for one in issue(bench)["labels"]}


def test_labels_come_and_go_with_the_ticket_and_those_of_people_stay(github: Bench) -> None:
    put(github, TICKET, **LABELS)
    assert labels(github) == {"triage", "sev 1", "identity"}
    issue(github)["labels"].append({"name": "looked at"})
    lower = replace(TICKET, severity="low", services=(Service("vbms", "VBMS"),))
    put(github, lower, **LABELS)
    assert labels(github) == {"triage", "sev 3", "looked at"}


def test_what_people_write_around_our_part_stays(github: Bench) -> None:
    put(github, TICKET)
    issue(github)["body"] = f"Workaround: use ID.me.\n\n{issue(github)['body']}\n\nSee also #7."
    put(github, replace(TICKET, people=40))
    body = issue(github)["body"]
    assert body.startswith("Workaround: use ID.me.")
    assert body.endswith("See also #7.")
    assert "about 40 people" in body


def test_an_issue_follows_the_triage_template(github: Bench) -> None:
    put(github, TICKET)
    headings = [line for line in issue(github)["body"].splitlines() if line.startswith("## ")]
    assert headings == ["## Status", "## Severity Analysis", "## User Impact", "## Description",
                        "## Further Details"]  # fmt: skip
    assert issue(github)["title"] == "[TG-17] Nobody can sign in"


def test_only_a_reporter_with_a_login_is_mentioned(store: Database, github: Bench) -> None:
    number = file_ticket(store, trackers=("github",))
    with store.transaction() as session:
        session.add(ReporterRow(ticket_id=number, address="m.quintanar@people.example",
                                message_id=1))  # fmt: skip
    mentions = {"M.Quintanar@people.example": "mquintanar"}
    run(store, mirroring_of(store, "github", github, mentions=mentions))
    assert "Reported by @mquintanar." in issue(github)["body"]
    assert "people.example" not in issue(github)["body"]
    with pytest.raises(ConfigError, match="is no login"):
        trackers.load({"github": github.table | {"mentions": {"a@b.example": "a/team"}}})


def test_zenhub_is_set_by_state_and_severity(github: Bench, tmp_path: Path) -> None:
    board = server("zenhub")
    asked: list[tuple[str, Any]] = []

    def answer(one: Asked) -> Answered:
        asked.append((one.path, one.body))
        return 200, {"pipelines": [{"id": "P1"}]}

    board.reset(answer)
    (tmp_path / "z").mkdir()
    zenhub = {"url": board.url, "workspace": "w", "repository": 7, "pipelines": {"new": "P1"},
              "estimates": {"major": 8}, "token_file": secret_file(tmp_path / "z")}  # fmt: skip
    number = put(github, TICKET, zenhub=zenhub)
    assert asked == [
        (f"/p2/workspaces/w/repositories/7/issues/{number}/moves",
         {"pipeline_id": "P1", "position": "top"}),
        (f"/p1/repositories/7/issues/{number}/estimate", {"estimate": 8}),
    ]  # fmt: skip
    (tracker,) = trackers.load({"github": github.table | {
        "zenhub": zenhub | {"pipelines": {"new": "P9"}}}})  # fmt: skip
    with pytest.raises(Permanent, match=r"pipelines\.new: no pipeline P9"):
        asyncio.run(tracker.check())
    assert board.wrong == []


KILLED = """
import asyncio, json, os, signal, sys
from gateway import trackers
from gateway.mirroring import Mirroring
from gateway.store.database import Database
from gateway.store.leases import this_process

(tracker,) = trackers.load({"github": json.loads(sys.argv[2])})
put = tracker.put

async def deadly(ticket):
    await put(ticket)
    os.kill(os.getpid(), signal.SIGKILL)

tracker.put = deadly

async def main():
    await Mirroring(Database(sys.argv[1]), [tracker], this_process(), {}).start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_kill_between_call_and_record_makes_no_second_copy_and_no_second_comment(
    store: Database, github: Bench
) -> None:
    number = file_ticket(store, trackers=("github",))

    def killed() -> None:
        call = [sys.executable, "-c", KILLED, store.url, json.dumps(github.table)]
        assert subprocess.run(call, check=False, timeout=60).returncode == -signal.SIGKILL

    killed()
    mirroring = mirroring_of(store, "github", github)
    run(store, mirroring)
    tickets.TicketBook(store, ("github",)).move(str(number), "investigating", "o.perator")
    killed()
    make_due(store)
    run(store, mirroring)
    assert (row(store).state, row(store).reference) == ("done", str(issue(github)["number"]))
    assert len(far_side(github).comments) == 1
    assert [one for one in history(store) if "github" in one[1]] == []


# --- post-mortems --------------------------------------------------------------------------------


def work_off(store: Database, bench: Bench, *, loses_the_answer: bool = False) -> None:
    (tracker,) = trackers.load({"github": bench.table})
    worker = PostmortemMirror(store, tracker, this_process(), drafted)

    async def main() -> None:
        for due in worker._due() if loses_the_answer else ():
            await worker._put(due)
        while not loses_the_answer and await worker._round():
            pass
        await tracker.close()

    asyncio.run(main())


def filing(store: Database, bench: Bench, draft: Draft) -> Filing:
    (tracker,) = trackers.load({"github": bench.table})
    return Filing(store, {"github": tracker}, draft)


def drafted(name: str) -> tuple[str, str]:
    return f"Outage of {name}", "## What happened?\n\nNobody is named here.\n"


def test_a_post_mortem_is_filed_once_and_then_left_to_people(
    store: Database, github: Bench
) -> None:
    number = file_ticket(store)
    desk = filing(store, github, drafted)
    assert "Nobody is named here" in "".join(asyncio.run(desk.preview("TG-1", "github")))
    assert far_side(github).issues == {}
    row = desk.file("TG-1", "github", "ann")
    assert (row.state, row.tracker, row.reference) == ("waiting", "github/post-mortem", None)
    work_off(store, github)
    opened = issue(github)
    assert opened["title"] == "[TG-1] Outage of TG-1"
    assert opened["body"].endswith("Nobody is named here.\n")
    opened["body"] = "Written by people meanwhile."
    again = desk.file("TG-1", "github", "ann")
    work_off(store, github)
    assert (again.state, again.reference) == ("done", str(opened["number"]))
    assert issue(github)["body"] == "Written by people meanwhile."
    with store.read() as session:
        lines = session.exec(select(HistoryRow).where(HistoryRow.ticket_id == number)).all()
    told = [(one.who, one.why) for one in lines if one.what == "post-mortem to be filed"]
    assert told == [("ann", "at github")]


def test_a_post_mortem_whose_answer_was_lost_is_found_again(store: Database, github: Bench) -> None:
    file_ticket(store)
    filing(store, github, drafted).file("TG-1", "github", "ann")
    work_off(store, github, loses_the_answer=True)
    first = issue(github)["number"]
    work_off(store, github)
    assert issue(github)["number"] == first  # there is one alone
    row = filing(store, github, drafted).file("TG-1", "github", "ann")
    assert (row.state, row.reference) == ("done", str(first))


def test_a_post_mortem_that_cannot_be_made_safe_is_not_even_asked_for(
    store: Database, github: Bench
) -> None:
    def unsafe(name: str) -> tuple[str, str]:
        raise Permanent(f"{name}: an address is left in it")

    file_ticket(store)
    with pytest.raises(Permanent, match="an address is left"):
        filing(store, github, unsafe).file("TG-1", "github", "ann")
    with pytest.raises(NotFound, match="slack takes no post-mortem; those that do: github"):
        filing(store, github, drafted).file("TG-1", "slack", "ann")
    assert far_side(github).issues == {}
