"""Reader processes: understanding happens beside the gateway, where nothing can hurt it.

Reading is the one place where strangers' bytes meet much code. In a process of its own it
takes no time from the doors, and a message that crashes it, hangs or eats memory costs one
process, which is started anew. With `count` 0 it happens in this process, without that guard.
"""

import multiprocessing
import queue
import resource
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.understanding import Understanding, Understood

START_SECONDS = 120.0
MEMORY_BYTES = 4 << 30


class ReaderCrashed(GatewayError):
    """The reader process died or took too long over these messages."""


def _serve(pipe: Connection, data: Path, overlay: Path | None, zone: str) -> None:
    """The reader process: batches of bytes in, what each means out, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the gateway itself decides when to stop
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    understanding = Understanding(data, overlay, zone)
    is_heard = _sent(pipe, "ready")
    while is_heard:
        try:
            batch: list[bytes] = pipe.recv()
        except (EOFError, OSError):
            return
        for raw in batch:
            try:
                answer: Any = understanding.read(raw)
            except MemoryError:
                answer = "reading it needs too much memory"
            is_heard = _sent(pipe, answer)


def _sent(pipe: Connection, answer: Any) -> bool:
    """False where the gateway is gone, so that nobody is left to read it."""
    try:
        pipe.send(answer)
    except OSError:
        return False
    return True


class _Process:
    """One reader process, started when it is first needed and again after it died."""

    def __init__(self, arguments: tuple[Path, Path | None, str]) -> None:
        self._arguments = arguments
        self._process: Any = None
        self._pipe: Connection | None = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, *self._arguments), name="reader", daemon=True
        )
        self._process.start()
        there.close()
        self._pipe = here
        self._receive(here, START_SECONDS)
        return here

    def _receive(self, pipe: Connection, seconds: float) -> Any:
        try:
            if pipe.poll(seconds):
                return pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise ReaderCrashed("the reader process died over it") from error
        self.stop()
        raise ReaderCrashed(f"reading took longer than {seconds:g} s")

    def warm(self) -> None:
        """Have the process ready."""
        if self._pipe is None:
            self._start()

    def read(self, batch: list[bytes], seconds: float) -> list[Understood]:
        pipe = self._pipe or self._start()
        try:
            pipe.send(batch)
        except OSError as error:
            self.stop()
            raise ReaderCrashed("the reader process had died") from error
        found: list[Understood] = []
        for _ in batch:
            answer = self._receive(pipe, seconds)
            if isinstance(answer, str):
                self.stop()
                raise ReaderCrashed(answer)
            found.append(answer)
        return found

    def stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


class Readers:
    """`count` reader processes behind one call that any thread may make."""

    def __init__(self, count: int, data: Path, overlay: Path | None, zone: str) -> None:
        self._arguments = (data, overlay, zone)
        self._local: Understanding | None = None
        self._lock = threading.Lock()
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._processes = [_Process(self._arguments) for _ in range(count)]
        for process in self._processes:
            self._idle.put(process)

    def read(self, batch: Sequence[bytes], seconds: float) -> list[Understood]:
        """Understand each message of `batch`, `seconds` at most for each of them.

        Raises ReaderCrashed where a process died or ran out of time over the batch.
        """
        if not self._processes:
            local = self._here()
            return [local.read(raw) for raw in batch]
        process = self._idle.get()
        try:
            return process.read(list(batch), seconds)
        finally:
            self._idle.put(process)

    def _here(self) -> Understanding:
        with self._lock:
            if self._local is None:
                self._local = Understanding(*self._arguments)
            return self._local

    def warm(self) -> None:
        """Start the processes in the background, so that the first mail need not wait."""

        def start() -> None:
            for _ in self._processes:
                process = self._idle.get()
                try:
                    process.warm()
                except ReaderCrashed:
                    pass  # the first batch starts it again and tells why it cannot
                finally:
                    self._idle.put(process)

        threading.Thread(target=start, name="warm-readers", daemon=True).start()

    def stop(self) -> None:
        """End every process."""
        for process in self._processes:
            process.stop()
