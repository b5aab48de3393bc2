"""For the SMTP tests: a door on an event loop of its own, and a custody kept in memory."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme
import uvloop

from gateway.config import SmtpSettings
from gateway.doors.smtp import SmtpDoor
from gateway.model import Accepted, Arrival, Cursor, Envelope

OURS = {"triage@gateway.example", "desk@gateway.example", "postmaster"}
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class MemoryCustody:
    """Custody in a list. One thread takes over all that waits, as one commit.

    `fail_with` makes commits fail, `gate` (when cleared) makes them wait.
    """

    def __init__(self) -> None:
        self.kept: list[Arrival] = []
        self.commits: list[int] = []
        self.waiting = 0
        self.fail_with: BaseException | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._pending: list[tuple[Arrival, Future[tuple[Accepted, ...]]]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def submit(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> "Future[tuple[Accepted, ...]]":
        (arrival,) = arrivals
        future: Future[tuple[Accepted, ...]] = Future()
        with self._changed:
            self._pending.append((arrival, future))
            self.waiting += 1
            self._changed.notify_all()
        return future

    def cursor(self, mailbox: str) -> Cursor | None:
        return None

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        return True

    def release(self, name: str, owner: str) -> None:
        return None

    def await_submitted(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.waiting >= count, timeout=20)

    def is_alive(self) -> bool:
        """False once settling a future has killed the thread; asked after another commit."""
        done = self.submit((Arrival(b"", Envelope("test")),))
        return not wait([done], timeout=20).not_done

    def close(self) -> None:
        self.gate.set()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(20)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._closed)
                if self._closed:
                    return
            self.gate.wait()
            with self._changed:
                batch, self._pending = self._pending, []
                self.commits.append(len(batch))
            for arrival, future in batch:
                self._settle(arrival, future)

    def _settle(self, arrival: Arrival, future: "Future[tuple[Accepted, ...]]") -> None:
        if self.fail_with is None:
            self.kept.append(arrival)
            number = len(self.kept)
            future.set_result((Accepted(number, f"trace{number}", duplicate=False),))
        elif isinstance(self.fail_with, Exception):
            future.set_exception(self.fail_with)
        else:
            future.cancel()


class LoopThread:
    """An event loop in a thread, so that blocking clients can talk to what runs on it."""

    def __init__(self, kind: str) -> None:
        self._loop = LOOPS[kind]()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.begin(work).result(30)

    def begin(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


class Running:
    """What a test holds of a running door."""

    def __init__(self, door: SmtpDoor, custody: MemoryCustody, loop: LoopThread) -> None:
        self.door = door
        self.custody = custody
        self.loop = loop

    @property
    def port(self) -> int:
        return self.door.port

    def client(self, *, greeted: bool = True) -> "Talk":
        talk = Talk(self.port)
        if greeted:
            assert talk.reply().startswith("220")
            assert talk.say("EHLO client.example").startswith("250")
        return talk


@contextmanager
def running_door(
    kind: str = "asyncio",
    custody: MemoryCustody | None = None,
    protocol: Any = "smtp",
    implicit_tls: bool = False,
    max_wait: float = 30.0,
    grace: float = 5.0,
    **settings: Any,
) -> Iterator[Running]:
    """A door on a free port; `settings` are those of the listener."""
    chosen = SmtpSettings(**{"listen": "127.0.0.1:0", "hostname": "mx.gateway.example"} | settings)
    store = custody or MemoryCustody()
    loop = LoopThread(kind)
    door = SmtpDoor(
        "smtp",
        chosen,
        store,
        OURS.__contains__,
        protocol,
        implicit_tls=implicit_tls,
        max_wait=max_wait,
        grace=grace,
    )
    try:
        loop.run(door.start())
        yield Running(door, store, loop)
    finally:
        loop.run(door.stop())
        store.close()
        loop.close()


class Talk:
    """A client that says exactly the bytes it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._read = b""

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Go without a farewell: the server sees a reset connection, not its end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def say(self, line: str) -> str:
        """Send a command; its reply, all lines of it."""
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def reply(self) -> str:
        """The next reply, its lines joined by newlines; "" when the server has closed."""
        lines = []
        while True:
            line = self._line()
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    def deliver(self, body: bytes, *recipients: str) -> str:
        """A whole transaction; the reply to its data. `body` has its end marker already."""
        assert self.say("MAIL FROM:<ada@sender.example>").startswith("250")
        for recipient in recipients or ("triage@gateway.example",):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")
        self.send(body)
        return self.reply()

    def _line(self) -> str:
        while b"\r\n" not in self._read:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return ""
            self._read += data
        line, _, self._read = self._read.partition(b"\r\n")
        return line.decode()


def await_true(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Return once `condition()` holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition never came true"
        time.sleep(0.005)


def certificate_files(folder: Path, *names: str) -> tuple[trustme.CA, Path, Path]:
    """A certificate authority, and the files of a certificate and key it made for `names`."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    for pem in issued.cert_chain_pems:
        with certificate.open("ab") as file:
            file.write(pem.bytes())
    issued.private_key_pem.write_to_path(str(key))
    return authority, certificate, key
