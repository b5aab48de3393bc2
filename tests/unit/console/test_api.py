"""The JSON API on the sample mail: who may do what, pages, once only, and what is told to whom."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleSettings
from gateway.console import site
from gateway.console.tokens import SCOPES
from tests.unit.console.people import app_of

DERANDOMIZED = "API_RANDOM" not in os.environ  # at random by hand
BASE = "http://127.0.0.1:8025/api/v1"
MAIL = (
    b"From: Pat <pat@office.example>\r\nSubject: It is down\r\n\r\nVBMS is down for all of us.\r\n"
)


@pytest.fixture(scope="module")
def gateway(sampled: Gateway) -> Gateway:
    return sampled


def client(gateway: Gateway, *scopes: str) -> TestClient:
    """A program with a token of these scopes; without any it has none."""
    headers = {}
    if scopes:
        headers["Authorization"] = (
            f"Bearer {gateway.desk().tokens.new('test', [*scopes], 1, 'ann')}"
        )
    return TestClient(
        app_of(gateway), base_url=BASE, headers=headers, raise_server_exceptions=False
    )


@pytest.fixture
def all_of_it(gateway: Gateway) -> TestClient:
    return client(gateway, *SCOPES)


def test_without_a_token_nothing_is_told_and_with_one_only_what_it_may(gateway: Gateway) -> None:
    nobody, reader = client(gateway), client(gateway, "read")
    refused = nobody.get("/tickets")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert reader.get("/tickets").status_code == 200
    assert reader.post("/tickets/TG-1/note", json={"text": "x"}).status_code == 403
    assert "this takes personal" in reader.get("/messages/1/raw").json()["detail"]


def test_a_token_that_is_revoked_or_over_is_none(gateway: Gateway) -> None:
    tokens = gateway.desk().tokens
    over = tokens.new("over", ["read"], -1, "ann")
    ended = tokens.new("ended", ["read"], 1, "ann")
    assert tokens.caller(ended) is not None
    tokens.revoke(tokens.listing()[0].id or 0)
    assert tokens.caller(over) is None
    assert tokens.caller(ended) is None


def test_a_list_goes_by_pages_that_hold_everything_once(all_of_it: TestClient) -> None:
    path, seen = "/tickets?limit=3", []
    while path:
        found = all_of_it.get(path.removeprefix("/api/v1")).json()
        assert len(found["items"]) <= 3
        seen += [one["ref"] for one in found["items"]]
        path = found["next"]
    everything = [one["ref"] for one in all_of_it.get("/tickets?limit=200").json()["items"]]
    assert seen == everything
    assert len(seen) == len(set(seen)) > 6


def test_who_people_are_is_told_to_those_who_may_know_and_that_is_on_the_record(
    gateway: Gateway, all_of_it: TestClient
) -> None:
    tickets = all_of_it.get("/tickets?limit=200").json()["items"]
    name = next(one["ref"] for one in tickets if one["reporters"])
    shown = all_of_it.get(f"/tickets/{name}").json()
    kept = client(gateway, "read").get(f"/tickets/{name}")
    address = shown["reporter_list"][0]["address"]
    assert "@" in address
    assert address not in kept.text
    assert all(one["address"] is None for one in kept.json()["reporter_list"])
    assert gateway.desk().record.listing(target=name)[0].what == "saw who is on a ticket"


def test_a_key_has_a_thing_done_once_and_the_answer_given_again(
    gateway: Gateway, all_of_it: TestClient
) -> None:
    def note(text: str, key: str) -> object:
        return all_of_it.post("/tickets/TG-1/note", json={"text": text},
                              headers={"Idempotency-Key": key})  # fmt: skip

    first, again, other = note("one", "k1"), note("one", "k1"), note("two", "k1")
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    notes = [line.why for line in gateway.tickets.details("TG-1").history if line.what == "note"]
    assert notes.count("one") == 1
    assert "two" not in notes


def test_a_message_that_is_handed_in_is_in_custody_and_twice_is_once(all_of_it: TestClient) -> None:
    headers = {"Content-Type": "message/rfc822"}
    first = all_of_it.post("/messages", content=MAIL, headers=headers)
    again = all_of_it.post("/messages", content=MAIL, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    trace = first.json()["trace"]
    assert all_of_it.get(f"/messages/{trace}/raw").content == MAIL
    assert all_of_it.post("/messages", content=MAIL).status_code == 415


def test_a_reading_is_corrected_and_what_cannot_be_is_refused(all_of_it: TestClient) -> None:
    def correct(**labels: object) -> object:
        return all_of_it.post("/messages/2/correct", json={"labels": labels})

    window = {"start": "2026-11-25T22:00:00Z", "end": "2026-11-26T02:00:00Z"}
    found = correct(event="maintenance", windows=[window])
    assert found.json()["after"]["windows"] == [window]
    assert correct(windows=[{"start": "2026-13-25T22:00:00Z"}]).status_code == 409
    assert correct(windows=[{"start": window["end"], "end": window["start"]}]).status_code == 409
    assert correct(event="disaster").status_code == 422
    assert correct(services=["nothing"]).status_code == 409


def test_a_person_decides_otherwise(all_of_it: TestClient) -> None:
    found = all_of_it.post("/tickets/TG-2/set", json={"severity": "low", "owner": "ann"}).json()
    assert (found["severity"], found["owner"]) == ("low", "ann")
    assert all_of_it.post("/tickets/TG-2/set", json={}).status_code == 409
    assert all_of_it.post("/tickets/TG-2/set", json={"severity": "dire"}).status_code == 409


def test_what_is_wrong_is_said_without_repeating_what_was_sent(all_of_it: TestClient) -> None:
    wrong = all_of_it.post("/tickets/TG-1/move", json={"state": "secret words", "more": 1})
    assert wrong.status_code == 422
    assert "secret words" not in wrong.text
    assert wrong.json()["errors"]
    assert all_of_it.get("/tickets/TG-999999").status_code == 404
    assert all_of_it.get("/nowhere").json()["status"] == 404
    gone = all_of_it.post("/notices/1/send")
    assert gone.status_code == 404
    assert "triage announce list" in gone.json()["detail"]


def test_a_notice_is_drafted_approved_and_sent(gateway: Gateway, all_of_it: TestClient) -> None:
    name = next(
        one["ref"] for one in all_of_it.get("/tickets?limit=200").json()["items"]
        if one["reporters"] and one["state"] == "new"
    )  # fmt: skip
    draft = all_of_it.post(
        "/notices", json={"ticket": name, "kind": "resolution", "text": "It works again."}
    ).json()
    assert all_of_it.get(f"/notices/{draft['id']}/preview").json()["text"] == "It works again."
    assert all_of_it.post(f"/notices/{draft['id']}/send").status_code == 409
    assert all_of_it.post(f"/notices/{draft['id']}/approve").status_code == 200
    assert all_of_it.post(f"/notices/{draft['id']}/send").status_code == 200
    assert gateway.tickets.details(name).summary.ticket.state == "resolved"


@pytest.fixture(scope="module")
def schema(gateway: Gateway) -> schemathesis.BaseSchema:
    app = site.make(gateway.desk(), ConsoleSettings())
    return schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", app, headers={"Host": "127.0.0.1:8025"}
    )


@schemathesis.serializer("message/rfc822")
def _as_it_is(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_call_answers_as_it_is_described(
    schema: schemathesis.BaseSchema, gateway: Gateway, mode: GenerationMode
) -> None:
    """What may be sent and what may not, by the description that programs get."""
    headers = {
        "Authorization": f"Bearer {gateway.desk().tokens.new('fuzz', [*SCOPES], 1, 'ann')}",
        "Host": "127.0.0.1:8025",
    }
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation is None or (mode is GenerationMode.NEGATIVE and not operation.body):
            continue

        @settings(
            max_examples=8,
            deadline=None,
            database=None,
            derandomize=DERANDOMIZED,
            suppress_health_check=[*HealthCheck],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def calls(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers)

        calls()
        tried += 1
    assert tried > 5
