"""When a message was written: by its own Date, where that can be true."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.incidents.moments import own_time

CAME = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def test_a_message_was_written_when_its_date_says() -> None:
    written = datetime(2026, 11, 25, 8, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert own_time(written, CAME, "smtp") == datetime(2026, 11, 25, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [None, CAME + timedelta(seconds=1), datetime(2027, 1, 1, tzinfo=UTC),
     datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 25, 13)],
)  # fmt: skip
def test_a_date_that_cannot_be_true_counts_for_nothing(date: datetime | None) -> None:
    assert own_time(date, CAME, "imap") == CAME


def test_what_lay_in_a_file_may_be_old_and_what_was_on_its_way_may_not() -> None:
    old = CAME - timedelta(days=200)
    assert own_time(old, CAME, "file") == old
    assert own_time(old, CAME, "imap") == old
    assert own_time(old, CAME, "smtp") == CAME
    assert own_time(CAME - timedelta(days=5), CAME, "smtp") == CAME - timedelta(days=5)
