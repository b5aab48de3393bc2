"""The IMAP door against a real Dovecot."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from gateway.config import ImapSettings, OAuthSettings, imap_secrets
from gateway.doors.imap import ImapDoor, try_mailbox
from gateway.errors import Temporary
from gateway.model import Cursor, Custody
from gateway.spool import Spool
from gateway.store.database import Database
from gateway.store.schema import upgrade
from tests.integration.dovecot import PASSWORD, USER, Dovecot, running_dovecot, why_not
from tests.integration.postfix import await_condition
from tests.unit.doors.memory_custody import MemoryCustody

pytestmark = [
    pytest.mark.needs_server("dovecot"),
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
]


@pytest.fixture(scope="module")
def shared() -> Iterator[Dovecot]:
    """One server for the tests that neither stop nor configure it; each has a folder of its own."""
    with running_dovecot() as dovecot:
        yield dovecot


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture
def folder(shared: Dovecot, request: pytest.FixtureRequest) -> str:
    name: str = request.node.name[:60]
    with shared.session() as client:
        client.create_folder(name)
    return name


def message(number: int, size: int = 0) -> bytes:
    filler = b"x" * 70 + b"\r\n"
    return (
        b"Return-Path: <reporter@agency.example>\r\nFrom: reporter@agency.example\r\n"
        b"Subject: report %d\r\nMessage-ID: <%d@agency.example>\r\n\r\nIt is down.\r\n"
        % (number, number)
    ) + filler * (size // len(filler))


def mailbox(
    dovecot: Dovecot, secret: Path, folder: str = "INBOX", *, tls: bool = False, **more: Any
) -> ImapSettings:
    port = dovecot.tls_port if tls else dovecot.port
    url = f"{'imaps' if tls else 'imap'}://{USER}@127.0.0.1:{port}/{quote(folder)}"
    box = {"password_file": secret, "timeout": 10.0, "poll_seconds": 0.1, **more}
    return imap_secrets(ImapSettings(url=url, **box))


@contextmanager
def running(settings: ImapSettings, custody: Custody, owner: str = "one") -> Iterator[ImapDoor]:
    door = ImapDoor(
        settings, custody, owner, "triage@agency.example", lease_seconds=3.0, pauses=(0.05, 0.2)
    )
    asyncio.run(door.start())
    try:
        yield door
    finally:
        asyncio.run(door.stop())


def await_messages(custody: MemoryCustody, *numbers: int) -> None:
    wanted = {message(number) for number in numbers}
    await_condition(lambda: wanted <= set(custody.bodies), f"messages {numbers}")


def await_position(custody: Custody, settings: ImapSettings, uid: int) -> Cursor:
    def there() -> Cursor | None:
        cursor = custody.cursor(settings.name)
        return cursor if cursor is not None and cursor.uid == uid else None

    cursor: Cursor = await_condition(
        there, f"a cursor at {uid}, not {custody.cursor(settings.name)}"
    )
    return cursor


# --- the main thing ----------------------------------------------------------------------


def test_idle_brings_a_new_message_in_at_once(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    # An hour between polls: what comes within the test's patience was told by IDLE.
    settings = mailbox(shared, password_file, folder, poll_seconds=3600)
    with running(settings, custody) as door:
        await_position(custody, settings, 0)
        for number in (1, 2, 3):
            shared.deliver(message(number), folder)
            await_messages(custody, number)
        await_position(custody, settings, 3)
        health = door.health()
    assert [arrival.raw for arrival in custody.arrivals] == [message(1), message(2), message(3)]
    envelope = custody.arrivals[0].envelope
    assert envelope.door == f"imap:{settings.name}"
    assert envelope.sender == "reporter@agency.example"
    assert envelope.recipients == ("triage@agency.example",)
    assert (health.state, health.detail, health.accepted) == ("up", "", 3)
    assert door.health().state == "down"


def test_a_server_without_idle_is_polled(password_file: Path) -> None:
    custody = MemoryCustody()
    with running_dovecot(imap_capability="IMAP4rev1 UIDPLUS LITERAL+") as dovecot:
        settings = mailbox(dovecot, password_file)
        with running(settings, custody) as door:
            await_position(custody, settings, 0)
            await_condition(lambda: "no IDLE" in door.health().detail, "its word")
            dovecot.deliver(message(1))
            await_messages(custody, 1)
            dovecot.deliver(message(2))
            await_messages(custody, 2)


def test_idle_is_renewed_and_its_lease_with_it(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    settings = mailbox(shared, password_file, folder, idle_seconds=0.2)
    renewals: list[str] = []

    class Watched(MemoryCustody):
        def acquire(self, name: str, owner: str, seconds: float) -> bool:
            renewals.append(name)
            return super().acquire(name, owner, seconds)

    custody = Watched()
    with running(settings, custody):
        await_condition(lambda: len(renewals) >= 3, "three renewals of the lease")
        shared.deliver(message(1), folder)
        await_messages(custody, 1)


# --- where reading begins ----------------------------------------------------------------


def test_the_first_connect_begins_at_now(shared: Dovecot, password_file: Path, folder: str) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    shared.deliver(message(1), folder)
    with running(settings, custody):
        await_position(custody, settings, 1)
        shared.deliver(message(2), folder)
        await_messages(custody, 2)
    assert custody.bodies == [message(2)]


def test_a_backfill_takes_all_of_it_in_batches(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    for number in range(1, 8):
        shared.deliver(message(number), folder)
    settings = mailbox(shared, password_file, folder, backfill=True, batch=3)
    with running(settings, custody):
        await_position(custody, settings, 7)
    assert custody.bodies == [message(number) for number in range(1, 8)]
    assert [cursor.uid for cursor in custody.history] == [0, 3, 6, 7]


def test_reading_goes_on_where_it_ended(shared: Dovecot, password_file: Path, folder: str) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody):
        await_position(custody, settings, 0)
    shared.deliver(message(1), folder)
    shared.deliver(message(2), folder)
    with running(settings, custody):
        await_position(custody, settings, 2)
    with running(settings, custody) as door:
        await_condition(lambda: door.health().state == "up", "the door to be up")
        shared.deliver(message(3), folder)
        await_messages(custody, 3)
    assert [arrival.raw for arrival in custody.arrivals] == [message(1), message(2), message(3)]


def test_a_folder_made_anew_is_read_from_its_beginning(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody) as door:
        before = await_position(custody, settings, 0)
        for number in (1, 2, 3):
            shared.deliver(message(number), folder)
        await_position(custody, settings, 3)
        with shared.session() as client:
            client.delete_folder(folder)
            await_condition(lambda: door.health().state == "down", "the folder to be missed")
            client.create_folder(folder)
            client.append(folder, message(4))
        await_messages(custody, 4)
        after = await_position(custody, settings, 1)
    assert after.uidvalidity != before.uidvalidity
    assert custody.bodies == [message(number) for number in (1, 2, 3, 4)]


def test_in_a_folder_made_anew_mail_from_before_our_time_is_held(
    shared: Dovecot, password_file: Path, folder: str, tmp_path: Path
) -> None:
    long_ago = datetime(2020, 1, 5, 10, tzinfo=UTC)
    settings = mailbox(shared, password_file, folder)
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(database)
    spool = Spool(database)

    def states() -> list[str]:
        return [row.state for row in reversed(spool.listing())]

    with shared.session() as client:
        client.append(folder, message(1), (), long_ago)
    with running(settings, spool) as door:
        await_position(spool, settings, 1)
        shared.deliver(message(2), folder)
        await_position(spool, settings, 2)
        assert states() == ["accepted"]
        with shared.session() as client:
            client.delete_folder(folder)
            await_condition(lambda: door.health().state == "down", "the folder to be missed")
            client.create_folder(folder)
            client.append(folder, message(1), (), long_ago)
            client.append(folder, message(2))
            client.append(folder, message(3))
        await_position(spool, settings, 3)
        shared.deliver(message(4), folder)
        await_position(spool, settings, 4)
    assert states() == ["accepted", "held", "accepted", "accepted"]
    (old,) = spool.listing("held")
    assert old.reason is not None
    assert "before reading began" in old.reason
    assert spool.raw([old.id or 0]) == {old.id: message(1)}
    spool.release_held(old)
    assert states() == ["accepted"] * 4
    database.close()


def test_an_expunged_message_leaves_no_gap(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody):
        await_position(custody, settings, 0)
    with shared.session() as client:
        client.append(folder, message(1))
        client.append(folder, message(2))
        client.select_folder(folder)
        client.delete_messages([1])
        client.expunge()
    with running(settings, custody):
        await_position(custody, settings, 2)
        shared.deliver(message(3), folder)
        await_position(custody, settings, 3)
    assert custody.bodies == [message(2), message(3)]


def test_a_folder_name_of_any_script_is_found(shared: Dovecot, password_file: Path) -> None:
    custody = MemoryCustody()
    name = "Störungen & Ausfälle"
    with shared.session() as client:
        client.create_folder(name)
    settings = mailbox(shared, password_file, name)
    with running(settings, custody):
        await_position(custody, settings, 0)
        shared.deliver(message(1), name)
        await_messages(custody, 1)


# --- nothing is changed, nothing is lost ----------------------------------------------------


def test_reading_changes_nothing_in_the_mailbox(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder, backfill=True)
    for number in (1, 2):
        shared.deliver(message(number), folder)
    with running(settings, custody):
        await_messages(custody, 1, 2)
        flags = shared.flags(folder)
    assert sorted(flags) == [1, 2]
    assert not any(b"\\Seen" in marks or b"\\Deleted" in marks for marks in flags.values())


def test_a_busy_spool_loses_nothing(shared: Dovecot, password_file: Path, folder: str) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody) as door:
        await_position(custody, settings, 0)
        custody.failures = [Temporary("the disk is full") for _ in range(3)]
        shared.deliver(message(1), folder)
        shared.deliver(message(2), folder)
        await_messages(custody, 1, 2)
        await_position(custody, settings, 2)
        await_condition(lambda: door.health().state == "up", "the door to be up again")
    assert [arrival.raw for arrival in custody.arrivals] == [message(1), message(2)]


def test_a_server_that_goes_and_comes_back_is_found_again(password_file: Path) -> None:
    custody = MemoryCustody()
    with running_dovecot() as dovecot:
        settings = mailbox(dovecot, password_file)
        with running(settings, custody) as door:
            await_position(custody, settings, 0)
            dovecot.deliver(message(1))
            await_messages(custody, 1)
            dovecot.stop()
            await_condition(lambda: door.health().state == "down", "the loss to be noticed")
            assert door.health().detail
            dovecot.start()
            dovecot.deliver(message(2))
            await_messages(custody, 2)
            await_condition(lambda: door.health().state == "up", "the door to be up again")
    assert custody.bodies == [message(1), message(2)]


def test_a_large_message_arrives_whole(shared: Dovecot, password_file: Path, folder: str) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder, tls=True, ca_file=shared.ca_file)
    large = message(1, size=10_000_000)
    with running(settings, custody):
        await_position(custody, settings, 0)
        shared.deliver(large, folder)
        shared.deliver(message(2), folder)
        await_position(custody, settings, 2)
    assert custody.bodies == [large, message(2)]


def test_the_spool_itself_keeps_messages_and_cursor(
    shared: Dovecot, password_file: Path, folder: str, tmp_path: Path
) -> None:
    settings = mailbox(shared, password_file, folder, backfill=True)
    for number in (1, 2):
        shared.deliver(message(number), folder)
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    try:
        upgrade(database)
        spool = Spool(database)
        for expected in (2, 3):
            with running(settings, spool):
                await_position(spool, settings, expected)
            assert spool.counts()["accepted"] == expected
            shared.deliver(message(3), folder)
    finally:
        database.close()


# --- one lease ---------------------------------------------------------------------------


def test_of_two_processes_one_reads_and_the_other_takes_over(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody, "two"):
        pass  # makes the first cursor
    first = running(settings, custody, "one")
    leader = first.__enter__()
    await_condition(lambda: leader.health().state == "up", "the first to read")
    with running(settings, custody, "two") as second:
        await_condition(lambda: "stands by" in second.health().detail, "the second to stand by")
        shared.deliver(message(1), folder)
        await_messages(custody, 1)
        assert custody.holder(second.name) == "one"
        first.__exit__(None, None, None)
        await_condition(lambda: custody.holder(second.name) == "two", "the second to take over")
        shared.deliver(message(2), folder)
        await_messages(custody, 2)
    assert [arrival.raw for arrival in custody.arrivals] == [message(1), message(2)]


# --- log-in ------------------------------------------------------------------------------


def test_a_wrong_password_is_told_and_a_mended_one_is_picked_up(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    password_file.write_text("wrong")
    settings = mailbox(shared, password_file, folder)
    with running(settings, custody) as door:
        await_condition(lambda: "refused the log-in" in door.health().detail, "the refusal")
        assert door.health().state == "down"
        assert "wrong" not in door.health().detail
        password_file.write_text(PASSWORD)
        await_position(custody, settings, 0)


def test_one_mailbox_that_is_down_stops_no_other(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    good = mailbox(shared, password_file, folder)
    bad = mailbox(shared, password_file, "No such folder")
    with running(bad, custody) as lost, running(good, custody):
        await_condition(lambda: lost.health().state == "down", "the bad one to be down")
        await_position(custody, good, 0)
        shared.deliver(message(1), folder)
        await_messages(custody, 1)
        assert "exist" in lost.health().detail


def test_tls_is_checked_against_the_ca_file(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    custody = MemoryCustody()
    trusted = mailbox(shared, password_file, folder, tls=True, ca_file=shared.ca_file)
    with running(trusted, custody) as door:
        await_position(custody, trusted, 0)
        shared.deliver(message(1), folder)
        await_messages(custody, 1)
        assert door.health().state == "up"
    untrusted = mailbox(shared, password_file, folder, tls=True)
    with running(untrusted, custody) as door:
        await_condition(lambda: door.health().state == "down", "the certificate to be refused")
        assert "certificate is not trusted" in door.health().detail


def test_the_doctor_is_told_what_the_mailbox_holds(
    shared: Dovecot, password_file: Path, folder: str
) -> None:
    shared.deliver(message(1), folder)
    assert try_mailbox(mailbox(shared, password_file, folder)) == f"{folder} has 1 messages; IDLE"
    password_file.write_text("wrong")
    with pytest.raises(Temporary, match="refused the log-in"):
        try_mailbox(mailbox(shared, password_file, folder))


# --- OAuth 2 -----------------------------------------------------------------------------

OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {directory}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
"""


class TokenServer(ThreadingHTTPServer):
    """Hands out tokens by the client-credentials grant, and tells Dovecot which are valid."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        self.issued = 0
        self.valid: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _TokenHandler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if form["client_secret"] != ["the client's secret"]:
            self._answer(401, {"error": "invalid_client"})
            return
        self.server.issued += 1
        token = f"token-{self.server.issued}"
        self.server.valid.add(token)
        self._answer(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def do_GET(self) -> None:
        token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
        if token in self.server.valid:
            self._answer(200, {"username": USER, "active": "true"})
        else:
            self._answer(401, {"error": "invalid_token"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    server = TokenServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_opens_the_mailbox_and_a_revoked_one_is_renewed(
    mechanism: str, tokens: TokenServer, tmp_path: Path
) -> None:
    secret = tmp_path / "client_secret"
    secret.write_text("the client's secret")
    custody = MemoryCustody()
    oauth2 = (
        f"tokeninfo_url = {tokens.url}/info?access_token=\n"
        "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    )
    with running_dovecot(OAUTH, oauth2, auth_mechanisms="plain xoauth2 oauthbearer") as dovecot:
        oauth = OAuthSettings(
            mechanism=mechanism,
            token_url=f"{tokens.url}/token",
            client_id="gateway",
            client_secret_file=secret,
        )
        settings = mailbox(dovecot, secret, password_file=None, oauth=oauth)
        with running(settings, custody) as door:
            await_position(custody, settings, 0)
            assert tokens.issued == 1
            tokens.valid.clear()
            dovecot.stop()
            await_condition(lambda: door.health().state == "down", "the loss to be noticed")
            dovecot.start()
            await_condition(lambda: door.health().state == "up", "the door to be up again")
            assert tokens.issued == 2
            dovecot.deliver(message(1))
            await_messages(custody, 1)
