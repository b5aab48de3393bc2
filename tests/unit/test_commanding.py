"""Commands by mail: from a proven operator alone, once, confirmed where others hear of it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from gateway.config import OperatorSettings, TrustSettings
from gateway.incidents.commands import orders_of
from gateway.model import Message, utcnow
from gateway.store.tables import CommandRow, HistoryRow, LetterRow, MessageRow, TicketRow
from tests.unit.test_pipeline import ADDRESS, Desk, mail, open_desk, plain

ANN = "ann@agency.example"
PASS = "mx.gateway.example; dmarc=pass header.from=agency.example"
DATES = iter(range(10**6))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield from open_desk(
        f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}",
        trust=TrustSettings(authserv=("mx.gateway.example",)),
        operators=OperatorSettings(addresses=(ANN, "bob@agency.example")),
    )


def order(body: str, sender: str = ANN, subject: str = "Re: x", **fields: str) -> bytes:
    """A mail from an operator, whom our server vouches for; each at another second."""
    second = next(DATES)
    date = f"Wed, 25 Nov 2026 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} +0000"
    given = {
        "Authentication_Results": PASS,
        "Date": date,
        "Message_ID": f"<o{second}@agency.example>",
    }
    return mail(sender, subject, body, **{**given, **fields})


def report(desk: Desk, who: str) -> MessageRow:
    (row,) = desk.take(mail(who, Message_ID=f"<1.{who}>"))
    return row


def command(desk: Desk, who: str, body: str, **how: str) -> MessageRow:
    (row,) = desk.take(order(body, In_Reply_To=f"<1.{who}>", **how))
    return row


def ticket(desk: Desk, row: MessageRow) -> TicketRow:
    return desk.ticket(row).summary.ticket


def answers(desk: Desk, to: str = ANN) -> list[LetterRow]:
    with desk.gateway.database.read() as session:
        query = select(LetterRow).where(LetterRow.kind == "command", LetterRow.recipient == to)
        return list(session.exec(query.order_by(col(LetterRow.id))))


def answer(desk: Desk, to: str = ANN) -> str:
    return plain(answers(desk, to)[-1])


def commands(desk: Desk, row: MessageRow) -> list[CommandRow]:
    with desk.gateway.database.read() as session:
        query = select(CommandRow).where(CommandRow.message_id == row.id)
        return list(session.exec(query.order_by(col(CommandRow.id))))


def word(desk: Desk) -> str:
    found = re.search(r"#confirm ([0-9a-f]{20})", answer(desk))
    assert found is not None
    return found[1]


# --- read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("#severity high", ["severity high"], ""),
        ("\n  #severity high\n\n#services idme, mhv\nThanks",
         ["severity high", "service idme, mhv"],
         "Thanks"),
        ("#resolve\nIt works again.\nSorry.", ["resolve It works again.\nSorry."], ""),
        ("#resolve Done.\nThanks", ["resolve Done."], "Thanks"),
        ("#note TG-7 called them", ["note called them"], ""),
        ("#merge TG-5", ["merge TG-5"], ""),
        ("#SEVERITY: High", ["severity High"], ""),
        ("# a heading", [], "# a heading"),
        ("Please:\n#severity high", [], "Please:\n#severity high"),
        ("> #severity high", [], "> #severity high"),
        ("#oncall is on it", ["oncall is on it"], ""),
        ("", [], ""),
    ],
)  # fmt: skip
def test_only_the_first_lines_command(text: str, words: list[str], rest: str) -> None:
    found = orders_of(Message(raw_sha256="", reply_text=text))
    assert [f"{one.word} {one.argument}" for one in found.commands] == words
    assert found.rest == rest


# --- done ---------------------------------------------------------------------------------------


def test_several_commands_are_done_and_each_is_answered(desk: Desk, who: str) -> None:
    row = report(desk, who)
    done = command(
        desk,
        who,
        "#severity low\n#service mhv\n#assign me\n#note they called\n#disposition backlog\n",
    )
    found = ticket(desk, row)
    assert done.ticket_id == row.ticket_id
    assert (found.severity, found.services, found.owner, found.disposition) == (
        "low", ["mhv"], ANN, "backlog"
    )  # fmt: skip
    said = answer(desk)
    for wanted in ("#severity low: done.", "severity critical -> low", "#service mhv: done.",
                   "#assign me: done.", "#note they called: done."):  # fmt: skip
        assert wanted in said
    assert "What can be commanded" not in said
    lines = {(line.who, line.what, line.why) for line in desk.ticket(row).history}
    assert (ANN, "note", "they called") in lines
    assert len(desk.ticket(row).reporters) == 1
    assert desk.ticket(row).summary.messages == 2


def test_what_cannot_be_done_is_told_with_help_and_the_rest_is_done(desk: Desk, who: str) -> None:
    row = report(desk, who)
    command(
        desk,
        who,
        "#severty low\n#severity worst\n#assign nobody\n#merge TG-999999\n"
        "#service nope\n#severity low\n",
    )
    said = answer(desk)
    for wanted in ("there is no #severty; did you mean #severity?", "worst is no severity: ",
                   "nobody is no address and no owner", "no ticket TG-999999", "no service nope",
                   "#severity low: done.", "What can be commanded", "#handoff TEAM"):  # fmt: skip
        assert wanted in said
    assert (ticket(desk, row).severity, ticket(desk, row).owner) == ("low", "identity")
    assert [one.state for one in commands(desk, desk.ticket(row).messages[-1])] == [
        "refused"] * 5 + ["done"]  # fmt: skip


def test_help_needs_no_ticket_and_opens_none(desk: Desk) -> None:
    before = desk.rows(TicketRow)
    (row,) = desk.take(order("#help\n\n-- \nAnn\n", subject="hello"))
    assert (row.ticket_id, desk.rows(TicketRow)) == (None, before)
    letter = answers(desk)[-1]
    assert "#split: the message that you answer out" in plain(letter)
    assert f"Reply-To: {ADDRESS}" in letter.raw.decode()


def test_a_ticket_may_be_named_in_the_subject_or_the_command(desk: Desk, who: str) -> None:
    row = report(desk, who)
    ref = ticket(desk, row).ref
    (one,) = desk.take(order("#note by the subject\n", subject=f"about {ref}"))
    (other,) = desk.take(order(f"#note {ref} by the command\n", subject="x"))
    assert one.ticket_id == other.ticket_id == row.ticket_id
    (none,) = desk.take(order("#note nowhere\n", subject="x"))
    assert none.ticket_id is None
    assert "which ticket?" in answer(desk)


def test_a_report_that_an_operator_passes_on_opens_a_ticket_that_is_as_they_say(desk: Desk) -> None:
    body = (
        "#severity low\n\n---------- Forwarded message ---------\n"
        "From: Vera <vera@elsewhere.example>\n"
        "Date: Tue, Nov 17, 2026 at 9:02 AM\nSubject: VBMS\nTo: Ann <ann@agency.example>\n\n"
        "VBMS is down for everyone.\n"
    )
    (row,) = desk.take(order(body, subject="Fwd: VBMS"))
    assert ticket(desk, row).severity == "low"
    assert ticket(desk, row).pinned["severity"]["by"] == ANN


def test_two_become_one(desk: Desk, who: str) -> None:
    one, other = report(desk, who), report(desk, f"b{who}")
    command(desk, f"b{who}", f"#merge TG-{one.ticket_id}\n#note after it\n")
    assert desk.gateway.spool.find(other.trace).ticket_id == one.ticket_id
    history = desk.history(one)
    assert (f"TG-{other.ticket_id} merged into this", "commanded by mail") in history
    assert ("note", "after it") in history
    command(desk, who, f"#merge TG-{one.ticket_id}\n")
    assert "cannot become a part of itself" in answer(desk)


# --- only from whom it may come -----------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"Authentication_Results": "mx.gateway.example; dmarc=fail header.from=agency.example"},
        {"sender": "mallory@agency.example"},
        {"sender": "mallory@elsewhere.example",
         "Authentication_Results": "mx.gateway.example; dmarc=pass header.from=elsewhere.example"},
        {"List_Id": "<ops.lists.example>"},
        {"Auto_Submitted": "auto-replied"},
    ],
)  # fmt: skip
def test_who_may_not_command_does_nothing_and_a_person_is_asked(
    desk: Desk, who: str, how: dict[str, str]
) -> None:
    row = report(desk, who)
    token = ticket(desk, row).token
    before = len(answers(desk))
    to = ADDRESS.replace("@", f"+{token}@")
    (done,) = desk.take(order("#severity low\n#note x\n", To=to, **how))
    assert done.ticket_id == row.ticket_id
    assert (len(answers(desk)), ticket(desk, row).pinned) == (before, {})
    assert commands(desk, done) == []
    (line,) = [one for one in desk.ticket(row).history if one.what == "command not executed"]
    assert line.why.startswith("#severity low; #note x: ")
    assert ticket(desk, row).needs_review


def test_a_stranger_who_commands_is_answered_like_any_other(desk: Desk, who: str) -> None:
    words = "The page for claims is down for all of us since nine.\n"
    desk.take(mail(who, "Claims", f"#severity low\n{words}"), mail(f"b{who}", "Claims", words))
    one, other = (plain(desk.letters_to(address)[0]) for address in (who, f"b{who}"))
    numbers = re.compile(r"TG-\d+|\d+:\d+")
    assert numbers.sub("", one) == numbers.sub("", other)


def test_a_command_that_is_quoted_is_none(desk: Desk, who: str) -> None:
    row = report(desk, who)
    command(
        desk,
        who,
        "I would not.\n\nOn Wed, Nov 25, 2026 at 9:00 AM "
        "Bob <bob@agency.example> wrote:\n> #severity low\n",
    )
    assert ticket(desk, row).severity == "critical"


# --- once ---------------------------------------------------------------------------------------


def test_a_mail_that_comes_again_does_nothing_again(desk: Desk, who: str) -> None:
    row, other = report(desk, who), report(desk, f"b{who}")
    raw = order("#note once\n", In_Reply_To=f"<1.{who}>")
    token = ticket(desk, other).token
    (first,) = desk.take(raw)
    desk.gateway.spool.replay(first)
    desk.drained()
    # Whoever has the signed mail sends it to another ticket.
    desk.take(raw, recipients=(ADDRESS.replace("@", f"+{token}@"),))
    desk.take(raw.replace(b"<o", b"<p"))
    with desk.gateway.database.read() as session:
        notes = session.exec(select(HistoryRow).where(HistoryRow.why == "once")).all()
    assert [note.ticket_id for note in notes] == [row.ticket_id]
    keys = [one.key for one in answers(desk)]
    assert len(keys) == len(set(keys))


# --- confirmed ----------------------------------------------------------------------------------


def test_to_resolve_waits_for_a_word_and_then_is_done_once(desk: Desk, who: str) -> None:
    row = report(desk, who)
    asked = command(desk, who, "#resolve\nIt works again.\nSorry.\n")
    assert ticket(desk, row).state == "new"
    assert "#resolve It works again. Sorry.: waits for you." in answer(desk)
    secret = word(desk)
    (stored,) = commands(desk, asked)
    assert (stored.state, secret in str(stored)) == ("asks", False)
    desk.take(order(f"#confirm {secret}\n"))
    assert "is being done" in answer(desk)
    assert secret not in answer(desk)
    assert desk.gateway.timers.ring() == 1
    assert ticket(desk, row).state == "resolved"
    assert "#resolve: done." in answer(desk)
    desk.take(order(f"#confirm {secret}\n"))
    assert "not one of yours, or was used before" in answer(desk)
    assert desk.gateway.timers.ring() == 0
    assert [one.kind for one in desk.ticket(row).notices] == ["resolution"]


def test_what_a_crash_cut_off_is_found_done(desk: Desk, who: str) -> None:
    row = report(desk, who)
    asked = command(desk, who, "#resolve It works.\n")
    desk.take(order(f"#confirm {word(desk)}\n"))
    desk.gateway.announcing.resolve(str(row.ticket_id), "It works.", ANN)
    desk.gateway.timers.ring()
    assert commands(desk, asked)[0].state == "done"
    assert len(desk.ticket(row).notices) == 1


def two_on_one(desk: Desk, who: str) -> tuple[MessageRow, MessageRow]:
    first = report(desk, who)
    second = mail(who, "Re: x", "Payroll is down too.", In_Reply_To=f"<1.{who}>",
                  Message_ID=f"<2.{who}>")  # fmt: skip
    (row,) = desk.take(second)
    assert row.ticket_id == first.ticket_id
    return first, row


def test_a_message_is_split_off_by_an_answer_to_it(desk: Desk, who: str) -> None:
    first, second = two_on_one(desk, who)
    (asked,) = desk.take(order("#split\n", In_Reply_To=f"<2.{who}>"))
    assert "#split: under way." in answer(desk)
    assert desk.gateway.timers.ring() == 1
    moved = desk.gateway.spool.find(second.trace)
    assert moved.ticket_id not in {None, first.ticket_id}
    assert f"#split: done. TG-{first.ticket_id}: split off as TG-{moved.ticket_id}" in answer(desk)
    assert desk.gateway.spool.find(first.trace).ticket_id == first.ticket_id
    assert (ANN, f"split: TG-{moved.ticket_id}", "commanded by mail") in {
        (line.who, line.what, line.why) for line in desk.ticket(first).history
    }
    assert commands(desk, asked)[0].state == "done"


def test_a_message_is_split_off_by_its_trace(desk: Desk, who: str) -> None:
    first, second = two_on_one(desk, who)
    command(desk, who, f"#split {second.trace}\n")
    desk.gateway.timers.ring()
    assert desk.gateway.spool.find(second.trace).ticket_id != first.ticket_id


def test_a_split_that_a_crash_cut_off_is_found_done(desk: Desk, who: str) -> None:
    first, second = two_on_one(desk, who)
    desk.take(order("#split\n", In_Reply_To=f"<2.{who}>"))
    new = desk.gateway.regrouping.split(str(first.ticket_id), [second.trace], ANN)
    desk.gateway.timers.ring()
    assert f"split off as {new.ref}" in answer(desk)
    assert desk.gateway.spool.find(second.trace).ticket_id == new.id


def test_what_cannot_be_split_is_told(desk: Desk, who: str) -> None:
    row = report(desk, who)
    command(desk, who, "#split\n")
    assert "these are all the messages" in answer(desk)
    desk.take(order(f"#split TG-{row.ticket_id}\n"))
    assert "which message?" in answer(desk)
    assert desk.gateway.timers.ring() == 0


@pytest.mark.parametrize("other", ["bob@agency.example", "mallory@agency.example"])
def test_nobody_else_can_confirm(desk: Desk, who: str, other: str) -> None:
    row = report(desk, who)
    command(desk, who, "#resolve It works.\n")
    desk.take(order(f"#confirm {word(desk)}\n", sender=other))
    assert desk.gateway.timers.ring() == 0
    assert ticket(desk, row).state == "new"


def test_a_word_expires(desk: Desk, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = report(desk, who)
    command(desk, who, "#resolve It works.\n")
    secret = word(desk)
    later = utcnow() + timedelta(hours=2)
    monkeypatch.setattr(desk.gateway.commanding, "_clock", lambda: later)
    desk.take(order(f"#confirm {secret}\n"))
    assert "has expired" in answer(desk)
    assert ticket(desk, row).state == "new"


def test_how_it_stands_is_told_once_confirmed(desk: Desk, who: str) -> None:
    row = report(desk, who)
    command(desk, who, "#announce We work on it.\n")
    assert desk.ticket(row).notices == []
    desk.take(order(f"#confirm {word(desk)}\n"))
    desk.gateway.timers.ring()
    assert [one.kind for one in desk.ticket(row).notices] == ["update"]
    assert "#announce: done." in answer(desk)


def test_people_are_told_something_or_nothing_is_done(desk: Desk, who: str) -> None:
    report(desk, who)
    command(desk, who, "#resolve\n")
    assert "what are people to be told?" in answer(desk)


def test_a_ticket_is_handed_to_a_known_owner_alone(desk: Desk, who: str) -> None:
    row = report(desk, who)
    command(
        desk,
        who,
        "#handoff identity\n#handoff x@elsewhere.example\n#handoff desk@gateway.example yours\n",
    )
    said = answer(desk)
    assert "no address is known of Identity team" in said
    assert "x@elsewhere.example is neither an owner nor of ours" in said
    assert "handed to desk@gateway.example" in said
    assert ticket(desk, row).state == "handed_off"
