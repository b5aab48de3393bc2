"""The runner of PostgreSQL itself: without it the parity tests would prove nothing."""

import psycopg
import pytest

from tests.integration.postgres import postgres_url

pytestmark = pytest.mark.needs_server("postgresql")


def test_each_database_is_fresh_and_goes_away() -> None:
    with postgres_url() as first, postgres_url() as second:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        with psycopg.connect(second) as connection:
            found = connection.execute("SELECT to_regclass('kept')").fetchone()
        assert found == (None,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)
