"""A notice to 50,000 people: how fast beside aiosmtplib alone, in what memory, and over kills.

Run it by hand: `python -m tests.benchmarks.bench_announce [--people 50000] [--connections 4]
[--kills 10]`. It needs Postfix's smtp-sink. The gateway is the real command on a SQLite store. The
clock runs from `send` to the last letter that the relay took, so that writing the letters counts;
the peer sends letters of the same size, made beforehand, over as many connections. What either
takes of the processor is told beside it, since it says more where other work runs. Then the same
number of people is told once more while the gateway is killed at random moments, and somebody
unsubscribes; what the sink took says whether anybody was left out or told twice.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiosmtplib
import uvloop
from sqlalchemy import insert, select

from gateway import config, logs
from gateway.app import Gateway
from gateway.incidents import subscribers, tickets
from gateway.model import utcnow
from gateway.store.tables import LetterRow, RecipientRow, SubscriberRow
from tests.benchmarks.bench_accept import say
from tests.benchmarks.bench_whole_way import await_port, free_port

TEXT = "Login.gov works again since noon.\n\nThank you for your patience."
FACTS = tickets.Facts(
    source="stakeholder", event="outage", services=("logingov",), reach="many", people=None,
    hampered="blocked", severity="critical", windows=(), window_status=None, needs_review=False,
)  # fmt: skip
PATIENCE = 1800.0
TOLD = re.compile(rb"^X-Rcpt-Args: <([^>]+)>|^Message-ID: <([^>]+)>", re.MULTILINE)


@contextmanager
def sink(dump: Path | None = None) -> Iterator[int]:
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    assert program is not None
    port = free_port()
    kept = ["-D", str(dump)] if dump else []
    command = [program, "-u", "root", *kept, f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(port)
        yield port
    finally:
        process.kill()
        process.wait()


class House:
    """A store with so many subscribers, and the gateway that serves it."""

    def __init__(self, folder: Path, relay: int, people: int, connections: int) -> None:
        self.folder = folder
        self.file = folder / "triage.toml"
        self.file.write_text(
            f'store = "sqlite:///{folder}/triage.db"\naddresses = ["triage@gateway.example"]\n'
            f'[relay]\nurl = "smtp://127.0.0.1:{relay}"\nper_minute = 100000000\n'
            f"connections = {connections}\n[notices]\ntwo_from = 0\ncanary = 0\n"
        )
        self.process: subprocess.Popen[bytes] | None = None
        with Gateway(config.load(self.file)) as gateway, gateway.database.transaction() as session:
            ticket = tickets.new_ticket("Login.gov is down", FACTS)
            session.add(ticket)
            session.flush()
            self.ticket = ticket.ref
            rows = [
                {"address": f"reader{n}@people{n % 40}.example", "service": "logingov",
                 "created_at": utcnow(), "consent_at": utcnow()}
                for n in range(people)
            ]  # fmt: skip
            session.execute(insert(SubscriberRow), rows)

    def announce(self) -> tuple[int, dict[str, float]]:
        """Draft, approve and send; the notice's number, and what each took."""
        took = {}
        with Gateway(config.load(self.file)) as gateway:
            started = time.perf_counter()
            number = gateway.announcing.draft(self.ticket, "update", TEXT, "eve").id
            assert number is not None
            gateway.announcing.approve(number, "fay")
            took["approve_s"] = round(time.perf_counter() - started, 1)
            started = time.perf_counter()
            gateway.announcing.send(number, "fay")
            took["send_s"] = round(time.perf_counter() - started, 1)
        return number, took

    def start(self) -> None:
        command = [sys.executable, "-m", "gateway", "serve", "--config", str(self.file)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log)

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()

    def count(self, question: str) -> int:
        store = sqlite3.connect(f"file:{self.folder}/triage.db?mode=ro", uri=True)
        try:
            (found,) = store.execute(question).fetchone()
            return int(found)
        finally:
            store.close()

    def sent(self) -> int:
        return self.count("SELECT count(*) FROM letter WHERE state = 'sent'")

    def cpu(self) -> float:
        """Seconds of processor time that the gateway took, with its readers that ended."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096 >> 20


async def alone(
    port: int, raws: list[tuple[str, str, bytes]], connections: int
) -> tuple[float, float]:
    """Letters a second that the library alone delivers, and processor seconds for each."""
    waiting = list(raws)

    async def one() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        while waiting:
            sender, recipient, raw = waiting.pop()
            await client.sendmail(sender, [recipient], raw)
        await client.quit()

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(connections)))
    took = time.process_time() - cpu
    return len(raws) / (time.perf_counter() - started), took / len(raws)


def speed(people: int, connections: int) -> None:
    """Ours and the peer's, in turn: peer, ours, peer."""
    folder = Path(tempfile.mkdtemp(prefix="bench-announce-"))
    with sink() as port:
        house = House(folder, port, people, connections)
        _, took = house.announce()
        with Gateway(config.load(house.file)) as gateway, gateway.database.read() as session:
            query = select(LetterRow.sender, LetterRow.recipient, LetterRow.raw).limit(500)
            some = [tuple(row) for row in session.execute(query)]
        raws = [some[n % len(some)] for n in range(min(people, 10_000))]
        before = uvloop.run(alone(port, raws, connections))
        house.start()
        first = 500
        while house.sent() < first:  # the process has started
            time.sleep(0.05)
        memory = [house.memory()]
        started, begun_with, cpu = time.perf_counter(), house.sent(), house.cpu()
        deadline = time.monotonic() + PATIENCE
        while (sent := house.sent()) < people:
            assert time.monotonic() < deadline, f"{sent} of {people} letters were sent"
            if sent > len(memory) * people / 10:
                memory.append(house.memory())
            time.sleep(0.5)
        ours = (people - begun_with) / (time.perf_counter() - started)
        our_cpu = (house.cpu() - cpu) / (people - begun_with)
        memory.append(house.memory())
        house.kill(signal.SIGTERM)
        after = uvloop.run(alone(port, raws, connections))
    peer, peer_cpu = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    say(json.dumps({"people": people, "connections": connections, **took, "ours_per_s": round(ours),
                    "aiosmtplib_per_s": round(peer), "ratio": round(ours / peer, 2),
                    "our_cpu_ms": round(our_cpu * 1000, 2), "its_cpu_ms": round(peer_cpu * 1000, 2),
                    "memory_mb": memory}))  # fmt: skip
    shutil.rmtree(folder)


def kills(people: int, connections: int, number: int) -> None:
    """Killed at random moments: nobody left out, at most one repeated a kill and connection."""
    folder = Path(tempfile.mkdtemp(prefix="bench-announce-"))
    dump, chance = folder / "dump", random.Random()
    with sink(dump) as port:
        house = House(folder, port, people, connections)
        notice, _ = house.announce()
        house.start()
        for kill in range(1, number + 1):
            target = int(people * kill / (number + 1))
            while house.sent() < target:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.3))
            house.kill()
            if kill == number // 2:
                leaver = house.count("SELECT max(id) FROM notice_recipient WHERE state = 'waiting'")
                gone = unsubscribed(house, leaver)
            house.start()
        while house.count(
            "SELECT count(*) FROM notice_recipient WHERE state = 'waiting'"
        ) or house.count("SELECT count(*) FROM letter WHERE state IN ('queued', 'sending')"):
            time.sleep(0.5)
        house.kill(signal.SIGTERM)
    told = Counter[tuple[str, str]]()
    to = ""
    for match in TOLD.finditer(dump.read_bytes()):
        if match[1]:
            to = match[1].decode()
        else:
            told[to, match[2].decode()] += 1
    who = Counter(recipient for recipient, _ in told)
    wanted = {f"reader{n}@people{n % 40}.example" for n in range(people)} - {gone}
    say(json.dumps({
        "notice": notice, "kills": number, "connections": connections,
        "omitted": len(wanted - set(who)),
        "repeated": sum(told.values()) - len(told),
        "repeated_under_another_id": sum(count - 1 for count in who.values()),
        "allowed": number * connections,
        "unsubscribed_was_told": gone in who,
    }))  # fmt: skip
    shutil.rmtree(folder)


def unsubscribed(house: House, line: int) -> str:
    """Somebody whose letter is not written yet wants no more news: their address."""
    gateway = Gateway(config.load(house.file))
    with gateway, gateway.database.transaction() as session:
        gone = session.get_one(RecipientRow, line).key
        subscribers.unsubscribe(session, gone)
        return gone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--kills", type=int, default=10)
    chosen = parser.parse_args()
    logs.configure("text", "error")
    speed(chosen.people, chosen.connections)
    if chosen.kills:
        kills(chosen.people, chosen.connections, chosen.kills)


if __name__ == "__main__":
    main()
