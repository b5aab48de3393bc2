"""Two gateways on one store share the work: nothing is done twice, and one does it all alone."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.conftest import answering_house
from tests.acceptance.house import House
from tests.acceptance.load import Senders, check_each_filed_and_answered_once, reports
from tests.acceptance.mails import mail
from tests.integration.postgres import postgres_url
from tests.integration.sink import Sink

pytestmark = pytest.mark.xdist_group("on postgresql")
on_postgresql = pytest.mark.needs_server("postgresql")


@pytest.fixture
def houses(tmp_path: Path, sink: Sink) -> Iterator[tuple[House, House]]:
    with postgres_url() as url, ExitStack() as stack:
        both = [answering_house(tmp_path / name, url, sink) for name in ("one", "other")]
        for house in both:
            house.launch()
            stack.callback(house.kill)
        for house in both:
            house.await_ready()
        yield both[0], both[1]


@on_postgresql
def test_two_share_the_work_and_one_that_dies_leaves_it_to_the_other(
    houses: tuple[House, House], sink: Sink
) -> None:
    one, other = houses
    messages = reports(150)
    waiting = iter(messages.items())

    def has_filed(house: House) -> bool:
        return any(line["event"] == "message.filed" for line in house.log_lines)

    def another() -> bool:
        sender, raw = next(waiting)
        one.take(raw, sender)
        return has_filed(one) and has_filed(other)

    one.await_(another, "both have filed some of what came in at one")
    rest = list(waiting)
    with Senders(one, dict(rest[::2])) as first, Senders(other, dict(rest[1::2])) as second:
        second.join()
        first.join()
        one.kill()
        check_each_filed_and_answered_once(other, sink, messages)


@on_postgresql
def test_the_same_message_at_both_doors_is_one(houses: tuple[House, House], sink: Sink) -> None:
    one, other = houses
    messages = reports(20)
    with Senders(one, messages) as first, Senders(other, messages) as second:
        first.join()
        second.join()
    check_each_filed_and_answered_once(one, sink, messages)
    assert len(sink.received) == 20, "nobody died: no letter is repeated"
    for message in one.ask("spool", "list"):
        assert len(one.arrivals(message["trace"])) == 2


@on_postgresql
def test_one_thread_at_both_doors_is_one_ticket(houses: tuple[House, House]) -> None:
    one, other = houses
    one.take(mail("ann@people.example", "Login.gov", Message_ID="<first@people.example>"))
    for number in range(10):
        reply = mail(f"person{number}@people.example", "Re: Login.gov", "Here too.\n",
                     In_Reply_To="<first@people.example>")  # fmt: skip
        houses[number % 2].take(reply)
    other.await_done(11)
    (ticket,) = other.ask("tickets")
    assert (ticket["messages"], ticket["reporters"]) == (11, 11)


@on_postgresql
def test_both_are_in_the_status_and_leave_it_when_they_stop(houses: tuple[House, House]) -> None:
    one, other = houses

    def state(house: House) -> list[str]:
        return [door["state"] for door in house.ask("status")[0]["doors"]]

    one.await_(lambda: "up" in state(one), "a door is on the board")
    assert one.stop() == 0
    assert other.stop() == 0
    assert state(one) == []


# --- on SQLite, where they should not be --------------------------------------------------------


def test_a_second_one_on_sqlite_is_warned_of_and_harms_nothing(
    small_house: House, tmp_path: Path, sink: Sink
) -> None:
    with small_house.running() as house:
        assert house.ask("status")[0]["warnings"] == []
        other = answering_house(tmp_path / "other", f"sqlite:///{house.store_file}", sink)
        other.configure(workers={"readers": 0})
        with other.running():
            (line,) = [one for one in other.log_lines if one["event"] == "gateway.warning"]
            assert line["why"].startswith("2 processes work on this SQLite store")
            assert house.ask("status")[0]["warnings"] == [line["why"]]
            assert line["why"] in house.do("status")
            messages = reports(10)
            for number, (sender, raw) in enumerate(messages.items()):
                (house, other)[number % 2].take(raw, sender)
            check_each_filed_and_answered_once(house, sink, messages)
            assert other.stop() == 0
        assert house.ask("status")[0]["warnings"] == []
