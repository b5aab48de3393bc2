"""It is over: everyone concerned hears of it, once each, whatever happens on the way."""

from collections import Counter, defaultdict

from tests.acceptance.conftest import FAST
from tests.acceptance.house import House, parsed
from tests.acceptance.mails import mail
from tests.integration.sink import Sink

TEXT = "Login.gov works again since noon."


def with_reporters(house: House, number: int) -> str:
    """A ticket that so many people have written to; its reference."""
    house.take(mail("person0@people.example", "Login.gov", Message_ID="<first@people.example>"))
    house.await_done(1)
    for n in range(1, number):
        reply = mail(f"person{n}@people.example", "Re: Login.gov", "Here too.\n",
                     In_Reply_To="<first@people.example>")  # fmt: skip
        house.take(reply)
    house.await_done(number)
    house.await_settled()
    ticket = house.ticket_of("Login.gov")
    assert ticket["reporters"] == number
    assert ticket["services"] == ["logingov"]
    ref: str = ticket["ref"]
    return ref


def news(sink: Sink) -> defaultdict[str, list[str]]:
    """Who has been told that it is over, by the ids of the letters."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for one in sink.received:
        if parsed(one.raw)["Subject"].startswith("Resolved"):
            told[one.recipient].append(one.message_id)
    return told


def test_a_resolution_reaches_reporters_and_subscribers_once_each(house: House, sink: Sink) -> None:
    with house.running():
        ref = with_reporters(house, 4)
        for address in ("reader@people.example", "person2@people.example"):
            house.do("subscribers", "add", address, "logingov")
        house.do("subscribers", "add", "other@people.example", "vbms")
        before = house.ask("tickets"), house.ask("outbox", "list"), house.ask("announce", "list")

        preview = house.tell("tickets", "resolve", ref, "--message", TEXT, "--preview")
        everybody = [f"person{n}@people.example" for n in range(4)] + ["reader@people.example"]
        assert sorted(one["address"] for one in preview["told"]) == everybody
        assert TEXT in preview["samples"][0]
        now = house.ask("tickets"), house.ask("outbox", "list"), house.ask("announce", "list")
        assert now == before, "a preview changes nothing"

        done = house.tell("tickets", "resolve", ref, "--message", TEXT, "--by", "eve")
        assert done["letters"] == 5
        house.await_settled()
        told = news(sink)
        assert {who: len(ids) for who, ids in told.items()} == dict.fromkeys(everybody, 1)

        letter = parsed(next(one.raw for one in sink.received if "Resolved" in str(one.raw)))
        assert TEXT in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert letter["Auto-Submitted"] == "auto-generated"
        assert f"[{ref}]" in letter["Subject"]

        ticket = house.ticket_of("Login.gov")
        assert ticket["state"] == "resolved"
        last = [(line["who"], line["what"]) for line in ticket["history"]][-2:]
        assert last == [("eve", "state new -> resolved"), ("eve", "resolution sent")]

        again = house.triage("tickets", "resolve", ref, "--message", TEXT)
        assert again.code == 1
        assert "resolved already: nobody is told twice" in again.err
        assert sum(len(ids) for ids in news(sink).values()) == 5


def test_a_kill_right_after_the_resolution_tells_everybody_and_nobody_twice(
    house: House, sink: Sink
) -> None:
    with house.running():
        ref = with_reporters(house, 3)
        for number in range(60):
            house.do_here("subscribers", "add", f"reader{number}@people.example", "logingov")
        # Slow enough that the kills fall into it.
        house.configure(relay=FAST | {"url": sink.url, "per_minute": 1500})
        house.kill()
        house.tell("tickets", "resolve", ref, "--message", TEXT)
        for letters in (1, 30):
            house.start()
            house.await_(lambda n=letters: len(news(sink)) >= n, f"{letters} are told")
            house.kill()
        house.start()
        house.await_settled()
        told = news(sink)
    assert len(told) == 63
    doubled = {who: Counter(ids) for who, ids in told.items() if len(set(ids)) > 1}
    assert doubled == {}, "a letter that is repeated keeps its Message-ID"


def test_a_notice_is_drafted_previewed_approved_and_sent(small_house: House, sink: Sink) -> None:
    with small_house.running() as house:
        ref = with_reporters(house, 2)
        drafted = house.do("announce", "draft", ref, "--message", TEXT, "--by", "eve")
        assert "notice 1 drafted" in drafted
        (preview,) = house.ask("announce", "preview", 1)
        assert len(preview["told"]) == 2
        assert house.triage("announce", "send", 1).code == 1, "not before it is approved"
        house.do("announce", "approve", 1, "--by", "fay")
        assert house.do("announce", "send", 1) == "notice 1 is sent; 2 letters written (queued)\n"
        house.await_settled()
        assert sorted(news(sink)) == ["person0@people.example", "person1@people.example"]
        (notice,) = house.ask("announce", "list")
        assert (notice["state"], notice["drafted_by"], notice["approved_by"]) == (
            "sent", "eve", "fay",
        )  # fmt: skip
        again = house.triage("announce", "send", 1)
        assert (again.code, "nobody is told twice" in again.err) == (1, True)
        assert house.ticket_of("Login.gov")["state"] == "resolved"


def test_without_a_relay_the_news_is_held(small_house: House, sink: Sink) -> None:
    with small_house.running() as house:
        ref = with_reporters(house, 1)
    small_house.configure(relay=None)
    done = small_house.do("tickets", "resolve", ref, "--message", TEXT)
    assert "1 letter written (held: no relay is configured)" in done
    assert small_house.ask("status")[0]["outbox"]["held"] == 1
    small_house.configure(relay=FAST | {"url": sink.url})
    with small_house.running() as house:
        house.await_(lambda: news(sink), "the news is sent once there is a relay")
