"""What came back: it is noted on the letter that bounced, opens nothing and is never answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.config import Settings
from gateway.letters import ReturnPaths
from gateway.outbox import Shown
from gateway.store.tables import LetterRow, MessageRow
from tests.acceptance.mails import bounce, mail
from tests.unit.test_pipeline import Desk, open_desk

ADDRESS = "triage@gateway.example"
DELAY = "This is a warning message only.\nYou do not need to resend your message.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from open_desk(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def notice(desk: Desk) -> LetterRow:
    """News that went to ann, who had reported; her acknowledgement is letter 1."""
    (row,) = desk.take(mail("ann@people.example", "Login.gov is down"))
    desk.gateway.announcing.resolve(f"TG-{row.ticket_id}", "It works again.", "eve")
    return desk.letters_to("ann@people.example")[-1]


def shown(desk: Desk, letter: LetterRow) -> Shown:
    assert letter.id is not None
    return desk.gateway.outbox.show(letter.id)


def ledger(desk: Desk, letter: LetterRow) -> list[tuple[str, str]]:
    return [(event.what, event.detail) for event in shown(desk, letter).events][1:]


def take(desk: Desk, raw: bytes, to: str) -> MessageRow:
    (row,) = desk.take(raw, sender="", recipients=(to,))
    return row


def counts(desk: Desk) -> tuple[int, int]:
    """Of tickets, and of letters."""
    return desk.gateway.tickets.counts()[0], sum(desk.gateway.outbox.counts().values())


def test_news_has_a_return_path_of_its_own_and_an_answer_the_null_sender(
    desk: Desk, notice: LetterRow
) -> None:
    answer = desk.letters_to("ann@people.example")[0]
    assert (answer.kind, answer.sender) == ("acknowledgement", "")
    assert desk.gateway.return_paths.among([notice.sender]).genuine == (notice.sender,)
    assert desk.gateway.accepts(notice.sender)


def test_a_bounce_is_noted_on_the_letter_of_its_return_path(desk: Desk, notice: LetterRow) -> None:
    before = counts(desk)
    row = take(desk, bounce("unknown@elsewhere.example", "ann@people.example"), notice.sender)
    letter = shown(desk, notice).letter
    assert (letter.bounce, letter.bounce_reason) == ("hard", "550 5.1.1 User unknown")
    assert letter.bounced_at is not None
    assert ledger(desk, notice) == [("bounced", "hard: 550 5.1.1 User unknown")]
    assert row.ticket_id == notice.ticket_id
    assert ("a letter came back", f"resolution {notice.id}, for good") in desk.history(row)
    assert counts(desk) == before, "no ticket, no letter"
    assert any(
        "came back for good in the last 7 days: 1;" in w for w in desk.gateway.standing.warnings()
    )
    assert [one.id for one in desk.gateway.outbox.listing(bounced=True)] == [notice.id]


def test_a_bounce_that_only_names_our_message_id_is_noted_too(
    desk: Desk, notice: LetterRow
) -> None:
    take(desk, bounce(notice.message_id, "ann@people.example"), ADDRESS)
    assert shown(desk, notice).letter.bounce == "hard"


def test_a_delay_is_soft_and_never_softens_what_is_hard(desk: Desk, notice: LetterRow) -> None:
    delay = mail("mailer-daemon@mx.example", "Delivery delayed", DELAY)
    take(desk, delay, notice.sender)
    assert shown(desk, notice).letter.bounce == "soft"
    assert desk.gateway.standing.warnings() == []
    take(desk, bounce("x@y.example", "ann@people.example"), notice.sender)
    take(desk, mail("mailer-daemon@mx.example", "Delivery delayed", DELAY + "\n"), notice.sender)
    assert shown(desk, notice).letter.bounce == "hard"
    assert [what for what, _ in ledger(desk, notice)] == ["bounced"] * 3


def test_a_forged_return_path_is_refused_even_with_the_right_message_id(
    desk: Desk, notice: LetterRow
) -> None:
    forged = ReturnPaths(b"a guess", ADDRESS).new()
    before = counts(desk)
    row = take(desk, bounce(notice.message_id, "ann@people.example"), forged)
    assert row.reason == "no ticket: a bounce to a return path that we never gave out"
    assert ledger(desk, notice) == []
    assert counts(desk) == before


def test_a_vacation_notice_to_a_return_path_is_on_the_ledger_and_opens_nothing(
    desk: Desk, notice: LetterRow
) -> None:
    before = counts(desk)
    away = mail("ann@people.example", "Out of office", "I am on leave.\n",
                Auto_Submitted="auto-replied")  # fmt: skip
    take(desk, away, notice.sender)
    assert ledger(desk, notice) == [("a machine answered", "vacation")]
    assert shown(desk, notice).letter.bounce is None
    assert counts(desk) == before


def test_a_bounce_that_is_read_again_is_noted_once(desk: Desk, notice: LetterRow) -> None:
    row = take(desk, bounce("x@y.example", "ann@people.example"), notice.sender)
    desk.gateway.spool.replay(row)
    desk.drained()
    assert [what for what, _ in ledger(desk, notice)] == ["bounced"]


def test_the_key_stays_with_the_store(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:///{tmp_path / 'store.db'}", addresses=(ADDRESS,))
    with Gateway(settings) as first:
        path = first.return_paths.new()
    with Gateway(settings) as second:
        assert second.return_paths.among([path]).genuine == (path,)
