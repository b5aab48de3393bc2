"""TLS by STARTTLS and from the start, and the LMTP way of answering."""

import smtplib
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.errors import ConfigError
from tests.unit.doors.smtp_running import LOOPS, await_true, certificate_files, running_door

BODY = b"Subject: down\r\n\r\nNothing works.\r\n"


@pytest.fixture(scope="module")
def issued(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Any], ssl.SSLContext]:
    """Settings with a certificate for localhost, and a client's context that trusts it."""
    authority, certificate, key = certificate_files(tmp_path_factory.mktemp("tls"), "localhost")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return {"certificate": certificate, "key": key}, context


@pytest.fixture(params=sorted(LOOPS))
def loop_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_starttls_secures_the_dialogue(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with (
        running_door(loop_kind, **files) as running,
        smtplib.SMTP("localhost", running.port) as client,
    ):
        client.ehlo()
        assert client.has_extn("STARTTLS")
        client.starttls(context=context)
        client.ehlo()
        assert not client.has_extn("STARTTLS")
        client.sendmail("ada@sender.example", ["triage@gateway.example"], BODY)
        big = (b"x" * 70 + b"\r\n") * 20_000
        client.sendmail("ada@sender.example", ["triage@gateway.example"], big)
        assert client.docmd("STARTTLS")[0] == 503
    small, large = running.custody.kept
    assert (small.raw, large.raw) == (BODY, big)
    assert small.envelope.tls is not None
    assert small.envelope.tls.startswith("TLSv1.3 TLS_")


def test_implicit_tls_needs_no_starttls(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with running_door(loop_kind, implicit_tls=True, **files) as running:
        with smtplib.SMTP_SSL("localhost", running.port, context=context) as client:
            client.ehlo()
            assert not client.has_extn("STARTTLS")
            client.sendmail("ada@sender.example", ["triage@gateway.example"], BODY)
        (arrival,) = running.custody.kept
    assert (arrival.envelope.tls or "").startswith("TLSv1.3")


def test_a_bare_newline_is_refused_over_tls_too(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with (
        running_door(loop_kind, implicit_tls=True, **files) as running,
        smtplib.SMTP_SSL("localhost", running.port, context=context) as client,
    ):
        client.ehlo()
        client.mail("ada@sender.example")
        client.rcpt("triage@gateway.example")
        client.docmd("DATA")
        client.send(b"a\n.\r\n" + BODY * 50_000 + b".\r\n")
        assert client.getreply()[0] == 550
        assert running.custody.waiting == 0


def test_what_was_sent_in_clear_behind_starttls_is_thrown_away(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with running_door(loop_kind, **files) as running, running.client() as talk:
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.send(b"STARTTLS\r\nRCPT TO:<triage@gateway.example>\r\nDATA\r\nevil\r\n.\r\n")
        assert talk.reply().startswith("220")
        secured = context.wrap_socket(talk.socket, server_hostname="localhost")
        secured.sendall(b"MAIL FROM:<ada@sender.example>\r\n")
        # The first and only answer is to this, and the greeting before TLS is forgotten.
        assert secured.recv(1000) == b"503 5.5.1 Error: send HELO first\r\n"
        assert running.custody.waiting == 0
        secured.close()


def test_a_door_that_requires_tls_takes_no_mail_before_it(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with (
        running_door(loop_kind, require_starttls=True, **files) as running,
        smtplib.SMTP("localhost", running.port) as client,
    ):
        client.ehlo()
        for command in ("MAIL FROM:<ada@sender.example>", "VRFY x", "RCPT TO:<x>", "DATA"):
            code, text = client.docmd(command)
            assert (code, text[:5]) == (530, b"5.7.0")
        client.starttls(context=context)
        client.sendmail("ada@sender.example", ["triage@gateway.example"], BODY)
        assert len(running.custody.kept) == 1


def test_a_failed_handshake_ends_only_its_connection(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, _ = issued
    with running_door(loop_kind, **files) as running:
        with running.client() as talk:
            talk.say("STARTTLS")
            talk.send(b"this is no client hello\r\n" * 10)
            while talk.socket.recv(1000):
                pass
        with running.client() as talk:
            assert talk.deliver(BODY + b".\r\n").startswith("250")


@pytest.mark.parametrize("resets", [False, True])
def test_a_client_that_leaves_in_its_handshake_leaves_its_place(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str, resets: bool
) -> None:
    files, _ = issued
    with running_door(loop_kind, **files) as running:
        with running.client() as talk:
            talk.say("STARTTLS")
            if resets:
                talk.reset()
        await_true(lambda: "0 connections" in running.door.health().detail)


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    _, certificate, key = certificate_files(tmp_path, "localhost")
    other = tmp_path / "other.pem"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(str(other))
    with (
        pytest.raises(ConfigError, match=r"other\.pem"),
        running_door(certificate=certificate, key=other),
    ):
        pass
    with pytest.raises(ConfigError, match="certificate"), running_door(implicit_tls=True):
        pass
    assert key.exists()


def test_lmtp_answers_once_for_each_accepted_recipient() -> None:
    with running_door(protocol="lmtp") as running, running.client(greeted=False) as talk:
        assert talk.reply() == "220 mx.gateway.example LMTP"
        assert talk.say("EHLO c.example").startswith("500")
        assert talk.say("HELO c.example").startswith("500")
        assert talk.say("LHLO c.example").startswith("250-")
        talk.say("MAIL FROM:<ada@sender.example>")
        assert talk.say("RCPT TO:<triage@gateway.example>").startswith("250")
        assert talk.say("RCPT TO:<nobody@gateway.example>").startswith("550")
        assert talk.say("RCPT TO:<desk@gateway.example>").startswith("250")
        assert talk.say("RCPT TO:<desk@gateway.example>").startswith("250")
        talk.say("DATA")
        talk.send(BODY + b".\r\nNOOP\r\n")
        assert [talk.reply()[:9] for _ in range(4)] == ["250 2.0.0"] * 4
        (arrival,) = running.custody.kept
    assert arrival.envelope.recipients == ("triage@gateway.example", "desk@gateway.example")


def test_lmtp_can_require_tls_too(
    issued: tuple[dict[str, Any], ssl.SSLContext], loop_kind: str
) -> None:
    files, context = issued
    with running_door(loop_kind, protocol="lmtp", require_starttls=True, **files) as running:
        with smtplib.LMTP("localhost", running.port) as client:
            client.ehlo()
            assert client.docmd("MAIL FROM:<ada@sender.example>")[0] == 530
            client.starttls(context=context)
            client.sendmail("ada@sender.example", ["triage@gateway.example"], BODY)
        assert len(running.custody.kept) == 1


def test_lmtp_refuses_and_defers_for_each_recipient_too() -> None:
    with running_door(protocol="lmtp", max_size=1000) as running:
        with running.client(greeted=False) as talk:
            talk.reply()
            talk.say("LHLO c.example")
            to = ("triage@gateway.example", "desk@gateway.example")
            assert talk.deliver(b"x\r\n" * 1000 + b".\r\n", *to).startswith("552")
            assert talk.reply().startswith("552")
            running.custody.fail_with = RuntimeError("broken")
            assert talk.deliver(BODY + b".\r\n", *to).startswith("451")
            assert talk.reply().startswith("451")
            assert talk.deliver(b"x\ny\r\n.\r\n", *to).startswith("550")
            assert talk.reply().startswith("550")
            assert talk.reply() == ""
        assert running.custody.kept == []


def test_lmtp_with_no_recipient_left_is_told_at_data() -> None:
    with running_door(protocol="lmtp") as running, running.client(greeted=False) as talk:
        talk.reply()
        talk.say("LHLO c.example")
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<nobody@gateway.example>")
        assert talk.say("DATA").startswith("503")
