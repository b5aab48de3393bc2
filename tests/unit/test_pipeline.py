"""The first story on a real store: what a batch of messages becomes, in one transaction."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from gateway.app import Gateway
from gateway.config import AnswerSettings, Settings, WorkerSettings, shipped
from gateway.dispatcher import Dispatcher
from gateway.engine import Engine
from gateway.incidents.candidates import Mode
from gateway.incidents.tickets import TicketDetails
from gateway.letters import Letters
from gateway.model import Arrival, Envelope
from gateway.pipeline import Pipeline
from gateway.readers import Readers
from gateway.spool import Claim
from gateway.store.tables import LetterRow, MessageRow, ReporterRow, TicketRow
from gateway.trust import Judge
from tests.integration.postfix import await_condition
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES

ADDRESS = "triage@gateway.example"
OUTAGE = "Login.gov is down. Nobody can sign in with it since nine this morning.\n"


class Desk:
    """The pipeline with all its parts, working in this process; nobody is sent anything."""

    def __init__(self, gateway: Gateway, matching: Mode = "off") -> None:
        self.gateway = gateway
        settings = gateway.settings
        readers = Readers(0, shipped("data"), settings.data, settings.zone)
        engine = Engine(gateway.database, gateway.owner)
        self.pipeline = Pipeline(
            spool=gateway.spool,
            engine=engine,
            readers=readers,
            outbox=gateway.outbox,
            letters=gateway._letters,
            # The tests share one store, and nearly all their mail tells of one outage: what
            # joins by its content is tested on days of its own (test_matching), by the whole way
            # (tests/night) and at the command line.
            rules=replace(gateway.house_rules(), matching=matching),
            workers=settings.workers,
            answers=settings.answers,
            addresses=settings.addresses,
            return_paths=gateway.return_paths,
            judge=Judge(settings.authserv),
            maintenance=gateway._maintenance,
            handoffs=gateway.handoffs,
            commanding=gateway.commanding,
        )
        self.dispatcher = Dispatcher(
            spool=gateway.spool,
            engine=engine,
            process=self.pipeline.process,
            workers=settings.workers,
            owner=gateway.owner,
        )
        gateway._dispatcher = self.dispatcher  # so that it hears of what comes in
        self.dispatcher.start()

    def take(self, *raws: bytes, **envelope: Any) -> list[MessageRow]:
        """Take messages in together, work them off, and say what became of each."""
        given = {"door": "smtp", "sender": "someone@people.example", "recipients": (ADDRESS,)}
        arrivals = [Arrival(raw, Envelope(**(given | envelope))) for raw in raws]
        receipts = self.gateway.spool.accept(arrivals)
        self.drained()
        return [self.gateway.spool.find(receipt.trace) for receipt in receipts]

    def drained(self) -> None:
        """Until nothing waits any more: every message is done or held."""
        await_condition(
            lambda: not self.gateway.spool.counts()["accepted"], "nothing waits any more"
        )

    def ticket(self, row: MessageRow) -> TicketDetails:
        return self.gateway.tickets.details(str(row.ticket_id))

    def history(self, row: MessageRow) -> list[tuple[str, str]]:
        return [(line.what, line.why) for line in self.ticket(row).history]

    def letters_to(self, address: str) -> list[LetterRow]:
        with self.gateway.database.read() as session:
            query = select(LetterRow).where(LetterRow.recipient == address)
            return list(session.exec(query.order_by(col(LetterRow.id))))

    def rows(self, table: Any) -> int:
        with self.gateway.database.read() as session:
            return len(session.exec(select(table)).all())


@pytest.fixture(scope="module", params=STORES)
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    if request.param == "sqlite":
        yield from open_desk(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from open_desk(url)


def open_desk(url: str, **more: Any) -> Iterator[Desk]:
    given: dict[str, Any] = {
        "store": url,
        "addresses": (ADDRESS,),
        "answers": AnswerSettings(to="anyone"),
        "workers": WorkerSettings(readers=0),
    }
    settings = Settings(**given, **more)
    with Gateway(settings) as gateway:
        desk = Desk(gateway)
        yield desk
        desk.dispatcher.stop()


def mail(sender: str, subject: str = "Login.gov", body: str = OUTAGE, **fields: str) -> bytes:
    head = {"From": sender, "To": ADDRESS, "Subject": subject} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{lines}\r\n{body}".encode()


# --- filed --------------------------------------------------------------------------------------


def test_a_message_opens_a_ticket_and_is_acknowledged(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    details = desk.ticket(row)
    assert (row.state, row.subject, row.message_id) == ("done", "Login.gov", f"1.{who}")
    assert row.reading is not None
    assert row.reading["event"] == details.summary.ticket.event == "outage"
    assert [line.what for line in details.history] == ["opened", "acknowledged"]
    (letter,) = desk.letters_to(who)
    assert letter.ticket_id == row.ticket_id
    assert letter.trace == row.trace
    assert letter.key == f"acknowledgement:{row.ticket_id}:{who}"
    assert letter.state == "held"


def test_a_thread_that_comes_in_one_batch_is_one_ticket(desk: Desk, who: str) -> None:
    first = mail(who, Message_ID=f"<1.{who}>")
    reply = mail(f"b{who}", "Re: Login.gov", "Same here.\n", In_Reply_To=f"<1.{who}>")
    other = mail(f"c{who}", "Fw: Login.gov", "And here.\n", References=f"<0.{who}> <1.{who}>")
    rows = desk.take(first, reply, other)
    assert len({row.ticket_id for row in rows}) == 1
    assert desk.ticket(rows[0]).summary.reporters == 3


def test_a_reply_that_comes_before_what_it_answers_lands_with_it(desk: Desk, who: str) -> None:
    (reply,) = desk.take(mail(who, "Re: x", In_Reply_To=f"<1.{who}>", Message_ID=f"<2.{who}>"))
    (first,) = desk.take(mail(f"b{who}", Message_ID=f"<1.{who}>"))
    assert reply.ticket_id == first.ticket_id


def test_two_replies_to_what_we_never_saw_are_one_ticket(desk: Desk, who: str) -> None:
    rows = desk.take(
        mail(who, "Re: x", In_Reply_To=f"<unseen.{who}>"),
        mail(f"b{who}", "Re: x", In_Reply_To=f"<unseen.{who}>"),
    )
    assert rows[0].ticket_id == rows[1].ticket_id


def test_another_copy_of_a_message_lands_on_its_ticket(desk: Desk, who: str) -> None:
    same = {"Message_ID": f"<same.{who}>"}
    (one,) = desk.take(mail(who, body="It is down.\n", **same))
    (copy,) = desk.take(mail(who, body="It is down.\n-- \nlist footer\n", **same))
    assert one.ticket_id == copy.ticket_id
    assert len(desk.letters_to(who)) == 1


def test_each_person_gets_one_acknowledgement_a_ticket(desk: Desk, who: str) -> None:
    (first,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    desk.take(
        mail(who, "Re: x", "More.\n", In_Reply_To=f"<1.{who}>"),
        mail(who.upper(), "Re: x", "And more.\n", In_Reply_To=f"<1.{who}>"),
    )
    assert len(desk.letters_to(who)) == 1
    assert desk.ticket(first).summary.reporters == 1
    (other,) = desk.take(mail(who, "Something else", "VBMS is slow today.\n"))
    assert other.ticket_id != first.ticket_id
    assert len(desk.letters_to(who)) == 2


def test_whose_report_is_passed_on_is_a_reporter_but_gets_no_letter(desk: Desk, who: str) -> None:
    passed_on = (
        "Please see below.\n\n---------- Forwarded message ---------\n"
        "From: Vera Lind <vera@elsewhere.example>\nDate: Tue, Nov 17, 2026 at 9:02 AM\n"
        "Subject: Login.gov\nTo: Ann <ann@people.example>\n\n" + OUTAGE
    )
    (row,) = desk.take(mail(who, "Fwd: Login.gov", passed_on))
    reporters = {one.address: one.answerable for one in desk.ticket(row).reporters}
    assert reporters == {who: True, "vera@elsewhere.example": False}
    assert desk.letters_to("vera@elsewhere.example") == []


def test_an_answer_to_our_acknowledgement_lands_on_the_ticket(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    (letter,) = desk.letters_to(who)
    (reply,) = desk.take(mail(who, "Aw:", "Danke.\n", References=f"<{letter.message_id}>"))
    assert reply.ticket_id == row.ticket_id
    assert "it carries the ticket's token" in [why for _, why in desk.history(row)]


def test_a_token_in_the_envelope_alone_is_enough(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    token = desk.ticket(row).summary.ticket.token
    to = f"triage+{token}@gateway.example"
    (reply,) = desk.take(mail(who, "x", "By the way.\n"), recipients=(to,))
    assert reply.ticket_id == row.ticket_id


def test_the_subject_joins_nothing(desk: Desk, who: str) -> None:
    (one,) = desk.take(mail(who))
    ref = desk.ticket(one).summary.ticket.ref
    (other,) = desk.take(mail(f"b{who}", f"Re: Login.gov [{ref}]"))
    assert one.ticket_id != other.ticket_id


def plain(letter: LetterRow) -> str:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    part = message.get_body(("plain",))  # type: ignore[attr-defined]  # an EmailMessage
    return " ".join(part.get_content().split())


def test_the_answer_to_a_short_follow_up_speaks_of_the_ticket(desk: Desk, who: str) -> None:
    (first,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    desk.take(mail(f"b{who}", "Re: Login.gov", "Same here.\n", In_Reply_To=f"<1.{who}>"))
    (letter,) = desk.letters_to(f"b{who}")
    said = plain(letter)
    assert desk.ticket(first).summary.ticket.severity == "critical"
    assert "something does not work at all" in said
    assert "Affected: Login.gov" in said
    assert "We rank this as critical" in said
    assert "You need not do anything" not in said
    assert "what happened" not in said, "the ticket knows it"


@pytest.mark.parametrize(
    ("body", "state", "asks"),
    [
        ("It is still down.\n", "investigating", True),
        ("It works again, thank you.\n", "resolved", False),
    ],
)
def test_a_reply_after_the_end_is_on_the_history_and_reopens_if_it_reports_trouble(
    desk: Desk, who: str, body: str, state: str, asks: bool
) -> None:
    (first,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    desk.gateway.announcing.resolve(str(first.ticket_id), "It works again.", "eve")
    desk.take(mail(f"b{who}", "Re: Login.gov", body, In_Reply_To=f"<1.{who}>"))
    ticket = desk.ticket(first).summary.ticket
    assert (ticket.state, ticket.needs_review) == (state, asks)
    lines = dict(desk.history(first))
    assert "it reads as" in lines["somebody wrote after it was resolved"]
    assert ("state resolved -> investigating" in lines) == asks
    (letter,) = desk.letters_to(f"b{who}")
    assert ("we opened it again" in plain(letter)) == asks
    assert ("which was marked as resolved" in plain(letter)) != asks


# --- kept, without a ticket or an answer --------------------------------------------------------


def test_an_auto_reply_to_our_letter_is_noted_on_its_ticket(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    (letter,) = desk.letters_to(who)
    before = desk.ticket(row).summary.ticket
    away = mail(who, "Automatic reply: x", "I am away. Nothing works here, all is down.\n",
                Auto_Submitted="auto-replied", In_Reply_To=f"<{letter.message_id}>")  # fmt: skip
    (echo,) = desk.take(away, sender="")
    assert echo.ticket_id == row.ticket_id
    after = desk.ticket(row)
    assert after.summary.ticket.updated_at == before.updated_at
    assert "automatic reply (vacation) received" in [line.what for line in after.history]
    assert len(desk.letters_to(who)) == 1


def test_an_auto_reply_to_nothing_opens_no_ticket(desk: Desk, who: str) -> None:
    tickets = desk.rows(TicketRow)
    away = mail(who, "Automatic reply: x", "I am away.\n", Auto_Submitted="auto-replied")
    (row,) = desk.take(away, sender="")
    assert (row.state, row.ticket_id, row.reason) == ("done", None, "no ticket: vacation")
    assert desk.rows(TicketRow) == tickets


def test_whoever_has_no_address_is_filed_and_not_answered(desk: Desk) -> None:
    reporters = desk.rows(ReporterRow)
    (row,) = desk.take(mail("somebody"))
    assert (row.state, desk.history(row)[1]) == (
        "done", ("not answered", "it has no address to answer to"),
    )  # fmt: skip
    assert desk.rows(ReporterRow) == reporters


@pytest.mark.parametrize("sender", ['"a b"@people.example', "ann@" + "a" * 260 + ".example"])
def test_whoever_cannot_be_written_to_is_filed_and_not_answered(desk: Desk, sender: str) -> None:
    (row,) = desk.take(mail(sender))
    assert row.state == "done", row.reason
    assert ("not answered", "no mail can be sent to its address") in desk.history(row)
    (reporter,) = desk.ticket(row).reporters
    assert not reporter.answerable


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff\xfe", b"\r\n", b"Subject: only\r\n", b"From: x\r\n" * 2000, b"nothing at all"],
    ids=["empty", "binary", "blank", "header only", "many fields", "no header"],
)
def test_any_bytes_are_filed(desk: Desk, raw: bytes) -> None:
    (row,) = desk.take(raw, sender="")
    assert row.state == "done", row.reason


# --- all or nothing -----------------------------------------------------------------------------


def test_a_batch_that_is_run_twice_writes_once(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    before = desk.rows(TicketRow), desk.rows(LetterRow), desk.history(row)
    desk.pipeline.process(Claim("of another time", (row.id or 0,)))
    assert (desk.rows(TicketRow), desk.rows(LetterRow), desk.history(row)) == before


def test_a_failure_at_the_very_end_leaves_nothing_behind(
    desk: Desk, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.rows(TicketRow), desk.rows(LetterRow), desk.rows(ReporterRow)
    enqueue, failures = desk.gateway.outbox.enqueue, [RuntimeError("the last moment")]

    def fail(session: Session, *arguments: Any, **options: Any) -> int:
        added = enqueue(session, *arguments, **options)
        if failures:
            seen.append(tuple(len(session.exec(select(t)).all()) for t in (TicketRow, LetterRow)))
            raise failures.pop()
        return added

    seen: list[Any] = []
    monkeypatch.setattr(desk.gateway.outbox, "enqueue", fail)
    (row,) = desk.take(mail(who))
    assert seen == [(before[0] + 1, before[1] + 1)], "there was something to be lost"
    assert row.state == "done"
    after = desk.rows(TicketRow), desk.rows(LetterRow), desk.rows(ReporterRow)
    assert after == tuple(number + 1 for number in before)


def test_a_message_whose_letter_cannot_be_written_is_filed_all_the_same(
    desk: Desk, who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acknowledgement.en.txt").write_text("Subject: x\n\n{{ nobody_knows }}\n")
    broken = Letters([tmp_path], sender=ADDRESS, name="T", organization="us", address=ADDRESS)
    with monkeypatch.context() as patch:
        patch.setattr(desk.pipeline, "_letters", broken)
        (row,) = desk.take(mail(who))
    assert row.state == "done"
    (why,) = [why for what, why in desk.history(row) if what == "not answered"]
    assert "template acknowledgement.en" in why
    assert desk.letters_to(who) == []


def test_a_replay_keeps_the_ticket_and_answers_nobody_again(desk: Desk, who: str) -> None:
    (row,) = desk.take(mail(who))
    desk.gateway.spool.replay(row)
    desk.drained()
    again = desk.gateway.spool.find(row.trace)
    assert (again.state, again.ticket_id) == ("done", row.ticket_id)
    assert ("message read again", "") in desk.history(row)
    assert len(desk.letters_to(who)) == 1
