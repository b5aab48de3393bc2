"""Signed mail over the SMTP door, a real DNS, and what an operator sees of it."""

from pathlib import Path

import pytest

from tests.acceptance.conftest import APART, FAST
from tests.acceptance.house import House
from tests.acceptance.mails import mail
from tests.integration.knot import running_knot, text
from tests.integration.signing import rsa_key, signed
from tests.integration.sink import Sink

pytestmark = pytest.mark.needs_server("knot")

ANN = "ann@people.example"
KEY = rsa_key()
RECORDS = {
    "_dmarc.people.example": [text("v=DMARC1; p=reject")],
    "s1._domainkey.people.example": [text(KEY.record)],
    "people.example": [text("v=spf1 ip4:127.0.0.1 -all")],
    "_dmarc.later.example": [text("v=DMARC1; p=reject")],
}


def test_who_signs_is_answered_and_may_command_if_an_operator(tmp_path: Path, sink: Sink) -> None:
    with running_knot(RECORDS, broken=["_domainkey.later.example"]) as knot:
        house = House(
            tmp_path / "house", f"sqlite:///{tmp_path / 'triage.db'}", sink,
            relay=FAST | {"url": sink.url}, matching=APART,
            trust={"dns": True, "resolvers": [f"{knot.host}:{knot.port}"]},
            operators={"addresses": [ANN]},
        )  # fmt: skip
        with house.running():
            house.take(signed(mail(ANN, "Signed"), KEY, "people.example"), ANN)
            house.take(mail(ANN, "Forged"), "eve@elsewhere.example")
            late = "bob@later.example"
            house.take(signed(mail(late, "Unknown"), KEY, "later.example"), late)
            house.await_settled()
            trusts = {}
            for title in ("Signed", "Forged", "Unknown"):
                (message,) = house.ticket_of(title)["message_list"]
                trusts[title] = message["trust"]
        assert sink.recipients == [ANN]
        verdicts = {title: one["verdict"] for title, one in trusts.items()}
        assert verdicts == {"Signed": "verified", "Forged": "unverified", "Unknown": "unknown"}
        assert [title for title, one in trusts.items() if one["may_command"]] == ["Signed"]
        said = {claim["method"]: claim["result"] for claim in trusts["Signed"]["claims"]}
        assert said == {"dmarc": "pass", "spf": "none", "dkim": "pass"}, "loopback is our own relay"
        why = [line["why"] for line in house.ticket_of("Unknown")["history"]]
        assert "its sender could not be checked, since the DNS did not answer" in why
        (ticket,) = [one for one in house.ask("tickets") if one["title"] == "Signed"]
        assert "verified" in house.do("tickets", "show", ticket["ref"])
        trace = house.ticket_of("Signed")["message_list"][0]["trace"]
        shown = house.do("spool", "show", trace)
        assert "verified (people.example): it signed the message" in shown
        assert "signature people.example: dkim pass, for the sender" in shown


def test_replaying_asks_again_where_it_was_unknown_and_only_there(
    tmp_path: Path, sink: Sink
) -> None:
    late = "bob@later.example"
    house = House(
        tmp_path / "house", f"sqlite:///{tmp_path / 'triage.db'}", sink,
        relay=FAST | {"url": sink.url}, matching=APART,
    )  # fmt: skip

    def verdicts() -> list[str]:
        messages = [house.ticket_of(title)["message_list"][0] for title in ("Signed", "Unknown")]
        return [message["trust"]["verdict"] for message in messages]

    with running_knot(RECORDS, broken=["_domainkey.later.example"]) as knot:
        house.configure(trust={"dns": True, "resolvers": [f"{knot.host}:{knot.port}"]})
        with house.running():
            house.take(signed(mail(ANN, "Signed"), KEY, "people.example"), ANN)
            house.take(signed(mail(late, "Unknown"), KEY, "later.example"), late)
            house.await_settled()
            assert (verdicts(), sink.recipients) == (["verified", "unknown"], [ANN])
    now = RECORDS | {"s1._domainkey.later.example": [text(KEY.record)]}
    del now["s1._domainkey.people.example"]
    with running_knot(now) as knot:
        house.configure(trust={"dns": True, "resolvers": [f"{knot.host}:{knot.port}"]})
        with house.running():
            trace = house.ticket_of("Signed")["message_list"][0]["trace"]
            assert house.do("spool", "replay", trace) == f"{trace} waits to be worked on\n"
            assert house.do("spool", "replay", "--unknown").startswith("1 message ")
            house.await_settled()
            assert (verdicts(), sink.recipients) == (["verified", "verified"], [ANN, late])


def test_a_client_that_is_no_relay_of_ours_is_judged_by_spf(tmp_path: Path, sink: Sink) -> None:
    with running_knot(RECORDS) as knot:
        house = House(
            tmp_path / "house", f"sqlite:///{tmp_path / 'triage.db'}", sink,
            relay=FAST | {"url": sink.url}, matching=APART,
            trust={"dns": True, "resolvers": [f"{knot.host}:{knot.port}"], "relays": []},
        )  # fmt: skip
        with house.running():
            house.take(mail(ANN, "By route"), ANN)
            house.take(mail("eve@people.example", "By another"), "eve@elsewhere.example")
            house.await_settled()
            (route,) = house.ticket_of("By route")["message_list"]
            (other,) = house.ticket_of("By another")["message_list"]
        assert (route["trust"]["verdict"], route["trust"]["why"]) == (
            "verified", "it lets this client send",
        )  # fmt: skip
        assert other["trust"]["verdict"] == "unverified"
        assert sink.recipients == [ANN]
