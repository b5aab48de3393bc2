"""Which ticket a message joins by its content or by a name, and what that changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import col, select

from classifiers import Reading, load_house
from gateway.app import Gateway
from gateway.config import AnswerSettings, Settings, WorkerSettings, shipped
from gateway.errors import InvalidState, NotFound
from gateway.incidents import people, references
from gateway.model import Address, Message
from gateway.store.tables import AccountRow, MessageRow, SeparationRow, TicketRow
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES
from tests.unit.test_pipeline import ADDRESS, Desk, mail

WORDS = load_house(shipped("data")).grouping
DOWN = "Login.gov is down. Nobody in our office can sign in with it since nine this morning.\n"
TOO = "We have the same here: Login.gov is unavailable for everyone, the page shows a 503.\n"


@pytest.fixture(scope="module", params=STORES)
def own_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    def opened(url: str) -> Iterator[Desk]:
        settings = Settings(
            store=url, addresses=(ADDRESS,), answers=AnswerSettings(to="anyone"),
            workers=WorkerSettings(readers=0),
        )  # fmt: skip
        with Gateway(settings) as gateway:
            desk = Own(gateway, matching="join")
            yield desk
            desk.dispatcher.stop()

    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


_day = count(1)


@pytest.fixture
def desk(own_desk: Desk) -> Desk:
    """The same desk, on another day: what happened on the others is long past."""
    Written.day = next(_day)
    return own_desk


class Own(Desk):
    """A desk whose mail comes from files: any Date may be true."""

    def take(self, *raws: bytes, **envelope: Any) -> list[MessageRow]:
        return super().take(*raws, **({"door": "file"} | envelope))


class Written:
    """When the mail of a test was written."""

    day = 1

    @classmethod
    def at(cls, clock: str) -> str:
        day = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=cls.day)
        return f"{day:%d %b %Y} {clock}:00 +0000"


def said(sender: str, subject: str, body: str, clock: str = "09:00", **fields: Any) -> bytes:
    return mail(sender, subject, body, Date=Written.at(clock), **fields)


def alert(state: str, clock: str, name: str = "LoginErrors (logingov prod)") -> bytes:
    body = f"[1] {state.title()}\nLabels\nalertname = LoginErrors\n\nLogin.gov error rate\n"
    return said(
        "alertmanager@ops.example",
        f"[{state}:1] {name}",
        body,
        clock,
        Auto_Submitted="auto-generated",
        Message_ID=f"<{state}{clock}{Written.day}@ops.example>",
    )


def tickets_of(rows: list[MessageRow]) -> set[int | None]:
    return {row.ticket_id for row in rows}


def facts(desk: Desk, row: MessageRow) -> TicketRow:
    return desk.ticket(row).summary.ticket


# --- by content ---------------------------------------------------------------------------------


def test_reports_of_one_outage_by_strangers_are_one_ticket_also_of_one_batch(desk: Desk) -> None:
    first, second = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "no login", TOO, "09:20"),
    )
    (third,) = desk.take(
        said(
            "cy@three.example",
            "Login.gov outage",
            "Login.gov does not let anybody in, we tried four accounts.\n",
            "09:40",
        )
    )
    assert tickets_of([first, second, third]) == {first.ticket_id}
    summary = desk.ticket(first).summary
    assert (summary.messages, summary.reporters) == (3, 3)
    lines = [one for one in desk.ticket(first).history if one.what == "report added"]
    assert len(lines) == 2
    assert all(line.facts["score"] >= WORDS.scores["join"] for line in lines)
    assert any("same service: logingov" in one for one in lines[0].facts["reasons"])


def test_what_one_person_writes_of_their_own_account_joins_nothing(desk: Desk) -> None:
    (outage,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN))
    own = desk.take(
        said("dee@home.example", "Login.gov", "I forgot my password for Login.gov and the reset "
             "link goes to an old address. How do I get in?\n", "09:10"),
        said("eli@home.example", "Login.gov", "I got a new phone, so the text code of Login.gov "
             "goes to my old phone.\n", "09:12"),
    )  # fmt: skip
    assert len(tickets_of([outage, *own])) == 3


def test_another_part_of_the_service_or_another_environment_is_something_else(desk: Desk) -> None:
    first, other, stage = desk.take(
        said("ann@one.example", "Login.gov codes", "Login.gov one-time codes do not arrive for any "
             "of us, the texts never come.\n"),
        said("bob@two.example", "Login.gov selfies", "Login.gov identity proofing fails for "
             "everybody, the selfie is refused with a system error.\n", "09:15"),
        said("cy@three.example", "Staging: Login.gov down", "Login.gov is down in staging, nobody "
             "of the testers can sign in.\n", "09:20"),
    )  # fmt: skip
    assert len(tickets_of([first, other, stage])) == 3


def test_a_report_after_the_end_does_not_join_in_silence(desk: Desk) -> None:
    (first,) = desk.take(alert("FIRING", "09:00"))
    desk.take(alert("RESOLVED", "10:00"))
    assert facts(desk, first).over_at is not None
    soon, late = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN, "10:20"),
        said("bob@two.example", "Login.gov is down", DOWN, "13:00"),
    )
    assert soon.ticket_id == first.ticket_id
    assert facts(desk, first).needs_review
    assert late.ticket_id != first.ticket_id
    assert desk.gateway.regrouping.suggestions(str(late.ticket_id))


def test_mail_that_comes_late_joins_by_the_time_when_it_was_written(desk: Desk) -> None:
    (first,) = desk.take(alert("FIRING", "09:00"))
    desk.take(alert("RESOLVED", "10:00"))
    (late,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN, "09:30"))
    assert late.ticket_id == first.ticket_id
    assert facts(desk, first).event == "resolved"


def test_what_only_is_suggested_is_accepted_or_dismissed_by_a_person(desk: Desk) -> None:
    (first,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN))
    own = "I got a new phone last week and now Login.gov is down for me, it times out.\n"
    apart, alike = desk.take(
        said("bob@two.example", "Login.gov", own, "09:30"),
        said("cy@three.example", "new phone", own + "Please help.\n", "09:40"),
    )
    tickets = [str(row.ticket_id) for row in (first, apart, alike)]
    assert len(set(tickets)) == 3
    work = desk.gateway.regrouping
    assert {one.other.ref for one in work.suggestions(tickets[1])} >= {f"TG-{first.ticket_id}"}
    work.dismiss(tickets[1], tickets[0], "ann")
    work.accept(tickets[2], tickets[0], "ann")
    assert not [one for one in work.suggestions(tickets[1]) if str(one.other.id) == tickets[0]]
    assert desk.gateway.tickets.details(tickets[2]).summary.ticket.merged_into == first.ticket_id


# --- a stranger -------------------------------------------------------------------------------


def test_who_joins_by_content_adds_a_report_and_nothing_more(desk: Desk) -> None:
    first, stranger = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("eve@evil.example", "Login.gov", TOO, "09:10"),
    )
    (letter,) = desk.letters_to("eve@evil.example")[-1:]
    answer = said(
        "eve@evil.example",
        "Re: Login.gov",
        "All is resolved, Login.gov works again for everybody, please close it.\n",
        "09:30",
        In_Reply_To=f"<{letter.message_id}>",
    )
    (again,) = desk.take(answer)
    assert first.ticket_id == stranger.ticket_id == again.ticket_id
    row = facts(desk, first)
    assert row.event == "outage"
    assert row.over_at is None


def test_the_answer_to_who_joined_by_content_says_only_what_they_said(desk: Desk) -> None:
    secret = DOWN + "It hits 4711 people in the Fresno office.\n"
    desk.take(
        said("ann@one.example", "Login.gov is down", secret),
        said("eve@evil.example", "Login.gov", TOO, "09:10"),
    )
    letter = desk.letters_to("eve@evil.example")[-1]
    assert b"4711" not in letter.raw


# --- by name ----------------------------------------------------------------------------------


def test_a_monitor_that_fires_and_clears_changes_its_own_ticket(desk: Desk) -> None:
    rows = desk.take(alert("FIRING", "09:00"), alert("RESOLVED", "09:20"), alert("FIRING", "09:40"))
    assert len(tickets_of(rows)) == 1
    assert facts(desk, rows[0]).over_at is None
    (cleared,) = desk.take(alert("RESOLVED", "10:00"))
    row = facts(desk, cleared)
    assert (row.event, row.severity) == ("resolved", "none")
    assert row.over_at is not None
    assert "believed over" in [what for what, _ in desk.history(cleared)]


def test_a_monitor_that_told_nothing_ends_nothing_that_people_reported(desk: Desk) -> None:
    (row,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN))
    forged = said("noreply@bad.example", "[RESOLVED] Login.gov is down",
                  "Login.gov outage has been resolved.\n", "09:40", Auto_Submitted="auto-generated")  # fmt: skip
    (cleared,) = desk.take(forged)
    again = said("noreply@bad.example", "[RESOLVED] Login.gov is down",
                 "Login.gov outage has been resolved.\n", "09:45", Auto_Submitted="auto-generated")  # fmt: skip
    desk.take(again)
    assert cleared.ticket_id == row.ticket_id
    found = facts(desk, row)
    assert (found.over_at, found.severity, found.needs_review) == (None, "critical", True)
    assert ("said to be over", "by somebody who may only add reports") in desk.history(row)


def test_one_stranger_counts_once_however_often_they_write(desk: Desk) -> None:
    (row,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN))
    desk.take(
        *(
            said(
                "eve@bad.example",
                f"Login.gov is down {n}",
                TOO,
                f"09:{n + 10}",
                Message_ID=f"<{Written.day}.{n}@bad.example>",
            )
            for n in range(20)
        )
    )
    query = select(AccountRow.who).where(AccountRow.ticket_id == row.ticket_id)
    with desk.gateway.database.read() as session:
        assert set(session.exec(query)) == {"ann@one.example", "eve@bad.example"}
    assert desk.ticket(row).summary.reporters == 2


def test_who_names_every_service_takes_nobodys_report(desk: Desk) -> None:
    every = ", ".join(desk.gateway.service_names.values())
    (evil,) = desk.take(
        said("eve@bad.example", "All is down", f"All down for everyone: {every}.\n")
    )
    (row,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN, "09:05"))
    assert row.ticket_id != evil.ticket_id


def test_a_correction_of_what_others_told_is_looked_at(desk: Desk) -> None:
    opened = f"<o{Written.day}@bad.example>"
    text = "VBMS is down, 340 users cannot work at all.\n"
    row, _ = desk.take(
        said("eve@bad.example", "VBMS down", text, Message_ID=opened),
        said("ann@one.example", "VBMS is down", text, "09:10"),
    )
    assert desk.ticket(row).summary.reporters == 2
    text = "Correction: only 3 users are affected, VBMS is down for them alone.\n"
    desk.take(said("eve@bad.example", "Re: VBMS down", text, "09:30", In_Reply_To=opened))
    assert facts(desk, row).needs_review
    assert ("corrected by one alone", "others who reported it: 1") in desk.history(row)


@pytest.mark.parametrize(
    ("fires", "clears"),
    [
        ("PROBLEM: idme-gateway HTTP is CRITICAL", "RECOVERY: idme-gateway HTTP is OK"),
        ("[Triggered] Login latency on web-3", "[Recovered] Login latency on web-3"),
        ("Problem: High error rate on portal (12.5 %)", "Resolved in 12m 3s: High error rate on portal"),
        ("ALARM: \"queue-depth\" in US-East", "OK: \"queue-depth\" in US-East"),
        ("DOWN alert: portal.example is DOWN", "UP alert: portal.example is UP"),
    ],
)  # fmt: skip
def test_any_monitor_is_known_by_what_it_watches(fires: str, clears: str) -> None:
    watched = []
    for subject, event in ((fires, "outage"), (clears, "resolved")):
        message = Message("", subject=subject, sender=Address("m@ops.example"), is_auto=True)
        reading = Reading(source="alert", written_by="machine", event=event)  # type: ignore[arg-type]
        watched.append(references.watch(message, reading, WORDS))
    one, other = watched
    assert one is not None
    assert other is not None
    assert one.name == other.name
    assert (one.state, other.state) == ("fires", "clears")


def test_a_number_leads_to_its_ticket_and_a_list_of_numbers_to_none(desk: Desk) -> None:
    number = f"INC07{Written.day:05}"
    opened, cited = desk.take(
        said("itsm@desk.example", f"{number} opened: payroll export stuck",
             f"Number: {number}\nThe payroll export has been failing for all stations.\n",
             Auto_Submitted="auto-generated"),
        said("ann@one.example", "our export", f"We are hit by {number} as well, the export fails "
             "for eleven people.\n", "09:30"),
    )  # fmt: skip
    (several,) = desk.take(said(
        "bob@two.example", "which of these", f"Is it {number}, INC0999001, INC0999002, INC0999003 "
        "or INC0999004 that is down?\n", "09:40"))  # fmt: skip
    assert opened.ticket_id == cited.ticket_id
    assert several.ticket_id is not None


def test_a_notice_and_its_later_versions_are_one_ticket(desk: Desk) -> None:
    fields = {"List_Id": "<down.lists.example>", "Precedence": "list"}
    first, moved = desk.take(
        said("n@lists.example", "Planned maintenance: VBMS on October 3", "VBMS will be unavailable "
             "on Saturday, October 3, 2026 from 10 PM to 11 PM ET for maintenance.\n", **fields),
        said("n@lists.example", "RESCHEDULED: Planned maintenance: VBMS", "The VBMS maintenance "
             "planned for Saturday, October 3 has been moved to Sunday, October 4, 2026 from 10 PM "
             "to 11 PM ET.\n", "10:00", **fields),
    )  # fmt: skip
    (other,) = desk.take(said(
        "n@lists.example", "Planned maintenance: VBMS on October 17", "VBMS will be unavailable on "
        "Saturday, October 17, 2026 from 1 AM to 2 AM ET for maintenance.\n", "11:00", **fields))  # fmt: skip
    assert first.ticket_id == moved.ticket_id
    assert other.ticket_id != first.ticket_id
    assert [one["start"][:10] for one in facts(desk, first).windows] == ["2026-10-05"]


# --- what a person parts ----------------------------------------------------------------------


def test_what_a_person_split_is_never_put_together_again(desk: Desk) -> None:
    first, second = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "no login", TOO, "09:20"),
    )
    assert first.ticket_id == second.ticket_id
    new = desk.gateway.regrouping.split(str(first.ticket_id), [second.trace], "ann", "not the same")
    moved = desk.gateway.spool.find(second.trace)
    assert moved.ticket_id == new.id
    assert desk.ticket(first).summary.messages == 1
    both = said("cy@three.example", "Re: no login", "Login.gov again.\n", "09:30",
                In_Reply_To=f"<{second.message_id}>",
                References=f"<{first.message_id}> <{second.message_id}>", Cc="bob@two.example, ann@one.example")  # fmt: skip
    desk.take(both)
    for number in (first.ticket_id, new.id):
        assert desk.gateway.tickets.details(str(number)).summary.ticket.merged_into is None
    assert not [
        one
        for one in desk.gateway.regrouping.suggestions(new.ref)
        if one.other.id == first.ticket_id or one.ticket.id == first.ticket_id
    ]


def test_a_separation_follows_its_tickets_into_what_they_become(desk: Desk) -> None:
    rows = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "map", "The facility locator map is blank for all of us.\n"),
        said("cy@three.example", "pay", "Travel pay claims fail for everyone here.\n"),
    )  # fmt: skip
    one, two, three = (str(row.ticket_id) for row in rows)
    work = desk.gateway.regrouping
    work.dismiss(one, two, "ann")
    work.merge(two, three, "ann", "")
    with desk.gateway.database.read() as session:
        pairs = {(row.one_id, row.other_id) for row in session.exec(select(SeparationRow))}
    assert tuple(sorted((int(one), int(three)))) in pairs


def test_a_split_must_leave_something_and_name_what_is_there(desk: Desk) -> None:
    (row,) = desk.take(said("ann@one.example", "Login.gov is down", DOWN))
    with pytest.raises(InvalidState, match="at least must stay"):
        desk.gateway.regrouping.split(str(row.ticket_id), [row.trace], "ann")
    with pytest.raises(NotFound, match="no message m-nothing"):
        desk.gateway.regrouping.split(str(row.ticket_id), ["m-nothing"], "ann")


# --- how many, and how badly ------------------------------------------------------------------


def test_a_correction_takes_back_what_was_said_of_how_many(desk: Desk) -> None:
    first = said(
        "ann@one.example",
        "VBMS down",
        "VBMS is down, 340 users cannot work at all.\n",
        Message_ID=f"<v{Written.day}@one.example>",
    )
    (row,) = desk.take(first)
    before = facts(desk, row)
    assert (before.people, before.reach) == (340, "many")
    desk.take(said("ann@one.example", "Re: VBMS down", "Correction: only 3 users are affected, VBMS "
                   "is down for them alone.\n", "09:30", In_Reply_To=f"<v{Written.day}@one.example>"))  # fmt: skip
    after = facts(desk, row)
    assert (after.people, after.reach) == (3, "some")
    assert after.severity != before.severity
    assert any("after a correction" in why for _, why in desk.history(row))


def test_the_sources_of_the_estimate_are_kept(desk: Desk) -> None:
    first, _ = desk.take(
        said("ann@one.example", "VBMS is down", "VBMS is down, 12 users cannot work at all.\n"),
        said("bob@two.example", "VBMS is down", "VBMS is down, 30 users cannot work at all.\n", "09:10"),
    )  # fmt: skip
    query = select(AccountRow).where(AccountRow.ticket_id == first.ticket_id)
    with desk.gateway.database.read() as session:
        told = [(row.who, row.people) for row in session.exec(query.order_by(col(AccountRow.who)))]
    assert told == [("ann@one.example", 12), ("bob@two.example", 30)]
    assert facts(desk, first).people == 30


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Address("jane.roe@va.example"), Address("Jane.Roe+x@va.example"), True),
        (Address("j.a.roe@gmail.com"), Address("jaroe@googlemail.com"), True),
        (Address("jane.roe@va.example", "Jane Roe"), Address("jroe@mail.va.example", "Roe, Jane"), True),
        (Address("jane@home.example", "Jane Roe"), Address("jane@work.example", "Jane Roe"), True),
        (Address("jr77@home.example", "Jane Roe"), Address("roe@work.example", "Jane Roe"), False),
        (Address("desk@va.example", "Help Desk"), Address("desk2@va.example", "Help Desk"), False),
        (Address("jane@va.example", "Jane"), Address("other@va.example", "Jane"), False),
    ],
)  # fmt: skip
def test_one_person_by_several_addresses_is_one_where_that_is_sure(
    one: Address, other: Address, same: bool
) -> None:
    assert people.is_same(one, other) is same


def test_people_are_counted_not_mails_nor_addresses(desk: Desk) -> None:
    rows = desk.take(
        said("jane.roe@one.example", "Login.gov is down", DOWN, From="Jane Roe <jane.roe@one.example>"),
        said("jroe@mail.one.example", "Login.gov still down", TOO, "09:15",
             From="Jane Roe <jroe@mail.one.example>"),
    )  # fmt: skip
    assert len(tickets_of(rows)) == 1
    assert desk.ticket(rows[0]).summary.reporters == 1


def test_matching_may_be_switched_to_suggesting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.pipeline, "_rules", replace(desk.pipeline._rules, matching="suggest"))
    first, second = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "no login", TOO, "09:20"),
    )
    assert first.ticket_id != second.ticket_id
    assert desk.gateway.regrouping.suggestions(str(second.ticket_id))


# --- whoever passes on, answers with another matter, counts, or names two services ---------------


LONG = "Since nine the page stays white after the second step for all eleven of us in Whitlock.\n"


def passed_on(sender: str, words: str, subject: str, text: str, clock: str) -> bytes:
    body = (
        f"{words}\n\n---------- Forwarded message ---------\nFrom: Gwen <gwen@one.example>\n"
        f"Date: Tue, 10 Mar 2026 09:00:00 -0400\nSubject: {subject}\nTo: {sender}\n\n{text}"
    )
    return said(sender, f"Fwd: {subject}", body, clock)


def test_who_passes_on_a_message_that_is_there_adds_a_report_whatever_it_is_about(
    desk: Desk,
) -> None:
    (first,) = desk.take(said("gwen@one.example", "White page", LONG))
    fwd = passed_on("bob@two.example", "See below.", "White page", LONG, "11:30")
    other = passed_on("cy@two.example", "See below.", "White page", "Another text " + LONG, "11:31")
    passed, different = desk.take(fwd, other)
    assert passed.ticket_id == first.ticket_id
    assert different.ticket_id != first.ticket_id
    assert desk.ticket(first).summary.reporters == 2
    (line,) = [one for one in desk.ticket(first).history if one.what == "report added"]
    assert line.why == "it passes on a message that is there"


def test_what_two_people_pass_on_of_a_third_is_one_ticket(desk: Desk) -> None:
    first, second = desk.take(
        passed_on("ann@one.example", "FYI", "White page", LONG, "09:30"),
        passed_on("bob@two.example", "", "White page", LONG, "09:40"),
    )
    assert first.ticket_id == second.ticket_id


def inc(number: int) -> str:
    """A number of a desk, in this test alone."""
    return f"INC{number}{Written.day:04}"


def desk_mail(house: str, number: str, state: str, about: str, text: str, clock: str) -> bytes:
    return said(
        f"desk@{house}", f"{number} {state}: {about}", f"Number: {number}\n\n{text}\n", clock,
        Auto_Submitted="auto-generated", Message_ID=f"<{number}{state}{clock}{Written.day}@{house}>",
    )  # fmt: skip


def test_one_number_of_two_desks_is_two_tickets(desk: Desk) -> None:
    vbms = "VBMS is slow for several offices."
    down = "Login.gov is down for everybody."
    one, other, again, more = desk.take(
        desk_mail("one.example", inc(123), "opened", "VBMS slow", vbms, "09:00"),
        desk_mail("two.example", inc(123), "opened", "Login.gov down", down, "10:00"),
        desk_mail("one.example", inc(123), "updated", "VBMS slow", "With the vendor.", "11:00"),
        desk_mail("two.example", inc(123), "updated", "Login.gov down", "Team is on.", "11:01"),
    )
    assert one.ticket_id != other.ticket_id
    assert (again.ticket_id, more.ticket_id) == (one.ticket_id, other.ticket_id)


def test_the_number_in_the_subject_is_its_own_and_others_are_mentioned_beside_it(
    desk: Desk,
) -> None:
    down = "Login.gov is down for everybody."
    vbms = f"VBMS is slow. Sign-in is another matter (see {inc(123)})."
    one, other = desk.take(
        desk_mail("one.example", inc(123), "opened", "Login.gov down", down, "09:00"),
        desk_mail("one.example", inc(124), "opened", "VBMS slow", vbms, "09:30"),
    )
    assert one.ticket_id != other.ticket_id


def test_what_one_desk_counts_as_two_is_only_suggested_to_be_one(desk: Desk) -> None:
    text = "Login.gov does not let anybody in at {}."
    one, other = desk.take(
        desk_mail("one.example", inc(123), "opened", "Login.gov down", text.format("A"), "09:00"),
        desk_mail("one.example", inc(124), "opened", "Login.gov down", text.format("B"), "09:30"),
    )  # fmt: skip
    assert one.ticket_id != other.ticket_id
    assert "may belong elsewhere" in {line.what for line in desk.ticket(other).history}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Caseflow is down (was: VBMS slow)", "Caseflow shows all of us a 502 on every page.\n"),
        ("Re: VBMS slow", "VBMS is fine. A different problem now: Caseflow is down for everybody.\n"),
    ],
)  # fmt: skip
def test_an_answer_with_another_matter_is_a_ticket_of_its_own_and_stays_apart(
    desk: Desk, subject: str, text: str
) -> None:
    slow = "VBMS is very slow for all of us, each folder takes minutes.\n"
    first, second = f"first{Written.day}@ro.example", f"second{Written.day}@ro.example"
    (one,) = desk.take(said("ann@ro.example", "VBMS slow", slow, Message_ID=f"<{first}>"))
    quoted = f"{text}\nOn Mar 10, 2026, Ann wrote:\n> {slow}"
    (other,) = desk.take(
        said("ann@ro.example", subject, quoted, "10:00", In_Reply_To=f"<{first}>",
             References=f"<{first}>", Message_ID=f"<{second}>")
    )  # fmt: skip
    assert one.ticket_id != other.ticket_id
    (more,) = desk.take(
        said("ann@ro.example", f"Re: {subject}", "Any news?\n", "10:30",
             In_Reply_To=f"<{second}>", References=f"<{first}> <{second}>")
    )  # fmt: skip
    assert more.ticket_id == other.ticket_id
    assert desk.ticket(one).summary.messages == 1
    assert "begins another matter" in {line.what for line in desk.ticket(other).history}


def test_what_several_witnesses_name_together_is_one_incident(desk: Desk) -> None:
    both = "Login.gov and DS Logon are both down for {}.\n"
    one, *_ = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "two sign-ins down", both.format("our callers"), "09:10"),
        said("cy@three.example", "neither works", both.format("everybody at the clinic"), "09:15"),
    )
    (other,) = desk.take(
        said("dee@four.example", "DS Logon", "DS Logon lets nobody in, errors for all.\n", "09:20")
    )
    assert other.ticket_id == one.ticket_id


def test_one_person_who_says_it_in_other_words_is_only_suggested(desk: Desk) -> None:
    one, other = desk.take(
        said("ann@one.example", "Login.gov is down", DOWN),
        said("bob@two.example", "my box", "Login.gov crawls at my flat since I moved.\n", "09:10"),
    )
    assert one.ticket_id != other.ticket_id


def test_a_message_whose_words_were_changed_is_no_copy() -> None:
    first, again, other = (
        Message(raw_sha256="", subject=subject, text=text)
        for subject, text in (("White page", LONG), ("RE: White page", LONG), ("White page", "No."))
    )
    reading = Reading()
    names = [references.names(references.references(one, reading, WORDS))
             for one in (first, again, other)]  # fmt: skip
    assert names[0] == names[1] != []
    assert names[2] == []
