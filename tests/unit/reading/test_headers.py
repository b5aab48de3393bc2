"""Addresses, dates and identifiers in the forms that mail has them."""

from datetime import UTC, datetime

import pytest

from gateway.model import Address
from gateway.reading import read


@pytest.mark.parametrize(
    ("field", "address", "name"),
    [
        (b"jo@a.example (Jo Doe)", "jo@a.example", "Jo Doe"),
        (b"Jo Doe jo@a.example", "jo@a.example", "Jo Doe"),
        (b"jo@a.example.", "jo@a.example", ""),
        (b"Doe, Jo <jo@a.example>", "jo@a.example", "Doe, Jo"),
        (b"=?utf-8?q?M=C3=BCller=2C_J?= <jo@a.example>", "jo@a.example", "Müller, J"),
        (b"M\xfcller <jo@A.Example>", "jo@a.example", "Müller"),
        (b'"=?utf-8?q?M=C3=BCller?=" <jo@a.example>', "jo@a.example", "Müller"),
        (b'"a@b.example" <jo@a.example>', "jo@a.example", "a@b.example"),
        (b"Jo <jo@a.example", "jo@a.example", "Jo"),
        (b"<jo@a.example>", "jo@a.example", ""),
    ],
)
def test_a_sender_is_found_in_any_form(field, address, name):
    assert read(b"From: " + field + b"\n\nx").sender == Address(address, name)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (b"Reply-To: jo@a.example\n", "reply-to"),
        (b"From:\nSender: jo@a.example\n", "sender"),
        (b"From: <>\nReturn-Path: <jo@a.example>\n", "return-path"),
    ],
)
def test_without_a_usable_from_the_next_best_field_names_the_sender(head, field):
    message = read(head + b"\nx")
    assert message.sender == Address("jo@a.example")
    assert f"no usable From: taken from {field}" in message.defects


def test_a_message_from_nobody_has_no_sender():
    assert read(b"Subject: s\n\nx").sender is None


def test_line_breaks_smuggled_into_an_address_do_not_reach_it():
    message = read(b"From: =?utf-8?q?Jo=0d=0aBcc:_x?= <jo@a.example>\n\nx")
    assert message.sender is not None
    assert message.sender.address == "jo@a.example"
    assert "\n" not in message.sender.name


def test_lists_of_recipients_are_read_whatever_separates_them():
    message = read(b"To: a@b.example; Jo <c@d.example>\nCc: Team: e@f.example, g@h.example;\n\nx")
    assert [a.address for a in message.to] == ["a@b.example", "c@d.example"]
    assert [a.address for a in message.cc] == ["e@f.example", "g@h.example"]


@pytest.mark.parametrize(
    "date",
    [
        b"Tue, 14 Apr 2026 10:00:00 -0500",
        b"14 Apr 26 10:00 -0500",
        b"Tue, 14 Apr 2026 15:00:00 GMT (greeting)",
        b"2026-04-14T15:00:00Z",
        b"Tue Apr 14 15:00:00 2026",
    ],
)
def test_dates_become_utc(date):
    message = read(b"From: a@b.example\nDate: " + date + b"\n\nx")
    assert message.date == datetime(2026, 4, 14, 15, 0, tzinfo=UTC)


def test_a_date_that_cannot_be_read_gives_way_to_the_time_of_receipt():
    raw = b"Received: by mx.example; Tue, 14 Apr 2026 15:00:00 +0000\nDate: yesterday\n\nx"
    assert read(raw).date == datetime(2026, 4, 14, 15, 0, tzinfo=UTC)


def test_identifiers_lose_brackets_and_folding():
    raw = b"Message-ID: < a@b.example >\nIn-Reply-To: Your message <c@\n d.example>\n\nx"
    message = read(raw)
    assert message.message_id == "a@b.example"
    assert message.in_reply_to == "c@d.example"


def test_references_without_brackets_or_twice_are_read_once_each():
    message = read(b"References: <a@b.example> <a@b.example>\n <c@d.example>\n\nx")
    assert message.references == ("a@b.example", "c@d.example")
    assert read(b"References: a@b.example c@d.example\n\nx").references == (
        "a@b.example",
        "c@d.example",
    )
