"""Stores for unit tests: an empty one on each database, or on SQLite alone."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.schema import upgrade
from tests.integration.postgres import postgres_url

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_server("postgresql"))]


def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, without any tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
    else:
        with postgres_url() as url:
            yield url


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    yield from opened(store_url)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """On SQLite, for what does not depend on the database."""
    yield from opened(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def who() -> str:
    """The address of somebody who never wrote before."""
    return f"person{random.getrandbits(40):x}@people.example"
