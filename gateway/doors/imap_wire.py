"""The line beneath an IMAP mailbox: every wait on it has a deadline and can be ended from outside.

imaplib blocks in connect, handshake, read and write, each in its own way, and a mailbox that
hangs silently is the commonest complaint about programs like this one. So the socket here never
blocks: all waiting is done in `Waker.wait`, which watches the socket, a deadline and a bell, and
lets its owner look up at least every few seconds (to renew a lease, or to stop).
"""

import errno
import imaplib
import os
import re
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from imapclient import IMAPClient, SocketTimeout

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

LARGEST_MESSAGE = 100 * 1024 * 1024  # bytes; what no sane mail exceeds is not read into memory
LONGEST_LINE = 32 * 1024 * 1024  # bytes; the answer to a search is one line, ten bytes a message
BLOCK = 65536
_COMMAND_PREFIX = re.compile(r"^(?:command: \w+ => )+")  # imaplib's way to say where
DISCONNECTED = (imaplib.IMAP4.abort, OSError)


class Waker:
    """All the waiting of one thread. `look_up` is called before and during a wait; it may raise."""

    def __init__(self, look_up: Callable[[], None], every: float) -> None:
        self._look_up = look_up
        self._every = every
        self._bell, self._cord = socket.socketpair()
        self._bell.setblocking(False)
        self._cord.setblocking(False)

    def look_up(self) -> None:
        """Let the owner look up now."""
        self._look_up()

    def ring(self) -> None:
        """End the wait that goes on, from any thread: the owner looks up at once."""
        with suppress(OSError):  # a full or closed bell needs no more ringing
            self._cord.send(b"!")

    def wait(
        self, seconds: float, sock: socket.socket | None = None, *, write: bool = False
    ) -> bool:
        """Wait until `sock` is readable (or writable); False when `seconds` are over."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            if sock is not None:
                selector.register(sock, selectors.EVENT_WRITE if write else selectors.EVENT_READ)
            while True:
                self._look_up()
                left = until - time.monotonic()
                if left <= 0:
                    return False
                ready = [key.fileobj for key, _ in selector.select(min(left, self._every))]
                if self._bell in ready:
                    self._bell.recv(BLOCK)
                if sock is not None and sock in ready:
                    return True

    def close(self) -> None:
        """Give its two descriptors back."""
        self._bell.close()
        self._cord.close()


class Wire(imaplib.IMAP4):
    """imaplib's conversation on a socket that never blocks. `timeout` bounds each single wait.

    Where the other side keeps silent for `timeout` seconds, TimeoutError; where it hung up,
    `IMAP4.abort`; where it sends more than the limits above, `IMAP4.abort` too.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, waker: Waker, timeout: float
    ) -> None:
        self._context = context
        self._waker = waker
        self._seconds = timeout
        self._received = bytearray()
        self._early_news = False
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002 - imaplib's hook
        failure: OSError = OSError(f"{self.host}: no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, protocol)
            try:
                self._connect_to(sock, address)
                return self._handshake(sock)
            except OSError as error:
                sock.close()
                failure = error
            except BaseException:
                sock.close()
                raise
        raise failure

    def _connect_to(self, sock: socket.socket, address: Any) -> None:
        sock.setblocking(False)
        _keep_alive(sock)
        code = sock.connect_ex(address)
        if code in {errno.EINPROGRESS, errno.EWOULDBLOCK}:
            self._wait(sock, write=True)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))

    def _handshake(self, sock: socket.socket) -> socket.socket:
        if self._context is None:
            return sock
        secure = self._context.wrap_socket(
            sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        try:
            self._patiently(secure, secure.do_handshake)
        except BaseException:
            secure.close()
            raise
        return secure

    def _wait(self, sock: socket.socket, *, write: bool = False) -> None:
        if not self._waker.wait(self._seconds, sock, write=write):
            raise TimeoutError(f"no answer within {self._seconds:g} s")

    def _patiently(
        self, sock: socket.socket, act: Callable[[], Any], *, write: bool = False
    ) -> Any:
        """What `act` returns once the socket lets it."""
        while True:
            self._waker.look_up()
            try:
                return act()
            except ssl.SSLWantReadError:
                self._wait(sock)
            except ssl.SSLWantWriteError:
                self._wait(sock, write=True)
            except BlockingIOError:
                self._wait(sock, write=write)

    def _receive(self) -> None:
        block = self._patiently(self.sock, lambda: self.sock.recv(BLOCK))
        if not block:
            raise self.abort("the server hung up")
        self._received += block

    def _taken(self, size: int) -> bytes:
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def read(self, size: int) -> bytes:
        """The next `size` bytes: a literal (RFC 9051 section 4.3)."""
        if size > 2 * LARGEST_MESSAGE:
            raise self.abort(f"the server announced a literal of {size} bytes")
        while len(self._received) < size:
            self._receive()
        return self._taken(size)

    def readline(self) -> bytes:
        """The next line, with its end."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > LONGEST_LINE:
                raise self.abort("the server sent a line without end")
            self._receive()
        return self._taken(end + 1)

    def send(self, data: "Buffer") -> None:
        """Send all of `data`."""
        rest = memoryview(data)
        while rest:
            sent = self._patiently(self.sock, partial(self.sock.send, rest), write=True)
            rest = rest[sent:]

    def begin_idle(self) -> bytes:
        """Enter IDLE (RFC 2177) and return its tag; `IMAP4.error` where the server refuses."""
        tag: bytes = self._command("IDLE")
        self._early_news = False
        while self._get_response() is not None:
            self._early_news = True
            if self.tagged_commands.get(tag):
                raise self.error(f"IDLE refused: {self.tagged_commands.pop(tag)}")
        return tag

    def wait_for_news(self, seconds: float) -> bool:
        """Wait until the server says something; False when `seconds` are over."""
        # News may have come in one packet with the answer to IDLE: then the socket stays silent.
        buffered = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        if self._early_news or self._received or buffered:
            return True
        return self._waker.wait(seconds, self.sock)

    def end_idle(self, tag: bytes) -> None:
        """Leave IDLE; raises where the server does not answer in time."""
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)

    def forget_news(self) -> None:
        """Drop what was told unasked; imaplib keeps it for the life of the connection."""
        self.untagged_responses.clear()


def _keep_alive(sock: socket.socket) -> None:
    """Let the system notice a dead peer in about two minutes: IDLE alone would wait for 25."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class Client(IMAPClient):  # type: ignore[misc] # imapclient ships no types
    """imapclient on a `Wire`."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, waker: Waker, timeout: float
    ) -> None:
        self._make_wire: Callable[[], Wire] = partial(Wire, host, port, context, waker, timeout)
        # A read timeout of 0 keeps the socket non-blocking; the waiting is the wire's.
        never_block = SocketTimeout(timeout, 0.0)
        super().__init__(
            host, port, ssl=context is not None, ssl_context=context, timeout=never_block
        )
        self.wire.debug = 0  # imapclient would log every line of every message

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - imapclient's name for this hook
        return self._make_wire()

    @property
    def wire(self) -> Wire:
        """The line beneath."""
        wire: Wire = self._imap
        return wire

    def close(self) -> None:
        """Hang up, whatever state the line is in."""
        with suppress(*DISCONNECTED):
            self.wire.shutdown()


def plainly(error: BaseException) -> str:
    """What went wrong on a line or above it, for an operator; never what a message says."""
    text = str(error) or type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, imaplib.IMAP4.abort) and "response: b" in text:
        return "the server does not keep to the protocol"  # imaplib would quote the line
    return _COMMAND_PREFIX.sub("", text)[:200]
