"""Who hears what: by service, by kind, at once or collected, and never who asked for nothing."""

import pytest
from sqlmodel import select

from gateway.errors import Permanent
from gateway.incidents import subscribers
from gateway.incidents.subscribers import Choice, Consent, Subscribers
from gateway.store.database import Database
from gateway.store.tables import RefusalRow, SubscriberRow

PAGE = Consent("page", "I want news about these services.")


def subscribe(database: Database, address: str, *services: str, **choice: str) -> None:
    with database.transaction() as session:
        subscribers.subscribe(session, address, Choice(services, **choice), PAGE)  # type: ignore[arg-type]


def told(database: Database, kind: str, *services: str) -> list[str]:
    with database.read() as session:
        return [row.address for row in subscribers.readers(session, services, kind)]


def test_news_reach_those_who_want_that_kind_about_that_service(database: Database) -> None:
    subscribe(database, "all@x.example", "idme", "vbms")
    subscribe(database, "down@x.example", "idme", wants="outages")
    subscribe(database, "work@x.example", "idme", wants="maintenance")
    subscribe(database, "weekly@x.example", "idme", digest="weekly")
    assert told(database, "opened", "idme") == ["all@x.example", "down@x.example"]
    assert told(database, "resolution", "idme") == ["all@x.example", "down@x.example"]
    assert told(database, "maintenance_moved", "idme") == ["all@x.example", "work@x.example"]
    assert told(database, "opened", "vbms") == ["all@x.example"]
    assert told(database, "opened", "evss") == []


def test_whoever_changed_their_mind_since_is_found_out_at_sending_time(database: Database) -> None:
    subscribe(database, "ann@x.example", "idme")
    subscribe(database, "bea@x.example", "idme", digest="daily")
    subscribe(database, "cleo@x.example", "idme", wants="maintenance")
    with database.transaction() as session:
        asked = ["ann@x.example", "bea@x.example", "cleo@x.example", "dora@x.example"]
        assert subscribers.still_read(session, asked, ["idme"], "opened") == set(asked[:2])
        assert subscribers.unsubscribe(session, "ann@x.example", ["idme"]) == 1
        assert subscribers.still_read(session, asked, ["idme"], "opened") == {"bea@x.example"}


def test_a_second_yes_replaces_the_first_and_is_one_row(database: Database) -> None:
    subscribe(database, "ann@x.example", "idme")
    with database.transaction() as session:
        again = Choice(("idme", "vbms"), "outages", "daily")
        by_mail = Consent("mail", "request 1")
        new = subscribers.subscribe(session, "ann@x.example", again, by_mail, name="Ann")
        assert new == 1
    with database.read() as session:
        rows = subscribers.of(session, "ann@x.example")
    assert [(row.service, row.wants, row.digest, row.name) for row in rows] == [
        ("idme", "outages", "daily", "Ann"), ("vbms", "outages", "daily", "Ann"),
    ]  # fmt: skip
    assert {(row.consent_how, row.consent_words) for row in rows} == {("mail", "request 1")}


def test_whoever_wants_no_news_is_known_whatever_the_case_and_not_by_name(
    database: Database,
) -> None:
    with database.transaction() as session:
        subscribers.refuse(session, "ann@x.example", "page")
        subscribers.refuse(session, "Ann@x.example", "mail")
        assert set(subscribers.refused(session, ["Ann@X.example", "bea@x.example"])) == {
            "ann@x.example"
        }
    with database.read() as session:
        (row,) = session.exec(select(RefusalRow)).all()
        assert "ann" not in row.mark
        assert row.how == "mail"
    with database.transaction() as session:
        subscribers.welcome_back(session, "ann@x.example")
        assert subscribers.refused(session, ["ann@x.example"]) == {}


def test_more_addresses_than_a_statement_takes_are_asked_about_in_portions(store: Database) -> None:
    asked = [f"p{number}@x.example" for number in range(1200)]
    with store.transaction() as session:
        subscribers.refuse(session, asked[1100], "page")
        assert set(subscribers.refused(session, asked)) == {asked[1100]}


def test_what_is_no_address_does_not_get_onto_the_list(store: Database) -> None:
    book = Subscribers(store, ["idme"])
    for address in ("ann", "@x.example", "ann@", "a nn@x.example"):
        with pytest.raises(Permanent, match="no mail address"):
            book.add(address, "idme", "", "en")
    assert book.add(" Ann@X.example ", "idme", "", "en")
    with store.read() as session:
        (row,) = session.exec(select(SubscriberRow)).all()
    assert (row.address, row.consent_how) == ("ann@x.example", "operator")
