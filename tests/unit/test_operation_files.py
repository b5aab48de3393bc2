"""Operation: what is told of health, what the shipped rules and panels ask of it, webhooks."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select
from starlette.testclient import TestClient

from gateway import serving
from gateway.app import Gateway
from gateway.config import ConsoleSettings, Settings, SmtpSettings, WorkerSettings, shipped
from gateway.console.hooks import BODY, PER_MINUTE
from gateway.console.metrics import Gauging, Metrics
from gateway.console.web import Console
from gateway.errors import Temporary
from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import HistoryRow, LetterRow, MessageRow, MirrorRow
from gateway.store.timers import set_timer
from tests.unit.test_mirroring import file_ticket

KEY = "a secret of the webhook"
DATA = shipped("data") / "operation"
NAME = re.compile(r"\btriage_\w+")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    for name in ("token", "webhook"):
        (tmp_path / name).write_text(KEY)
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'store.db'}",
        addresses=("triage@gateway.example",),
        smtp=SmtpSettings(listen="127.0.0.1:0"),
        console=ConsoleSettings(),
        workers=WorkerSettings(readers=0),
        trackers={
            "github": {
                "repository": "example-org/triage",
                "token_file": str(tmp_path / "token"),
                "webhook_secret_file": str(tmp_path / "webhook"),
            }
        },
        channels={"apprise": {"url_file": str(tmp_path / "token")}},
    )
    (tmp_path / "token").write_text("json://127.0.0.1:1/")
    with Gateway(settings) as made:
        made.make_doors()
        yield made


@pytest.fixture
def web(gateway: Gateway) -> TestClient:
    console = serving.console_of(gateway)
    assert console is not None
    return TestClient(console.app, base_url="http://127.0.0.1:8025")


def metrics(web: TestClient) -> dict[str, float]:
    found = text_string_to_metric_families(web.get("/metrics").text)
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in found
        for sample in family.samples
    }


# --- what is shipped for operators --------------------------------------------------------------


def test_every_metric_that_the_rules_and_panels_name_is_told(web: TestClient) -> None:
    told = set(NAME.findall(web.get("/metrics").text))
    rules = yaml.safe_load((DATA / "alerts.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert {"TriageMailboxSilent", "TriageOldestUnprocessed", "TriageOutboxStuck",
            "TriageLoopBreakerOpen", "TriageDoorDown", "TriageTrackerFailing"} <= {
        one["alert"] for one in alerts
    }  # fmt: skip
    for one in alerts:
        assert set(NAME.findall(one["expr"])) <= told, one["alert"]
        assert one["annotations"]["summary"], one["annotations"]["description"]
    panels = json.loads((DATA / "grafana.json").read_text())["panels"]
    asked = {
        name for panel in panels for one in panel["targets"] for name in NAME.findall(one["expr"])
    }
    assert asked <= told


def test_the_names_follow_prometheus_conventions(web: TestClient) -> None:
    families = list(text_string_to_metric_families(web.get("/metrics").text))
    assert families
    for family in families:
        assert re.fullmatch(r"triage_[a-z_]+", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert not re.search(r"_(ms|minutes|hours|kb)$", family.name)
        is_total = [one.name.endswith("_total") for one in family.samples]
        assert all(is_total) if family.type == "counter" else not any(is_total), family.name


def test_what_waits_too_long_is_told_in_seconds(gateway: Gateway, web: TestClient) -> None:
    before = utcnow() - timedelta(hours=2)
    with gateway.database.transaction() as session:
        for number, state in enumerate(("queued", "held", "sent")):
            session.add(
                LetterRow(
                    key=f"k{number}", kind="test", recipient="a@people.example", sender="",
                    message_id=f"<{number}@gateway.example>", subject="s", raw=b"x", state=state,
                    created_at=before - timedelta(days=number), due_at=before,
                )
            )  # fmt: skip
        session.add(
            LetterRow(
                key="later", kind="test", recipient="a@people.example", sender="",
                message_id="<later@gateway.example>", subject="s", raw=b"x", state="queued",
                created_at=before - timedelta(days=3), due_at=utcnow() + timedelta(hours=5),
            )
        )  # fmt: skip
        set_timer(session, "reminder", "one", before)
        set_timer(session, "reminder", "two", utcnow() + timedelta(hours=1))
        session.add(
            MessageRow(trace="t", key="k", sha256="", size=1, door="smtp", received_at=before,
                       state="done")
        )  # fmt: skip
    file_ticket(gateway.database, trackers=("github",))
    with gateway.database.transaction() as session:
        mirror = session.exec(select(MirrorRow).where(MirrorRow.tracker == "github")).one()
        mirror.attempts = 7
        session.add(mirror)
    found = metrics(web)
    assert 7200 <= found["triage_outbox_oldest_waiting_seconds"] < 7300
    assert 7200 <= found["triage_timer_late_seconds"] < 7300
    assert found["triage_timers late"] == 1
    assert 7200 <= found["triage_door_silent_seconds smtp"] < 7300
    assert found["triage_tracker_retried_tickets github"] == 1


def test_a_door_that_took_a_message_is_silent_no_more(gateway: Gateway) -> None:
    status = gateway.standing.status()
    told = status.doors[0] | {"last_accepted_at": utcnow().isoformat(), "accepted": 3}
    shown = Metrics(lambda: replace(status, doors=[told]), Gauging(gateway.database))
    found = {one.name: one.samples[0].value for one in shown.collect() if one.samples}
    assert found["triage_door_silent_seconds"] < 60
    assert found["triage_door_accepted_messages"] == 3


# --- ready --------------------------------------------------------------------------------------


def test_ready_says_what_is_missing(gateway: Gateway, web: TestClient) -> None:
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert "the workers: not running" in answer.json()["missing"]


def test_not_ready_while_the_store_is_away(gateway: Gateway) -> None:
    def away() -> list[str]:
        raise Temporary("the store is not available")

    app = Console(ConsoleSettings(), gateway.standing.status, missing=away).app
    answer = TestClient(app).get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["the store: Temporary"])


def test_ready_once_all_of_it_works() -> None:
    app = Console(ConsoleSettings(), lambda: pytest.fail("not asked"), missing=list).app
    answer = TestClient(app).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


# --- webhooks -----------------------------------------------------------------------------------


def comment(number: int = 1) -> bytes:
    told: dict[str, Any] = {
        "action": "created",
        "repository": {"full_name": "example-org/triage"},
        "issue": {"number": 4},
        "comment": {"id": number, "body": "It is the load balancer.", "user": {"login": "dev-1"},
                    "created_at": "2026-11-03T10:00:00Z", "author_association": "MEMBER"},
    }  # fmt: skip
    return json.dumps(told).encode()


def headers(body: bytes, key: str = KEY) -> dict[str, str]:
    made = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={made}", "X-GitHub-Event": "issue_comment"}


def mirrored(database: Database) -> None:
    number = file_ticket(database, trackers=("github",))
    with database.transaction() as session:
        row = session.get(MirrorRow, (tickets.number(tickets.get(session, number)), "github"))
        assert row is not None
        row.reference, row.state = "4", "done"
        session.add(row)


def test_a_signed_webhook_is_taken_once_without_a_session(
    gateway: Gateway, web: TestClient
) -> None:
    mirrored(gateway.database)
    body = comment()
    for new in (1, 0):
        answer = web.post("/hooks/github", content=body, headers=headers(body))
        assert (answer.status_code, answer.json()) == (200, {"new": new})
    with gateway.database.read() as session:
        told = session.exec(select(HistoryRow).where(HistoryRow.what == "comment at github")).all()
    assert [one.why for one in told] == ["It is the load balancer."]


def test_a_forged_webhook_changes_nothing(gateway: Gateway, web: TestClient) -> None:
    mirrored(gateway.database)
    body = comment()
    for forged in ({}, headers(body, "guessed"), headers(comment(2))):
        assert web.post("/hooks/github", content=body, headers=forged).status_code == 401
    with gateway.database.read() as session:
        query = select(HistoryRow).where(HistoryRow.what == "comment at github")
        assert not session.exec(query).all()


def test_other_webhooks_are_refused_by_what_is_wrong(web: TestClient) -> None:
    assert web.post("/hooks/jira", content=b"{}").status_code == 404
    assert web.post("/hooks/github", content=b"[]", headers=headers(b"[]")).status_code == 400
    assert web.post("/hooks/github", content=b"x" * (BODY + 1)).status_code == 413
    pieces = iter([b"x" * BODY, b"x"])
    assert web.post("/hooks/github", content=pieces).status_code == 413


def test_whoever_comes_too_often_is_put_off(web: TestClient) -> None:
    codes = [web.post("/hooks/none", content=b"").status_code for _ in range(PER_MINUTE + 1)]
    assert codes[-2:] == [404, 429]
