"""A gateway as its users have it: a configuration file, the real command, mail over TCP.

Nothing here looks into the program: what happened is asked by `triage ... --json`, `/healthz`
and `/metrics`. `python -m gateway` is started as a process of its own, but for mere questions
(`House.ask`), of which there are hundreds: those call the command in this process.
"""

import email
import email.policy
import json
import os
import random
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any

from gateway import cli
from tests.integration.postfix import HOST
from tests.integration.sink import Received, Sink

ROOT = Path(__file__).parents[2]
ADDRESS = "triage@gateway.example"
PATIENCE = 60.0


def own_port() -> int:
    """A loopback port below those that the system gives to clients: it is still free later."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port


def toml(table: dict[str, Any]) -> str:
    """A table whose values are plain, or tables of plain values."""
    plain = [f"{key} = {json.dumps(v)}\n" for key, v in table.items() if not isinstance(v, dict)]
    tables = [f"[{key}]\n{toml(v)}" for key, v in table.items() if isinstance(v, dict)]
    return "".join([*plain, *tables])


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def triage(
    *arguments: object,
    given: bytes = b"",
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> Done:
    """Run the command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *map(str, arguments)],
        input=given,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        check=False,
        timeout=PATIENCE,
    )
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode())


def asked(*arguments: object) -> Done:
    """Run the command in this process."""
    code, argv = 0, sys.argv
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        try:
            sys.argv = ["triage", *map(str, arguments)]
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            sys.argv = argv
    return Done(code, out.getvalue(), err.getvalue())


class House:
    """One configuration and the processes that run on it. `tables` are parts of the file.

    `sink` is where its relay is, if it has one.
    """

    def __init__(self, folder: Path, store: str, sink: Sink | None = None, **tables: Any) -> None:
        self.folder = folder
        self.sink = sink
        self.config = folder / "triage.toml"
        self.log_file = folder / "log"
        self.smtp_port, self.console_port = own_port(), own_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._tables: dict[str, Any] = {
            "store": store,
            "addresses": [ADDRESS],
            "log": "json",
            "smtp": {"listen": f"{HOST}:{self.smtp_port}"},
            "console": {"listen": f"{HOST}:{self.console_port}"},
        }
        folder.mkdir(exist_ok=True)
        self.configure(**tables)

    def configure(self, **tables: Any) -> None:
        """Write the file, with these parts changed; None takes one out."""
        self._tables |= tables
        self._tables = {key: value for key, value in self._tables.items() if value is not None}
        self.config.write_text(toml(self._tables))

    @property
    def store_file(self) -> Path:
        """Where the SQLite store is."""
        return Path(self._tables["store"].removeprefix("sqlite:///"))

    # --- commands that end ---

    def triage(self, *arguments: object, given: bytes = b"") -> Done:
        return triage(*arguments, "--config", self.config, given=given)

    def ask(self, *arguments: object) -> list[dict[str, Any]]:
        """The lines of `triage ... --json`, which must end well and change nothing."""
        done = asked(*arguments, "--json", "--config", self.config)
        assert done.code == 0, done
        return done.lines

    def tell(self, *arguments: object) -> dict[str, Any]:
        """The one line of `triage ... --json`, run as a process, which must end well."""
        done = self.triage(*arguments, "--json")
        assert done.code == 0, done
        (line,) = done.lines
        return line

    def do(self, *arguments: object) -> str:
        """Run a command that must end well; what it said."""
        done = self.triage(*arguments)
        assert done.code == 0, done
        return done.out

    def do_here(self, *arguments: object) -> None:
        """The same in this process, for what is done a hundred times."""
        done = asked(*arguments, "--config", self.config)
        assert done.code == 0, done

    def ticket_of(self, title: str) -> dict[str, Any]:
        """The one ticket of that title, with all that is on it."""
        (found,) = [one for one in self.ask("tickets") if one["title"] == title]
        (details,) = self.ask("tickets", "show", found["ref"])
        return details

    # --- the gateway ---

    def start(self, *, program: Sequence[str] = ("-m", "gateway")) -> None:
        """Start `serve` and wait until it is ready."""
        self.launch(program=program)
        self.await_ready()

    def launch(self, *, program: Sequence[str] = ("-m", "gateway")) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--config", str(self.config)],
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    def await_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"serve ended:\n{self.log}"
            answer = self.healthz()
            if answer is None or answer[0] != 200:
                return False
            with suppress(OSError), socket.create_connection((HOST, self.smtp_port)):
                return True
            return "smtp" not in self._tables

        self.await_(is_ready, "serve is ready")

    def kill(self) -> None:
        """As if the plug were pulled (kill -9)."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code, which must come within seconds."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE / 2)

    @contextmanager
    def running(self, *, program: Sequence[str] = ("-m", "gateway")) -> Iterator["House"]:
        """Serve until the end of the block, in which it may be killed and started again."""
        try:
            self.start(program=program)
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.kill()

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """What is logged; what a kill -9 makes others say is left out."""
        return [json.loads(line) for line in self.log.splitlines() if line[:1] == "{"]

    # --- the console ---

    def get(self, path: str) -> tuple[int, str]:
        url = f"http://{HOST}:{self.console_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def healthz(self) -> tuple[int, dict[str, Any]] | None:
        """Code and body; None while nothing listens."""
        with suppress(OSError):
            code, text = self.get("/healthz")
            return code, json.loads(text)
        return None

    def metrics(self) -> dict[str, float]:
        """Each sample of `/metrics` by its name with labels; {} while it does not answer."""
        with suppress(OSError):
            code, text = self.get("/metrics")
            samples = [line.rpartition(" ") for line in text.splitlines() if line[:1] != "#"]
            return {name: float(value) for name, _, value in samples} if code == 200 else {}
        return {}

    def messages(self, state: str) -> float:
        return self.metrics().get(f'triage_spool_messages{{state="{state}"}}', -1)

    def letters(self, state: str) -> float:
        return self.metrics().get(f'triage_outbox_letters{{state="{state}"}}', -1)

    def await_settled(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing is under way: messages are done or held, letters not due."""

        def is_settled() -> bool:
            found = self.metrics()
            waiting = ['spool_messages{state="accepted"}', 'outbox_letters{state="queued"}',
                       'outbox_letters{state="sending"}']  # fmt: skip
            return bool(found) and not any(found[f"triage_{name}"] for name in waiting)

        self.await_(is_settled, "everything settled", seconds)

    def await_done(self, number: int, seconds: float = PATIENCE) -> None:
        """Wait until so many messages are done."""
        self.await_(lambda: self.messages("done") >= number, f"{number} done", seconds)

    def await_(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """The first true value of `condition()`, asked ten times a second: it costs something."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            value = condition()
            if value:
                return value
            time.sleep(0.1)
        tail = "\n".join(self.log.splitlines()[-40:])
        raise AssertionError(f"not within {seconds:g} s: {what}\n{self.metrics()}\n{tail}")

    # --- mail ---

    def answers_to(self, address: str) -> list[Received]:
        """The letters that have gone there, once nothing is under way."""
        assert self.sink is not None
        self.await_settled()
        return [one for one in self.sink.received if one.recipient == address]

    def answer_to(self, address: str) -> EmailMessage:
        """The one letter that has gone there."""
        (received,) = self.answers_to(address)
        return parsed(received.raw)

    def spooled(self, message_id: str) -> list[dict[str, Any]]:
        """The messages of that Message-ID in the spool, the oldest first."""
        self.await_settled()
        found = self.ask("spool", "list", "--limit", 1000)
        return [one for one in reversed(found) if one["message_id"] == message_id]

    def arrivals(self, trace: str) -> list[dict[str, Any]]:
        """How often and by which doors that message came."""
        (message,) = self.ask("spool", "show", trace)
        found: list[dict[str, Any]] = message["arrivals"]
        return found

    def post(self, raw: bytes, sender: str = "somebody@people.example", to: str = ADDRESS) -> str:
        """Hand one message to the SMTP door; its answer to DATA."""
        with smtplib.SMTP(HOST, self.smtp_port, timeout=PATIENCE) as client:
            return deliver(client, raw, sender, to)

    def take(self, raw: bytes, sender: str = "somebody@people.example", to: str = ADDRESS) -> None:
        """The same, and it must be accepted."""
        answer = self.post(raw, sender, to)
        assert answer.startswith("250 "), answer


def deliver(client: smtplib.SMTP, raw: bytes, sender: str, to: str = ADDRESS) -> str:
    """One message over an open connection; the answer to DATA, or to what was refused before."""
    client.ehlo_or_helo_if_needed()
    for code, text in (client.mail(sender), client.rcpt(to)):
        if code != 250:
            return f"{code} {text.decode()}"
    code, text = client.data(raw)
    return f"{code} {text.decode()}"


def parsed(raw: bytes) -> EmailMessage:
    """A letter, to be looked at."""
    return email.message_from_bytes(raw, policy=email.policy.default)
