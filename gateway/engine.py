"""The engine: runs a batch of work durably, on DBOS. The only module that knows DBOS.

A batch is a DBOS workflow; what it writes goes through `transaction`, in which the rows and
DBOS's own record of the step commit together. DBOS re-runs what an earlier process of the same
executor slot left unfinished. Whether such a re-run may still write is not DBOS's to say: the
claims in the spool decide. Traps of DBOS that are handled here: the default executor id is the
same for all processes, the default application version is a hash of the code (an upgrade would
strand work), its records are never pruned in the free core.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

import structlog
from dbos import DBOS, DBOSConfig, SQLAlchemyDatasource
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from gateway.errors import Temporary
from gateway.model import utcnow
from gateway.store import leases
from gateway.store.database import Database, as_gateway_error

VERSION = "triage-1"  # raised only when a batch of an older program cannot be finished by this one
SLOTS = 64
SLOT_SECONDS = 60.0
KEEP = timedelta(hours=1)
PRUNE_AT_ONCE = 500

R = TypeVar("R")
log = structlog.get_logger()
Work = Callable[[str, list[int]], None]

_work: Work | None = None


@DBOS.workflow(name="process_batch")
def _process_batch(token: str, ids: list[int]) -> None:
    if _work is None:
        raise RuntimeError("the engine was not launched")
    _work(token, ids)


def _said_plainly(record: logging.LogRecord) -> bool:
    """One line of ours for what DBOS would tell in a hundred; it tries again by itself."""
    error = record.exc_info[1] if record.exc_info else None
    why = str(as_gateway_error(error)) if error else record.getMessage().partition("\n")[0][:200]
    log.warning("engine.trouble", why=why)
    return False


class Engine:
    """DBOS for one store and one process. DBOS allows one launched engine in a process."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._slot: str | None = None
        self._datasource: SQLAlchemyDatasource | None = None

    def launch(self, work: Work, *, threads: int) -> None:
        """Start; `work(token, ids)` is called for each batch, at most `threads` at once."""
        global _work  # noqa: PLW0603  DBOS finds workflows by name, at module level
        _work = work
        self._slot = self._take_slot()
        for name in ("dbos", "dbos.queue"):
            logging.getLogger(name).setLevel(logging.ERROR)
            logging.getLogger(name).addFilter(_said_plainly)
        config: DBOSConfig = {
            "name": "triage-gateway",
            "system_database_engine": self._database.engine,
            "system_database_url": self._url(),
            "application_version": VERSION,
            "executor_id": self._slot,
            "max_executor_threads": threads + 2,
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)
        self._datasource = SQLAlchemyDatasource.create(
            self._url(),
            engine=self._database.engine,
            sessionmaker=sessionmaker(class_=Session, expire_on_commit=False),
        )
        DBOS.launch()

    def _url(self) -> str:
        return self._database.url.replace("postgresql://", "postgresql+psycopg://", 1)

    def _take_slot(self) -> str:
        """The lowest executor slot that no living process holds: a restart gets its old one."""
        with self._database.transaction() as session:
            for number in range(SLOTS):
                name = f"{leases.EXECUTOR}{number}"
                if leases.acquire(session, name, self._owner, SLOT_SECONDS):
                    return name
        raise Temporary(f"store: {SLOTS} processes work on it already")

    def start(self, token: str, ids: tuple[int, ...]) -> None:
        """Start one batch; its work is called in a thread of the engine."""
        DBOS.start_workflow(_process_batch, token, list(ids))

    def transaction(self, name: str, write: Callable[[Session], R]) -> R:
        """Run `write` in a transaction of its own that also records this step of the batch."""
        source = self._datasource
        if source is None:
            raise RuntimeError("the engine was not launched")

        def body() -> R:
            session = cast("Session", source.sql_session())
            if self._database.is_sqlite:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            return write(session)

        with self._database.turn():
            return source.run_tx_step({"name": name, "isolation_level": self._isolation()}, body)

    def _isolation(self) -> Any:
        # The claims in the spool and unique keys guard what SERIALIZABLE would, without retries.
        return "SERIALIZABLE" if self._database.is_sqlite else "READ COMMITTED"

    def keep_alive(self) -> None:
        """Renew the executor slot; call it more often than every `SLOT_SECONDS`."""
        if self._slot is not None:
            with self._database.transaction() as session:
                leases.acquire(session, self._slot, self._owner, SLOT_SECONDS)

    def prune(self) -> int:
        """Remove DBOS's records of batches that ended over an hour ago; returns how many."""
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            end_time=(utcnow() - KEEP).isoformat(),
            limit=PRUNE_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([workflow.workflow_id for workflow in ended])
        return len(ended)

    def stop(self, seconds: int) -> None:
        """Let batches under way finish, for `seconds` at most, then stop."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        slot, self._slot = self._slot, None
        if slot is None:
            return
        try:
            with self._database.transaction() as session:
                leases.release(session, slot, self._owner)
        except Exception as error:  # a slot that is not given back ends by itself
            log.warning("engine.slot_kept", why=str(as_gateway_error(error)))
