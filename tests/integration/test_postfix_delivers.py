"""Real mail programs bring mail to the door: Postfix by SMTP with TLS and by LMTP, and swaks."""

import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.errors import Temporary
from gateway.model import Arrival
from tests.conftest import server_program
from tests.integration.postfix import Postfix, await_condition, running_postfix, why_not
from tests.unit.doors.smtp_running import MemoryCustody, Running, certificate_files, running_door

TEXT = "The form is down.\n.\n..\n. It was a leading dot.\n" + "é" * 50 + "\n"


def send(postfix: Postfix, *recipients: str, size: int = 0) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@sender.example>", ", ".join(recipients)
    message["Subject"] = "Form down"
    message["Message-ID"] = "<one@sender.example>"
    message.set_content(TEXT + "x\n" * (size // 2), cte="8bit")
    with smtplib.SMTP(postfix.host, postfix.port) as client:
        client.send_message(message, "ada@sender.example", list(recipients))


def body_of(arrival: Arrival) -> str:
    _, _, body = arrival.raw.partition(b"\r\n\r\n")
    return body.decode().replace("\r\n", "\n")


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Running, Path]]:
    """A door that requires STARTTLS, and the file of the authority that vouches for it."""
    authority, certificate, key = certificate_files(tmp_path, "mx.gateway.example")
    trusted = Path(certificate).with_name("authority.pem")
    authority.cert_pem.write_to_path(str(trusted))
    files = {"certificate": certificate, "key": key}
    with running_door("uvloop", require_starttls=True, **files) as running:
        yield running, trusted


@pytest.mark.needs_server("postfix")
@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_postfix_relays_over_starttls_with_a_verified_certificate(
    secured: tuple[Running, Path],
) -> None:
    running, trusted = secured
    with running_postfix(
        relayhost=f"[127.0.0.1]:{running.port}",
        smtp_tls_security_level="secure",
        smtp_tls_secure_cert_match="mx.gateway.example",
        smtp_tls_CAfile=str(trusted),
        smtp_tls_loglevel="1",
    ) as postfix:
        send(postfix, "triage@gateway.example")
        send(postfix, "triage@gateway.example", size=500_000)
        postfix.await_log("Verified TLS connection established")
        postfix.await_empty()
    small, large = sorted(running.custody.kept, key=lambda arrival: len(arrival.raw))
    assert body_of(small) == TEXT
    assert body_of(large) == TEXT + "x\n" * 250_000
    envelope = small.envelope
    assert (envelope.sender, envelope.recipients) == (
        "ada@sender.example",
        ("triage@gateway.example",),
    )
    assert envelope.helo == "postfix.example"
    assert envelope.tls is not None


@pytest.mark.needs_server("postfix")
@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_postfix_delivers_over_lmtp_and_hears_of_each_recipient() -> None:
    with (
        running_door("uvloop", protocol="lmtp") as running,
        running_postfix(
            default_transport=f"lmtp:inet:127.0.0.1:{running.port}",
            relay_transport=f"lmtp:inet:127.0.0.1:{running.port}",
        ) as postfix,
    ):
        send(postfix, "triage@gateway.example", "desk@gateway.example", "nobody@gateway.example")
        postfix.await_log("to=<nobody@gateway.example>")
        postfix.await_log("status=bounced")
        await_condition(lambda: postfix.log.count("status=sent") >= 2, "two are delivered")
        (arrival,) = running.custody.kept
        accepted = {"triage@gateway.example", "desk@gateway.example"}
        assert set(arrival.envelope.recipients) == accepted
        assert body_of(arrival) == TEXT


@pytest.mark.needs_server("postfix")
@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_postfix_keeps_what_we_cannot_keep_and_brings_it_later() -> None:
    custody = MemoryCustody()
    custody.fail_with = Temporary("disk full")
    with (
        running_door("uvloop", custody=custody) as running,
        running_postfix(relayhost=f"[127.0.0.1]:{running.port}") as postfix,
    ):
        send(postfix, "triage@gateway.example")
        postfix.await_log("status=deferred")
        assert "452 4.3.1" in postfix.log
        assert len(postfix.queue()) == 1
        assert custody.kept == []
        custody.fail_with = None
        postfix.flush()
        postfix.await_empty()
        assert [body_of(arrival) for arrival in custody.kept] == [TEXT]


def swaks(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = server_program("swaks")
    assert program is not None
    addresses = ["--from", "ada@sender.example", "--to", "triage@gateway.example"]
    return subprocess.run(
        [program, "--server", f"127.0.0.1:{port}", *addresses, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.needs_server("swaks")
def test_swaks_delivers_pipelined() -> None:
    with running_door("uvloop") as running:
        done = swaks(running.port, "--pipeline", "--body", "Down since nine.")
        assert done.returncode == 0, done.stdout
        (arrival,) = running.custody.kept
        assert b"Down since nine." in arrival.raw


@pytest.mark.needs_server("swaks")
def test_swaks_without_tls_is_told_to_use_it(secured: tuple[Running, Path]) -> None:
    running, _ = secured
    done = swaks(running.port)
    assert done.returncode != 0
    assert "530 5.7.0" in done.stdout
    assert running.custody.kept == []


@pytest.mark.needs_server("swaks")
def test_swaks_speaks_lmtp_with_us() -> None:
    with running_door("uvloop", protocol="lmtp") as running:
        done = swaks(running.port, "--protocol", "LMTP")
        assert done.returncode == 0, done.stdout
        assert len(running.custody.kept) == 1
