"""Whose mail may command: only a proven operator who writes to us directly."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.incidents.operators import Operators, objection
from gateway.model import Address, Message, Trust

OPERATORS = Operators(addresses=["Ann@agency.example"], domains=["ops.example"])
ANN = Message(raw_sha256="", sender=Address("ann@agency.example", "Ann Doe"))
VERIFIED = Trust("verified", "it signed the message", "dns", "agency.example")


@pytest.mark.parametrize("address", ["ann@agency.example", "ANN@Agency.Example", "x@OPS.example"])
def test_a_verified_operator_may_command(address: str) -> None:
    assert objection(replace(ANN, sender=Address(address)), VERIFIED, OPERATORS) is None


@pytest.mark.parametrize(
    "address", ["bob@agency.example", "x@sub.ops.example", "ops.example@x.example", ""]
)
def test_whoever_is_not_on_the_list_may_not(address: str) -> None:
    why = "its sender is not on the operators' list"
    assert objection(replace(ANN, sender=Address(address)), VERIFIED, OPERATORS) == why
    assert objection(replace(ANN, sender=None), VERIFIED, OPERATORS) == why
    assert objection(ANN, VERIFIED, Operators()) == why


@pytest.mark.parametrize("verdict", ["unverified", "unknown", "not checked"])
def test_an_address_alone_is_not_enough(verdict: Any) -> None:
    why = objection(ANN, Trust(verdict, "so it is"), OPERATORS)
    assert why == f"its sender is {verdict}: so it is"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_auto": True}, "a machine sent it"),
        ({"is_bounce": True}, "a machine sent it"),
        ({"is_bulk": True}, "a list passed it on"),
        ({"list_id": "ops.lists.example"}, "a list passed it on"),
    ],
)
def test_what_others_passed_on_is_no_command(changes: dict[str, Any], why: str) -> None:
    assert objection(replace(ANN, **changes), VERIFIED, OPERATORS) == why
