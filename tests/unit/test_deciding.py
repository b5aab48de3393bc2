"""What is to be done with a ticket: decided by rules, overruled by people, never undone by mail."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from gateway.errors import InvalidState
from gateway.store.tables import CorrectionRow, MessageRow, TicketRow, TimerRow
from tests.unit.test_pipeline import Desk, mail, open_desk

MINOR = "The letters page is a bit slow for one colleague since nine.\n"
MASSES = "VBMS is down for everyone. 400 people cannot work at all.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield from open_desk(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")


def ticket(desk: Desk, row: MessageRow) -> TicketRow:
    return desk.ticket(row).summary.ticket


def corrections(desk: Desk, row: MessageRow) -> list[CorrectionRow]:
    with desk.gateway.database.read() as session:
        query = select(CorrectionRow).where(CorrectionRow.message_id == row.id)
        return list(session.exec(query))


def test_a_new_ticket_says_what_is_to_be_done_and_by_which_rule(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    found = ticket(desk, row)
    assert (found.disposition, found.disposition_rule) == ("fix_now", "signing in is down")
    assert found.owner == "identity"
    opened = desk.ticket(row).history[0]
    assert opened.facts["rule"] == "signing in is down"


def test_it_is_decided_anew_when_the_evidence_changes(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who, "A question", "How do I subscribe?\n", Message_ID=f"<1.{who}>"))
    before = ticket(desk, row)
    assert before.disposition == "answer_only"
    desk.take(mail(who, "Re: A question", MASSES, In_Reply_To=f"<1.{who}>"))
    after = ticket(desk, row)
    assert (after.severity, after.disposition, after.owner) == ("critical", "fix_now", "vbms")
    assert after.priority > before.priority
    (line,) = [one for one in desk.ticket(row).history if one.what.startswith("disposition")]
    assert line.what == "disposition answer_only -> fix_now"
    assert line.why.startswith('by the rule "critical": ')


def test_what_a_person_said_stays_and_the_history_says_what_would_be_now(
    desk: Desk,
    who: str,
) -> None:
    (row,) = desk.take(mail(who, "Letters", MINOR, Message_ID=f"<1.{who}>"))
    name = str(row.ticket_id)
    desk.gateway.overruling.set(
        name, {"severity": "low", "disposition": "backlog"}, "ann", "it is known"
    )
    for number in (2, 3):
        desk.take(mail(f"{number}{who}", "Re: Letters", MASSES, In_Reply_To=f"<1.{who}>"))
    found = ticket(desk, row)
    assert (found.severity, found.disposition, found.event) == ("low", "backlog", "outage")
    kept = [one for one in desk.ticket(row).history if "as ann said" in one.what]
    assert sorted(one.what for one in kept) == ["severity stays as ann said"]
    assert kept[0].facts["kept"]["severity"] == ["low", "critical"]
    desk.gateway.overruling.set(name, {"severity": "auto", "disposition": "auto"}, "ann")
    found = ticket(desk, row)
    assert (found.severity, found.disposition) == ("critical", "fix_now")


def test_a_disposition_that_would_be_another_by_now_is_told_once(desk: Desk, who: str) -> None:
    question = "How do I subscribe?\n"
    (row,) = desk.take(mail(who, "A question", question, Message_ID=f"<1.{who}>"))
    desk.gateway.overruling.set(str(row.ticket_id), {"disposition": "backlog"}, "ann", "known")
    for number in (2, 3):
        desk.take(mail(f"{number}{who}", "Re: Letters", MASSES, In_Reply_To=f"<1.{who}>"))
    found = ticket(desk, row)
    assert (found.severity, found.disposition) == ("critical", "backlog")
    assert (found.disposition_rule, found.disposition_why) == ("a person", "ann: known")
    (line,) = [one for one in desk.ticket(row).history if "as ann said" in one.what]
    assert line.facts["kept"] == {"disposition": ["backlog", "fix_now"]}


def test_an_overruled_label_is_kept_to_learn_from(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    changes = {"services": ["mhv"], "severity": "low"}
    desk.gateway.overruling.set(str(row.ticket_id), changes, "ann", "wrong service")
    learned, ranked = corrections(desk, row)
    assert learned.after["services"] == ["mhv"]
    assert (ranked.before, ranked.after) == ({"severity": "critical"}, {"severity": "low"})
    assert ticket(desk, row).owner == "mhv"
    set_ = next(one for one in desk.ticket(row).history if one.what.startswith("set: "))
    assert (set_.who, set_.why, set_.facts["learned"]) == ("ann", "wrong service", True)


def test_of_several_messages_none_is_said_to_have_been_read_wrong(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    desk.take(mail(f"b{who}", "Re: Login.gov", "Here too.\n", In_Reply_To=f"<1.{who}>"))
    desk.gateway.overruling.set(str(row.ticket_id), {"people": 40}, "ann")
    assert corrections(desk, row) == []
    assert ticket(desk, row).people == 40


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"severity": "worst"}, "worst is no severity: .*critical.*, or auto"),
        ({"disposition": "soon"}, "soon is no disposition: security_officer"),
        ({"services": ["nope"]}, "no service nope"),
        ({"event": "outrage"}, "outrage is no event"),
        ({"token": "x"}, "token cannot be set: severity"),
        ({}, "nothing to set: severity=..."),
    ],
)
def test_what_cannot_be_set_is_told(
    desk: Desk, who: str, changes: dict[str, str], told: str
) -> None:
    (row,) = desk.take(mail(who))
    with pytest.raises(InvalidState, match=told):
        desk.gateway.overruling.set(str(row.ticket_id), changes, "ann")
    assert ticket(desk, row).pinned == {}


def test_what_a_person_said_of_either_of_two_that_become_one_stays(desk: Desk, who: str) -> None:
    one, other = desk.take(mail(who), mail(f"b{who}", "VBMS", MASSES))
    desk.gateway.overruling.set(str(other.ticket_id), {"severity": "low"}, "ann")
    desk.gateway.merge_tickets(str(other.ticket_id), str(one.ticket_id), "bob", "")
    found = ticket(desk, one)
    assert (found.severity, found.pinned["severity"]["by"]) == ("low", "ann")


def test_an_officer_is_told_at_once_and_once(desk: Desk, who: str) -> None:
    seen = "I can see another Veteran's prescriptions in my account on My HealtheVet.\n"
    (row,) = desk.take(mail(who, "My HealtheVet", seen, Message_ID=f"<1.{who}>"))
    desk.take(mail(f"b{who}", "Re: x", seen, In_Reply_To=f"<1.{who}>"))
    found = ticket(desk, row)
    assert (found.disposition, found.owner) == ("privacy_officer", "privacy_officer")
    with desk.gateway.database.read() as session:
        timers = session.exec(select(TimerRow).where(TimerRow.ticket_id == row.ticket_id)).all()
    assert [timer.facts["to"] for timer in timers] == ["privacy_officer"]


def test_the_most_urgent_of_what_is_open_comes_first(desk: Desk, who: str) -> None:
    rows = desk.take(
        mail(who, "A question", "How do I subscribe?\n"), mail(f"b{who}", "VBMS", MASSES)
    )
    listed = desk.gateway.tickets.listing(by_priority=True)
    order = [one.ticket.priority for one in listed]
    assert order == sorted(order, reverse=True)
    places = [one.ticket.id for one in listed]
    assert places.index(rows[1].ticket_id) < places.index(rows[0].ticket_id)
    desk.gateway.tickets.move(str(rows[1].ticket_id), "closed", "ann")
    open_now = [one.ticket.id for one in desk.gateway.tickets.listing(by_priority=True)]
    assert rows[1].ticket_id not in open_now
