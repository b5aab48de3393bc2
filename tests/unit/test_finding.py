"""Search: by words and by what incidents are, page by page, on both databases."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from gateway.incidents import finding
from gateway.incidents.finding import Finder, Wanted
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import MessageRow, TicketRow
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES, opened


def file(session: Session, number: int, body: str, **ticket: object) -> None:
    facts: dict[str, object] = {"title": f"mail {number}", "source": "other", "event": "outage"}
    session.add(TicketRow(id=number, token=f"t{number}", **(facts | ticket)))
    session.flush()
    session.add(MessageRow(id=number, trace=f"m-{number}", key=f"k{number}", sha256="", size=1,
                           door="files", received_at=utcnow(), subject=f"mail {number}",
                           state="done", ticket_id=number))  # fmt: skip
    session.flush()
    finding.remember(session, [(number, f"mail {number}", f"p{number}@people.example", body)])


@pytest.fixture(scope="module", params=STORES)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One store each: nobody changes what another looks for."""
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path_factory.mktemp('finding') / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


@pytest.fixture(scope="module")
def finder(database: Database) -> Finder:
    with database.transaction() as session:
        file(session, 1, "The sign-in page of ID.me is down", services=["idme"], severity="high")
        file(session, 2, "La página no abre", services=["vaos"], state="resolved")
        file(session, 3, "it's \"down\" & out: 100% <b>", services=["idme"], owner="ann",
             needs_review=True)  # fmt: skip
    return Finder(database)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("down", [3, 1]), ("sign-in DOWN", [1]), ("id.me", [1]), ("pági", [2]),
        ("p2@people.example", [2]), ("mail 3", [3]), ("nothing of this", []),
        ("' OR 1=1 --", []), ('"', []), ("it's", [3]), ("* ^", []), ("\\ : !", []),
        ("down " * 40, [3, 1]),
    ],
)  # fmt: skip
def test_words_are_found_whatever_is_typed(finder: Finder, words: str, found: list[int]) -> None:
    assert [one.id for one in finder.tickets(Wanted(words=words))] == found
    assert [row.id for row, _ in finder.messages(Wanted(words=words))] == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [3, 2, 1]),
        (Wanted(state="open"), [3, 1]),
        (Wanted(state="resolved"), [2]),
        (Wanted(service="idme"), [3, 1]),
        (Wanted(service="id"), []),
        (Wanted(owner="ann"), [3]),
        (Wanted(owner=""), [2, 1]),
        (Wanted(look=True), [3]),
        (Wanted(severity="high", words="down"), [1]),
        (Wanted(limit=2), [3, 2]),
        (Wanted(limit=2, before=2), [1]),
    ],
)
def test_incidents_are_found_by_what_they_are(
    finder: Finder, wanted: Wanted, found: list[int]
) -> None:
    assert [one.id for one in finder.tickets(wanted)] == found
    assert [row.id for row, _ in finder.messages(wanted)] == found


def test_a_message_that_is_read_again_is_found_by_its_new_words(
    finder: Finder, database: Database
) -> None:
    def say(body: str) -> None:
        with database.transaction() as session:
            finding.remember(session, [(1, "mail 1", "x", body)])

    say("quite different")
    assert finder.tickets(Wanted(words="sign-in")) == []
    assert [one.id for one in finder.tickets(Wanted(words="different"))] == [1]
    say("The sign-in page of ID.me is down")


def test_what_has_no_words_yet_is_told(finder: Finder) -> None:
    assert finder.lacking() == []


def test_words_that_very_many_messages_have_find_the_same_newest_first(
    finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(**wanted: int) -> list[int | None]:
        return [one.id for one in finder.tickets(Wanted(words="down", **wanted))]  # type: ignore[arg-type]

    rare = [found(), found(limit=1), found(before=3)]
    assert rare == [[3, 1], [3], [1]]
    monkeypatch.setattr(finding, "COMMON", 1)
    assert [found(), found(limit=1), found(before=3)] == rare
    monkeypatch.setattr(finding, "NEWEST_TICKETS", 1)  # too few to fill the page
    assert [found(limit=2), found(limit=1), found(before=3)] == rare
