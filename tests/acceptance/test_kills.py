"""The plug pulled out of the process itself: kill -9 at any moment, and a clean stop."""

import random
import smtplib
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.acceptance.house import ROOT, House
from tests.acceptance.load import Senders, check_each_filed_and_answered_once, reports
from tests.acceptance.mails import OUTAGE, mail
from tests.integration.postfix import HOST
from tests.integration.sink import Sink


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(house: House, sink: Sink) -> None:
    messages = reports(100)
    chance = random.Random(7)
    with house.running(), Senders(house, messages) as senders:
        # While mail comes in, and while it is worked off: the last ones after all is accepted.
        for share in (0.1, 0.5):
            target = int(len(messages) * share)
            house.await_(lambda n=target: len(senders.promised) >= n, f"{target} promised")
            time.sleep(chance.uniform(0, 0.1))
            house.kill()
            kept = sum(house.ask("status")[0]["spool"].values())
            assert kept >= len(senders.promised), "what was promised is there"
            house.start()
        senders.join()
        for share in (0.4, 0.8):
            target = int(len(messages) * share)
            house.await_(lambda n=target: len(sink.received) >= n, f"{target} letters")
            time.sleep(chance.uniform(0, 0.1))
            house.kill()
            house.start()
        assert len(senders.promised) == len(messages)
        check_each_filed_and_answered_once(house, sink, senders.promised)


def test_an_ingest_that_is_killed_is_finished_by_the_next(
    house: House, sink: Sink, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    messages = reports(60)
    for number, raw in enumerate(messages.values()):
        (folder / f"{number}.eml").write_bytes(raw)
    command = [sys.executable, "-m", "gateway", "ingest", str(folder), "--config", house.config]
    for letters in (1, 30):
        ingest = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            house.await_(lambda n=letters: len(sink.received) >= n, f"{letters} letters")
        finally:
            ingest.kill()
            ingest.wait()
    last = house.tell("ingest", folder)
    assert (last["taken"], last["new"], last["held"]) == (60, 0, 0)
    with house.running():
        check_each_filed_and_answered_once(house, sink, messages)


def test_sigterm_ends_cleanly_and_a_restart_does_the_rest(house: House, sink: Sink) -> None:
    messages = reports(40)
    with house.running(), Senders(house, messages) as senders:
        house.await_(lambda: len(sink.received) >= 5, "5 letters")
        assert house.stop() == 0
        (status,) = house.ask("status")
        assert status["outbox"]["sending"] == 0, "no letter is left half sent"
        assert status["doors"] == []
        assert status["spool"]["accepted"] + status["spool"]["done"] >= len(senders.promised)
        filed = sum(ticket["messages"] for ticket in house.ask("tickets"))
        assert filed == status["spool"]["done"]
        house.start()
        senders.join()
        check_each_filed_and_answered_once(house, sink, messages)
    repeated = Counter(one.message_id for one in sink.received)
    assert set(repeated.values()) == {1}, "a clean stop repeats nothing"


def test_a_conversation_under_way_is_finished_or_refused_when_stopping(small_house: House) -> None:
    raw = mail("ann@people.example", "Half said", OUTAGE)
    with small_house.running() as house:
        client = smtplib.SMTP(HOST, house.smtp_port, timeout=30)
        client.ehlo()
        client.mail("ann@people.example")
        client.rcpt("triage@gateway.example")
        client.putcmd("DATA")
        assert client.getreply()[0] == 354
        client.send(raw[:100])
        assert house.process is not None
        house.process.terminate()
        with suppress(OSError, smtplib.SMTPException):
            client.send(raw[100:] + b"\r\n.\r\n")
        code = 0
        with suppress(OSError, smtplib.SMTPException):
            code = client.getreply()[0]
        client.close()
        assert house.process.wait(timeout=30) == 0
        kept = sum(house.ask("status")[0]["spool"].values())
        assert (code, kept) in {(250, 1), (421, 0), (451, 0), (-1, 0), (0, 0)}


def test_a_second_sigterm_and_sigint_do_no_harm(small_house: House) -> None:
    with small_house.running() as house:
        assert house.process is not None
        house.process.terminate()
        house.process.terminate()
        assert house.process.wait(timeout=30) == 0
