"""What an operator sees of a running gateway: health, metrics, logs, and no word of any mail."""

import random

from tests.acceptance.house import ADDRESS, House
from tests.acceptance.mails import mail
from tests.integration.sink import Sink

# Words that stand nowhere else: whatever of them is in a log came out of a mail.
WORDS = ["zanzibar", "quixotic", "xylophone", "Brunhilde", "Oyelaran", "202-555-0161", "nightjar"]
WRITER = "brunhilde.oyelaran@nightjar.example"


def telling(number: int, **fields: str) -> bytes:
    return mail(
        WRITER,
        f"Zanzibar {number}",
        "Login.gov is quixotic: it plays the xylophone. Call me: 202-555-0161.\n",
        From=f"Brunhilde Oyelaran <{WRITER}>",
        Message_ID=f"<{number}.{random.getrandbits(40):x}@nightjar.example>",
        **fields,
    )


def test_health_tells_that_all_is_well_and_names_what_is_not(small_house: House) -> None:
    with small_house.running() as house:
        answer = house.healthz()
        assert answer is not None
        code, body = answer
        assert code == 200
        assert (body["status"], body["doors"]) == ("ok", {"smtp": "up"})
        assert (body["waiting"], body["held"]) == (0, 0)
        assert house.get("/readyz") == (200, '{"status":"ready","missing":[]}')
        assert house.get("/nonesuch")[0] == 404


def test_a_gateway_without_a_door_says_that_nothing_can_come_in(small_house: House) -> None:
    small_house.configure(smtp=None)
    with small_house.running() as house:
        (line,) = [line for line in house.log_lines if line["event"] == "gateway.no_way_in"]
        assert line["level"] == "error"
        assert f"{house.config}: nothing can come in: give [smtp]" in line["why"]


def test_metrics_count_what_happened(small_house: House, sink: Sink) -> None:
    with small_house.running() as house:
        for number in range(3):
            house.take(mail(f"person{number}@people.example", f"Report {number}"))
        house.take(mail("machine@people.example", "Vacation", "Away.\n",
                        Auto_Submitted="auto-replied"), "")  # fmt: skip
        house.await_done(4)
        house.await_settled()
        found = house.metrics()
        assert found['triage_spool_messages{state="done"}'] == 4
        assert found['triage_outbox_letters{state="sent"}'] == 3
        assert found["triage_tickets"] == 3
        assert found['triage_door_up{door="smtp"}'] == 1
        assert found["triage_oldest_unprocessed_seconds"] == 0


def test_no_log_line_holds_a_word_of_a_mail(small_house: House, sink: Sink) -> None:
    sink.rcpt[WRITER] = ["451 4.7.1 greylisted", "550 5.1.1 no such mailbox"]
    small_house.configure(relay={"url": sink.url, "retry_seconds": 0.1})
    with small_house.running() as house:
        house.take(telling(1), WRITER)
        house.take(telling(1).replace(b"xylophone", b"xylophone\xff\x00"), WRITER)
        house.take(telling(2, Auto_Submitted="auto-replied"), "")
        assert house.post(telling(3), WRITER, "zanzibar@nightjar.example").startswith("550")
        file = house.folder / "zanzibar.eml"
        file.write_bytes(telling(4))
        ingested = house.triage("ingest", file)
        assert ingested.code == 0
        house.await_settled()
        house.await_(lambda: house.letters("failed") >= 1, "a letter has failed")
        house.do("tickets", "resolve", "1", "--message", "Zanzibar is quixotic no more.")
        house.await_settled()
        assert house.stop() == 0
        logs = house.log + ingested.err
        assert logs.count("\n") > 10
        lowered = logs.lower()
        found = {word for word in [*WORDS, WRITER, ADDRESS, "people.example"]
                 if word.lower() in lowered}  # fmt: skip
        assert found == set()


def test_one_trace_leads_from_the_door_to_the_relay(small_house: House, sink: Sink) -> None:
    with small_house.running() as house:
        answer = house.post(telling(1), WRITER)
        house.await_done(1)
        house.await_settled()
        assert house.stop() == 0
        (message,) = house.ask("spool", "list")
        assert answer.endswith(message["trace"]), "the sender's own log has it too"
        lines = [line for line in house.log_lines if line.get("trace") == message["trace"]]
        events = [line["event"] for line in lines]
        assert events == ["door.accepted", "message.filed", "letter.sent"]
        assert len(sink.received) == 1


def test_every_log_line_is_an_object_with_time_level_and_event(small_house: House) -> None:
    with small_house.running() as house:
        house.take(telling(1), WRITER)
        house.await_done(1)
        house.await_settled()
        assert house.stop() == 0
        lines = house.log.splitlines()
        assert len(lines) == len(house.log_lines) > 3, house.log
        for line in house.log_lines:
            assert line.keys() >= {"timestamp", "level", "event"}
        events = [line["event"] for line in house.log_lines]
        assert events.index("gateway.ready") < events.index("gateway.stopping")


def test_text_logs_are_for_people(small_house: House) -> None:
    small_house.configure(log="text")
    with small_house.running() as house:
        assert house.stop() == 0
        assert "gateway.ready" in house.log
        assert "\x1b" not in house.log, "colour only on a terminal"


def test_status_sees_the_outbox_of_the_running_gateway(small_house: House, sink: Sink) -> None:
    small_house.configure(relay={"url": sink.url})

    def relay() -> tuple[str, str]:
        (status,) = small_house.ask("status")
        return status["outbox_health"]["state"], status["outbox_health"]["detail"]

    assert relay() == ("unknown", "no gateway runs")
    with small_house.running() as house:
        house.await_(lambda: relay() == ("up", ""), "the outbox is on the board")
        assert [door["name"] for door in house.ask("status")[0]["doors"]] == ["smtp"]
        assert house.stop() == 0
    assert relay() == ("unknown", "no gateway runs")
    assert "unknown (no gateway runs)" in small_house.triage("status").out
    small_house.configure(relay=None)
    assert relay()[0] == "paused"


def test_status_sees_the_doors_of_the_running_gateway(small_house: House) -> None:
    with small_house.running() as house:
        house.take(telling(1), WRITER)

        def counted() -> bool:
            (door,) = house.ask("status")[0]["doors"] or [{"accepted": 0}]
            return bool(door["accepted"] == 1 and door["state"] == "up")

        house.await_(counted, "the status of another process counts the message")
        assert house.stop() == 0
        assert house.ask("status")[0]["doors"] == []
