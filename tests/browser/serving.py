"""A gateway that serves in this process, so that its models are loaded once for many tests."""

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.progress import Progress

from gateway.app import Gateway
from gateway.config import (
    AnswerSettings,
    ConsoleSettings,
    MatchingSettings,
    RelaySettings,
    Settings,
    SmtpSettings,
    WorkerSettings,
)
from gateway.ingest import ingest
from gateway.serving import serve

PATIENCE = 60.0
Content = Literal["join", "suggest", "off"]


def settings_of(store: str, relay: str | None = None, *, matching: Content = "join") -> Settings:
    """Doors on free ports of loopback; everybody is answered."""
    return Settings(
        store=store,
        addresses=("triage@gateway.example",),
        answers=AnswerSettings(to="anyone"),
        console=ConsoleSettings(listen="127.0.0.1:0"),
        smtp=SmtpSettings(listen="127.0.0.1:0"),
        matching=MatchingSettings(content=matching),
        relay=RelaySettings(url=relay, per_minute=60_000) if relay else None,
        workers=WorkerSettings(readers=0),
    )


def take_in(gateway: Gateway, paths: Sequence[Path]) -> None:
    """Mail from files, filed and answered; before it serves."""

    def run() -> None:
        found = [str(path) for path in paths]
        asyncio.run(ingest(gateway, found, sys.stdin.buffer, Progress(disable=True)))

    in_a_thread(run)


def in_a_thread(run: object) -> None:
    """A browser of this process has the main thread's event loop."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            run()  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    """It serves; the address of its console."""
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), threading.Event()

    async def run() -> None:
        began = asyncio.Event()
        server = asyncio.create_task(serve(gateway, stop, began, invites=False))
        waiting = asyncio.create_task(began.wait())
        await asyncio.wait([server, waiting], return_when=asyncio.FIRST_COMPLETED)
        ready.set()
        await server

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "it does not serve"
    assert gateway.console is not None
    try:
        yield f"http://127.0.0.1:{gateway.console.port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()
