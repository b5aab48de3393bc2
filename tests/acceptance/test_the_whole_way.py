"""A message's whole way, from a mail server's TCP connection to the answer at another's."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import APART, STORES, answering_house, store_of, without_spikes
from tests.acceptance.house import ADDRESS, House
from tests.acceptance.mails import bounce, mail
from tests.integration.sink import Sink

TICKET_KEYS = {
    "id", "ref", "title", "state", "event", "services", "severity", "reach", "people",
    "reporters", "messages", "windows", "created_at",
}  # fmt: skip


@pytest.fixture(scope="module", params=STORES)
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A running one for all tests here, each of which writes from addresses of its own."""
    folder: Path = tmp_path_factory.mktemp("house")
    with (
        store_of(request.param, folder) as url,
        Sink() as sink,
    ):
        house = answering_house(folder, url, sink)
        house.configure(matching=APART, data=without_spikes(folder))
        with house.running():
            yield house


@pytest.fixture
def who() -> str:
    """Somebody new."""
    return f"reporter{random.getrandbits(40):x}@people.example"


# --- filed and answered -------------------------------------------------------------------------


def test_a_message_is_filed_and_answered(gateway: House, who: str) -> None:
    before = gateway.ask("status")[0]
    title = f"Login.gov is down for {who}"
    gateway.take(mail(who, title, Message_ID="<first@people.example>"), who)
    answer = gateway.answer_to(who)

    (ticket,) = [one for one in gateway.ask("tickets") if one["title"] == title]
    assert ticket["event"] == "outage"
    assert ticket["services"] == ["logingov"]
    assert (ticket["state"], ticket["reporters"], ticket["messages"]) == ("new", 1, 1)

    assert answer["In-Reply-To"] == "<first@people.example>"
    assert answer["References"].split() == ["<first@people.example>"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert f"[{ticket['ref']}]" in answer["Subject"]
    assert answer["To"].addresses[0].addr_spec == who
    assert answer["Message-ID"].startswith(f"<{ticket['ref']}.")
    plain, html = answer.get_body(("plain",)), answer.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Login.gov" in plain.get_content()
    assert "Login.gov" in html.get_content()

    after = gateway.ask("status")[0]
    assert after["tickets"] == before["tickets"] + 1
    assert after["spool"]["done"] == before["spool"]["done"] + 1
    assert after["outbox"]["sent"] == before["outbox"]["sent"] + 1
    assert after["spool"]["accepted"] == 0
    assert after["oldest_unprocessed_s"] == 0
    assert [(door["name"], door["state"]) for door in after["doors"]] == [("smtp", "up")]


def test_a_letter_is_sent_with_the_null_sender(gateway: House, who: str) -> None:
    gateway.take(mail(who, "It does not work"), who)
    (letter,) = gateway.answers_to(who)
    assert letter.sender == ""


def test_the_ticket_line_has_the_keys_that_scripts_read(gateway: House, who: str) -> None:
    gateway.take(mail(who, "Login.gov is down"), who)
    gateway.await_settled()
    for line in gateway.ask("tickets"):
        assert line.keys() >= TICKET_KEYS
    (status,) = gateway.ask("status")
    assert status.keys() >= {"spool", "outbox", "tickets", "oldest_unprocessed_s", "doors"}
    assert set(status["spool"]) == {"accepted", "done", "held"}
    assert set(status["outbox"]) >= {"held", "queued", "sent", "failed"}


def test_the_history_tells_who_did_what_when_and_why(gateway: House, who: str) -> None:
    gateway.take(mail(who, f"Trouble of {who}"), who)
    gateway.await_settled()
    history = gateway.ticket_of(f"Trouble of {who}")["history"]
    assert [line["what"] for line in history] == ["opened", "acknowledged"]
    assert all(line["who"] == "gateway" and line["at"] for line in history)
    assert history[0]["why"]


# --- what belongs together ----------------------------------------------------------------------


def test_a_reply_lands_on_the_ticket_by_its_references(gateway: House, who: str) -> None:
    title = f"Sign-in of {who}"
    gateway.take(mail(who, title), who)
    answer = gateway.answer_to(who)
    chain = f"{answer['In-Reply-To']} {answer['Message-ID']}"
    gateway.take(mail(who, "Something else", "Works again, thanks.\n", References=chain), who)
    gateway.await_settled()
    ticket = gateway.ticket_of(title)
    assert ticket["messages"] == 2
    assert "message added" in [line["what"] for line in ticket["history"]]
    assert len(gateway.answers_to(who)) == 1, "one answer a person and ticket"


def test_a_reply_to_what_was_first_written_lands_on_the_ticket(gateway: House, who: str) -> None:
    title = f"Outage seen by {who}"
    gateway.take(mail(who, title, Message_ID=f"<begin.{who}>"), who)
    gateway.await_settled()
    other = f"second.{who}"
    reply = mail(other, f"RE: {title}", "For us too.\n", In_Reply_To=f"<begin.{who}>")
    gateway.take(reply, other)
    gateway.await_settled()
    ticket = gateway.ticket_of(title)
    assert ticket["reporters"] == 2
    assert len(gateway.answers_to(other)) == 1, "each person is answered once"


def test_a_reply_to_the_address_with_the_token_lands_on_the_ticket(
    gateway: House, who: str
) -> None:
    title = f"Portal of {who}"
    gateway.take(mail(who, title), who)
    reply_to = gateway.answer_to(who)["Reply-To"].addresses[0].addr_spec
    local, _, domain = ADDRESS.partition("@")
    assert reply_to.startswith(f"{local}+")
    assert reply_to.endswith(f"@{domain}")
    gateway.take(mail(who, "New subject", "And the app too.\n", To=reply_to), who, reply_to)
    gateway.await_settled()
    assert gateway.ticket_of(title)["messages"] == 2


def test_the_same_subject_alone_joins_nothing(gateway: House, who: str) -> None:
    title = f"Re: Login.gov is down, says {who}"
    gateway.take(mail(who, title), who)
    gateway.take(mail(f"other.{who}", title, "Login.gov is down here too.\n"), f"other.{who}")
    gateway.await_settled()
    assert [one["title"] for one in gateway.ask("tickets")].count(title) == 2


def test_a_token_that_was_never_given_out_opens_a_ticket_of_its_own(
    gateway: House, who: str
) -> None:
    local, _, domain = ADDRESS.partition("@")
    to = f"{local}+aaaaaaaaaaaaaaaa@{domain}"
    gateway.take(mail(who, f"Guess of {who}", To=to), who, to)
    gateway.await_settled()
    assert gateway.ticket_of(f"Guess of {who}")["messages"] == 1


# --- one message is one message -----------------------------------------------------------------


def test_a_message_by_two_doors_and_twice_is_one_message(
    gateway: House, who: str, tmp_path: Path
) -> None:
    raw = mail(who, f"Twice from {who}", Message_ID=f"<twice.{who}>")
    gateway.take(raw, who)
    gateway.take(
        b"Received: from mx.people.example; Tue, 17 Nov 2026 14:12:01 +0000\r\n" + raw, who
    )
    file = tmp_path / "twice.eml"
    file.write_bytes(raw.replace(b"\r\n", b"\n"))
    ingested = gateway.tell("ingest", file)
    assert (ingested["taken"], ingested["new"], ingested["already_known"]) == (1, 0, 1)

    (message,) = gateway.spooled(f"twice.{who}")
    doors = [arrival["door"] for arrival in gateway.arrivals(message["trace"])]
    assert doors == ["smtp", "smtp", "file"]
    assert gateway.ticket_of(f"Twice from {who}")["messages"] == 1
    assert len(gateway.answers_to(who)) == 1


def test_the_same_message_id_with_other_content_is_another_message(
    gateway: House, who: str
) -> None:
    same = f"<same.{who}>"
    gateway.take(mail(who, f"Same id {who}", "It is down.\n", Message_ID=same), who)
    gateway.take(mail(who, f"Same id {who}", "It works.\n", Message_ID=same), who)
    assert len(gateway.spooled(f"same.{who}")) == 2


def test_to_ingest_twice_changes_nothing(gateway: House, who: str, tmp_path: Path) -> None:
    for number in range(5):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(mail(f"n{number}.{who}", f"Number {number} of {who}"))
    first = gateway.tell("ingest", tmp_path)
    gateway.await_settled()
    before = gateway.ask("tickets"), gateway.ask("outbox", "list", "--limit", 1000)
    second = gateway.tell("ingest", tmp_path)
    gateway.await_settled()
    assert first["new"] == 5
    assert first["tickets"] == 5
    assert (second["taken"], second["new"], second["tickets"]) == (5, 0, 0)
    assert second["letters"] == {}
    assert (gateway.ask("tickets"), gateway.ask("outbox", "list", "--limit", 1000)) == before


# --- read and kept, never answered --------------------------------------------------------------

SILENT = {
    "an auto-reply": {"Auto_Submitted": "auto-replied"},
    "a vacation notice": {"Auto_Submitted": "auto-replied", "X_Auto_Response_Suppress": "All"},
    "a machine": {"Auto_Submitted": "auto-generated"},
    "list mail": {"List_Id": "Downtime <downtime.lists.example>", "Precedence": "list"},
    "bulk mail": {"Precedence": "bulk"},
}


@pytest.mark.parametrize("kind", SILENT)
def test_mail_of_machines_and_lists_is_kept_and_never_answered(
    gateway: House, who: str, kind: str
) -> None:
    gateway.take(mail(who, f"{kind} {who}", Message_ID=f"<silent.{who}>", **SILENT[kind]), who)
    (message,) = gateway.spooled(f"silent.{who}")
    assert message["state"] == "done"
    assert gateway.answers_to(who) == []


def test_list_mail_is_filed_like_any_other(gateway: House, who: str) -> None:
    title = f"Downtime of {who}"
    gateway.take(mail(who, title, **SILENT["list mail"]), f"bounces.{who}")
    gateway.await_settled()
    ticket = gateway.ticket_of(title)
    assert ticket["event"] == "outage"
    assert [line["what"] for line in ticket["history"]] == ["opened", "not answered"]


def test_the_null_sender_is_never_answered(gateway: House, who: str) -> None:
    gateway.take(mail(who, f"From nobody {who}"), "")
    gateway.await_settled()
    reasons = [line["why"] for line in gateway.ticket_of(f"From nobody {who}")["history"]]
    assert "its envelope sender is empty" in reasons
    assert gateway.answers_to(who) == []


def test_our_own_letter_that_comes_back_as_a_message_is_never_answered(
    gateway: House, who: str
) -> None:
    gateway.take(mail(who, f"Loop of {who}"), who)
    (letter,) = gateway.answers_to(who)
    gateway.take(letter.raw, "")
    gateway.await_settled()
    assert len(gateway.answers_to(who)) == 1
    assert gateway.answers_to(ADDRESS) == []


def test_the_bounce_of_our_letter_is_noted_on_that_letter(gateway: House, who: str) -> None:
    title = f"Unreachable {who}"
    gateway.take(mail(who, title), who)
    (letter,) = gateway.answers_to(who)
    tickets = gateway.ask("status")[0]["tickets"]
    report = bounce(letter.message_id, who)
    gateway.take(report, "")
    gateway.await_settled()

    (row,) = [one for one in gateway.ask("outbox", "list", "--limit", 1000)
              if one["message_id"] == letter.message_id]  # fmt: skip
    ledger = gateway.ask("outbox", "show", row["id"])[0]["ledger"]
    assert [line["what"] for line in ledger] == ["queued", "sending", "sent", "bounced"]
    assert ledger[-1]["detail"] == "hard: 550 5.1.1 User unknown"
    assert gateway.ask("status")[0]["tickets"] == tickets
    assert len(gateway.answers_to(who)) == 1


def test_a_bounce_of_nothing_we_sent_opens_no_ticket(gateway: House, who: str) -> None:
    tickets = gateway.ask("status")[0]["tickets"]
    gateway.take(bounce(f"strange.{who}", who), "")
    gateway.await_settled()
    assert gateway.ask("status")[0]["tickets"] == tickets


# --- what is refused at the door ----------------------------------------------------------------


def test_mail_for_others_is_refused(gateway: House, who: str) -> None:
    for other in ("president", "postmaster"):
        answer = gateway.post(mail(who, "Relay this"), who, f"{other}@elsewhere.example")
        assert answer[:3] == "550"


@pytest.mark.parametrize(
    "address", ["Postmaster", f"postmaster@{ADDRESS.partition('@')[2]}", '"triage"@gateway.example']
)
def test_the_postmaster_is_there_and_quotes_change_no_address(
    gateway: House, who: str, address: str
) -> None:
    gateway.take(mail(who, f"For whom it concerns {who}"), who, f"<{address}>")
    assert gateway.answer_to(who)["Subject"]
    assert gateway.ticket_of(f"For whom it concerns {who}")["messages"] == 1


def test_a_damaged_message_is_kept_read_and_filed(gateway: House, who: str) -> None:
    broken = (
        f"From: {who}\r\nSubject: =?utf-9?q?=ff?= broken {who}\r\nMessage-ID: <broken.{who}>\r\n"
        "Content-Type: multipart/mixed; boundary=never\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n--nev\r\n"
    ).encode() + b"\xff\xfe\x00Login.gov is down\r\n"
    gateway.take(broken, who)
    (message,) = gateway.spooled(f"broken.{who}")
    assert message["state"] == "done"
    assert message["raw_sha256"] == hashlib.sha256(broken).hexdigest()
