"""Who gets an acknowledgement: one reason is enough against it, and it is told."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.incidents.answering import RULES, Case, is_person, objection, recipient_of
from gateway.model import Address, Message

ANN = Address("ann@people.example", "Ann Doe")
MESSAGE = Message(raw_sha256="", subject="Down", sender=ANN)
CASE = Case(
    message=MESSAGE,
    envelope_sender="ann@people.example",
    verified=True,
    policy="verified",
    source_answers="from",
    own_addresses=("triage@gateway.example",),
    recipient=ANN,
    reachable=True,
)


def with_message(**changes: Any) -> Case:
    return replace(CASE, message=replace(MESSAGE, **changes))


def to(address: str) -> Case:
    return replace(CASE, recipient=Address(address))


def test_a_person_whose_address_is_verified_is_answered() -> None:
    assert objection(CASE) is None


AGAINST = {
    "nobody is answered": (replace(CASE, policy="nobody"), "answers are switched off"),
    "null sender": (replace(CASE, envelope_sender=""), "its envelope sender is empty"),
    "bounce": (with_message(is_bounce=True), "it is a bounce"),
    "machine": (with_message(is_auto=True), "a machine sent it"),
    "bulk": (with_message(is_bulk=True), "it is list or bulk mail"),
    "list": (with_message(list_id="downtime.lists.example"), "it is list or bulk mail"),
    "source": (replace(CASE, source_answers="never"), "mail of this source is never answered"),
    "no address": (replace(CASE, recipient=None), "it has no address to answer to"),
    "empty address": (to(""), "it has no address to answer to"),
    "odd address": (replace(CASE, reachable=False), "no mail can be sent to its address"),
    "ourselves": (to("Triage@Gateway.example"), "it comes from one of our own addresses"),
    "our ticket": (to("triage+abc@gateway.example"), "it comes from one of our own addresses"),
    "daemon": (to("MAILER-DAEMON@mx.people.example"), "nobody reads that address"),
    "no-reply": (to("no-reply@people.example"), "nobody reads that address"),
    "stranger": (replace(CASE, verified=False), "its sender is not verified"),
}


@pytest.mark.parametrize(("case", "why"), AGAINST.values(), ids=AGAINST)
def test_who_is_not_answered_is_told_why_in_the_history(case: Case, why: str) -> None:
    assert objection(case) == why


def test_every_rule_has_a_case_here() -> None:
    spoken = {rule.__name__ for rule in RULES for case, _ in AGAINST.values() if rule(case)}
    assert spoken == {rule.__name__ for rule in RULES}


def test_the_first_rule_that_objects_decides() -> None:
    many = replace(CASE, policy="nobody", verified=False, recipient=None)
    assert objection(many) == "answers are switched off"


def test_anyone_may_be_answered_if_the_configuration_says_so() -> None:
    assert objection(replace(CASE, policy="anyone", verified=False)) is None


@pytest.mark.parametrize("sender", [None, "other@people.example"])
def test_an_envelope_sender_that_is_unknown_or_another_does_not_matter(sender: str | None) -> None:
    assert objection(replace(CASE, envelope_sender=sender)) is None


def test_an_address_that_begins_like_ours_is_not_ours() -> None:
    assert objection(to("triage2@gateway.example")) is None
    assert objection(to("triage@other.example")) is None


def test_a_form_is_answered_to_whoever_filled_it_in() -> None:
    filled = replace(MESSAGE, reply_to=Address("bob@people.example"))
    assert recipient_of(filled, "reply_to") == Address("bob@people.example")
    assert recipient_of(filled, "from") == ANN
    assert recipient_of(MESSAGE, "reply_to") == ANN
    assert recipient_of(replace(MESSAGE, sender=None), "from") is None


@pytest.mark.parametrize(
    "changes", [{"is_auto": True}, {"is_bulk": True}, {"is_bounce": True}, {"list_id": "x.example"}]
)
def test_only_people_are_reporters(changes: dict[str, Any]) -> None:
    assert is_person(MESSAGE)
    assert not is_person(replace(MESSAGE, **changes))
