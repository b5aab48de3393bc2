"""People ask for news, say yes from their own address, change it and leave: by mail and by page."""

import email
import email.policy
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import col, select, update

from gateway.app import Gateway
from gateway.config import AnswerSettings, ConsoleSettings, Settings, TrustSettings, WorkerSettings
from gateway.errors import Permanent, Temporary
from gateway.incidents import subscribers
from gateway.incidents.subscribers import Choice
from gateway.model import Arrival, Envelope, utcnow
from gateway.readership import PER_ADDRESS, PER_HOUR
from gateway.store.tables import LetterRow, MessageRow, NewsRequestRow
from tests.integration.postfix import await_condition
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES

ADDRESS = "triage@gateway.example"
MX = "mx.gateway.example"


class House:
    """A gateway at work, to which people write."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.readership = gateway.readership

    def take(
        self, sender: str, subject: str = "", body: str = "", *, to: str = ADDRESS,
        verified: bool = True, **fields: str,
    ) -> MessageRow:  # fmt: skip
        domain = sender.rpartition("@")[2]
        verdict = "pass" if verified else "fail"
        head = {
            "Authentication-Results": f"{MX}; dmarc={verdict} header.from={domain}",
            "From": sender, "To": to, "Subject": subject,
            "Message-ID": f"<{random.getrandbits(60):x}@{domain}>",
        } | {name.replace("_", "-"): value for name, value in fields.items()}  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        envelope = Envelope(door="imap", sender=sender, recipients=(to,))
        arrival = Arrival(f"{lines}\r\n{body}".encode(), envelope)
        (receipt,) = self.gateway.spool.accept([arrival])
        await_condition(
            lambda: not self.gateway.spool.counts()["accepted"], "nothing waits any more"
        )
        return self.gateway.spool.find(receipt.trace)

    def letters(self, address: str) -> list[LetterRow]:
        with self.gateway.database.read() as session:
            query = select(LetterRow).where(LetterRow.recipient == address)
            return list(session.exec(query.order_by(col(LetterRow.id))))

    def kinds(self, address: str) -> list[str]:
        return [one.kind.removeprefix("subscription_") for one in self.letters(address)]

    def newest(self, address: str) -> EmailMessage:
        found = email.message_from_bytes(self.letters(address)[-1].raw, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def text(self, address: str) -> str:
        part = self.newest(address).get_body(("plain",))
        assert part is not None
        return " ".join(str(part.get_content()).split())

    def gets(self, address: str) -> list[str]:
        with self.gateway.database.read() as session:
            return [row.service for row in subscribers.of(session, address)]

    def refused(self, address: str) -> bool:
        with self.gateway.database.read() as session:
            return bool(subscribers.refused(session, [address]))

    def subscribed(self, address: str, *services: str, **choice: Any) -> str:
        """Somebody who subscribes already; returns their token."""
        with self.gateway.database.transaction() as session:
            consent = subscribers.Consent("page")
            subscribers.subscribe(session, address, Choice(services, **choice), consent)
        return self.readership.links.token(address)

    def request_token(self, address: str) -> str:
        """The token in the newest letter that asks back."""
        found = re.search(r"\+c-([0-9a-z-]+)@", self.newest(address)["Reply-To"])
        assert found
        return found[1]


@pytest.fixture(scope="module", params=STORES)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


def opened(url: str) -> Iterator[House]:
    settings = Settings(
        store=url, addresses=(ADDRESS,), workers=WorkerSettings(readers=0),
        answers=AnswerSettings(to="verified"), trust=TrustSettings(authserv=(MX,)),
        console=ConsoleSettings(url="https://news.example"),
    )  # fmt: skip
    with Gateway(settings) as gateway, gateway.work():
        yield House(gateway)


@pytest.fixture
def who() -> str:
    return f"person{random.getrandbits(40):x}@people.example"


# --- by mail -------------------------------------------------------------------------------------


def test_whoever_subscribes_by_mail_is_asked_back_and_gets_news_once_they_answer(
    house: House, who: str
) -> None:
    row = house.take(who, "subscribe idme, Login.gov outages weekly")
    assert row.ticket_id is None
    assert row.reason == "no ticket: asked for news: asked back"
    assert house.kinds(who) == ["confirm"]
    assert house.gets(who) == []
    asked = house.newest(who)
    assert asked["Auto-Submitted"] == "auto-replied"
    assert house.letters(who)[0].sender == ""  # a bounce of it goes nowhere
    assert "https://news.example/news/confirm/" in house.text(who)
    row = house.take(who, f"Re: {asked['Subject']}", "Yes\n", to=asked["Reply-To"])
    assert row.reason == "no ticket: news confirmed"
    assert house.gets(who) == ["idme", "logingov"]
    assert house.kinds(who) == ["confirm", "welcome"]
    with house.gateway.database.read() as session:
        (first, _) = subscribers.of(session, who)
    assert (first.wants, first.digest, first.consent_how) == ("outages", "weekly", "mail")
    assert first.consent_words.startswith("request ")
    house.take(who, "Re: again", "Yes\n", to=asked["Reply-To"])
    assert house.kinds(who) == ["confirm", "welcome"]


def test_a_vacation_notice_confirms_nothing(house: House, who: str) -> None:
    house.take(who, "subscribe idme")
    to = house.newest(who)["Reply-To"]
    row = house.take(who, "Out of office", "I am away.", to=to, Auto_Submitted="auto-replied")
    assert row.ticket_id is None
    assert house.gets(who) == []


def test_it_works_in_spanish_and_is_answered_in_it(house: House, who: str) -> None:
    house.take(who, "Suscribir idme mantenimiento")
    assert house.newest(who)["Subject"].startswith("Confirme, por favor")
    house.take(who, "Re:", "Sí\n", to=house.newest(who)["Reply-To"])
    assert "Desde ahora le escribimos" in house.text(who)
    house.take(who, "", "Baja\n")
    assert house.newest(who)["Subject"] == "No recibirá más noticias"
    assert (house.gets(who), house.refused(who)) == ([], True)


def test_help_and_list_say_what_one_gets_and_can_ask_for(house: House, who: str) -> None:
    house.subscribed(who, "idme", digest="daily")
    assert house.take(who, "list").reason == "no ticket: asked for list about news"
    assert "ID.me: outages and planned maintenance, once a day" in house.text(who)
    house.take(who, "", "help\n-- \nAda")
    assert "unsubscribe idme" in house.text(who)


def test_a_name_that_nobody_knows_is_answered_with_what_may_be_meant(
    house: House, who: str
) -> None:
    house.take(who, "subscribe idmee")
    assert "We know no service called “idmee”. Did you mean one of these? - ID.me (idme)" in (
        house.text(who)
    )
    assert house.gets(who) == []


def test_a_report_is_never_taken_for_a_request(house: House, who: str) -> None:
    row = house.take(who, "Help", "Nobody can sign in with Login.gov since nine this morning.\n")
    assert row.ticket_id is not None
    assert house.kinds(who) == ["acknowledgement"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Fwd: help", "ID.me is down"),
        ("help", "ID.me is down"),
        ("Help", "---------- Forwarded message ---------\nFrom: Bo <bo@people.example>\n"
         "Date: Tue, 24 Nov 2026 09:00:00 +0000\nSubject: Login\nTo: ada@people.example\n\n"
         "Login.gov shows an error for all of us.\n"),
        ("unsubscribe fails", "See above."),
        ("Fwd: unsubscribe", ""),
    ],
)  # fmt: skip
def test_what_may_be_a_report_is_filed(house: House, who: str, subject: str, text: str) -> None:
    assert house.take(who, subject, text).ticket_id is not None


def test_a_report_beside_a_token_is_filed(house: House, who: str) -> None:
    token = house.subscribed(who, "idme")
    row = house.take(who, f"unsubscribe {token}", "Login.gov is down, by the way.")
    assert row.ticket_id is not None
    assert house.gets(who) == []
    house.take(who, "subscribe idme")
    to = house.newest(who)["Reply-To"]
    row = house.take(who, "Re: x", "Yes.\nNobody here can sign in to Login.gov.\n", to=to)
    assert row.ticket_id is not None
    assert house.gets(who) == ["idme"]


def test_what_mail_programs_write_beside_a_token_is_no_report(house: House, who: str) -> None:
    token = house.subscribed(who, "idme")
    text = "This message was automatically generated by the mail program."
    assert house.take(who, f"unsubscribe {token}", text).ticket_id is None


def test_a_request_with_a_report_below_it_is_acted_upon_and_filed(house: House, who: str) -> None:
    house.subscribed(who, "idme")
    text = "unsubscribe idme\nBy the way: nobody can sign in with Login.gov since nine today.\n"
    row = house.take(who, "News", text)
    assert row.ticket_id is not None
    assert house.gets(who) == []
    assert sorted(house.kinds(who)) == ["acknowledgement", "goodbye"]


def test_one_service_is_left_and_the_others_stay(house: House, who: str) -> None:
    house.subscribed(who, "idme", "vbms")
    row = house.take(who, "unsubscribe idme")
    assert row.reason == "no ticket: left our news about idme"
    assert (house.gets(who), house.refused(who)) == (["vbms"], False)
    assert "We no longer write to you about: - ID.me" in house.text(who)


def test_a_forged_mail_neither_subscribes_nor_unsubscribes_anybody(house: House, who: str) -> None:
    house.subscribed(who, "idme")
    row = house.take(who, "subscribe vbms", verified=False)
    assert row.reason == "no ticket: a request about news, not answered: its sender is not verified"
    assert house.letters(who) == []
    row = house.take(who, "unsubscribe", verified=False)
    assert row.reason == "no ticket: asked to leave our news: asked back"
    assert (house.gets(who), house.kinds(who)) == (["idme"], ["confirm"])
    house.take(who, "Re: x", "yes", to=house.newest(who)["Reply-To"], verified=False)
    assert (house.gets(who), house.refused(who)) == ([], True)


def test_the_token_of_a_letter_ends_all_news_whoever_carries_it(house: House, who: str) -> None:
    token = house.subscribed(who, "idme", "vbms")
    row = house.take(
        "robot@mail.example", f"unsubscribe {token}", "This was sent by a program.",
        verified=False, Auto_Submitted="auto-generated",
    )  # fmt: skip
    assert row.ticket_id is None
    assert (house.gets(who), house.refused(who)) == ([], True)


def test_lists_and_bounces_ask_for_nothing(house: House, who: str) -> None:
    house.subscribed(who, "idme")
    house.take(who, "unsubscribe", "unsubscribe", List_Id="<talk.lists.example>")
    assert house.gets(who) == ["idme"]


# --- nobody is bombed ----------------------------------------------------------------------------


def test_an_address_is_asked_back_few_times_a_day_however_often_it_is_given(
    house: House, who: str
) -> None:
    for _ in range(PER_ADDRESS + 3):
        house.readership.ask(who, Choice(("idme",)), "en")
        with house.gateway.database.transaction() as session:  # some time passes
            session.exec(
                update(NewsRequestRow)
                .where(col(NewsRequestRow.address) == who)
                .values(asked_at=utcnow() - timedelta(hours=2))
            )
    assert house.kinds(who) == ["confirm"] * PER_ADDRESS


def test_whoever_presses_twice_gets_one_letter(house: House, who: str) -> None:
    house.readership.ask(who, Choice(("idme",)), "en")
    house.readership.ask(who.upper(), Choice(("vbms",)), "en")
    assert house.kinds(who) == ["confirm"]


def test_a_flood_of_addresses_is_stopped(store_gateway: House) -> None:
    readership = store_gateway.readership
    with store_gateway.gateway.database.transaction() as session:
        for number in range(PER_HOUR):
            session.add(
                NewsRequestRow(
                    number=f"n{number}", address=f"p{number}@x.example", how="page",
                    asked_at=utcnow(), expires_at=utcnow(),
                )
            )  # fmt: skip
    with pytest.raises(Temporary, match="in an hour"):
        readership.ask("one@more.example", Choice(("idme",)), "en")
    assert store_gateway.letters("one@more.example") == []


@pytest.fixture
def store_gateway(tmp_path: Any) -> Iterator[House]:
    with Gateway(Settings(store=f"sqlite:///{tmp_path / 's.db'}", addresses=(ADDRESS,))) as gateway:
        yield House(gateway)


def test_what_is_no_address_or_service_is_refused(house: House) -> None:
    for address in ("nobody", "a b@x.example", "a@x.example\r\nBcc: b@x.example"):
        with pytest.raises(Permanent):
            house.readership.ask(address, Choice(("idme",)), "en")
    with pytest.raises(Permanent, match="no service nonesuch"):
        house.readership.ask("a@x.example", Choice(("nonesuch",)), "en")


# --- confirmed, changed, left by page -----------------------------------------------------------


def test_a_request_is_confirmed_by_its_link_once_and_in_time(house: House, who: str) -> None:
    house.readership.ask(who, Choice(("idme",)), "es")
    token = house.request_token(who)
    assert house.readership.waiting(token) is not None
    assert house.gets(who) == []  # looking is not saying yes
    assert house.readership.confirm(token) is not None
    assert house.readership.confirm(token) is not None
    assert (house.gets(who), house.kinds(who)) == (["idme"], ["confirm", "welcome"])
    with house.gateway.database.transaction() as session:
        session.exec(
            update(NewsRequestRow)
            .where(col(NewsRequestRow.address) == who)
            .values(expires_at=utcnow() - timedelta(seconds=1), confirmed_at=None)
        )
    assert house.readership.waiting(token) is house.readership.confirm(token) is None
    assert house.readership.confirm("0123456789abcdef-aaaaaaaaaaaaa") is None


def test_readers_see_and_change_what_they_get_and_nobody_elses(house: House, who: str) -> None:
    token = house.subscribed(who, "idme", "vbms")
    changed = house.readership.change(token, Choice(("vbms", "evss"), "outages", "weekly"), "es")
    assert changed is not None
    assert [(r.service, r.wants, r.digest, r.language) for r in changed.rows] == [
        ("evss", "outages", "weekly", "es"), ("vbms", "outages", "weekly", "es"),
    ]  # fmt: skip
    assert house.readership.mine(token[:-1]) is None
    assert house.readership.change("x" * 80, Choice(()), "en") is None


def test_leaving_stops_what_waits_in_the_outbox_and_is_taken_back_by_asking_again(
    house: House, who: str
) -> None:
    token = house.subscribed(who, "logingov")
    ticket = house.take("r" + who, "Login.gov", "Login.gov is down. Nobody can sign in.\n")
    house.gateway.announcing.resolve(str(ticket.ticket_id), "It works again.", "me")
    await_condition(lambda: bool(house.letters(who)), "the letter is written")
    (news,) = house.letters(who)
    assert (news.kind, news.state) == ("resolution", "held")
    left = house.readership.leave_by_page(token, None)
    assert left is not None
    assert (left.rows, left.refused) == ((), True)
    (news,) = house.letters(who)
    assert (news.state, news.reason) == ("stopped", "stopped by left our news")
    assert [one.state for one in house.letters("r" + who)] == ["held", "held"]
    house.take(who, "subscribe logingov")
    house.take(who, "Re:", "yes", to=house.newest(who)["Reply-To"])
    assert (house.gets(who), house.refused(who)) == (["logingov"], False)


def test_a_lost_link_is_sent_to_subscribers_and_nobody_else(house: House, who: str) -> None:
    house.readership.send_link(who)
    assert house.letters(who) == []
    token = house.subscribed(who, "idme")
    house.readership.send_link(who)
    assert f"https://news.example/news/mine/{token}" in house.text(who)
