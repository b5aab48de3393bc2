"""A real Postfix for one test: own configuration, queue and port, nothing of the machine's own.

`with running_postfix(relayhost="[127.0.0.1]:2525") as postfix:` starts one, waits until it
listens, and stops it afterwards. Keyword arguments are main.cf parameters. It must run as root,
since the master daemon gives up its rights itself; `why_not()` says what is missing.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 30.0

MAIN_CF = {
    "compatibility_level": "3.6",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "inet_interfaces": HOST,
    "inet_protocols": "ipv4",
    "myhostname": "postfix.example",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "smtpd_peername_lookup": "no",
    "smtp_dns_support_level": "disabled",
    "smtp_host_lookup": "native",
    "message_size_limit": "52428800",
    "bounce_queue_lifetime": "1h",
    # Deferred mail is tried again at once when asked (`flush`), and soon when not.
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "2s",
    "smtp_destination_concurrency_failed_cohort_limit": "100",
    "in_flow_delay": "0",
}

MASTER_CF = """
{host}:{port} inet n - n - - smtpd
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 300 1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
flush     unix  n - n 300 0 flush
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
showq     unix  n - n -   - showq
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
lmtp      unix  - - n -   - lmtp
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
{extra}
"""


def why_not() -> str | None:
    """Why no Postfix can be started here, or None."""
    if shutil.which("postfix", path="/usr/sbin:/usr/bin") is None:
        return "postfix is not installed (see .ci/install-servers)"
    if os.geteuid() != 0:
        return "postfix needs root to start its own instance"
    return None


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def await_condition(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first true value of `condition()`, asked until `seconds` are over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds:g} s: {what}")


@dataclass(frozen=True)
class Postfix:
    """A running instance. `port` takes mail from loopback for every domain."""

    directory: Path
    port: int

    host = HOST

    @property
    def config(self) -> Path:
        """Where main.cf and master.cf are."""
        return self.directory / "etc"

    @property
    def log(self) -> str:
        """What it has logged so far."""
        file = self.directory / "mail.log"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def master_pid(self) -> int | None:
        """The process id of its master daemon, None when it has none."""
        with suppress(OSError, ValueError):
            pid = int((self.directory / "spool/pid/master.pid").read_text())
            os.kill(pid, 0)
            return pid
        return None

    def queue(self) -> list[dict[str, Any]]:
        """What is queued: one dict a message, as `postqueue -j` gives it (queue_name, ...)."""
        listing = self._run("postqueue", "-c", str(self.config), "-j")
        return [json.loads(line) for line in listing.splitlines()]

    def flush(self) -> None:
        """Try all queued mail again now."""
        self._run("postqueue", "-c", str(self.config), "-f")

    def await_empty(self, seconds: float = PATIENCE) -> None:
        """Wait until everything is delivered or bounced."""
        await_condition(lambda: not self.queue(), f"an empty queue; log:\n{self.log}", seconds)

    def await_log(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until its log holds `words`."""
        await_condition(lambda: words in self.log, f"{words!r} in its log:\n{self.log}", seconds)

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._run("postfix", "-c", str(self.config), "start")
        await_condition(self._listens, f"postfix listens on {self.port}; log:\n{self.log}")

    def stop(self) -> None:
        """Stop it: by its own command, and by its own process id should that not do."""
        pid = self.master_pid
        with suppress(subprocess.CalledProcessError):
            self._run("postfix", "-c", str(self.config), "stop")
        if pid is not None and self.master_pid == pid:
            os.kill(pid, signal.SIGKILL)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=5):
            return True
        return False

    def _run(self, program: str, *arguments: str) -> str:
        path = shutil.which(program, path="/usr/sbin:/usr/bin")
        assert path is not None, f"{program} is not installed"
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        return done.stdout


@contextmanager
def running_postfix(master_extra: str = "", **main_cf: str) -> Iterator[Postfix]:
    """A Postfix of one's own, stopped and removed at the end.

    `master_extra` are more lines for master.cf; `main_cf` sets or overrides parameters.
    """
    # Not pytest's tmp_path: its parents are closed to the user Postfix runs as.
    directory = Path(tempfile.mkdtemp(prefix="postfix-"))
    directory.chmod(0o755)
    postfix = Postfix(directory, free_port())
    try:
        _lay_out(postfix, master_extra, main_cf)
        postfix.start()
        yield postfix
    finally:
        postfix.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _lay_out(postfix: Postfix, master_extra: str, main_cf: dict[str, str]) -> None:
    for folder in ("etc", "spool", "data"):
        (postfix.directory / folder).mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(postfix.directory / "data", owner.pw_uid, owner.pw_gid)
    settings = MAIN_CF | {
        "maillog_file_prefixes": str(postfix.directory.parent),
        "maillog_file": str(postfix.directory / "mail.log"),
        "queue_directory": str(postfix.directory / "spool"),
        "data_directory": str(postfix.directory / "data"),
    }
    lines = [f"{name} = {value}\n" for name, value in (settings | main_cf).items()]
    (postfix.config / "main.cf").write_text("".join(lines))
    master = MASTER_CF.format(host=HOST, port=postfix.port, extra=master_extra)
    (postfix.config / "master.cf").write_text(master)
