"""What is held about a person is found in every table, and erased so that the records stay true."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, text

from gateway.app import Gateway
from gateway.config import Settings
from gateway.errors import Permanent
from gateway.incidents import subscribers, tickets
from gateway.incidents.subscribers import Choice, Consent
from gateway.model import Arrival, Envelope, Letter, utcnow
from gateway.store.tables import (
    HistoryRow,
    LetterRow,
    MessageRow,
    NoticeRow,
    RawRow,
    ReporterRow,
    TicketRow,
)
from gateway.store.timers import Timer
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES

ADA, OTHER = "ada@people.example", "not.ada@people.example"
US = "triage@gateway.example"
FACTS = tickets.Facts(
    source="stakeholder", event="outage", services=("idme",), reach="many", people=None,
    hampered="blocked", severity="critical", windows=(), window_status=None, needs_review=False,
)  # fmt: skip


@pytest.fixture(params=STORES)
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gateway]:
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Gateway]:
    yield from opened(f"sqlite:///{tmp_path / 'store.db'}")


def opened(url: str) -> Iterator[Gateway]:
    with Gateway(Settings(store=url, addresses=(US,))) as gateway:
        yield gateway


def known(gateway: Gateway, address: str, name: str) -> None:
    """Somebody wrote, was answered, and subscribes."""
    raw = f"From: {name} <{address}>\r\nTo: {US}\r\nSubject: Mine\r\n\r\nMy secret.\r\n".encode()
    envelope = Envelope(door="smtp", sender=address, recipients=(US,))
    (receipt,) = gateway.spool.accept([Arrival(raw, envelope)])
    letter = Letter(
        f"acknowledgement:1:{address}", "acknowledgement", address, f"{name}@x", "Mine", "",
        f"To: {address}\r\n\r\nYour secret.\r\n".encode(),
    )  # fmt: skip
    message = gateway.spool.find(receipt.trace)
    with gateway.database.transaction() as session:
        ticket = tickets.new_ticket("Mine", FACTS)
        session.add(ticket)
        session.flush()
        session.add(
            ReporterRow(ticket_id=tickets.number(ticket), address=address, name=name,
                        message_id=message.id, answerable=True)
        )  # fmt: skip
        tickets.note(session, tickets.number(ticket), "gateway", "acknowledged", f"to {address}")
        gateway.outbox.enqueue(session, [letter])
        consent = Consent("page", "request 1")
        subscribers.subscribe(session, address, Choice(("idme",)), consent, name=name)


def everything(gateway: Gateway) -> str:
    """All text of the store, as a thief would read it."""
    found = gateway.people.export("ada@people.example")
    return json.dumps(found["held"], default=str) + "".join(found["mails"])


def test_the_export_holds_what_every_table_says_and_nothing_of_others(gateway: Gateway) -> None:
    known(gateway, ADA, "Ada")
    known(gateway, OTHER, "Bob")
    found = gateway.people.export(" Ada@People.example")
    assert {"message", "arrival", "reporter", "history", "letter", "subscriber"} <= set(
        found["held"]
    )
    assert [row["consent_words"] for row in found["held"]["subscriber"]] == ["request 1"]
    assert len(found["mails"]) == 1
    assert "My secret." in found["mails"][0]
    assert OTHER not in json.dumps(found, default=str)
    assert "signing_key" not in found["held"]


def test_erasing_leaves_no_trace_of_the_person_and_all_of_the_others(gateway: Gateway) -> None:
    known(gateway, ADA, "Ada")
    known(gateway, OTHER, "Bob")
    done = gateway.people.erase(ADA)
    after = gateway.people.export(ADA)
    assert (after["held"], after["mails"]) == ({}, [])
    assert after["no_news_since"] is not None
    with gateway.database.read() as session:
        lines = session.exec(select(HistoryRow.why).where(HistoryRow.what == "acknowledged")).all()
        assert sorted(lines) == sorted([f"to {done.pseudonym}", f"to {OTHER}"])
        reporters = session.exec(select(ReporterRow).order_by(col(ReporterRow.id))).all()
        assert [(row.address, row.name) for row in reporters] == [
            (done.pseudonym, ""), (OTHER, "Bob"),
        ]  # fmt: skip
        letters = session.exec(select(LetterRow).order_by(col(LetterRow.id))).all()
        assert [b"secret" in row.raw for row in letters] == [False, True]
        assert letters[0].state == "stopped"
        raws = session.exec(select(RawRow).order_by(col(RawRow.message_id))).all()
        assert [b"secret" in row.content for row in raws] == [False, True]
        assert len(session.exec(select(TicketRow)).all()) == 2
        assert len(session.exec(select(MessageRow)).all()) == 2
    with pytest.raises(Permanent, match="nothing is held"):
        gateway.people.erase("stranger@people.example")


def test_records_are_append_only_again_after_an_erasure(gateway: Gateway) -> None:
    known(gateway, ADA, "Ada")
    gateway.people.erase(ADA)
    with pytest.raises(DBAPIError, match="append only"), gateway.database.engine.begin() as begun:
        begun.execute(text("UPDATE history SET why = 'nothing'"))


# --- lists taken over ----------------------------------------------------------------------------


def listed(gateway: Gateway) -> list[tuple[str, str, str, str]]:
    return [
        (row.address, row.service, row.digest, row.consent_words)
        for row in gateway.subscribers.listing()
    ]


def test_a_list_is_taken_over_with_the_consent_that_stands_behind_it(house: Gateway) -> None:
    house.people  # noqa: B018
    with house.database.transaction() as session:
        subscribers.refuse(session, "gone@x.example", "page")
    done = house.readership.take(
        "\ufeffAddress,Service,Digest\r\nAnn@X.example,idme,weekly\r\nann@x.example,idme,\r\n"
        "bea@x.example,vbms,\r\ngone@x.example,idme,\r\n",
        "asked in the survey of May 2026",
    )
    assert (done.added, done.known, done.refused) == (2, 1, 1)
    assert listed(house) == [
        ("ann@x.example", "idme", "weekly", "asked in the survey of May 2026"),
        ("bea@x.example", "vbms", "no", "asked in the survey of May 2026"),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("nobody,idme", "line 3: nobody is no mail address"),
        ("a@x.example,nonesuch", "line 3: no service nonesuch"),
        ("a@x.example", "line 3: it has not as many fields"),
        ("a@x.example,idme,x", "line 3: it has not as many fields"),
        ('"a@x.example\nBcc: b@x.example",idme', "is no mail address"),
    ],
)
def test_a_list_with_a_mistake_is_not_taken_at_all(house: Gateway, row: str, why: str) -> None:
    with pytest.raises(Permanent, match=why):
        house.readership.take(f"address,service\nann@x.example,idme\n{row}\n", "survey")
    assert listed(house) == []


@pytest.mark.parametrize("head", ["mail,service", "address,service,phone", ""])
def test_a_list_whose_columns_are_others_is_refused(house: Gateway, head: str) -> None:
    with pytest.raises(Permanent, match="line 1: "):
        house.readership.take(f"{head}\nann@x.example,idme\n", "survey")


# --- digests --------------------------------------------------------------------------------------


def test_a_digest_collects_the_news_of_its_day_once(house: Gateway) -> None:
    due = utcnow() + timedelta(seconds=5)
    with house.database.transaction() as session:
        ticket = tickets.new_ticket("ID.me is down", FACTS)
        session.add(ticket)
        session.flush()
        people = [
            ("day@x.example", Choice(("idme", "vbms"), "all", "daily")),
            ("work@x.example", Choice(("idme",), "maintenance", "daily")),
            ("week@x.example", Choice(("idme",), "all", "weekly")),
            ("now@x.example", Choice(("idme",))),
        ]
        for address, choice in people:
            subscribers.subscribe(session, address, choice, Consent("page"))
        for words, sent_at in (("It is down.", utcnow()), ("Of old.", due - timedelta(days=3))):
            session.add(
                NoticeRow(ticket_id=ticket.id, kind="opened", text=words, drafted_by="me",
                          state="sent", sent_at=sent_at)
            )  # fmt: skip
    timer = Timer(1, "k", "digest", None, due, facts={"rhythm": "daily", "day": "2026-11-25"})
    for _ in range(2):  # a crash, and once more
        house.digests.ring(timer)
    (letter,) = house.outbox.listing()
    assert (letter.recipient, letter.kind) == ("day@x.example", "digest")
    written = letter.raw.decode()
    assert "It is down." in written
    assert "Of old." not in written
    assert "List-Unsubscribe:" in written


def test_the_next_digests_are_due_in_the_morning_and_on_monday(house: Gateway) -> None:
    house.digests.set_timers()
    house.digests.set_timers()
    zone = house.digests._zone
    waiting = [one for one in house.timers.listing() if one.kind == "digest"]
    assert sorted((row.facts["rhythm"], row.due_at.astimezone(zone).hour) for row in waiting) == [
        ("daily", 8), ("weekly", 8),
    ]  # fmt: skip
    weekly = next(row for row in waiting if row.facts["rhythm"] == "weekly")
    assert weekly.due_at.astimezone(zone).weekday() == 0
