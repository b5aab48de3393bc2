"""A real Mailman 3: our notice goes through a list once, and its copy is never answered."""

import os
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from gateway.app import Gateway
from gateway.config import AnswerSettings, Settings, WorkerSettings
from gateway.incidents.subscribers import Choice, Consent, subscribe
from gateway.model import Arrival, Envelope
from gateway.store.tables import LetterRow, TicketRow
from tests.integration.postfix import HOST, await_condition, free_port
from tests.integration.sink import Sink

pytestmark = pytest.mark.needs_server("mailman")
LIST, US = "news@lists.example", "triage@gateway.example"
CONFIG = """
[mailman]
site_owner: owner@lists.example
layout: here
[paths.here]
var_dir: {folder}
bin_dir: /usr/lib/mailman3/bin
[mta]
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
smtp_host: 127.0.0.1
smtp_port: {smtp}
incoming: mailman.mta.null.NullMTA
[webservice]
port: {rest}
[database]
url: sqlite:///{folder}/mailman.db
"""


@pytest.fixture
def mailman(tmp_path: Path) -> Iterator[tuple[int, Sink]]:
    """The port of its LMTP, and where its mail goes."""
    with Sink() as sink:
        lmtp = free_port()
        file = tmp_path / "mailman.cfg"
        text = CONFIG.format(folder=tmp_path, lmtp=lmtp, smtp=sink.port, rest=free_port())
        idle = ("archive", "bounces", "command", "digest", "nntp", "rest", "retry")
        file.write_text(text + "".join(f"[runner.{one}]\nstart: no\n" for one in idle))
        environment = os.environ | {"MAILMAN_CONFIG_FILE": str(file)}
        environment.pop("PYTHONPATH", None)

        def run(*words: str, said: str = "") -> None:
            command = ["/usr/lib/mailman3/bin/mailman", "--run-as-root", "-C", str(file), *words]
            # No pipe: its daemons would keep it open.
            subprocess.run(
                command, env=environment, input=said, text=True, check=True, timeout=60,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        run("create", "-d", LIST)
        run("addmembers", "-w", "-", LIST, said=f"{US}\nreader@people.example\n")
        run("start")
        try:
            await_condition(lambda: _answers(lmtp), "Mailman's LMTP answers")
            yield lmtp, sink
        finally:
            run("stop")


def _answers(port: int) -> bool:
    try:
        with smtplib.LMTP(HOST, port, timeout=2):
            return True
    except OSError:
        return False


def test_our_notice_goes_through_a_list_once_and_its_copy_is_not_answered(
    mailman: tuple[int, Sink], tmp_path: Path
) -> None:
    lmtp, sink = mailman
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'store.db'}", addresses=(US,),
        workers=WorkerSettings(readers=0), answers=AnswerSettings(to="anyone"),
    )  # fmt: skip
    with Gateway(settings) as gateway, gateway.work():
        with gateway.database.transaction() as session:
            subscribe(session, LIST, Choice(("logingov",)), Consent("operator"))

        def take(raw: bytes, sender: str) -> None:
            envelope = Envelope(door="smtp", sender=sender, recipients=(US,))
            gateway.spool.accept([Arrival(raw, envelope)])
            await_condition(lambda: not gateway.spool.counts()["accepted"], "it is worked off")

        take(f"From: a@b.example\r\nTo: {US}\r\nSubject: Login.gov\r\n\r\nLogin.gov is down. "
             "Nobody can sign in.\r\n".encode(), "a@b.example")  # fmt: skip
        gateway.announcing.resolve("1", "It works again.", "me")
        await_condition(lambda: len(gateway.outbox.listing()) >= 3, "the notice is written")
        (news,) = [one for one in gateway.outbox.listing() if one.recipient == LIST]
        with smtplib.LMTP(HOST, lmtp) as door:
            door.sendmail(US, LIST, news.raw)
        sink.await_letters(1)
        before = len(gateway.outbox.listing())
        for copy in sink.received:
            take(copy.raw, copy.sender)
        with gateway.database.read() as session:
            assert len(session.exec(select(LetterRow)).all()) == before
            assert len(session.exec(select(TicketRow)).all()) == 1
        assert b"List-Id:" in sink.received[0].raw
        assert len({one.recipient for one in sink.received}) == len(sink.received)
