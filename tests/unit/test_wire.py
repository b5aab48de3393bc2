"""The wire: what leaves it and what it makes of answers, against a real server."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme

from gateway import wire
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.wire import FarSide, Wire, secret

LONG = b'"' + b"x" * 5000 + b'"'


class Handler(BaseHTTPRequestHandler):
    """/ok answers, /moved redirects to it, /circle to itself, /long goes on, /rate is used up."""

    seen: ClassVar[list[tuple[str, str, bytes]]] = []

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.command, self.path, body))
        headers = {"/moved": ("Location", "/ok"), "/circle": ("Location", "/circle"),
                   "/rate": ("X-RateLimit-Remaining", "0")}  # fmt: skip
        status = {"/moved": 308, "/circle": 301, "/rate": 403}.get(self.path, 200)
        content = LONG if self.path == "/long" else b'{"ok": [{"n": 1}]}'
        self.send_response(status)
        if self.path in headers:
            self.send_header(*headers[self.path])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _do  # noqa: N815

    def log_message(self, *_given: Any) -> None:
        """Be silent."""


def started(context: ssl.SSLContext | None = None) -> Iterator[str]:
    Handler.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http{'s' if context else ''}://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url() -> Iterator[str]:
    yield from started()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_url(authority: trustme.CA) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    yield from started(context)


def ask(url: str, path: str, body: Any = None, settings: FarSide | None = None) -> wire.Answer:
    async def main() -> wire.Answer:
        there = Wire("there", url, settings or FarSide(), lambda: {"X-Key": "sesame"}, mend="mend")
        try:
            return await there.ask("POST" if body else "GET", path, body)
        finally:
            await there.close()

    return asyncio.run(main())


def test_a_redirect_on_the_same_host_is_followed_with_method_and_body(url: str) -> None:
    assert ask(url, "/moved", {"a": 1}).rows("ok") == [{"n": 1}]
    assert Handler.seen == [("POST", "/moved", b'{"a": 1}'), ("POST", "/ok", b'{"a": 1}')]


def test_a_circle_of_redirects_is_for_a_person(url: str) -> None:
    with pytest.raises(Permanent, match="in a circle"):
        ask(url, "/circle")


def test_an_answer_without_end_is_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_ANSWER", 1000)
    with pytest.raises(Temporary, match="more than 1000 bytes"):
        ask(url, "/long")


def test_a_rate_that_is_used_up_is_no_missing_right(url: str) -> None:
    with pytest.raises(Temporary, match="too many requests") as raised:
        ask(url, "/rate")
    assert raised.value.seconds
    assert raised.value.is_refusal


def test_an_answer_of_another_shape_is_for_now(url: str) -> None:
    with pytest.raises(Temporary, match=r"an answer without ok\.0\.m"):
        ask(url, "/ok").get(int, "ok", 0, "m")


def test_nobody_there_is_a_refusal(url: str) -> None:
    with pytest.raises(Temporary, match="no connection") as raised:
        ask("http://127.0.0.1:9", "/ok")
    assert raised.value.is_refusal


def test_a_certificate_is_verified(tls_url: str, authority: trustme.CA, tmp_path: Path) -> None:
    with pytest.raises(Temporary, match="no connection"):
        ask(tls_url, "/ok")
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    assert ask(tls_url, "/ok", settings=FarSide(ca_file=file)).value


def test_a_secret_is_read_anew_and_never_more_than_a_line(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one\n")
    read = secret(file, None, "trackers.x.token")
    file.write_text("two\n")
    assert read() == "two"
    file.write_text("two\nX-Injected: yes")
    with pytest.raises(ConfigError, match=r"trackers\.x\.token: one line"):
        read()
    with pytest.raises(ConfigError, match=r"give token_file or"):
        secret(None, None, "trackers.x.token")
