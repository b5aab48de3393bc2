"""The outbox against real servers and real deaths: kill -9, Postfix as relay, TLS, passwords."""

import asyncio
import signal
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr
from sqlmodel import col, select

from gateway.config import AnswerSettings, RelaySettings
from gateway.model import Address, Letter
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.schema import upgrade
from gateway.store.tables import LetterEventRow
from tests.integration.postfix import HOST, await_condition, running_postfix, why_not
from tests.integration.postgres import postgres_url
from tests.integration.sink import Sink

ROOT = Path(__file__).parents[2]
needs_postfix = [
    pytest.mark.needs_server("postfix"),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

# What a process of its own does: it sends until it is killed.
SENDING = """
import asyncio, sys
from gateway.config import AnswerSettings, RelaySettings
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.leases import this_process

async def main(url, relay, after_crash):
    settings = RelaySettings(url=relay, per_minute=9000, connections=4, after_crash=after_crash)
    outbox = Outbox(Database(url), settings, AnswerSettings(), this_process(), "gateway.example")
    await outbox.start()
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


def letter(number: int, recipient: str | None = None) -> Letter:
    message_id = f"TG-1.tok.{number}@gateway.example"
    return Letter(
        key=f"letter:{number}",
        kind="resolution",
        recipient=recipient or f"reader{number}@people.example",
        message_id=message_id,
        subject="Over",
        sender="bounces@gateway.example",
        raw=(
            f"From: triage@gateway.example\r\nMessage-ID: <{message_id}>\r\n"
            "Subject: Over\r\n\r\nIt is over.\r\n"
        ).encode(),
    )


def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    yield from opened(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_server("postgresql"))]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


def outbox_of(database: Database, url: str, **changes: Any) -> Outbox:
    password = changes.pop("password", None)
    settings = RelaySettings(url=url, **({"per_minute": 60_000, "timeout": 10} | changes))
    if password:
        settings = settings.model_copy(update={"password": SecretStr(password)})
    return Outbox(database, settings, AnswerSettings(), this_process(), "gateway.example")


def put(outbox: Outbox, *letters: Letter) -> None:
    with outbox._database.transaction() as session:
        outbox.enqueue(session, letters)


def run(outbox: Outbox, condition: Callable[[], Any]) -> None:
    """Let the outbox send until the condition holds."""

    async def main() -> None:
        await outbox.start()
        try:
            await asyncio.to_thread(await_condition, condition, "what the test waits for")
        finally:
            await outbox.stop()

    asyncio.run(main())


def all_sent(outbox: Outbox) -> Callable[[], bool]:
    return lambda: outbox.counts()["sent"] == sum(outbox.counts().values())


# --- kill -9 -------------------------------------------------------------------------------------


def sending_process(url: str, relay: str, after_crash: str) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", SENDING, url, relay, after_crash]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL)


def kill_while_sending(
    url: str, sink: Sink, letters: int, kills: int, after_crash: str = "repeat"
) -> None:
    for number in range(1, kills + 1):
        process = sending_process(url, sink.url, after_crash)
        try:
            seen = len(sink.received)
            target = min(letters, max(seen + 5, letters * number // (kills + 1)))
            sink.await_letters(target)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def cut_off(database: Database, what: str) -> Counter[int]:
    """How often the sending of a letter was cut off by a kill, by the ledger."""
    query = select(col(LetterEventRow.letter_id)).where(LetterEventRow.what == what)
    with database.read() as session:
        return Counter(session.exec(query))


def test_no_letter_is_lost_and_only_those_in_flight_are_repeated(database: Database) -> None:
    letters, kills = 300, 5
    with Sink() as sink:
        outbox = outbox_of(database, sink.url)
        put(outbox, *(letter(number) for number in range(1, letters + 1)))
        kill_while_sending(database.url, sink, letters, kills)
        run(outbox, all_sent(outbox))
        arrived = Counter(one.message_id for one in sink.received)
    assert set(arrived) == {letter(number).message_id for number in range(1, letters + 1)}
    repeated = cut_off(database, "repeated")
    assert sum(repeated.values()) <= kills * 4, "no more than were in flight"
    for number in range(1, letters + 1):
        assert arrived[letter(number).message_id] <= 1 + repeated[number]


def test_what_a_kill_cut_off_waits_for_a_person_if_that_is_the_policy(store: Database) -> None:
    letters, kills = 200, 3
    with Sink() as sink:
        outbox = outbox_of(store, sink.url, after_crash="hold")
        put(outbox, *(letter(number) for number in range(1, letters + 1)))
        kill_while_sending(store.url, sink, letters, kills, "hold")
        run(
            outbox,
            lambda: outbox.counts()["sent"] + outbox.counts()["held"] == letters,
        )
        arrived = Counter(one.message_id for one in sink.received)
        assert set(arrived.values()) == {1}, "nobody gets a letter twice"
        held = {row.message_id for row in outbox.listing("held", limit=letters)}
        missing = {letter(n).message_id for n in range(1, letters + 1)} - set(arrived)
        assert missing <= held
        assert len(held) <= kills * 4


def test_letters_enqueued_while_senders_die_arrive_too(store: Database) -> None:
    with Sink() as sink:
        outbox = outbox_of(store, sink.url)
        for round_ in range(3):
            put(outbox, *(letter(round_ * 100 + number) for number in range(1, 41)))
            process = sending_process(store.url, sink.url, "repeat")
            try:
                sink.await_letters(len(sink.received) + 10)
            finally:
                process.kill()
                process.wait()
        run(outbox, all_sent(outbox))
        assert len({one.message_id for one in sink.received}) == 120


# --- Postfix -------------------------------------------------------------------------------------


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def next_hop(sink: Sink) -> str:
    return f"[{HOST}]:{sink.port}"


class TestPostfixAsRelay:
    pytestmark = needs_postfix

    def test_letters_go_through(self, store: Database, sink: Sink) -> None:
        with running_postfix(relayhost=next_hop(sink)) as postfix:
            outbox = outbox_of(store, f"smtp://{HOST}:{postfix.port}")
            put(outbox, *(letter(number) for number in range(40)))
            run(outbox, all_sent(outbox))
            sink.await_letters(40)
        arrived = Counter(one.message_id for one in sink.received)
        assert arrived == Counter(letter(number).message_id for number in range(40))
        assert "queued as" in outbox.show(1).events[-1].detail

    def test_a_written_letter_arrives_whole(self, store: Database, sink: Sink) -> None:
        from gateway.letters import Letters

        letters = Letters(
            [ROOT / "templates"],
            sender="triage@gateway.example",
            name="Triage",
            organization="Example Agency",
            address="triage@gateway.example",
        )
        facts = {
            "text": "Señales: it is over.\n\n.one dot\nFrom here on", "subject": "x",
            "reporter": "Zoë", "services": [], "started": None, "ended": None,
            "reported_at": None, "why": "",
        }  # fmt: skip
        written = letters.write(
            "resolution",
            key="one",
            recipient=Address("zoe@people.example", "Zoë"),
            language="en",
            ref="TG-1",
            token="tok",
            facts=facts,
        )
        with running_postfix(relayhost=next_hop(sink)) as postfix:
            outbox = outbox_of(store, f"smtp://{HOST}:{postfix.port}")
            put(outbox, written)
            run(outbox, all_sent(outbox))
            sink.await_letters(1)
        assert sink.received[0].raw.endswith(written.raw)

    def test_later_no_and_yes_are_told_apart(self, store: Database, sink: Sink) -> None:
        access = (
            "check_recipient_access inline:{{later@people.example=450 4.2.1 busy}, "
            "{nobody@people.example=550 5.1.1 unknown}}, permit_mynetworks, reject"
        )
        first, second, third = "later@people.example", "nobody@people.example", "x@people.example"
        with running_postfix(
            relayhost=next_hop(sink), smtpd_recipient_restrictions=access
        ) as postfix:
            outbox = outbox_of(store, f"smtp://{HOST}:{postfix.port}", retry_seconds=0.2)
            put(outbox, letter(1, first), letter(2, second), letter(3, third))
            run(outbox, lambda: outbox.show(1).letter.attempts >= 2)
            later, nobody, sent = (outbox.show(number).letter for number in (1, 2, 3))
        assert (later.state, later.reason and later.reason[:9]) == ("queued", "450 4.2.1")
        assert (nobody.state, nobody.reason and nobody.reason[:9]) == ("failed", "550 5.1.1")
        assert sent.state == "sent"
        with running_postfix(relayhost=next_hop(sink)) as willing:
            outbox = outbox_of(store, f"smtp://{HOST}:{willing.port}")
            run(outbox, lambda: outbox.show(1).letter.state == "sent")
        sink.await_letters(2)
        assert sorted(sink.recipients) == sorted([first, third])

    def test_it_goes_away_and_comes_back(self, store: Database, sink: Sink) -> None:
        with running_postfix(relayhost=next_hop(sink)) as postfix:
            outbox = outbox_of(store, f"smtp://{HOST}:{postfix.port}")

            async def main() -> None:
                await outbox.start()
                try:
                    await asyncio.to_thread(away_and_back)
                finally:
                    await outbox.stop()

            def away_and_back() -> None:
                put(outbox, letter(1))
                outbox.wake()
                await_condition(all_sent(outbox), "the first letter goes")
                postfix.stop()
                put(outbox, *(letter(number) for number in range(2, 12)))
                outbox.wake()
                await_condition(lambda: outbox.health().state == "paused", "the sender pauses")
                assert outbox.counts()["queued"] == 10
                postfix.start()
                await_condition(all_sent(outbox), "the others go when it is back")

            asyncio.run(main())
            sink.await_letters(11)
        assert len({one.message_id for one in sink.received}) == len(sink.received) == 11
        assert {row.attempts for row in outbox.listing()} == {1}

    def test_starttls_is_used_and_its_certificate_verified(
        self, store: Database, sink: Sink, tmp_path: Path
    ) -> None:
        authority = trustme.CA()
        ca_file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(ca_file)
        pem = tmp_path / "server.pem"
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(pem)
        with running_postfix(
            relayhost=next_hop(sink),
            smtpd_tls_chain_files=str(pem),
            smtpd_tls_security_level="encrypt",
            smtpd_tls_loglevel="1",
        ) as postfix:
            url = f"smtp://{HOST}:{postfix.port}"
            stranger = outbox_of(store, url, starttls="required")
            put(stranger, letter(1))
            run(stranger, lambda: "certificate" in stranger.health().detail)
            assert stranger.counts()["queued"] == 1
            known = outbox_of(store, url, starttls="required", ca_file=ca_file)
            run(known, all_sent(known))
            put(known, letter(2))
            opportunistic = outbox_of(store, url)
            run(opportunistic, all_sent(opportunistic))
            postfix.await_log("TLS connection established")
            sink.await_letters(2)

    def test_without_starttls_nothing_goes_in_the_clear_if_it_is_required(
        self, store: Database
    ) -> None:
        with running_postfix() as postfix:
            outbox = outbox_of(store, f"smtp://{HOST}:{postfix.port}", starttls="required")
            put(outbox, letter(1))
            run(outbox, lambda: "does not offer STARTTLS" in outbox.health().detail)
            assert outbox.counts()["queued"] == 1
            assert postfix.queue() == []


# --- TLS from the start, passwords ---------------------------------------------------------------


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for this host, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    return context, ca_file


def test_implicit_tls_verifies_the_relay(store: Database, tls: tuple[ssl.SSLContext, Path]) -> None:
    context, ca_file = tls
    with Sink(tls=context, smtps=True) as sink:
        url = f"smtps://{HOST}:{sink.port}"
        stranger = outbox_of(store, url)
        put(stranger, letter(1))
        run(stranger, lambda: "certificate" in stranger.health().detail)
        assert sink.received == []
        known = outbox_of(store, url, ca_file=ca_file)
        run(known, all_sent(known))
        assert [one.tls for one in sink.received] == [True]


def test_a_password_opens_the_relay(
    store: Database, tls: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    context, ca_file = tls
    settings = {
        "user": "gateway", "password_file": tmp_path / "unused", "starttls": "required",
        "ca_file": ca_file,
    }  # fmt: skip
    with Sink(tls=context, password="open sesame") as sink:
        wrong = outbox_of(store, sink.url, password="open barley", **settings)
        put(wrong, letter(1))
        run(wrong, lambda: "answers 535" in wrong.health().detail)
        assert "barley" not in wrong.health().detail
        right = outbox_of(store, sink.url, password="open sesame", **settings)
        run(right, all_sent(right))
        assert sink.logins >= 2


def test_a_password_never_goes_in_the_clear_beyond_this_host(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback is treated as a stranger: a real other host is not to be had in a test.
    monkeypatch.setattr("gateway.outbox.relay.LOOPBACK", set())
    with Sink(password="open sesame") as sink:
        outbox = outbox_of(
            store, sink.url, user="gateway", password_file=tmp_path / "unused", password="x"
        )
        put(outbox, letter(1))
        run(outbox, lambda: "unprotected" in outbox.health().detail)
        assert sink.logins == 0
