"""Who is answered and when: the policy, the cap, the relay that is not there yet."""

from datetime import UTC, datetime, timedelta

from tests.acceptance.conftest import FAST
from tests.acceptance.house import House
from tests.acceptance.mails import mail
from tests.integration.sink import Sink

ANN = "ann@people.example"
VOUCHED = "mx.gateway.example; dmarc=pass header.from=people.example"
FORGED = "mx.other.example; dmarc=pass header.from=people.example"


def policy(house: House, sink: Sink, **answers: object) -> None:
    house.configure(answers=answers, relay=FAST | {"url": sink.url})


def reasons(house: House, title: str) -> list[str]:
    return [line["why"] for line in house.ticket_of(title)["history"]]


def test_strangers_are_not_answered_unless_somebody_says_so(small_house: House, sink: Sink) -> None:
    policy(small_house, sink, trusted_authserv=["mx.gateway.example"])
    with small_house.running() as house:
        house.take(mail(ANN, "Stranger"), ANN)
        house.take(mail(ANN, "Forged", Authentication_Results=FORGED), ANN)
        house.await_settled()
        assert sink.recipients == []
        for title in ("Stranger", "Forged"):
            assert "its sender is not verified" in reasons(house, title)
            assert house.ticket_of(title)["reporter_list"][0]["answerable"] is False

        house.take(b"Authentication-Results: " + VOUCHED.encode() + b"\r\n" + mail(ANN, "Friend"))
        house.await_settled()
        assert sink.recipients == [ANN]
        assert house.ticket_of("Friend")["reporter_list"][0]["answerable"] is True


def test_with_nobody_nobody_is_answered(small_house: House, sink: Sink) -> None:
    policy(small_house, sink, to="nobody")
    with small_house.running() as house:
        house.take(mail(ANN, "Down"), ANN)
        house.await_settled()
        assert "answers are switched off" in reasons(house, "Down")
    assert sink.received == []
    assert small_house.ask("outbox", "list") == []


def test_over_the_cap_letters_wait_and_none_is_dropped(small_house: House, sink: Sink) -> None:
    policy(small_house, sink, to="anyone", per_sender_per_hour=2)
    with small_house.running() as house:
        for number in range(5):
            house.take(mail(ANN, f"Report {number}"), ANN)
        house.take(mail("bob@people.example", "Mine"), "bob@people.example")
        house.await_done(6)

        def postponed() -> bool:
            waiting = house.ask("outbox", "list", "--state", "queued")
            return len(waiting) == 3 and all(one["reason"] for one in waiting)

        house.await_(postponed, "three letters wait for their time")
        assert sorted(sink.recipients) == [ANN, ANN, "bob@people.example"]
        for letter in house.ask("outbox", "list", "--state", "queued"):
            due = datetime.fromisoformat(letter["due_at"])
            assert timedelta(minutes=50) < due - datetime.now(UTC) < timedelta(minutes=70)
            assert "more than 2 answers" in letter["reason"]
        assert sum(house.ask("status")[0]["outbox"].values()) == 6


def test_without_a_relay_letters_are_held_and_sent_once_there_is_one(
    house: House, sink: Sink
) -> None:
    house.configure(relay=None)
    with house.running():
        house.take(mail(ANN, "Down"), ANN)
        house.await_done(1)
        (letter,) = house.ask("outbox", "list")
        assert (letter["state"], letter["reason"]) == ("held", "no relay is configured")
        answer = house.healthz()
        assert answer is not None
        assert answer[1]["outbox"] == "paused"
        assert house.stop() == 0
    house.configure(relay=FAST | {"url": sink.url})
    with house.running():
        house.await_(lambda: sink.recipients == [ANN], "it is sent")
        house.await_settled()
        assert house.ask("status")[0]["outbox"]["sent"] == 1


def test_what_was_ingested_without_outbound_waits_for_a_person(
    small_house: House, sink: Sink
) -> None:
    file = small_house.folder / "one.eml"
    file.write_bytes(mail(ANN, "Down"))
    done = small_house.tell("ingest", file, "--no-outbound")
    assert (done["tickets"], done["letters"]) == (1, {"held": 1})
    with small_house.running() as house:
        (letter,) = house.ask("outbox", "list")
        assert letter["state"] == "held", "a relay alone does not send it"
        house.do("outbox", "release", "--all", "--by", "eve")
        house.await_(lambda: sink.recipients == [ANN], "it is sent")


def test_a_letter_that_a_person_stopped_is_never_sent(small_house: House, sink: Sink) -> None:
    file = small_house.folder / "one.eml"
    file.write_bytes(mail(ANN, "Down"))
    small_house.tell("ingest", file, "--no-outbound")
    small_house.do("outbox", "stop", 1)
    with small_house.running() as house:
        house.take(mail("bob@people.example", "Mine"))
        house.await_settled()
        assert sink.recipients == ["bob@people.example"]
        (stopped,) = house.ask("outbox", "list", "--state", "stopped")
        assert stopped["recipient"] == ANN
