"""What a stored message's header says of its envelope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.doors.header_scan import fields, our_recipients, return_path
from gateway.model import belongs_to

OURS = ["triage@agency.example", "help@agency.example"]


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (b"Return-Path: <a@B.example>\r\n", "a@b.example"),
        (b"Return-Path: <>\r\n", ""),
        (b"return-path:<a@b.example>\n", "a@b.example"),
        (b"Return-Path:\r\n <a@b.example>\r\n", "a@b.example"),
        (b"Received: from x\r\n by y; Return-Path: <no@b.example>\r\n", None),
        (b"Return-Path: a@b.example\r\nReturn-Path: <c@d.example>\r\n", "a@b.example"),
        (b"Return-Path: <MAILER-DAEMON>\r\n", "MAILER-DAEMON"),
        (b"Return-Path: not an address\r\n", None),
        (b"Return-Path:\r\n", None),
        (b"Subject: none\r\n", None),
        (b"\r\n\r\nReturn-Path: <a@b.example>\r\n", "a@b.example"),
        (b"From x@y.example Mon Jan  5 10:00:00 2026\nReturn-Path: <a@b.example>\n", "a@b.example"),
        (b"junk line\r\nReturn-Path: <a@b.example>\r\n", "a@b.example"),
        ("Return-Path: <jürgen@b.example>\r\n".encode(), "jürgen@b.example"),
        ("Return-Path: <jürgen@b.example>\r\n".encode("latin-1"), "jürgen@b.example"),
    ],
)
def test_the_return_path_is_read_as_the_last_server_noted_it(
    header: bytes, sender: str | None
) -> None:
    assert return_path(header + b"\r\nReturn-Path: <body@b.example>\r\n") == sender


@pytest.mark.parametrize(
    ("header", "recipients"),
    [
        (b"To: Triage <triage@agency.example>\r\n", ("triage@agency.example",)),
        (b"To: x@y.example,\r\n\tTRIAGE+billing@Agency.Example\r\n",
         ("TRIAGE+billing@agency.example",)),
        (b"To: list@lists.example\r\nCc: help@agency.example\r\n", ("help@agency.example",)),
        (b"To: triage@agency.example\r\nDelivered-To: help+a@agency.example\r\n",
         ("help+a@agency.example",)),
        (b"Delivered-To: box@host.example\r\nTo: triage@agency.example\r\n",
         ("triage@agency.example",)),
        (b"To: triage@agency.example, help@agency.example, triage@agency.example\r\n",
         ("triage@agency.example", "help@agency.example")),
        (b"To: mytriage@agency.example, triage@agency.example.evil.example\r\n", ()),
        (b"X-Original-To: triage@agency.example\r\n", ("triage@agency.example",)),
        (b"Envelope-To: <triage@agency.example>\r\n", ("triage@agency.example",)),
        (b"To: undisclosed-recipients:;\r\n", ()),
        (b"Subject: none\r\n", ()),
    ],
)  # fmt: skip
def test_our_addresses_are_found_where_delivery_or_sender_named_them(
    header: bytes, recipients: tuple[str, ...]
) -> None:
    assert our_recipients(header + b"\r\nTo: triage@agency.example\r\n", OURS) == recipients


def test_a_sub_address_belongs_and_a_longer_name_does_not() -> None:
    assert belongs_to("triage+x+y@agency.example", "Triage@agency.example")
    assert not belongs_to("triages@agency.example", "triage@agency.example")
    assert not belongs_to("triage@other.example", "triage@agency.example")


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_it_fail(raw: bytes) -> None:
    return_path(raw)
    our_recipients(raw, OURS)
    list(fields(raw, ["subject", "to"]))
