"""A private PostgreSQL server for tests: started at first use, gone with the process.

The server lives in a temporary folder, listens on a free loopback port and runs as the user
`postgres` where the tests run as root (it refuses to run as root). Tests that use it carry
`pytest.mark.needs_server("postgresql")`.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

SERVER_FOLDERS = [*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
USER = "postgres"


class PostgresServer:
    """One cluster, trusted on loopback only."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-"))
        self.data = self.folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        try:
            self._run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "-N")
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _run(self, program: str, *arguments: object) -> None:
        path = shutil.which(program, path=":".join(SERVER_FOLDERS))
        assert path is not None, f"{program} is not installed"
        result = subprocess.run(
            [path, *map(str, arguments)],
            user="postgres" if os.geteuid() == 0 else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
        if result.returncode:
            raise RuntimeError(f"{program}: {result.stderr.decode(errors='replace')}")

    def start(self) -> None:
        """Start it; after `halt` with all that was in it."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} "
            f"-c unix_socket_directories={self.folder} -c max_connections=200"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, "start")

    def halt(self) -> None:
        """Stop it at once, as a crash would, whoever is connected."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def execute(self, statements: Sequence[str]) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def stop(self) -> None:
        try:
            self.halt()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


_server: PostgresServer | None = None
_lock = threading.Lock()


def _running() -> PostgresServer:
    global _server  # noqa: PLW0603 - one server serves every test of the process
    with _lock:
        if _server is None:
            _server = PostgresServer()
            atexit.register(_server.stop)
        return _server


@contextmanager
def own_postgres() -> Iterator[PostgresServer]:
    """A server for one test alone, which may halt and start it."""
    server = PostgresServer()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def postgres_url() -> Iterator[str]:
    """The URL of a fresh, empty database, `postgresql://postgres@127.0.0.1:port/name`.

    It is dropped at the end, whoever is still connected to it.
    """
    server = _running()
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.execute([f"CREATE DATABASE {name}"])
    try:
        yield server.url(name)
    finally:
        server.execute([f"DROP DATABASE {name} WITH (FORCE)"])
