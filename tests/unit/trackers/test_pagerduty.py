"""PagerDuty: windows are made, moved and ended with ours; incidents only where asked for."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import select

from gateway import trackers
from gateway.config import load, shipped
from gateway.errors import Permanent, Temporary
from gateway.incidents.window_book import Changes, WindowBook
from gateway.model import utcnow
from gateway.section import checked
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import LeaseRow, WindowMirrorRow
from gateway.trackers import Service, WindowView
from gateway.trackers.pagerduty import PagerDuty, Settings
from gateway.window_mirroring import WindowMirror
from tests.contracts.trackers.bench import TICKET, Bench
from tests.contracts.trackers.pagerduty import Account
from tests.contracts.trackers.pagerduty import bench as pagerduty_bench

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = NOW + timedelta(days=2)
WINDOW = WindowView(
    key="MW-12", title="VBMS release", text="Claim status may be late.", status="CONFIRMED",
    services=(Service("logingov", "Login.gov"),), start=START, end=START + timedelta(hours=2),
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with pagerduty_bench(tmp_path) as found:
        yield found


def account(bench: Bench) -> Account:
    assert bench.server is not None
    return bench.server.answer.__self__  # type: ignore[attr-defined,no-any-return]


def put(bench: Bench, *windows: WindowView, at: datetime = NOW, **settings: Any) -> Any:
    made = checked(Settings, bench.table | settings, "triage.toml", "trackers", "pagerduty")

    async def main() -> Any:
        tracker = PagerDuty(made, clock=lambda: at)
        try:
            for window in windows:
                reference = await tracker.put_window(window)
            return reference
        finally:
            await tracker.close()

    return asyncio.run(main())


def test_users_are_shown_only_what_follows_the_marker(bench: Bench) -> None:
    reference = put(bench, WINDOW)
    (window,) = account(bench).windows.values()
    assert reference == window["id"]
    assert window["description"] == "MW-12: VBMS release\nUSER_MESSAGE: Claim status may be late."
    assert (window["start_time"], window["end_time"]) == (
        "2026-11-22T12:00:00Z", "2026-11-22T14:00:00Z",
    )  # fmt: skip
    assert window["services"] == [{"id": "PX", "type": "service_reference"}]


def test_a_window_is_moved_and_never_made_twice(bench: Bench) -> None:
    reference = put(bench, WINDOW)
    later = replace(WINDOW, start=START + timedelta(days=1), end=START + timedelta(days=1, hours=1))
    assert put(bench, later) == reference, "its reference was lost"
    assert put(bench, replace(later, reference=reference)) == reference
    (window,) = account(bench).windows.values()
    assert window["start_time"] == "2026-11-23T12:00:00Z"
    assert bench.server is not None
    assert [one.method for one in bench.server.seen].count("PUT") == 1, (
        "what is so already is let be"
    )


def test_a_window_whose_making_was_not_heard_of_is_found_again(bench: Bench) -> None:
    assert bench.server is not None
    bench.server.loses_answers = True
    with pytest.raises(Temporary):
        put(bench, WINDOW)
    bench.server.loses_answers = False
    assert put(bench, WINDOW) == "PW0"
    assert list(account(bench).windows) == ["PW0"]


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETED"])
def test_a_window_that_is_cancelled_or_done_early_is_ended(bench: Bench, status: str) -> None:
    reference = put(bench, WINDOW)
    put(bench, replace(WINDOW, status=status, reference=reference))
    assert account(bench).windows == {}
    put(bench, replace(WINDOW, status=status, reference=reference))
    assert account(bench).windows == {}, "once is enough"


def test_what_is_over_is_neither_made_nor_ended(bench: Bench) -> None:
    late = START + timedelta(days=3)
    assert put(bench, WINDOW, at=late) is None
    reference = put(bench, WINDOW)
    put(bench, replace(WINDOW, status="COMPLETED", reference=reference), at=late)
    assert list(account(bench).windows) == [reference]


def test_a_window_without_an_end_lasts_as_long_as_configured(bench: Bench) -> None:
    put(bench, replace(WINDOW, end=None), open_end_hours=6.0)
    (window,) = account(bench).windows.values()
    assert window["end_time"] == "2026-11-22T18:00:00Z"


def test_a_service_without_an_id_there_is_for_a_person(bench: Bench) -> None:
    unknown = replace(WINDOW, services=(Service("letters", "Letters"),))
    with pytest.raises(Permanent, match=r"MW-12: no id there of letters: set trackers\.pagerduty"):
        put(bench, unknown)


def test_the_catalogue_knows_ids_and_the_settings_win(bench: Bench) -> None:
    from classifiers import load_house

    ids = load_house(shipped("data"), load(text="").data).pagerduty_ids
    assert ids["mvi"] == "PCIPVGJ"
    tracker = PagerDuty(checked(Settings, bench.table, "f"))
    tracker.know_services(ids)
    assert (tracker._ids["mvi"], tracker._ids["logingov"]) == ("PCIPVGJ", "PX")


def test_a_ticket_triggers_only_where_its_severity_is_named_and_is_resolved_then(
    bench: Bench,
) -> None:
    async def main() -> list[str | None]:
        quiet = PagerDuty(checked(Settings, bench.table | {"severities": []}, "f"))
        loud = PagerDuty(checked(Settings, bench.table, "f"))
        try:
            found = [await quiet.put(TICKET), await loud.put(TICKET)]
            lower = replace(TICKET, severity="low", state="resolved", reference="TG-17")
            return [*found, await loud.put(lower), await loud.put(replace(lower, reference=None))]
        finally:
            await quiet.close()
            await loud.close()

    assert asyncio.run(main()) == [None, "TG-17", "TG-17", None]
    assert account(bench).incidents["TG-17"]["event_action"] == "resolve"


KILLED = """
import asyncio, json, os, signal, sys
from gateway import trackers
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.window_mirroring import WindowMirror

(tracker,) = trackers.load({"pagerduty": json.loads(sys.argv[2])})
put = tracker.put_window

async def deadly(window):
    await put(window)
    os.kill(os.getpid(), signal.SIGKILL)

tracker.put_window = deadly
mirror = WindowMirror(Database(sys.argv[1]), tracker, this_process(), {}, frozenset())
asyncio.run(mirror._round())
"""


def test_a_kill_between_the_call_and_its_record_makes_no_second_window(
    store: Database, bench: Bench
) -> None:
    start = utcnow() + timedelta(days=2)
    WindowBook(store, {"logingov": "Login.gov"}, {}, trackers=("pagerduty",)).add(
        Changes(start=start, end=start + timedelta(hours=2), services=("logingov",), text=""), "ann"
    )
    call = [sys.executable, "-c", KILLED, store.url, json.dumps(bench.table)]
    assert subprocess.run(call, check=False, timeout=60).returncode == -signal.SIGKILL
    with store.transaction() as session:  # the lease of who was killed has run out
        session.execute(delete(LeaseRow))
    (tracker,) = trackers.load({"pagerduty": bench.table})
    mirror = WindowMirror(store, tracker, this_process(), {}, frozenset())

    async def main() -> None:
        await mirror._round()
        await tracker.close()

    asyncio.run(main())
    with store.read() as session:
        row = session.exec(select(WindowMirrorRow)).one()
    assert (row.state, row.reference) == ("done", "PW0")
    assert list(account(bench).windows) == ["PW0"]
