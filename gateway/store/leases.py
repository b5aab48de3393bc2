"""Leases: who may do what only one may do at a time. A lease ends by itself when its owner dies.

An owner is `host/pid/start`: on the same host a dead process is recognised at once, so that a
restart after a crash need not wait for its predecessor's leases to run out.
"""

import os
import socket
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import or_
from sqlmodel import Session, col, delete, select

from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import LeaseRow

EXECUTOR = "executor:"  # names of leases begin so: who holds one works on the store


def _started(pid: int) -> str:
    """When that process started, in clock ticks since boot (proc(5), field 22); "" if unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


@cache
def _owner(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def this_process() -> str:
    """The owner name of this process."""
    return _owner(os.getpid())


def is_dead(owner: str) -> bool:
    """True where `owner` certainly runs no more; False where it may (another host, say)."""
    host, _, rest = owner.partition("/")
    number, _, rest = rest.partition("/")
    started = rest.partition("/")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return bool(started) and _started(int(number)) != started


def acquire(session: Session, name: str, owner: str, seconds: float) -> bool:
    """Take or renew the lease `name`, in the caller's transaction; False while another holds it."""
    now = utcnow()
    until = now + timedelta(seconds=seconds)
    free = [col(LeaseRow.owner) == owner, col(LeaseRow.until) < now]
    holder = session.get(LeaseRow, name)
    if holder is not None and is_dead(holder.owner):
        free.append(col(LeaseRow.owner) == holder.owner)
    taken = session.execute(
        insert_into(session, LeaseRow)
        .values(name=name, owner=owner, until=until)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": owner, "until": until},
            where=or_(*free),
        )
        .returning(col(LeaseRow.name))
    ).first()
    return taken is not None


def holders(session: Session, prefix: str) -> set[str]:
    """Who holds leases of names that begin so, as far as is known, and lives."""
    rows = session.exec(select(LeaseRow).where(col(LeaseRow.name).startswith(prefix))).all()
    now = utcnow()
    return {row.owner for row in rows if row.until > now and not is_dead(row.owner)}


def release(session: Session, name: str, owner: str) -> None:
    """Give the lease back, if `owner` holds it."""
    session.exec(delete(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.owner) == owner))
