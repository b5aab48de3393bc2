"""Figures and settings at the console: counted right on both databases, no secret told."""

import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import RelaySettings, Role, Settings, load
from gateway.console import figures, settings_shown
from gateway.console.desk import Desk
from gateway.errors import Temporary
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import CorrectionRow, HistoryRow, LetterRow, MessageRow, TicketRow
from tests.unit.console.people import Opened, Somebody

SPAN = 30


def desk_of(database: Database) -> Desk:
    settings = SimpleNamespace(zone="UTC")
    return cast("Desk", SimpleNamespace(database=database, settings=settings))


def fill(database: Database, age: timedelta = timedelta(days=2), name: str = "a") -> None:
    """Ten incidents that old: resolved after 1 to 10 hours, answered after as many minutes."""
    came = utcnow() - age
    with database.transaction() as session:
        for hours in range(1, 11):
            key = f"{name}{hours}"
            ticket = TicketRow(
                token=key, title="t", source="alert", event="outage", severity="high",
                created_at=came,
            )  # fmt: skip
            session.add(ticket)
            session.flush()
            assert ticket.id
            message = MessageRow(
                trace=key, key=key, sha256="", size=1, door="smtp", received_at=came, state="done",
                reading={"source": "alert" if hours > 3 else "survey"}, ticket_id=ticket.id,
            )  # fmt: skip
            session.add(message)
            for what, after in (("state new -> triaged", 0.5), ("state triaged -> resolved", 1.0),
                                ("state new -> resolved", 9.0)):  # fmt: skip
                at = came + timedelta(hours=hours * after)
                session.add(HistoryRow(ticket_id=ticket.id, who="ann", what=what, at=at))
            session.add(
                LetterRow(
                    key=key, kind="acknowledgement", ticket_id=ticket.id, recipient="a@b.example",
                    sender="", message_id=key, subject="s", raw=b"", state="sent", created_at=came,
                    sent_at=came + timedelta(minutes=hours),
                )
            )  # fmt: skip
            session.flush()
            if hours > 7:
                before = {"event": "outage", "reach": "all"}
                after_ = {"event": "question" if hours > 8 else "outage", "reach": "one"}
                session.add(
                    CorrectionRow(message_id=message.id, who="ann", before=before, after=after_)
                )


def test_figures_are_counted_in_the_database_and_of_the_span_alone(database: Database) -> None:
    fill(database, timedelta(days=50), "old")
    fill(database)
    desk = desk_of(database)
    volume = figures.volume(desk, SPAN)
    assert (volume.sources, volume.total) == (("alert", "survey"), 10)
    hour = (utcnow() - timedelta(days=2)).hour
    assert sum(volume.hours[hour].values()) + sum(volume.hours[hour - 1].values()) == 10
    for step, unit in (("acknowledge", 60), ("triage", 1800), ("resolve", 3600)):
        (took,) = figures.took(desk, step, SPAN)
        assert (took.severity, took.count) == ("high", 10)
        assert took.median == pytest.approx(5 * unit, abs=0.1), step
        assert took.ninetieth == pytest.approx(9 * unit, abs=0.1), step
    assert figures.took(desk, "resolve", 90)[0].count == 20
    assert figures.corrections(desk, SPAN) == figures.Corrections(
        6, (("reach", 6), ("event", 4))
    ), "a correction counts when it is made"


def test_an_empty_store_has_empty_figures(store: Database) -> None:
    desk = desk_of(store)
    assert figures.volume(desk, SPAN).total == 0
    assert not any(figures.took(desk, step, SPAN) for step in figures.STEPS)
    assert figures.corrections(desk, SPAN) == figures.Corrections(0, ())


def test_the_shipped_models_coverage_is_told() -> None:
    found = figures.coverage()
    assert found[0].sure == 0
    assert found[0].event[0] == 1
    assert found[-1].event[0] < 1 < found[-1].event[1] + 0.5


@pytest.fixture(scope="module")
def gateway(opened: Opened) -> Gateway:
    made = opened()
    fill(made.database)
    return made


def browser(gateway: Gateway, role: Role) -> TestClient:
    return Somebody(gateway, f"a {role}", role).client


def counted(gateway: Gateway, days: int) -> None:
    """Have them counted, however long it takes."""
    figures.volume(gateway.desk(), days)
    figures.corrections(gateway.desk(), days)
    for step in figures.STEPS:
        figures.took(gateway.desk(), step, days)


def test_nobody_waits_for_what_takes_long_to_count(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    count = figures._volume
    monkeypatch.setattr(figures, "_volume", lambda *a: go.wait(20) and count(*a))
    monkeypatch.setattr(figures, "PATIENCE", 0.0)
    client = browser(gateway, "reader")
    page = client.get("/figures?days=90")
    assert page.status_code == 200
    assert "It is being counted." in page.text
    assert 'hx-trigger="load delay:1s"' in page.text
    go.set()
    counted(gateway, 90)
    page = client.get("/figures?days=90")
    assert "10 messages" in page.text
    assert "being counted" not in page.text


def test_what_cannot_be_counted_is_told_and_tried_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Temporary("the store is not available")

    client = browser(gateway, "reader")
    monkeypatch.setattr(figures, "_corrections", away)
    monkeypatch.setattr(figures, "PATIENCE", 20.0)
    client.get("/figures?days=365")
    assert client.get("/figures?days=365").status_code == 503
    monkeypatch.undo()
    counted(gateway, 365)
    assert "being counted" not in client.get("/figures?days=365").text


def test_each_plot_stands_beside_its_table(gateway: Gateway) -> None:
    client = browser(gateway, "reader")
    counted(gateway, 7)
    page = client.get("/figures?days=7")
    assert page.status_code == 200
    assert "10 messages" in page.text
    assert '<td class="num">5 h</td><td class="num">9 h</td>' in page.text
    assert len(page.content) < 200_000
    for name in ("volume", "acknowledge", "triage", "resolve", "corrections", "coverage"):
        assert f"/figures/{name}.svg?days=7" in page.text
        plot = client.get(f"/figures/{name}.svg?days=7")
        assert plot.headers["content-type"] == "image/svg+xml"
        assert "script" not in plot.headers["content-security-policy"]
        assert "<script" not in plot.text
        assert "http://127" not in plot.text
    assert client.get("/figures/other.svg").status_code == 404


@pytest.mark.parametrize("days", ["0", "x", "-1", "99999999999", "7%00", "%C2%B2"])
def test_a_span_that_is_none_is_the_usual_one(gateway: Gateway, days: str) -> None:
    page = browser(gateway, "reader").get(f"/figures?days={days}")
    assert page.status_code == 200
    assert '<strong aria-current="true">30 days</strong>' in page.text or days == "7%00"


def test_settings_are_for_administrators(gateway: Gateway) -> None:
    assert browser(gateway, "announcer").get("/settings").status_code == 403
    page = browser(gateway, "administrator").get("/settings").text
    assert "triage@gateway.example" in page
    assert "[console]" in page


def shown(settings: Settings) -> dict[str, Any]:
    return {
        f"{table.name}.{one.key}": (one.value, one.origin)
        for table in settings_shown.tables(settings)
        for one in table.settings
    }


def test_each_setting_says_where_it_comes_from_and_no_secret_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "postgresql://user:geheim@db.example/triage?password=geheim")
    monkeypatch.setenv("RELAY_PASSWORD", "geheim")
    file = tmp_path / "triage.toml"
    file.write_text(
        'store_env = "DATABASE"\nzone = "UTC"\n[console]\nidle_minutes = 120.0\n'
        '[relay]\nurl = "smtps://relay.example"\nuser = "triage"\n'
        'password_env = "RELAY_PASSWORD"\n'
        '[trackers.github]\nrepository = "a/b"\ntoken_file = "/etc/token"\n'
        'headers = {api_key = "geheim"}\nurl = "https://me:geheim@far.example"\n'
    )
    found = shown(load(file))
    assert "geheim" not in str(found)
    assert found[".store"][1] == "environment"
    assert found[".zone"] == ("UTC", "file")
    assert found[".log"] == ("text", "default")
    assert found["console.idle_minutes"] == ("120", "file")
    assert found["console.session_hours"] == ("12", "default")
    assert found["relay.password_env"] == (
        "RELAY_PASSWORD (its value is not shown)", "environment",
    )  # fmt: skip
    assert found["trackers.github.token_file"] == ("/etc/token", "file")
    assert "smtp" in [one.name for one in settings_shown.tables(load(file)) if not one.is_there]


def test_a_password_in_the_stores_url_is_not_told() -> None:
    settings = Settings(
        store="postgresql://user:gehe@im@db.example/triage?password=geheim",
        relay=RelaySettings(url="smtp://relay.example"),
    )
    told = shown(settings)[".store"][0]
    assert told == "postgresql://user:***@db.example/triage?..."
