"""The whole way: accepted by SMTP, read, filed, acknowledged to a sink, against Postfix queueing.

Run it by hand: `python -m tests.benchmarks.bench_whole_way [--rounds 3] [--messages 2000]`. It
needs Postfix with its smtp-sink, and root. The gateway is the real command with its defaults, so
content is matched; 16 sessions send varied mail of 10 kB (`traffic`), to the gateway and then to
Postfix; the clock stops when all is filed and the last acknowledgement is delivered. With
`--soak 20000` it sends that many once and prints the memory of all its processes on the way.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import traffic
from tests.benchmarks.bench_accept import say
from tests.benchmarks.traffic import Mail
from tests.integration.postfix import running_postfix

ADDRESS = "triage@gateway.example"
PATIENCE = 600.0
WARM_UP = 100


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Serving:
    """A gateway process, its SMTP port and its console."""

    process: "subprocess.Popen[bytes]"
    smtp: int
    console: int

    def counts(self) -> dict[str, int]:
        """How many messages and letters are in each state."""
        found = {}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.console}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                name, _, value = line.partition(" ")
                if name.startswith(("triage_spool_messages{", "triage_outbox_letters{")):
                    found[name] = int(float(value))
        return found

    def await_filed(self, messages: int) -> int:
        """Wait until so many are done and no letter waits; how many letters were sent."""
        deadline = time.monotonic() + PATIENCE
        while True:
            counts = self.counts()
            waiting = sum(counts[f'triage_outbox_letters{{state="{state}"}}']
                          for state in ("queued", "sending"))  # fmt: skip
            if counts['triage_spool_messages{state="done"}'] >= messages and not waiting:
                return counts['triage_outbox_letters{state="sent"}']
            assert time.monotonic() < deadline, f"{messages} messages were not filed: {counts}"
            time.sleep(0.2)

    def memory(self) -> int:
        """Resident memory of the gateway and its reader processes, in MB."""
        family = [self.process.pid, *children(self.process.pid)]
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in family]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") >> 20


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


@contextmanager
def sink() -> Iterator[int]:
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    assert program is not None
    port = free_port()
    command = [program, "-u", "nobody", "-c", f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(port)
        yield port
    finally:
        process.kill()
        process.wait()


def await_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def gateway(relay: int, store: str | None = None) -> Iterator[Serving]:
    folder = Path(tempfile.mkdtemp(prefix="bench-whole-"))
    smtp, console = free_port(), free_port()
    config = folder / "triage.toml"
    config.write_text(
        f'store = "{store or f"sqlite:///{folder}/triage.db"}"\naddresses = ["{ADDRESS}"]\n'
        f'[smtp]\nlisten = "127.0.0.1:{smtp}"\nmax_connections_per_peer = 200\n'
        f'[relay]\nurl = "smtp://127.0.0.1:{relay}"\nper_minute = 100000000\n'
        '[answers]\nto = "anyone"\nper_sender_per_hour = 100000000\n'
        "per_sender_per_day = 100000000\nper_ticket_per_day = 100000000\nper_day = 100000000\n"
        f'[console]\nlisten = "127.0.0.1:{console}"\n'
    )
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        await_port(smtp)
        yield Serving(process, smtp, console)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder)


def one_round(some: list[Mail]) -> dict[str, float]:
    first, rest = some[:WARM_UP], some[WARM_UP:]
    with sink() as relay, gateway(relay) as serving:
        traffic.send(serving.smtp, ADDRESS, first)
        before = serving.await_filed(len(first))
        started = time.perf_counter()
        accepted = traffic.send(serving.smtp, ADDRESS, rest)
        letters = serving.await_filed(len(some)) - before
        whole = len(rest) / (time.perf_counter() - started)
    with running_postfix(default_transport="discard", default_process_limit="200",
                         smtpd_client_connection_count_limit="0",
                         smtpd_client_connection_rate_limit="0") as postfix:  # fmt: skip
        traffic.send(postfix.port, ADDRESS, first)
        queued = traffic.send(postfix.port, ADDRESS, rest)
        postfix.await_empty(300)
    return {"accepted": accepted, "whole": whole, "postfix": queued, "letters": letters}


def soak(messages: int) -> None:
    step = messages // 10
    with sink() as relay, gateway(relay) as serving:
        for number in range(1, 11):
            traffic.send(serving.smtp, ADDRESS, traffic.mails(step, seed=number))
            serving.await_filed(number * step)
            say(json.dumps({"messages": number * step, "memory_mb": serving.memory()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--soak", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.soak:
        return soak(chosen.soak)
    some = traffic.mails(WARM_UP + chosen.messages)
    rounds = [one_round(some) for _ in range(chosen.rounds)]
    for one in rounds:
        say(json.dumps({key: round(value) for key, value in one.items()}))
    for key in ("accepted", "whole"):
        ratios = [one[key] / one["postfix"] for one in rounds]
        say(json.dumps({"ratio": key, "median": round(statistics.median(ratios), 2)}))


if __name__ == "__main__":
    main()
