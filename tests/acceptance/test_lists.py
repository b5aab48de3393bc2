"""A mailing list from the wish to the first notice: over SMTP, confirmed only where asked for."""

import pytest

from tests.acceptance.conftest import FAST
from tests.acceptance.house import ADDRESS, House, parsed
from tests.integration.sink import Sink

LIST = "downtime@lists.agency.example"
MANAGER = "downtime-request@lists.agency.example"
TOKEN = "8796a5b4c3d2e1f0011223340f1e2d3c4b5a6978"


def from_the_manager(subject: str, text: str, name: str = "downtime") -> bytes:
    return (
        f"From: {name}-request@lists.agency.example\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{abs(hash(subject + name))}@lists.agency.example>\r\n"
        f"X-Mailman-Version: 2.1.39\r\nPrecedence: bulk\r\n\r\n{text}\r\n"
    ).encode()


def notice(house: House, list_: str) -> dict[str, object]:
    (found,) = [
        one for one in house.ask("lists") if one["what"] == "notice" and one["list"] == list_
    ]
    return found


def test_a_list_is_confirmed_where_the_operator_asked_for_it(
    small_house: House, sink: Sink
) -> None:
    small_house.configure(answers={"to": "anyone"}, relay=FAST | {"url": sink.url})
    with small_house.running() as house:
        said = house.do("lists", "subscribe", LIST, "--system", "mailman", "--by", "eve")
        assert "its manager is asked" in said
        (asked,) = house.answers_to("downtime-join@lists.agency.example")
        assert parsed(asked.raw)["From"] == ADDRESS

        confirm = "Mailing list subscription confirmation notice for mailing list Downtime"
        house.take(from_the_manager(f"confirm {TOKEN}", confirm), MANAGER)
        house.take(from_the_manager(f"confirm {TOKEN[::-1]}", confirm, "spam"), MANAGER)
        house.await_settled()
        assert len(sink.received) == 1, "nothing is confirmed by itself"
        assert house.ask("tickets") == []
        (status,) = house.ask("status")
        assert status["lists"] == {"to_confirm": 1, "unasked": 1}
        assert "1 subscription to be confirmed: triage lists list" in house.do("status")

        unasked = house.triage("lists", "confirm", notice(house, "spam@lists.agency.example")["id"])
        assert (unasked.code, "nobody here asked for" in unasked.err) == (1, True)
        said = house.do("lists", "confirm", notice(house, LIST)["id"], "--by", "eve")
        assert f"confirmed by a letter to {MANAGER}" in said
        assert house.answer_to(MANAGER)["Subject"] == f"confirm {TOKEN}"

        house.take(from_the_manager('Welcome to the "Downtime" mailing list', "Hello."), MANAGER)
        house.await_settled()
        (subscription,) = [one for one in house.ask("lists") if one["what"] == "subscription"]
        assert (subscription["list"], subscription["state"]) == (LIST, "subscribed")
        assert LIST in house.do("lists")
        assert len(sink.received) == 2


@pytest.mark.parametrize("command", [("subscribe", "downtime"), ("confirm", "7")])
def test_what_cannot_be_done_says_why(small_house: House, command: tuple[str, ...]) -> None:
    done = small_house.triage("lists", *command)
    assert done.code == 1
    assert done.err.startswith("triage: ")
