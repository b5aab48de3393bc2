"""Paths and parameters, as servers read them."""

import pytest

from gateway.doors.smtp_path import parse_path


@pytest.mark.parametrize(
    ("text", "address", "parameters"),
    [
        ("<ada@sender.example>", "ada@sender.example", ""),
        ("<Ada.B@SENDER.example>", "Ada.B@sender.example", ""),
        (" <ada@sender.example>  SIZE=12 body=8BITMIME ", "ada@sender.example",
         "SIZE=12 body=8BITMIME "),
        ("ada@sender.example SIZE=12", "ada@sender.example", "SIZE=12"),
        ("<>", "", ""),
        ("<> SMTPUTF8", "", "SMTPUTF8"),
        ("<postmaster>", "postmaster", ""),
        ("<@relay.example,@other.example:ada@sender.example>", "ada@sender.example", ""),
        ('<"a b@c"@sender.example>', '"a b@c"@sender.example', ""),
        (r'<"a\"b"@sender.example>', r'"a\"b"@sender.example', ""),
        ('<"triage"@Gateway.example>', "triage@gateway.example", ""),
        (r'<"tr\iage+ab.c"@gateway.example>', "triage+ab.c@gateway.example", ""),
        ('<"a..b"@sender.example>', '"a..b"@sender.example', ""),
        ('<".a"@sender.example>', '".a"@sender.example', ""),
        ('<""@sender.example>', '""@sender.example', ""),
        ('<"postmaster">', "postmaster", ""),
        ("<ada@[192.0.2.7]>", "ada@[192.0.2.7]", ""),
        ("<ada@[IPv6:2001:db8::1]>", "ada@[ipv6:2001:db8::1]", ""),
        ("<triage+0123=x@gateway.example>", "triage+0123=x@gateway.example", ""),
        ("<ädа@bücher.example>", "ädа@bücher.example", ""),
    ],
)  # fmt: skip
def test_a_path_is_read(text: str, address: str, parameters: str) -> None:
    assert parse_path(text) == (address, parameters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "<ada@sender.example",
        "ada@sender.example>",
        "<ada@sender.example>x",
        "<ada@sender.example><eve@evil.example>",
        "<ada@sender.example,eve@evil.example>",
        "<ada@sender@evil.example>",
        "<ada @sender.example>",
        "<ada@sender.example\x00>",
        "<ada@>",
        "<@sender.example>",
        '<"ada@sender.example>',
        f"<{'a' * 400}@sender.example>",
    ],
)
def test_what_is_no_path_is_not_made_one(text: str) -> None:
    assert parse_path(text) is None
