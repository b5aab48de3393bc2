"""Mailing lists: what an operator asked for can be confirmed, and nothing else."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import col, select

from gateway.errors import InvalidState, NotFound, Permanent
from gateway.store.tables import LetterRow, ListNoticeRow, MessageRow
from gateway.subscribing import SYSTEMS
from tests.unit.test_pipeline import ADDRESS, Desk, open_desk

LIST = "downtime@lists.agency.example"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from open_desk(f"sqlite:///{tmp_path / 'store.db'}")


def asks(list_: str = LIST, to: str = ADDRESS, reply_to: str = "") -> bytes:
    """Mailman asks whether we mean it."""
    name, _, host = list_.partition("@")
    answer = reply_to or f"{name}-request@{host}"
    return (
        f"From: {name}-request@{host}\r\nReply-To: {answer}\r\nTo: {to}\r\n"
        f"Subject: confirm {TOKEN}\r\nPrecedence: bulk\r\nX-Mailman-Version: 2.1.39\r\n\r\n"
        f"Mailing list subscription confirmation notice for mailing list {list_}\r\n"
    ).encode()


def tells(subject: str) -> bytes:
    return (
        f"From: downtime-request@lists.agency.example\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n"
        f"Precedence: bulk\r\n\r\nHello.\r\n"
    ).encode()


def letters(desk: Desk) -> list[EmailMessage]:
    with desk.gateway.database.read() as session:
        rows = session.exec(select(LetterRow).order_by(col(LetterRow.id)))
        return [email.message_from_bytes(row.raw, policy=email.policy.default) for row in rows]  # type: ignore[misc]  # EmailMessages


def notice_of(desk: Desk, row: MessageRow) -> ListNoticeRow:
    _, notices = desk.gateway.subscribing.listing()
    (found,) = [one for one in notices if one.message_id == row.id]
    return found


def state(desk: Desk) -> str:
    ((subscription,), _) = desk.gateway.subscribing.listing()
    return subscription.state


def test_a_subscription_that_was_asked_for_is_confirmed_by_a_letter(desk: Desk) -> None:
    _, wrote = desk.gateway.subscribing.subscribe(LIST, "eve", "mailman")
    assert wrote
    (asked,) = letters(desk)
    assert (asked["To"], asked["From"]) == ("downtime-join@lists.agency.example", ADDRESS)
    assert asked["Auto-Submitted"] is None, "list managers do not listen to machines"
    (row,) = desk.take(asks())
    assert (row.state, row.ticket_id) == ("done", None)
    assert "triage lists list" in (row.reason or "")
    assert len(letters(desk)) == 1, "nothing is confirmed by itself"
    assert (state(desk), desk.gateway.subscribing.counts()["to_confirm"]) == ("to_confirm", 1)
    done = desk.gateway.subscribing.confirm(notice_of(desk, row).id or 0, "eve")
    assert done.letter_to == "downtime-request@lists.agency.example"
    letter = letters(desk)[1]
    assert (letter["To"], letter["Subject"]) == (done.letter_to, f"confirm {TOKEN}")
    assert (state(desk), desk.gateway.subscribing.counts()["to_confirm"]) == ("confirming", 0)
    desk.gateway.subscribing.confirm(notice_of(desk, row).id or 0, "eve")
    assert len(letters(desk)) == 2, "one letter a request"
    desk.take(tells('Welcome to the "Downtime" mailing list'))
    assert state(desk) == "subscribed"
    assert desk.gateway.subscribing.subscribe(LIST, "eve", "mailman")[1] is False


@pytest.mark.parametrize(
    ("wanted", "raw"),
    [
        (None, asks()),
        ("other@lists.agency.example", asks()),
        ("downtime@lists.elsewhere.example", asks()),
        (LIST, asks(to="triage+news@gateway.example")),
    ],
    ids=["nothing", "another name", "another host", "another address of ours"],
)
def test_what_nobody_asked_for_is_shown_and_never_confirmed(
    desk: Desk, wanted: str | None, raw: bytes
) -> None:
    if wanted:
        desk.gateway.subscribing.subscribe(wanted, "eve")
    (row,) = desk.take(raw, recipients=())
    notice = notice_of(desk, row)
    assert notice.state == "unasked"
    assert desk.gateway.subscribing.counts() == {"to_confirm": 0, "unasked": 1}
    with pytest.raises(InvalidState, match="nobody here asked for"):
        desk.gateway.subscribing.confirm(notice.id or 0, "eve")
    assert letters(desk) == []


def test_a_forged_request_does_not_make_us_write_elsewhere(desk: Desk) -> None:
    desk.gateway.subscribing.subscribe(LIST, "eve")
    (row,) = desk.take(asks(reply_to="downtime-confirm+12345678@victim.example"))
    with pytest.raises(InvalidState, match=r"at victim\.example, which is not lists\.agency"):
        desk.gateway.subscribing.confirm(notice_of(desk, row).id or 0, "eve")
    assert letters(desk) == []


def test_nobody_takes_us_off_a_list(desk: Desk) -> None:
    desk.gateway.subscribing.subscribe(LIST, "eve")
    (row,) = desk.take(tells("Your confirmation is required to leave the Downtime mailing list"))
    with pytest.raises(InvalidState, match="to stay, do nothing"):
        desk.gateway.subscribing.confirm(notice_of(desk, row).id or 0, "eve")


def test_a_page_is_opened_by_the_operator(desk: Desk) -> None:
    link = "https://status.vendor.example/subscriptions/confirm/1a2b3c"
    desk.gateway.subscribing.subscribe("vendor.example", "eve")
    (row,) = desk.take(
        f"From: Status <noreply@status.vendor.example>\r\nTo: {ADDRESS}\r\n"
        f"Subject: Confirm your subscription to Vendor\r\n\r\nOpen {link} to confirm.\r\n".encode()
    )
    done = desk.gateway.subscribing.confirm(notice_of(desk, row).id or 0, "eve")
    assert (done.link, done.letter_to) == (link, "")
    assert letters(desk) == []


@pytest.mark.parametrize(
    ("subject", "becomes"),
    [
        ("You have been unsubscribed from the Downtime mailing list", "ended"),
        ("Your subscription for Downtime mailing list has been disabled", "disabled"),
        ("Your message to Downtime awaits moderator approval", "asked"),
    ],
)
def test_what_the_manager_tells_is_kept(desk: Desk, subject: str, becomes: str) -> None:
    desk.gateway.subscribing.subscribe(LIST, "eve")
    (row,) = desk.take(tells(subject))
    assert (state(desk), notice_of(desk, row).state) == (becomes, "noted")
    assert desk.gateway.subscribing.subscribe(LIST, "eve")[0].state == "asked"


def test_a_notice_that_is_read_again_is_one_notice(desk: Desk) -> None:
    (row,) = desk.take(asks())
    desk.gateway.spool.replay(row)
    desk.drained()
    assert len(desk.gateway.subscribing.listing()[1]) == 1


def test_every_system_is_asked_in_its_own_way(desk: Desk) -> None:
    for system in SYSTEMS:
        desk.gateway.subscribing.subscribe(f"{system}@lists.agency.example", "eve", system)
    asked = {(one["To"], one["Subject"], one.get_content().strip()) for one in letters(desk)}
    host = "lists.agency.example"
    assert asked == {
        (f"mailman-join@{host}", "subscribe", ""),
        (f"ezmlm-subscribe@{host}", "subscribe", ""),
        (f"mlmmj+subscribe@{host}", "subscribe", ""),
        (f"google+subscribe@{host}", "subscribe", ""),
        (f"LISTSERV@{host}", "", "SUBSCRIBE listserv ANONYMOUS"),
        (f"majordomo@{host}", "", "subscribe majordomo"),
        (f"sympa@{host}", "SUBSCRIBE sympa", ""),
    }


@pytest.mark.parametrize(
    ("list_", "system", "address", "why"),
    [
        ("downtime", "page", None, "neither a list's address"),
        (LIST, "pigeon", None, "no system that we know"),
        ("agency.example", "mailman", None, "asked by the list's address"),
        (LIST, "page", "me@elsewhere.example", "none of our addresses"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    desk: Desk, list_: str, system: str, address: str | None, why: str
) -> None:
    with pytest.raises(Permanent, match=why):
        desk.gateway.subscribing.subscribe(list_, "eve", system, address)


def test_a_notice_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound, match="triage lists list"):
        desk.gateway.subscribing.confirm(7, "eve")
