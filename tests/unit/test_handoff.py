"""Hand-over: the owner gets the whole packet, is reminded, and the next is asked; once each."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from classifiers import Owner, Owners
from gateway.errors import ConfigError, InvalidState, NotFound
from gateway.handoff import Handoffs
from gateway.model import utcnow
from gateway.store.tables import HandoffRow, LetterRow, MessageRow
from gateway.timers import Timers
from tests.unit.test_pipeline import ADDRESS, Desk, mail, open_desk

OWNERS = Owners(
    {
        "identity": Owner("identity", "Identity team", ("id@team.example", "lead@team.example")),
        "desk": Owner("desk", "The desk", ("desk@gateway.example",)),
        "privacy_officer": Owner("privacy_officer", "Privacy Officer", ("po@gateway.example",)),
        "mute": Owner("mute", "Mute team"),
    }
)
REPORT = (
    "Login.gov is down since 9am. 40 people here cannot sign in: error 503.\n"
    "My SSN is 900-12-3456.\n\nMarisol Quintanar\n"
)


class Clock:
    def __init__(self) -> None:
        self.now = utcnow()

    def __call__(self) -> datetime:
        return self.now


class Office:
    """A desk whose owners have addresses, and whose clock can be moved."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.clock = desk, Clock()
        gateway = desk.gateway
        self.handoffs = Handoffs(
            gateway.database, gateway.outbox, gateway._letters, owners=OWNERS,
            service_names=gateway.service_names, settings=gateway.settings.handoff,
            own=["gateway.example"], clock=self.clock,
        )  # fmt: skip
        desk.pipeline._handoffs = self.handoffs
        kinds = self.handoffs.kinds
        self.timers = Timers(gateway.database, gateway.owner, kinds, self.clock)

    def report(self, who: str) -> MessageRow:
        sender = f"Marisol Quintanar <{who}>"
        (row,) = self.desk.take(mail(sender, "Login.gov", REPORT, Message_ID=f"<1.{who}>"))
        return row

    def letters(self, row: MessageRow) -> list[LetterRow]:
        with self.desk.gateway.database.read() as session:
            query = select(LetterRow).where(
                LetterRow.ticket_id == row.ticket_id, LetterRow.kind == "handoff"
            )
            return list(session.exec(query.order_by(col(LetterRow.id))))

    def handed(self, row: MessageRow) -> HandoffRow:
        return self.desk.ticket(row).handoffs[-1]

    def later(self, **how: float) -> None:
        self.clock.now += timedelta(**how)
        self.timers.ring()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield from open_desk(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


def said(letter: LetterRow) -> str:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_owner_inside_gets_the_whole_packet(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "desk", "ann", "yours, I think")
    (letter,) = office.letters(row)
    text = said(letter)
    assert letter.recipient == "desk@gateway.example"
    for wanted in ("Login.gov", "40 people", "yours, I think (ann)", "error 503", who,
                   "1 person wrote to us", "900-12-3456", f"TG-{row.ticket_id}"):  # fmt: skip
        assert wanted in text
    ticket = office.desk.ticket(row).summary.ticket
    assert (ticket.state, ticket.owner) == ("handed_off", "desk")
    assert f"triage+{ticket.token}@" in letter.raw.decode()


def test_what_leaves_the_organization_names_nobody(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "Identity Team", "ann.lee", f"write to {who}")
    (letter,) = office.letters(row)
    raw = letter.raw.decode().replace("=\r\n", "")
    for secret in ("900-12-3456", "Quintanar", who.partition("@")[0], "ann.lee"):
        assert secret not in raw
    assert "40 people" in said(letter)
    assert "1 person wrote to us" in said(letter)


def test_whoever_answers_has_taken_it_over_and_is_not_reminded(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    (letter,) = office.letters(row)
    reply = {"In_Reply_To": f"<{letter.message_id}>"}
    (answer,) = office.desk.take(
        mail(f"Bob <bob{who}>", "Re: For you", "We take it.\n", **reply)
    )  # fmt: skip
    assert answer.ticket_id == row.ticket_id
    handed = office.handed(row)
    assert (handed.state, handed.answered_by) == ("taken", f"bob{who}")
    assert "taken over by identity" in [what for what, _ in office.desk.history(row)]
    assert office.desk.letters_to(f"bob{who}") == []
    assert len(office.desk.ticket(row).reporters) == 1
    office.later(hours=100)
    assert len(office.letters(row)) == 1


def test_a_reporter_who_writes_again_has_not_taken_it_over(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    token = office.desk.ticket(row).summary.ticket.token
    office.desk.take(
        mail(who, "Re: Login.gov", "Any news?\n", In_Reply_To=f"<1.{who}>"),
        mail(f"b{who}", "Re: x", "And?\n", To=ADDRESS.replace("@", f"+{token}@")),
    )
    assert office.handed(row).state == "waiting"


def test_who_is_silent_is_reminded_then_the_next_is_asked_then_a_person(
    office: Office, who: str
) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    office.later(hours=23)
    assert len(office.letters(row)) == 1
    office.later(hours=2)
    office.later(hours=0)
    assert [one.recipient for one in office.letters(row)] == ["id@team.example"] * 2
    assert "Reminder" in office.letters(row)[1].subject
    office.later(hours=24)
    assert office.letters(row)[2].recipient == "lead@team.example"
    assert "did not answer" in said(office.letters(row)[2])
    office.later(hours=49)
    office.later(hours=100)
    assert [one.recipient for one in office.letters(row)[3:]] == ["lead@team.example"]
    ticket = office.desk.ticket(row)
    assert (office.handed(row).state, ticket.summary.ticket.needs_review) == ("silent", True)
    assert "identity does not answer" in [line.what for line in ticket.history]
    reply = {"In_Reply_To": f"<{office.letters(row)[-1].message_id}>"}
    office.desk.take(mail("lead@team.example", "Re: x", "Ours.\n", **reply))
    assert office.handed(row).state == "taken"


def test_nobody_is_reminded_of_what_is_over(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    office.desk.gateway.tickets.move(str(row.ticket_id), "closed", "ann")
    office.later(hours=200)
    assert (office.handed(row).state, len(office.letters(row))) == ("ended", 1)
    with pytest.raises(InvalidState, match="is closed: there is nothing to hand over"):
        office.handoffs.hand_off(str(row.ticket_id), "desk", "ann")


def test_it_is_with_one_owner_at_a_time(office: Office, who: str) -> None:
    row = office.report(who)
    office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    with pytest.raises(InvalidState, match="is with Identity team already, since 20"):
        office.handoffs.hand_off(str(row.ticket_id), "identity", "ann")
    office.handoffs.hand_off(str(row.ticket_id), "desk", "ann")
    assert [one.state for one in office.desk.ticket(row).handoffs] == ["ended", "waiting"]
    office.later(hours=25)
    assert [one.recipient for one in office.letters(row)] == [
        "id@team.example", "desk@gateway.example", "desk@gateway.example"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "error", "told"),
    [
        ("mute", ConfigError, r"no address is known of Mute team: put addresses = .* owners\.toml"),
        ("nobody", NotFound, r"no owner nobody in .*: known are desk, identity"),
        ("not an@address", NotFound, r"no address that mail can be sent to"),
    ],
)
def test_whom_nobody_knows_is_told_with_where_to_put_it(
    office: Office, who: str, to: str, error: type[Exception], told: str
) -> None:
    row = office.report(who)
    with pytest.raises(error, match=told):
        office.handoffs.hand_off(str(row.ticket_id), to, "ann")
    assert office.letters(row) == []
    assert office.desk.ticket(row).summary.ticket.state == "new"


def test_an_address_alone_will_do_and_a_preview_changes_nothing(office: Office, who: str) -> None:
    row = office.report(who)
    shown = office.handoffs.preview(str(row.ticket_id), "po@other.example", "ann")
    assert b"po@other.example" in shown.raw
    assert office.desk.ticket(row).handoffs == []
    office.handoffs.hand_off(str(row.ticket_id), "po@other.example", "ann")
    assert office.handed(row).team == "po@other.example"


def test_an_officer_is_told_at_once_and_the_ticket_stays_here(office: Office, who: str) -> None:
    seen = "I can see another Veteran's prescriptions on My HealtheVet.\n"
    (row,) = office.desk.take(mail(who, "My HealtheVet", seen))
    office.later(seconds=1)
    office.later(seconds=1)
    assert [one.recipient for one in office.letters(row)] == ["po@gateway.example"]
    assert office.desk.ticket(row).summary.ticket.state == "new"


def test_an_officer_without_an_address_is_a_persons_to_tell(
    office: Office, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = replace(OWNERS.by_id["privacy_officer"], addresses=())
    monkeypatch.setitem(OWNERS.by_id, "privacy_officer", mute)
    seen = "I can see another Veteran's prescriptions on My HealtheVet.\n"
    (row,) = office.desk.take(mail(who, "My HealtheVet", seen))
    office.later(seconds=1)
    line = next(one for one in office.desk.ticket(row).history if "not told" in one.what)
    assert "owners.toml" in line.why
    assert office.desk.ticket(row).summary.ticket.needs_review


def test_a_hand_over_survives_that_its_ticket_becomes_a_part_of_another(
    office: Office, who: str
) -> None:
    one, other = office.report(who), office.report(f"b{who}")
    office.handoffs.hand_off(str(other.ticket_id), "identity", "ann")
    office.desk.gateway.merge_tickets(str(other.ticket_id), str(one.ticket_id), "ann", "")
    office.later(hours=25)
    assert [letter.recipient for letter in office.letters(one)] == ["id@team.example"] * 2
