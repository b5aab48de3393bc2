"""The replay lab: what changed rules would read otherwise, with no way to write or to send."""

import hashlib
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.config import shipped
from gateway.errors import Permanent
from gateway.incidents import tickets
from gateway.lab import PAGE, Outcome, Past, is_same, past_mail
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.reading_only import reading_only
from gateway.store.tables import MessageRow, RawRow
from tests.acceptance.house import Done, asked, toml
from tests.acceptance.mails import mail
from tests.unit.test_timeline import NOON, READING

BODY = "Hello,\n\nLogin.gov is down. Nobody can sign in, 40 people in our office.\n\nAnn\n"


class Desk:
    """The command with one store and two messages in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "triage.toml"
        self.store = folder / "triage.db"
        self.config.write_text(toml({
            "store": f"sqlite:///{self.store}", "addresses": ["triage@gateway.example"],
            "answers": {"to": "anyone"}, "workers": {"readers": 0},
        }))  # fmt: skip
        box = folder / "mail"
        box.mkdir()
        (box / "1.eml").write_bytes(mail("ann@people.example", "Login.gov is down", BODY))
        (box / "2.eml").write_bytes(mail("bob@people.example", "A question", "Where do I ask?\n"))
        assert self("ingest", box).code == 0
        # Another organization's scale, and no Login.gov in its catalogue.
        self.other = folder / "other"
        (self.other / "services").mkdir(parents=True)
        (self.other / "services" / "own.toml").write_text(
            '[[service]]\nid = "door"\nname = "Front Door"\naliases = ["login.gov"]\n'
        )
        shutil.copy(shipped("data") / "severity.toml", self.other)

    def __call__(self, *arguments: object) -> Done:
        return asked(*arguments, "--config", self.config)

    def counts(self) -> dict[str, int]:
        engine = create_engine(f"sqlite:///{self.store}")
        with engine.connect() as connection:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))
            found = {
                name: connection.execute(text(f"SELECT count(*) FROM '{name}'")).scalar_one()
                for (name,) in names.all()
            }
        engine.dispose()
        return found

    def digest(self) -> str:
        return hashlib.sha256(self.store.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_more: Any) -> None:
        raise AssertionError("the lab opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


# --- nothing leaves, nothing changes ------------------------------------------------------------


@pytest.mark.usefixtures("no_sockets")
def test_the_lab_changes_not_a_byte_and_opens_no_socket(desk: Desk) -> None:
    before = desk.digest(), desk.counts()
    done = desk("replay-lab", "--data", desk.other, "--json")
    assert (done.code, done.lines[-1]["messages"]) == (0, 2)
    assert desk.digest() == before[0]
    assert desk.counts() == before[1]


def test_the_store_itself_refuses_to_be_written(database: Database) -> None:
    engine = reading_only(database.url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.execute(text("UPDATE ticket SET state = 'closed'"))
    engine.dispose()


def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="there is no store"):
        reading_only(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


# --- the difference -----------------------------------------------------------------------------


def test_what_would_be_read_otherwise_is_listed_with_its_words(desk: Desk) -> None:
    done = desk("replay-lab", "--data", desk.other, "--json")
    (change,) = [line for line in done.lines if line.get("label") == "services"]
    assert (change["old"], change["new"]) == (["logingov"], ["door"])
    assert "Login.gov" in change["words"]
    assert {
        "what": "services",
        "ticket": "TG-1",
        "old": ["logingov"],
        "new": ["door"],
    } in done.lines
    assert done.lines[-1]["changed"] == 1


def test_the_same_rules_change_nothing(desk: Desk) -> None:
    done = desk("replay-lab", "--model", shipped("data") / "models", "--json")
    assert [line["what"] for line in done.lines] == ["summary"]
    assert done.lines[0]["changed"] == 0
    assert "messages read again" in done.err


def test_mail_in_files_is_tried_as_well(desk: Desk) -> None:
    done = desk("replay-lab", desk.folder / "mail" / "1.eml", "--data", desk.other, "--json")
    assert [line["label"] for line in done.lines if line["what"] == "change"] == ["services"]
    missing = desk("replay-lab", desk.folder / "none.eml", "--data", desk.other)
    assert (missing.code, "0 messages read again" in missing.out) == (1, True)


@pytest.mark.parametrize(
    ("parts", "messages"),
    [({"limit": 1}, 1), ({"since": NOON}, 0), ({"until": NOON}, 2), ({}, 2)],
)
def test_a_part_of_the_mail_can_be_named(desk: Desk, parts: dict[str, Any], messages: int) -> None:
    engine = reading_only(f"sqlite:///{desk.store}")
    assert len(list(past_mail(engine, **parts))) == messages
    engine.dispose()


@pytest.mark.parametrize("options", [["--data", "none"], ["--model", "none"], ["--limit", "0"]])
def test_what_cannot_be_tried_is_wrong_usage(desk: Desk, options: list[str]) -> None:
    assert desk("replay-lab", *options).code == 2


# --- what people said ---------------------------------------------------------------------------


def test_what_people_corrected_tells_which_is_better() -> None:
    outcome = Outcome()
    said = {"event": "degradation", "services": ["idme", "mhv"]}
    past = Past("m1", b"", READING, said, ticket_id=7)
    outcome.add(past, READING | {"event": "degradation", "services": ["mhv", "idme"]})
    assert outcome.looked_at == {"event": 1, "services": 1}
    assert outcome.right_before == {"event": 0, "services": 0}
    assert outcome.right_after == {"event": 1, "services": 1}


def test_a_ticket_that_would_be_ranked_otherwise_is_named() -> None:
    outcome = Outcome()
    outcome.add(Past("m1", b"", READING, None, 7), READING | {"reach": "all"})
    outcome.add(Past("m2", b"", READING, None, 8), READING)

    def by_reach(_event: str, reach: str, _hampered: str) -> str:
        return reach

    of: tickets.SeverityOf = by_reach
    assert list(outcome.ranked(of, of)) == [(7, "some", "all")]
    assert list(outcome.apart()) == []


def test_many_messages_are_read_page_by_page(store: Database) -> None:
    count = 2 * PAGE + 7
    with store.transaction() as session:
        for number in range(count):
            row = MessageRow(
                trace=f"m{number}", key=f"k{number}", sha256="", size=1, door="smtp",
                received_at=utcnow(), state="done", reading=READING,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(RawRow(message_id=row.id, content=b"x"))
    engine = reading_only(store.url)
    assert [one.name for one in past_mail(engine)] == [f"m{n}" for n in range(count)]
    assert [one.name for one in past_mail(engine, limit=3)] == [f"m{n}" for n in range(204, 207)]
    engine.dispose()


def test_the_order_of_a_list_is_no_difference() -> None:
    assert is_same(["a", "b"], ["b", "a"])
    assert not is_same(["a"], "a")
