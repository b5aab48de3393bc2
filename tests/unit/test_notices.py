"""Notices: who is told and why, who must approve, and what stops one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from gateway.announcing import Announcing, FanOut, load_circle
from gateway.announcing.quiet import quiet_until
from gateway.config import AnswerSettings, NoticeSettings, RelaySettings, shipped
from gateway.errors import InvalidState, NotFound
from gateway.incidents import subscribers, tickets
from gateway.letters import Letters
from gateway.model import utcnow
from gateway.outbox import Outbox
from gateway.plain import cell
from gateway.store import suppressions
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import (
    ApprovalTokenRow,
    LetterRow,
    NoticeRow,
    ParticipantRow,
    TicketRow,
)
from tests.integration.sink import Sink
from tests.unit.test_announcing import NAMES, TEXT
from tests.unit.test_announcing import Desk as Plain

CIRCLE = """
[[group]]
name = "Leads"
addresses = ["Lena <lena@people.example>", "ann@people.example"]
services = ["logingov"]
severities = ["critical"]

[[group]]
name = "Planners"
addresses = ["paul@people.example"]
kinds = "maintenance"

[[list]]
name = "Operations"
address = "ops@lists.example"
"""


class Desk(Plain):
    """The same with settings of its own, a circle, and maybe a relay."""

    def __init__(
        self, database: Database, url: str = "smtp://127.0.0.1:1", **settings: Any
    ) -> None:
        super().__init__(database)
        relay = RelaySettings(url=url, connections=2, per_minute=1_000_000)
        self.outbox = Outbox(database, relay, AnswerSettings(), this_process())
        letters = Letters(
            [shipped("templates")], sender="news@gateway.example", name="Triage",
            organization="the triage team", address="triage@gateway.example",
        )  # fmt: skip
        folder = Path(database.url.removeprefix("sqlite:///")).parent
        (folder / "stakeholders.toml").write_text(CIRCLE)
        self.settings = NoticeSettings(**settings)
        self.announcing = Announcing(
            database, self.outbox, letters, NAMES,
            settings=self.settings,
            circle=load_circle(folder, None, NAMES),
            own=("triage@gateway.example",),
        )  # fmt: skip
        self.fan_out = FanOut(
            database, self.outbox, self.announcing.handing, this_process(),
            settings=self.settings, zone="America/New_York", per_minute=1_000_000,
        )  # fmt: skip
        self.announcing.on_work = self.fan_out.wake
        self.outbox.on_low = self.fan_out.wake

    def subscribe(self, number: int, **choice: Any) -> None:
        for n in range(number):
            self.subscribers.add(f"reader{n:03}@people.example", "logingov", "", "en")

    def told(self) -> list[str]:
        return sorted(letter.recipient for letter in self.letters())

    def drafted(self, kind: str = "update", text: str = TEXT) -> int:
        row = self.announcing.draft(self.ticket.ref, kind, text, "eve")
        assert row.id is not None
        return row.id

    def sent(self, kind: str, text: str = TEXT) -> int:
        number = self.drafted(kind, text)
        self.announcing.approve(number, "fay")
        self.announcing.send(number, "fay")
        return number

    def notice(self, number: int) -> NoticeRow:
        return self.announcing.show(number).notice

    def run(self, until: Callable[[], Awaitable[None]]) -> None:
        """With sender and fan-out at work."""

        async def running() -> None:
            await self.outbox.start()
            await self.fan_out.start()
            try:
                async with asyncio.timeout(60):
                    await until()
            finally:
                await self.fan_out.stop()
                await self.outbox.stop()

        asyncio.run(running())


async def eventually(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - of the store and of another thread
        await asyncio.sleep(0.02)


Make = Callable[..., Desk]


@pytest.fixture
def make(store: Database) -> Make:
    return lambda *arguments, **settings: Desk(store, *arguments, **settings)


# --- who is told --------------------------------------------------------------------------------


def test_everyone_concerned_is_told_once_and_every_reason_is_kept(make: Make) -> None:
    desk = make()
    desk.reporter("ann@people.example")
    desk.subscribers.add("ann@people.example", "logingov", "", "en")
    with desk.database.transaction() as session:
        for who, wrote, verified in [
            ("tom@people.example", True, True), ("eva@people.example", True, False),
            ("named@people.example", False, False), ("list:news", True, True),
            ("@people.example", True, True), ("noreply@people.example", True, True),
        ]:  # fmt: skip
            session.add(ParticipantRow(ticket_id=tickets.number(desk.ticket), who=who,
                                       wrote=wrote, verified=verified))  # fmt: skip
    found = desk.announcing.preview(desk.drafted()).audience
    assert {one.key: one.why for one in found.told} == {
        "ann@people.example": ["reporter", "subscriber:logingov", "group:Leads"],
        "tom@people.example": ["thread"],
        "lena@people.example": ["group:Leads"],
        "ops@lists.example": ["list:Operations"],
    }
    assert dict(found.left_out) == {
        "eva@people.example": "nothing vouches for its address, or answers are off",
        "paul@people.example": "Planners hears of maintenance only",
    }
    assert found.counts["group:Leads"] == 2


def test_a_kind_of_news_reaches_those_who_asked_for_it(make: Make) -> None:
    desk = make()
    for wants, digest in (("outages", "no"), ("maintenance", "no"), ("all", "daily")):
        choice = subscribers.Choice(("logingov",), wants, digest)  # type: ignore[arg-type]
        desk.subscribers.add(f"{wants}@people.example", "logingov", "", "en", choice=choice)
    update = desk.announcing.preview(desk.drafted("update")).audience
    planned = desk.announcing.preview(desk.drafted("maintenance_planned")).audience
    assert {one.key for one in update.told} - {one.key for one in planned.told} == {
        "outages@people.example"
    }
    assert "paul@people.example" in {one.key for one in planned.told}
    assert dict(planned.left_out)["all@people.example"] == "reads it in the daily digest"


def test_the_end_reaches_all_who_were_told_but_those_who_unsubscribed(make: Make) -> None:
    desk = make()
    for who in ("ann", "bob", "cora"):
        desk.subscribers.add(f"{who}@people.example", "logingov", "", "en")
    desk.sent("opened")
    # bob now wants other news, cora none; and the ticket turns out to be of another service.
    with desk.database.transaction() as session:
        subscribers.unsubscribe(session, "cora@people.example")
        session.get_one(TicketRow, desk.ticket.id).services = ["vbms"]
    desk.subscribers.add("new@people.example", "vbms", "", "en")
    found = desk.announcing.preview(desk.drafted("false_alarm"))
    told = {one.key: one.why for one in found.audience.told}
    assert told["ann@people.example"] == told["bob@people.example"] == ["told before"]
    assert told["lena@people.example"] == ["told before"]
    assert dict(found.audience.left_out)["cora@people.example"] == "unsubscribed"
    assert "new@people.example" in found.since_then.added
    assert found.since_then.removed == ("cora@people.example",)


def test_what_came_back_or_was_complained_of_is_left_out_until_taken_off_the_list(
    make: Make,
) -> None:
    desk = make()
    desk.reporter("ann@people.example")
    with desk.database.transaction() as session:
        assert suppressions.note(session, "Lena@people.example", "hard", "550 5.1.1 unknown")
        soft = [
            suppressions.note(session, "ops@lists.example", "soft", "full", limit=3, days=30)
            for _ in range(3)
        ]
        assert soft == [False, False, True]
    found = dict(desk.announcing.preview(desk.drafted()).audience.left_out)
    assert found["lena@people.example"].endswith("came back for good (550 5.1.1 unknown)")
    assert found["ops@lists.example"] == "suppressed: mail to it came back 3 times (full)"
    desk.announcing.unsuppress("LENA@people.example")
    with pytest.raises(NotFound, match="not suppressed"):
        desk.announcing.unsuppress("lena@people.example")
    assert "lena@people.example" in {
        one.key for one in desk.announcing.preview(desk.drafted()).audience.told
    }


# --- approval -----------------------------------------------------------------------------------


def test_from_so_many_on_two_different_people_approve(make: Make) -> None:
    desk = make(two_from=4)
    desk.subscribe(4)
    number = desk.drafted()
    with pytest.raises(InvalidState, match="which 2 people must approve"):
        desk.announcing.resolve(desk.ticket.ref, TEXT, "eve")
    assert desk.announcing.approve(number, "eve").state == "draft"
    with pytest.raises(InvalidState, match="approved notice 1 already: another person"):
        desk.announcing.approve(number, " EVE ")
    with pytest.raises(InvalidState, match="approve it first"):
        desk.announcing.send(number, "eve")
    assert desk.announcing.approve(number, "fay").approved_by == "eve, fay"


def test_the_drafter_may_be_kept_from_approving(make: Make) -> None:
    desk = make(two_from=1, drafter_may_approve=False)
    with pytest.raises(InvalidState, match="eve drafted notice 1: 2 others"):
        desk.announcing.approve(desk.drafted(), "eve")


def test_who_was_affected_is_told_as_it_was_known_when_the_notice_was_written(make: Make) -> None:
    desk = make()
    desk.subscribe(1)
    with desk.database.transaction() as session:
        session.get_one(TicketRow, desk.ticket.id).people = 40
    number = desk.drafted()
    desk.announcing.approve(number, "fay")
    with desk.database.transaction() as session:
        session.get_one(TicketRow, desk.ticket.id).people = 900
    desk.announcing.send(number, "fay")
    assert b"Affected: 40 people" in desk.letters()[0].raw
    assert b"Earlier time" not in desk.letters()[0].raw


def test_an_approval_of_another_audience_does_not_count(make: Make) -> None:
    desk = make(two_from=2)
    number = desk.drafted()
    desk.announcing.approve(number, "eve")
    desk.reporter("late@people.example")
    assert desk.announcing.approve(number, "fay").state == "draft"
    assert desk.announcing.preview(number).approvals == ("fay",)
    assert desk.announcing.approve(number, "eve").state == "approved"


def test_fewer_people_than_were_approved_need_no_new_approval(make: Make) -> None:
    desk = make()
    desk.subscribe(2)
    number = desk.drafted()
    desk.announcing.approve(number, "fay")
    desk.subscribers.remove("reader000@people.example", "logingov")
    desk.announcing.send(number, "fay")
    assert "reader000@people.example" not in desk.told()
    left = [one for one in desk.announcing.lines(number) if one.result == "left out"]
    assert ("reader000@people.example", "no longer concerned when it was sent") in [
        (one.address, one.reason) for one in left
    ]


def test_a_new_version_is_told_only_to_those_who_were_not_yet(make: Make) -> None:
    desk = make()
    desk.subscribe(3)
    number = desk.sent("update", "The first words.")
    with desk.database.transaction() as session:
        first = session.exec(select(LetterRow).where(LetterRow.id == 1)).one()
        first.state, gone = "sent", first.recipient
        session.add(first)
    desk.announcing.stop(number, "eve", "wrong words")
    row = desk.announcing.revise(number, "Better words.", "eve")
    assert (row.state, row.version) == ("draft", 2)
    desk.announcing.approve(number, "fay")
    desk.announcing.send(number, "fay")
    queued = [one for one in desk.letters() if one.state == "queued"]
    assert gone not in {one.recipient for one in queued}
    assert len({one.recipient for one in queued}) == len(queued) == 5
    assert all(b"Better words." in one.raw for one in queued)
    assert [one.version for one in desk.announcing.lines(number) if one.address == gone] == [1]


def asked(desk: Desk, number: int, of: str) -> str:
    letter = desk.announcing.ask_approval(number, of, "eve")
    text = letter.raw.decode()
    return text.partition("APPROVE ")[2].split()[0]


def test_by_mail_one_approves_with_a_word_that_works_once_for_oneself(make: Make) -> None:
    desk = make(two_from=2)
    number = desk.drafted()
    word = asked(desk, number, "boss@people.example")
    with desk.database.read() as session:
        (row,) = session.exec(select(ApprovalTokenRow)).all()
        assert word not in row.token_hash
    for token, who in ((word, "mallory@people.example"), (word[:-1], "boss@people.example")):
        with pytest.raises(NotFound, match="no such word"):
            desk.announcing.approve_by_token(token, who)
    desk.announcing.approve_by_token(word.upper(), "Boss@people.example")
    assert desk.announcing.preview(number).approvals == ("boss@people.example",)
    with pytest.raises(InvalidState, match="used already"):
        desk.announcing.approve_by_token(word, "boss@people.example")


def test_a_word_for_approving_expires_and_is_of_one_version(make: Make) -> None:
    desk = make()
    number = desk.drafted()
    old, stale = (asked(desk, number, who) for who in ("ann@people.example", "bo@people.example"))
    with desk.database.transaction() as session:
        for row in session.exec(select(ApprovalTokenRow)).all():
            if row.address.startswith("ann"):
                row.expires_at = utcnow() - timedelta(seconds=1)
                session.add(row)
    with pytest.raises(InvalidState, match="expired"):
        desk.announcing.approve_by_token(old, "ann@people.example")
    desk.announcing.revise(number, "Other words.", "eve")
    with pytest.raises(InvalidState, match="rewritten"):
        desk.announcing.approve_by_token(stale, "bo@people.example")


def test_a_test_copy_is_marked_and_counts_nowhere(make: Make) -> None:
    desk = make()
    number = desk.drafted()
    letter = desk.announcing.test(number, "eve@people.example", "eve")
    assert letter.subject.count("TEST") == 1 or b"TEST." in letter.raw
    assert desk.announcing.show(number).figures.written == 0
    assert list(desk.announcing.lines(number)) == []


# --- going out, and being stopped ---------------------------------------------------------------


def test_stopped_letters_stay_and_go_on_when_it_is_resumed(make: Make) -> None:
    with Sink() as sink:
        desk = make(sink.url)
        desk.subscribe(30)
        number = desk.sent("opened")
        sink.gate.clear()  # two letters are on the wire, and no more come through

        async def story() -> None:
            await eventually(lambda: sink.waiting == 2)
            assert desk.announcing.stop(None, "eve", "wrong") == [number]
            sink.gate.set()
            await eventually(lambda: desk.outbox.counts()["sent"] == 2)
            # What was queued is asked for again and again, and is not sent.
            desk.announcing.test(number, "eve@people.example", "eve")
            await eventually(lambda: "eve@people.example" in sink.recipients)
            assert len(sink.received) == 3
            assert desk.announcing.barred()[0].reason == "stopped by eve: wrong"
            desk.announcing.resume(number, "eve")
            await eventually(lambda: len(sink.received) == 34)

        desk.run(story)
    assert len(set(sink.recipients)) == 34
    assert desk.history()[-3:] == ["opened sent", "opened stopped", "opened goes on"]


def test_a_large_notice_begins_with_a_few_and_goes_on_when_nothing_came_back(make: Make) -> None:
    with Sink() as sink:
        desk = make(sink.url, two_from=0, canary=5, canary_from=20, canary_minutes=0.0)
        desk.subscribe(40)
        number = desk.sent("opened")
        assert (desk.letters(), desk.notice(number).state) == ([], "sending")
        desk.run(lambda: eventually(lambda: len(sink.received) == 43))
    assert desk.notice(number).state == "sent"
    assert "opened goes on" in desk.history()


def test_a_large_notice_stops_by_itself_when_its_first_letters_fail(make: Make) -> None:
    with Sink() as sink:
        desk = make(sink.url, two_from=0, canary=5, canary_from=20, canary_minutes=0.0)
        desk.subscribe(40)
        sink.rcpt = {f"reader{n:03}@people.example": ["550 5.1.1 no such user"] for n in range(40)}
        number = desk.sent("opened")
        desk.run(lambda: eventually(lambda: desk.notice(number).state == "stopped"))
    reason = desk.notice(number).reason or ""
    assert reason.startswith("stopped by gateway: "), "by the first that failed, or by more"
    assert reason.endswith(" of 5 letters failed or bounced")
    assert "opened stopped" in desk.history()
    assert len(desk.letters()) == 5, "nobody else was written to"
    suppressed = {row.address for row in desk.announcing.suppressed()}
    assert suppressed
    assert suppressed <= {letter.recipient for letter in desk.letters()}


def test_who_unsubscribes_while_it_goes_out_is_not_written_to(make: Make) -> None:
    desk = make(two_from=0, canary=5, canary_from=20)
    desk.subscribe(40)
    number = desk.sent("opened")
    with desk.database.transaction() as session:
        subscribers.unsubscribe(session, "reader000@people.example")
        subscribers.refuse(session, "reader001@people.example", "mail")
        notice = session.get_one(NoticeRow, number)
        ticket = session.get_one(TicketRow, notice.ticket_id)
        desk.announcing.handing.hand_out(session, notice, ticket, 10)
    assert not {"reader000@people.example", "reader001@people.example"} & set(desk.told())
    reasons = {one.address: one.reason for one in desk.announcing.lines(number)}
    assert reasons["reader000@people.example"] == "unsubscribed since it was approved"
    assert reasons["reader001@people.example"] == "asked for no news"


def test_quiet_hours_end_in_the_zone_of_the_house_and_some_kinds_wake_people() -> None:
    settings = NoticeSettings(quiet="21:00-07:00", loud=("opened",))
    zone, night = "America/New_York", datetime(2026, 11, 25, 3, 30, tzinfo=UTC)  # 22:30 there
    morning = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert quiet_until(settings, zone, "update", night) == morning
    assert quiet_until(settings, zone, "opened", night) is None
    assert quiet_until(settings, zone, "update", morning) is None
    assert quiet_until(settings, zone, "update", morning - timedelta(seconds=1)) == morning


def test_in_quiet_hours_nothing_goes_out_unless_it_must(make: Make) -> None:
    now = datetime.now(ZoneInfo("America/New_York"))
    quiet = f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    desk = make(quiet=quiet)
    held = desk.notice(desk.sent("update"))
    assert (held.state, held.reason, desk.letters()) == ("sending", "quiet hours", [])
    assert desk.notice(desk.sent("opened")).state == "sent"
    urgent = desk.drafted("update")
    desk.announcing.approve(urgent, "fay")
    desk.announcing.send(urgent, "fay", at_once=True)
    assert desk.notice(urgent).state == "sent"


# --- the record ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell("ann@people.example") == "ann@people.example"


def test_the_record_says_who_was_told_why_and_whether_it_arrived(make: Make) -> None:
    with Sink() as sink:
        desk = make(sink.url)
        desk.reporter("ann@people.example")
        desk.reporter("stranger@people.example", answerable=False)
        number = desk.sent("update")
        desk.run(lambda: eventually(lambda: desk.outbox.counts()["sent"] == 3))
    found = {one.address: (one.result, one.why) for one in desk.announcing.lines(number)}
    assert found["ann@people.example"] == ("delivered to the relay", ("reporter", "group:Leads"))
    assert found["stranger@people.example"] == ("left out", ())
    record = desk.announcing.show(number)
    assert [(row.who, row.by) for row in record.approvals] == [("fay", "command")]
    assert (record.figures.sent, record.counts) == (3, {"written": 3, "left_out": 2})
