"""How many messages a second are durably accepted, against Postfix queueing on the same disk.

Run it by hand: `python -m tests.benchmarks.bench_accept [--rounds 5] [--messages 1500]`. It needs
Postfix with its smtp-source and root. Each round runs every variant once, in a new order; the
medians are printed, and their ratio to Postfix. "spool" is the door with the real spool on SQLite;
"nothing kept" answers 250 without keeping anything: what the dialogue alone costs.
"""

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
import uvloop

from gateway.config import SmtpSettings
from gateway.doors.smtp import SmtpDoor
from gateway.model import Accepted, Arrival, Cursor, Custody
from gateway.spool import Spool
from gateway.store.database import Database
from gateway.store.schema import upgrade
from tests.integration.postfix import Postfix, running_postfix

ADDRESS = "triage@gateway.example"
LOADS = {
    "10 kB, 16 kept": ["-d", "-s", "16", "-l", "10240"],
    "10 kB, 16 new": ["-s", "16", "-l", "10240"],
    "50 kB, 16 kept": ["-d", "-s", "16", "-l", "51200"],
    "10 kB, 64 kept": ["-d", "-s", "64", "-l", "10240"],
    "10 kB, 1 kept": ["-d", "-s", "1", "-l", "10240"],
}
WARM_UP = 100


class Nothing:
    """A custody that keeps nothing, at once."""

    def submit(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> "Future[tuple[Accepted, ...]]":
        done: Future[tuple[Accepted, ...]] = Future()
        done.set_result((Accepted(1, "none", duplicate=False),))
        return done

    def cursor(self, mailbox: str) -> Cursor | None:
        return None

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        return True

    def release(self, name: str, owner: str) -> None:
        return None


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def serve(custody: Custody) -> None:
    """Run a door until standard input ends; its port is the first line of output."""
    settings = SmtpSettings(listen="127.0.0.1:0", max_connections_per_peer=200)
    door = SmtpDoor("smtp", settings, custody, ADDRESS.__eq__)
    await door.start()
    say(door.port)
    await asyncio.to_thread(sys.stdin.read)
    say(door.health().accepted)
    await door.stop()


def serve_process(kind: str) -> None:
    # As in production, but without the log lines, which Postfix's variant writes to a file.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    if kind == "nothing kept":
        return uvloop.run(serve(Nothing()))
    folder = Path(tempfile.mkdtemp(prefix="bench-accept-"))
    database = Database(f"sqlite:///{folder}/triage.db")
    try:
        upgrade(database)
        uvloop.run(serve(Spool(database)))
    finally:
        database.close()
        shutil.rmtree(folder)


@contextmanager
def door_process(kind: str) -> Any:
    """A fresh door in a process of its own; its port."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_accept", "--serve", kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.stdin.close()
        process.wait(60)


def rate(port: int, load: list[str], messages: int) -> float:
    """Messages a second that smtp-source gets rid of; it fails at the first refusal."""
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin")
    assert program is not None
    command = [program, *load, "-m", str(messages), "-t", ADDRESS, f"127.0.0.1:{port}"]
    started = time.perf_counter()
    subprocess.run(command, check=True, timeout=600)
    return messages / (time.perf_counter() - started)


def one_round(variant: str, load: list[str], messages: int, postfix: Postfix) -> float:
    if variant == "postfix":
        found = rate(postfix.port, load, messages)
        postfix.await_empty(300)
        return found
    with door_process(variant) as (port, process):
        rate(port, load, WARM_UP)
        found = rate(port, load, messages)
        process.stdin.close()
        accepted = int(process.stdout.readline())
        assert accepted == messages + WARM_UP, f"{accepted} of {messages} were accepted"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        return serve_process(chosen.serve)
    variants = ["postfix", "spool", "nothing kept"]
    order = random.Random(1)
    with running_postfix(
        default_transport="discard",
        default_process_limit="200",
        smtpd_client_connection_count_limit="0",
        smtpd_client_connection_rate_limit="0",
    ) as postfix:
        for name, load in LOADS.items():
            rates: dict[str, list[float]] = {variant: [] for variant in variants}
            for _ in range(chosen.rounds):
                for variant in order.sample(variants, len(variants)):
                    rates[variant].append(one_round(variant, load, chosen.messages, postfix))
            medians = {variant: statistics.median(found) for variant, found in rates.items()}
            ratios = {v: round(found / medians["postfix"], 2) for v, found in medians.items()}
            line = {"load": name, "ratio": ratios, "postfix_per_s": round(medians["postfix"])}
            say(json.dumps(line))


if __name__ == "__main__":
    main()
