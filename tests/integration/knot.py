"""A real Knot DNS for tests: own zones and port; with a root zone, so that it knows the world.

`with running_knot(records) as knot:` serves `records`, a table of names to lists of
"TYPE data", from one root zone: every other name is not there (NXDOMAIN). For the zones in
`broken` it has nothing to give, and says so (SERVFAIL). `text` puts a TXT record together.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.resolver

from tests.conftest import server_program
from tests.integration.postfix import HOST, await_condition, free_port

CONFIG = """
server:
    rundir: {folder}
    listen: {host}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {folder}
log:
  - target: {folder}/log
    any: info
zone:
"""
ZONE = "  - domain: {name}\n    file: {folder}/{file}\n    zonefile-load: whole\n"
APEX = "$TTL 300\n@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60\n@ NS ns.test.\n"


def text(*strings: str) -> str:
    """A TXT record of these strings; a single long one is cut where it must be."""
    if len(strings) == 1:
        (one,) = strings
        strings = tuple(one[at : at + 255] for at in range(0, len(one), 255)) or ("",)
    quoted = (
        f'"{part}"' for part in (s.replace("\\", "\\\\").replace('"', '\\"') for s in strings)
    )
    return "TXT " + " ".join(quoted)


@dataclass(frozen=True)
class Knot:
    """A running server."""

    port: int
    host: str = HOST

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port


@contextmanager
def running_knot(
    records: Mapping[str, Sequence[str]], broken: Sequence[str] = ()
) -> Iterator[Knot]:
    """A server that is stopped and removed at the end."""
    program = server_program("knot")
    assert program is not None, "knot is not installed"
    folder = Path(tempfile.mkdtemp(prefix="knot-"))
    knot = Knot(free_port())
    lines = [f"{name}. {line}\n" for name, found in records.items() for line in found]
    (folder / "root.zone").write_text(APEX + "ns.test. A 127.0.0.1\n" + "".join(lines))
    config = CONFIG.format(folder=folder, host=knot.host, port=knot.port)
    config += ZONE.format(name=".", folder=folder, file="root.zone")
    config += "".join(
        ZONE.format(name=f"{name}.", folder=folder, file="no.zone") for name in broken
    )
    (folder / "knot.conf").write_text(config)
    process = subprocess.Popen(
        [program, "-c", str(folder / "knot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_condition(lambda: _answers(knot), f"knot answers; log: {_log(folder)}")
        yield knot
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(knot: Knot) -> bool:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [knot.host], knot.port
    try:
        return bool(resolver.resolve("ns.test.", "A", lifetime=1))
    except dns.exception.DNSException:
        return False


def _log(folder: Path) -> str:
    file = folder / "log"
    return file.read_text() if file.exists() else "(none)"
