"""Log-in: what is sent, where tokens come from, and what happens when they are refused."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from gateway.config import ImapSettings, OAuthSettings, imap_secrets
from gateway.doors.imap_login import BearerResponder, Login, Tokens
from gateway.doors.imap_wire import Client, Waker
from gateway.errors import ConfigError, Temporary
from tests.unit.doors.imap_server import ImapServer


class TokenEndpoint(ThreadingHTTPServer):
    """A token endpoint (RFC 6749 section 4.4). `forms` are the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.forms: list[dict[str, str]] = []
        self.expected_secret = "s3cret & co"
        self.lifetime: float | None = 3600
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Handler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        self.server.forms.append(form)
        answer: dict[str, Any] = {"access_token": f"token-{len(self.server.forms)}"}
        status = self.server.status
        if form.get("client_secret") != self.server.expected_secret:
            status, answer = 401, {"error": "invalid_client", "error_description": "who are you"}
        elif self.server.lifetime is not None:
            answer["expires_in"] = self.server.lifetime
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    server = TokenEndpoint()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running_server:
        yield running_server


@pytest.fixture
def connect(server: ImapServer) -> Iterator[Callable[[], Client]]:
    waker = Waker(lambda: None, every=1.0)
    clients: list[Client] = []

    def open_one() -> Client:
        clients.append(Client("127.0.0.1", server.port, None, waker, 20.0))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()
    waker.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("s3cret & co\n")
    return file


def account(**more: Any) -> ImapSettings:
    return imap_secrets(ImapSettings(url="imap://triage%40agency.example@127.0.0.1/", **more))


def by_endpoint(endpoint: TokenEndpoint, secret: Path, mechanism: str = "xoauth2") -> ImapSettings:
    oauth = OAuthSettings(
        mechanism=mechanism,
        token_url=endpoint.url,
        client_id="gateway",
        client_secret_file=secret,
        scope="mail.read",
    )
    return account(oauth=oauth)


def by_command(*argv: str) -> Tokens:
    return Tokens(OAuthSettings(token_command=argv), lambda: None)


def python(code: str) -> Tokens:
    return by_command(sys.executable, "-c", code)


# --- passwords ---------------------------------------------------------------------------


def test_a_password_of_any_script_goes_by_plain(
    server: ImapServer, connect: Callable[[], Client], secret: Path
) -> None:
    secret.write_text('Schlüssel "x" \\')
    Login(account(password_file=secret), lambda: None)(connect())
    expected = '\0triage@agency.example\0Schlüssel "x" \\'.encode()
    assert server.sasl == [("PLAIN", expected)]


def test_a_server_without_plain_gets_the_login_command(
    server: ImapServer, connect: Callable[[], Client], secret: Path
) -> None:
    server.capabilities = "IMAP4rev1"
    Login(account(password_file=secret), lambda: None)(connect())
    assert server.received("LOGIN") == ['LOGIN TRIAGE@AGENCY.EXAMPLE "S3CRET & CO"']


def test_a_rotated_password_is_picked_up_after_a_refusal(
    server: ImapServer, connect: Callable[[], Client], secret: Path
) -> None:
    server.accepts = lambda _, response: response.endswith(b"\0new")
    login = Login(account(password_file=secret), lambda: None)
    secret.write_text("new\n")
    with pytest.raises(Temporary, match="refused the log-in"):
        login(connect())
    login(connect())
    assert server.sasl[-1][1].endswith(b"\0new")


def test_a_secret_file_that_vanished_leaves_the_old_secret(
    server: ImapServer, connect: Callable[[], Client], secret: Path
) -> None:
    server.accepts = lambda *_: False
    login = Login(account(password_file=secret), lambda: None)
    secret.unlink()
    for _ in range(2):
        with pytest.raises(Temporary):
            login(connect())
    assert {response for _, response in server.sasl} == {b"\0triage@agency.example\0s3cret & co"}


# --- bearer tokens -------------------------------------------------------------------------


def test_the_bytes_of_xoauth2_and_oauthbearer_are_those_of_their_specifications() -> None:
    xoauth2 = BearerResponder("xoauth2", "a@b.example", "T")
    assert xoauth2(b"") == b"user=a@b.example\x01auth=Bearer T\x01\x01"
    assert xoauth2(b'{"status":"401"}') == b""
    assert xoauth2.refusal == '{"status":"401"}'
    bearer = BearerResponder("oauthbearer", "a,b=c@b.example", "T")
    assert bearer(b"") == b"n,a=a=2Cb=3Dc@b.example,\x01auth=Bearer T\x01\x01"
    assert bearer(b"{}") == b"\x01"


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_refused_token_is_answered_as_the_mechanism_says_and_its_reason_kept(
    mechanism: str,
    server: ImapServer,
    connect: Callable[[], Client],
    endpoint: TokenEndpoint,
    secret: Path,
) -> None:
    server.accepts = lambda *_: False
    with pytest.raises(Temporary, match="invalid_token") as refusal:
        Login(by_endpoint(endpoint, secret, mechanism), lambda: None)(connect())
    assert "token-1" not in str(refusal.value)
    after = b"\x01" if mechanism == "oauthbearer" else b""
    assert [response for _, response in server.sasl][1:] == [after]


def test_a_kept_token_that_is_refused_is_replaced_on_the_same_connection(
    server: ImapServer, connect: Callable[[], Client], endpoint: TokenEndpoint, secret: Path
) -> None:
    login = Login(by_endpoint(endpoint, secret), lambda: None)
    login(connect())
    server.accepts = lambda _, response: b"token-2" in response
    login(connect())
    assert len(endpoint.forms) == 2
    assert len(server.received("CAPABILITY")) == 2, "one connection for each log-in"
    login(connect())
    assert len(endpoint.forms) == 2


def test_a_lost_connection_is_no_refusal(
    server: ImapServer, connect: Callable[[], Client], endpoint: TokenEndpoint, secret: Path
) -> None:
    login = Login(by_endpoint(endpoint, secret), lambda: None)
    server.silent_on = "AUTHENTICATE"
    client = connect()
    server.released.set()
    with pytest.raises(Client.AbortError, match="hung up"):
        login(client)


# --- where tokens come from ----------------------------------------------------------------


def test_the_client_credentials_grant_is_asked_as_the_rfc_says(
    endpoint: TokenEndpoint, secret: Path
) -> None:
    oauth = by_endpoint(endpoint, secret).oauth
    assert oauth is not None
    assert Tokens(oauth, lambda: None).get() == ("token-1", False)
    assert endpoint.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "gateway",
            "client_secret": "s3cret & co",
            "scope": "mail.read",
        }
    ]


def test_a_token_is_kept_until_shortly_before_it_expires(
    endpoint: TokenEndpoint, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth = by_endpoint(endpoint, secret).oauth
    assert oauth is not None
    tokens = Tokens(oauth, lambda: None)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert tokens.get() == ("token-1", False)
    now += 3539
    assert tokens.get() == ("token-1", True)
    now += 2
    assert tokens.get() == ("token-2", False)
    tokens.discard()
    assert tokens.get() == ("token-3", False)


def test_a_token_of_unknown_lifetime_is_not_kept(endpoint: TokenEndpoint, secret: Path) -> None:
    endpoint.lifetime = None
    oauth = by_endpoint(endpoint, secret).oauth
    assert oauth is not None
    tokens = Tokens(oauth, lambda: None)
    assert [tokens.get(), tokens.get()] == [("token-1", False), ("token-2", False)]


def test_a_rotated_client_secret_is_picked_up(
    connect: Callable[[], Client], endpoint: TokenEndpoint, secret: Path
) -> None:
    login = Login(by_endpoint(endpoint, secret), lambda: None)
    endpoint.expected_secret = "rotated"
    with pytest.raises(Temporary, match="401: invalid_client: who are you") as refusal:
        login(connect())
    assert "s3cret" not in str(refusal.value)
    secret.write_text("rotated")
    with pytest.raises(Temporary):
        login(connect())
    login(connect())


def test_a_token_endpoint_that_is_down_is_temporary(secret: Path) -> None:
    oauth = OAuthSettings(
        token_url="http://127.0.0.1:1/token", client_id="gateway", client_secret_file=secret
    )
    with pytest.raises(Temporary, match="does not answer: ConnectError"):
        Tokens(oauth, lambda: None).get()


def test_a_token_endpoint_without_tls_is_refused_but_on_loopback() -> None:
    oauth = OAuthSettings(token_url="http://login.agency.example/token", client_id="gateway")
    with pytest.raises(ConfigError, match="https"):
        Tokens(oauth, lambda: None)


def test_a_command_gives_a_token_without_any_shell() -> None:
    echo = "import sys; print(sys.argv[1])"
    tokens = by_command(sys.executable, "-c", echo, "$HOME;`id`")
    assert tokens.get() == ("$HOME;`id`", False)


def test_a_command_may_answer_as_an_endpoint_does() -> None:
    tokens = python("""print('{"access_token": "T", "expires_in": 600}')""")
    assert [tokens.get(), tokens.get()] == [("T", False), ("T", True)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; print('no luck', file=sys.stderr); sys.exit(3)", "ended with 3: no luck"),
        ("print()", "gave no token"),
        ("print('two words')", "gave no token"),
        ("print('{')", "cannot be read"),
        ("print('{\"access_token\": null}')", "holds no access_token"),
        ('print(\'{"access_token": "T", "expires_in": [1]}\')', "cannot be read"),
    ],
)
def test_a_command_that_gives_no_token_is_temporary(code: str, reason: str) -> None:
    with pytest.raises(Temporary, match=reason):
        python(code).get()


def test_a_command_that_is_missing_is_temporary() -> None:
    with pytest.raises(Temporary, match="No such file"):
        by_command("/no/such/command").get()


def test_a_command_that_hangs_is_ended_when_the_door_stops(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'w')); time.sleep(3600)"
    argv = (sys.executable, "-c", code, str(started))

    class Stopped(Exception):
        pass

    def look_up() -> None:
        if started.exists() and started.read_text().endswith("\n"):
            raise Stopped

    with pytest.raises(Stopped):
        Tokens(OAuthSettings(token_command=argv), look_up).get()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doors.imap_login.COMMAND_SECONDS", 0.1)
    with pytest.raises(Temporary, match="did not end within"):
        python("import time; time.sleep(3600)").get()
