"""Addresses in a running text, without what sticks to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reading.structure import addresses_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to <Joan@X.Example>.", ["Joan@x.example"]),
        ("*joan@x.example* and 'kim@x.example'", ["joan@x.example", "kim@x.example"]),
        ("--joan@x.example", ["joan@x.example"]),
        ("RCPT TO:<@r1.example,@r2.example:joan@x.example>", ["joan@x.example"]),
        ("c=US;a= ;dda:SMTP=joan@x.example; on Tuesday", ["joan@x.example"]),
        ("dda:RFC-822=joan(a)x.example;", ["joan@x.example"]),
        ('<"joan t"@x.example>', ['"joan t"@x.example']),
        ("joan@[192.0.2.1]", ["joan@[192.0.2.1]"]),
        ("relay!joan@mail_2.x.example", ["relay!joan@mail_2.x.example"]),
        ("@x.example and joan@ and joan", []),
    ],
)
def test_an_address_is_found_as_it_is_meant(text: str, found: list[str]) -> None:
    assert addresses_in.every(text) == found


@given(st.text(alphabet="a@.-<>\"'=* \n", max_size=200))
def test_what_is_found_has_a_local_part_and_a_domain(text: str) -> None:
    for address in addresses_in.every(text):
        local, _, domain = address.rpartition("@")
        assert local
        assert domain
