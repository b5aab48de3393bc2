"""No loop goes on: with another gateway, or with the worst responder there is.

The responders answer every letter that reaches them, at once, without any field that says what
they are. How many letters they get at most is stated in triage.example.toml; here the caps are
lower, so that the test can wait for the end.
"""

import itertools
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.acceptance.conftest import FAST, answering_house
from tests.acceptance.house import ADDRESS, House, parsed
from tests.acceptance.mails import mail
from tests.integration.sink import Received, Sink

PER_SENDER, PER_TICKET, PER_DAY = 4, 5, 9
WORDS = (
    "Good morning,\n\nLogin.gov is down. Nobody in office {} can sign in with it since nine this "
    "morning.\n\nAnn\n"
)

Answer = Callable[[Received, EmailMessage, int], bytes]


@pytest.fixture
def house(small_house: House, sink: Sink) -> Iterator[House]:
    caps = {
        "to": "anyone",
        "per_sender_per_hour": 1000,
        "per_sender_per_day": PER_SENDER,
        "per_ticket_per_day": PER_TICKET,
        "per_day": PER_DAY,
    }
    small_house.configure(answers=caps, relay=FAST | {"url": sink.url})
    with small_house.running() as house:
        yield house


def exchange(house: House, sink: Sink, answer: Answer) -> int:
    """Start with one mail, answer every letter until none comes; how many came."""
    house.take(mail("first@people.example", "The portal", WORDS.format(0)), "first@people.example")
    answered = 0
    for round_ in itertools.count(1):
        house.await_settled()
        letters = sink.received[answered:]
        if not letters:
            return answered
        assert round_ < 100, "the loop does not end"
        for letter in letters:
            answered += 1
            raw = answer(letter, parsed(letter.raw), answered)
            reply_to = str(parsed(raw)["To"])
            house.take(raw, str(parsed(raw)["From"].addresses[0].addr_spec), reply_to)
    raise AssertionError


def one_that_keeps_its_address(letter: Received, _: EmailMessage, number: int) -> bytes:
    """It opens a new ticket each time: all is new but its address."""
    return mail(letter.recipient, f"Login.gov is down, says {number}", WORDS.format(number))


def one_that_answers_where_it_should(_: Received, told: EmailMessage, number: int) -> bytes:
    """To the address that our letter asks answers to be sent to, each time from another."""
    sender = f"case{number}@desk{number}.example"
    return mail(
        sender, f"Login.gov is down, says {number}", WORDS.format(number), To=str(told["Reply-To"])
    )


def the_worst(_: Received, __: EmailMessage, number: int) -> bytes:
    """New Message-ID, subject and sender each time, nothing quoted, to our plain address."""
    return mail(
        f"case{number}@desk{number}.example",
        f"Login.gov is down, says {number}",
        WORDS.format(number),
    )


def one_that_says_what_it_is(letter: Received, told: EmailMessage, number: int) -> bytes:
    text = "I am out of the office until Monday and will answer your message then.\n"
    return mail(letter.recipient, f"Automatic reply: {told['Subject']} {number}", text)


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (one_that_says_what_it_is, 1),
        (one_that_keeps_its_address, PER_SENDER),
        (one_that_answers_where_it_should, PER_TICKET),
    ],
)
def test_a_responder_gets_no_more_letters_than_its_cap(
    house: House, sink: Sink, answer: Answer, most: int
) -> None:
    assert exchange(house, sink, answer) == most


def test_the_worst_is_stopped_where_everybody_sees_it_until_a_person_resumes(
    house: House, sink: Sink
) -> None:
    assert house.metrics()["triage_loop_breaker_open"] == 0
    assert exchange(house, sink, the_worst) == PER_DAY
    assert house.metrics()["triage_loop_breaker_open"] == 1
    assert house.metrics()["triage_loop_firewall_held_letters"] == 1
    (status,) = house.ask("status")
    assert status["firewall"]["open_since"] is not None
    assert status["firewall"]["why"] == f"more than {PER_DAY} answers within a day"
    assert "nobody is answered since" in house.do("status")
    (line,) = [one for one in house.log_lines if one["event"] == "answers.stopped"]
    assert line["level"] == "error"

    house.take(mail("ann@people.example", "The form", WORDS.format(1)), "ann@people.example")
    house.await_settled()
    assert len(sink.received) == PER_DAY, "a person's mail is filed, and its answer waits"
    house.do("outbox", "resume", "--by", "eve")
    house.take(mail("bob@people.example", "A letter", WORDS.format(2)), "bob@people.example")
    house.await_(lambda: sink.recipients[PER_DAY:] == ["bob@people.example"], "Bob is answered")
    house.do("outbox", "release", "--all", "--by", "eve")
    house.await_(lambda: "ann@people.example" in sink.recipients, "and Ann, whose letter waited")
    assert house.metrics()["triage_loop_breaker_open"] == 0


def test_two_gateways_exchange_one_letter(tmp_path: Path, sink: Sink) -> None:
    houses = [
        answering_house(tmp_path / name, f"sqlite:///{tmp_path / name}.db", sink)
        for name in ("one", "other")
    ]
    other = "desk@other.example"
    houses[1].configure(addresses=[other], workers={"readers": 0})
    houses[0].configure(workers={"readers": 0})
    with houses[0].running() as one, houses[1].running() as two:
        one.take(mail(other, "The portal", WORDS.format(0)), other)
        one.await_settled()
        (letter,) = sink.received
        assert letter.recipient == other
        two.take(letter.raw, letter.sender, other)
        two.await_settled()
        assert sink.received == [letter], "the other gateway files it and does not answer"
        assert parsed(letter.raw)["From"].addresses[0].addr_spec == ADDRESS
