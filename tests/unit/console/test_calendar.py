"""The calendar's pages: windows by day, in the house's zone, reviewed and cancelled by a person."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.app import Gateway
from gateway.incidents.window_book import Changes
from gateway.store.tables import WindowRow
from tests.unit.console.people import Opened, Somebody

# 02:00 UTC on March 15 is the evening of March 14 in New York.
START, END = datetime(2031, 3, 15, 2, tzinfo=UTC), datetime(2031, 3, 15, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def gateway(opened: Opened) -> Gateway:
    return opened(zone="America/New_York")


@pytest.fixture
def bob(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "bob", "triager")


@pytest.fixture
def window(gateway: Gateway) -> Iterator[str]:
    row = gateway.windows.add(Changes(start=START, end=END, services=("idme",)), "ann")
    yield row.ref
    with gateway.database.transaction() as session:
        found = session.get(WindowRow, row.id)
        if found is not None:
            found.status = "CANCELLED"


FORM = {
    "start": "2031-03-14T22:00", "end": "2031-03-15T02:00", "services": "idme",
    "status": "CONFIRMED", "text": "", "ticket": "",
}  # fmt: skip


def test_a_window_stands_on_its_day_in_the_zone_of_the_house(bob: Somebody, window: str) -> None:
    text = bob.get("/calendar?month=2031-03")
    assert "Fri Mar 14" in text
    assert "Mar 14 22:00 EDT" in text
    assert "announced" in text
    assert f'href="/calendar/{window}"' in text
    assert "month=2031-02" in text
    assert "month=2031-04" in text
    assert 'href="/calendar/all.ics"' in text
    assert window not in bob.get("/calendar?month=2031-04")
    assert "No maintenance is known in this month." in bob.text


def test_windows_in_each_others_way_say_so(bob: Somebody, gateway: Gateway, window: str) -> None:
    other = gateway.windows.add(Changes(start=START, end=END, services=("idme",)), "ann")
    text = bob.get("/calendar?month=2031-03")
    assert "in conflict" in text
    assert "the same time" in text
    bob.get(f"/calendar/{other.ref}")
    bob.post(f"/calendar/{other.ref}/cancel", why="twice")
    assert "in conflict" not in bob.get(f"/calendar/{window}")


def test_a_window_that_goes_on_from_the_month_before_stands_on_its_first(
    bob: Somebody, gateway: Gateway
) -> None:
    start, end = datetime(2031, 5, 31, 12, tzinfo=UTC), datetime(2031, 6, 2, 12, tzinfo=UTC)
    row = gateway.windows.add(Changes(start=start, end=end, services=("idme",)), "ann")
    text = bob.get("/calendar?month=2031-06")
    assert "Sun Jun 01" in text
    assert row.ref in text


def test_a_window_is_put_right_and_published_by_a_triager(
    bob: Somebody, gateway: Gateway, window: str
) -> None:
    bob.get(f"/calendar/{window}")
    assert 'value="2031-03-14T22:00"' in bob.text
    text = bob.post(
        f"/calendar/{window}/review",
        **FORM | {"end": "2031-03-15T03:30", "status": "RE-SCHEDULED", "text": "Later."},
    )
    assert "is reviewed, and published" in text
    row = gateway.windows.details(window).window
    assert (row.starts_at, row.ends_at) == (START, datetime(2031, 3, 15, 7, 30, tzinfo=UTC))
    assert (row.status, row.reviewed_by, row.text) == ("RE-SCHEDULED", "bob", "Later.")
    assert ">moved</span>" in text
    assert gateway.desk().record.listing(target=window)[0].who == "bob"


def test_a_window_that_waits_for_a_person_is_listed_until_one_has_looked(
    bob: Somebody, gateway: Gateway, window: str
) -> None:
    with gateway.database.transaction() as session:
        row = session.get(WindowRow, int(window.removeprefix("MW-")))
        assert row is not None
        row.reviewed, row.doubts = False, ["the end is not said; ask jo@vendor.example"]
    text = bob.get("/calendar")
    assert "Wait for review" in text
    assert "the end is not said" in text
    assert "jo@vendor.example" not in text
    bob.get(f"/calendar/{window}")
    bob.post(f"/calendar/{window}/review", **FORM)
    assert "Wait for review" not in bob.get("/calendar")


def test_a_window_is_cancelled_with_a_reason(bob: Somebody, gateway: Gateway, window: str) -> None:
    bob.get(f"/calendar/{window}")
    text = bob.post(f"/calendar/{window}/cancel", why="frozen for the holidays")
    assert "is cancelled; calendars hear so." in text
    assert "frozen for the holidays" in text
    assert gateway.windows.details(window).window.status == "CANCELLED"


def test_who_comes_second_is_told_and_keeps_what_was_typed(
    bob: Somebody, gateway: Gateway, window: str
) -> None:
    bob.get(f"/calendar/{window}")
    gateway.windows.review(window, Changes(text="ann was faster"), "ann")
    text = bob.post(f"/calendar/{window}/review", **FORM | {"text": "typed by bob"})
    assert (bob.status, "has changed since you looked" in text) == (409, True)
    assert "typed by bob</textarea>" in text
    assert gateway.windows.details(window).window.text == "ann was faster"


@pytest.mark.parametrize(
    "wrong",
    [{"start": "soon"}, {"end": "2031-03-01T00:00"}, {"services": "none"}, {"status": "MAYBE"},
     {"ticket": "TG-999"}],
)  # fmt: skip
def test_what_cannot_be_is_told_on_the_page(
    bob: Somebody, gateway: Gateway, window: str, wrong: dict[str, str]
) -> None:
    before = gateway.windows.details(window).window
    bob.get(f"/calendar/{window}")
    text = bob.post(f"/calendar/{window}/review", **FORM | wrong)
    assert (bob.status, 'role="alert"' in text) == (409, True)
    after = gateway.windows.details(window).window
    assert (after.sequence, after.updated_at) == (before.sequence, before.updated_at)


def test_readers_look_and_change_nothing(gateway: Gateway, window: str) -> None:
    rita = Somebody(gateway, "rita", "reader")
    assert "datetime-local" not in rita.get(f"/calendar/{window}")
    rita.post(f"/calendar/{window}/cancel")
    assert rita.status == 403


def test_what_is_no_month_and_no_window_is_said_plainly(bob: Somebody) -> None:
    for path in ("/calendar?month=2031-13", "/calendar?month=0001-01", "/calendar/MW-99999"):
        assert "There is no such thing" in bob.get(path)
        assert bob.status == 404
