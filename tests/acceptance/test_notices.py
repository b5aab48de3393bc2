"""A notice under way obeys: stopped by another process, it sends no more within a second."""

import time

from tests.acceptance.conftest import FAST
from tests.acceptance.house import House
from tests.acceptance.test_resolution import TEXT, with_reporters
from tests.integration.sink import Sink

WITHIN = 1.0  # seconds


def test_a_notice_that_is_stopped_sends_no_more_and_goes_on_when_resumed(
    small_house: House, sink: Sink
) -> None:
    house = small_house
    house.configure(relay=FAST | {"url": sink.url, "per_minute": 300})
    with house.running():
        ref = with_reporters(house, 1)
        for number in range(30):
            house.do_here("subscribers", "add", f"reader{number}@people.example", "logingov")
        house.do_here("announce", "draft", ref, "--kind", "update", "--message", TEXT)
        house.do_here("announce", "approve", 1)
        house.do_here("announce", "send", 1)
        house.await_(lambda: len(sink.received) >= 3, "it is under way")
        house.do_here("announce", "stop", 1, "--why", "wrong words", "--by", "eve")
        time.sleep(WITHIN)  # what may still come comes within this
        came = len(sink.received)
        assert came < 25, "it was stopped in the middle"
        (shown, *lines) = house.ask("announce", "show", 1)
        assert (shown["state"], shown["reason"]) == ("stopped", "stopped by eve: wrong words")
        assert any("notice 1" in one for one in house.ask("status")[0]["warnings"])
        assert len(sink.received) == came, "nothing came after that second"
        house.do_here("announce", "resume", 1)
        house.await_(lambda: len(set(sink.recipients)) == 31, "everyone is told in the end")
        assert len(lines) == 31
    told = [one.recipient for one in sink.received if b"Update" in one.raw]
    assert len(told) == len(set(told)), "nobody is told twice"
