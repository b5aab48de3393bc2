"""What hundreds of tests would prepare anew, prepared once a process: new stores and templates.

A new store is the very statements that the migrations sent to the first one (of each database);
the same text of a template gives the same code. Nothing else differs from what a user runs.
`tests/unit/test_schema.py` runs the migrations themselves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from jinja2 import Environment
from sqlalchemy import Connection, event

from gateway.store import schema

Statement = tuple[str, Any]


@contextmanager
def stores() -> Iterator[None]:
    """New stores by the statements of the first one."""
    run_migrations = command.upgrade
    recorded: dict[str, list[Statement]] = {}

    def upgrade(config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        database = connection.dialect.name
        options = {"version_table": schema.VERSION_TABLE}
        is_new = MigrationContext.configure(connection, opts=options).get_current_revision() is None
        if not is_new or revision != "head":
            run_migrations(config, revision)
        elif database in recorded:
            for statement, parameters in recorded[database]:
                connection.exec_driver_sql(statement, parameters or None)
        else:
            recorded[database] = _recorded(connection, lambda: run_migrations(config, revision))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        yield


def _recorded(connection: Connection, run: Any) -> list[Statement]:
    found: list[Statement] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        found.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return found


@contextmanager
def templates() -> Iterator[None]:
    """Templates whose code was made before are not compiled again."""
    compiled: dict[tuple[Any, ...], Any] = {}
    compile_ = Environment.compile

    def compile_once(
        self: Environment, source: Any, name: Any = None, filename: Any = None, raw: bool = False,
        defer_init: bool = False,
    ) -> Any:  # fmt: skip
        if not isinstance(source, str) or not isinstance(self.autoescape, bool):
            return compile_(self, source, name, filename, raw, defer_init)
        key = (
            source, name, filename, raw, self.autoescape, self.sandboxed, self.undefined,
            self.trim_blocks, self.lstrip_blocks, frozenset(self.filters), frozenset(self.tests),
        )  # fmt: skip
        if key not in compiled:
            compiled[key] = compile_(self, source, name, filename, raw, defer_init)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        yield
