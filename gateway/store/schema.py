"""Bring a store's schema to the newest version, once, whoever comes first."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import Permanent
from gateway.store.database import Database, as_gateway_error
from gateway.store.tables import SigningKeyRow

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "gateway_schema"
POSTGRES_LOCK = 0x7472_6961  # any number that only this program takes
_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415  # few starts have anything to upgrade

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def upgrade(database: Database) -> None:
    """Create or upgrade the tables. Raises Permanent where the store is newer than the program."""
    try:
        if not _is_new(database):
            _upgrade(database)
    except SQLAlchemyError as error:
        raise Permanent(f"store: {as_gateway_error(error)}: {_remedy(database)}") from error


def _is_new(database: Database) -> bool:
    """Whether the store is of this program's schema, which mostly it is: a look is enough."""
    newest = max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608  # a constant
    try:
        with database.engine.connect() as connection:
            return connection.execute(query).scalars().all() == [newest.partition("_")[0]]
    except SQLAlchemyError:
        return False  # there is none yet, or what fails is told by the upgrade


def _upgrade(database: Database) -> None:
    from alembic import command  # noqa: PLC0415  # see _config
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = _config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        current = context.get_current_revision()
        if current == head:
            return
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise Permanent(
                f"store: its schema {current} is newer than this program: upgrade the program"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def signing_key(database: Database, name: str) -> bytes:
    """The key of that name, made together with the store."""
    with database.read() as session:
        row = session.get(SigningKeyRow, name)
    if row is None:
        raise Permanent(f"store: its signing key {name} is missing: restore it from a backup")
    return bytes.fromhex(row.key)


def _remedy(database: Database) -> str:
    if database.is_sqlite:
        path = Path(database.url.removeprefix("sqlite:///")).absolute()
        return f"is {path} a store of ours, on a disk with room, that we may write to?"
    shown = make_url(database.url).render_as_string(hide_password=True)
    return f"does {shown} run, and may we make tables there?"
