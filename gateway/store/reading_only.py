"""The store, opened so that the database itself refuses every change."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import Permanent
from gateway.store.database import as_gateway_error


def reading_only(url: str) -> Engine:
    """An engine on the store of that URL that can only read. Raises Permanent where none is there.

    No migration is run: a store of an older program is told, not changed.
    """
    engine = _engine(url)
    try:
        columns = {one["name"] for one in inspect(engine).get_columns("message")}
    except SQLAlchemyError as error:
        raise Permanent(f"the store cannot be read: {as_gateway_error(error)}") from error
    if "written_at" not in columns:
        raise Permanent("the store is of an older program: run triage status once, which mends it")
    return engine


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite:///"):
        parsed = make_url(url).set(drivername="postgresql+psycopg")
        options = {"options": "-c default_transaction_read_only=on"}
        return create_engine(parsed, connect_args=options, hide_parameters=True)
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        raise Permanent(f"there is no store at {path}: has anything been taken in yet?")
    engine = create_engine(
        f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", hide_parameters=True
    )
    event.listen(engine, "connect", _no_writes)
    return engine


def _no_writes(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")
