"""Messages passed on, inline and attached."""

from datetime import UTC, datetime

import pytest

from gateway.model import Address
from gateway.reading import read
from gateway.reading.structure.dates import parse as parse_date

SENT = datetime(2026, 4, 14, 14, 2, tzinfo=UTC)
HEAD = "From: Jo Doe <jo@a.example>\nDate: Wed, 15 Apr 2026 08:00:00 -0400\nSubject: {}\n\n"
ORIGINAL = "The portal will be down on Friday."


@pytest.mark.parametrize(
    ("subject", "block"),
    [
        (
            "FW: portal",
            "From: Maren Rowe <maren@agency.example>\nSent: Tuesday, April 14, 2026 10:02 AM\n"
            "To: Jo Doe\nSubject: portal",
        ),
        (
            "Fwd: portal",
            "---------- Forwarded message ---------\nFrom: Maren Rowe <maren@agency.example>\n"
            "Date: Tue, Apr 14, 2026 at 10:02 AM\nSubject: portal\nTo: Jo Doe <jo@a.example>",
        ),
        (
            "Fwd: portal",
            "Begin forwarded message:\n\nFrom: Maren Rowe <maren@agency.example>\nSubject: portal\n"
            "Date: April 14, 2026 at 10:02:00 AM EDT\nTo: Jo Doe",
        ),
        (
            "Fwd: portal",
            "-------- Forwarded Message --------\nSubject: portal\n"
            "Date: Tue, 14 Apr 2026 10:02:00 -0400\nFrom: Maren Rowe <maren@agency.example>\nTo: x",
        ),
        (
            "WG: portal",
            "Von: Maren Rowe [mailto:maren@agency.example]\n"
            "Gesendet: Dienstag, 14. April 2026 10:02\nAn: Jo Doe\nBetreff: portal",
        ),
        (
            "RV: portal",
            "De: Maren Rowe <maren@agency.example>\n"
            "Enviado el: martes, 14 de abril de 2026 10:02\nPara: Jo\nAsunto: portal",
        ),
    ],
    ids=["outlook", "gmail", "apple", "thunderbird", "german", "spanish"],
)
def test_an_inline_forward_is_taken_apart(subject, block):
    raw = HEAD.format(subject) + f"Please see below.\n\n{block}\n\n{ORIGINAL}\n"
    message = read(raw.encode())
    assert message.forwarded is not None
    assert message.forwarded.sender == Address("maren@agency.example", "Maren Rowe")
    assert message.forwarded.subject == "portal"
    assert message.forwarded.date == SENT
    assert message.forwarded.text == ORIGINAL
    assert message.reply_text == "Please see below."
    assert ORIGINAL in message.text


def test_a_forward_without_a_word_of_ones_own_has_an_empty_reply():
    raw = HEAD.format("FW: portal") + f"From: M\nSent: Tuesday\nTo: J\nSubject: s\n\n{ORIGINAL}\n"
    message = read(raw.encode())
    assert message.reply_text == ""
    assert message.forwarded is not None


def test_a_reply_with_the_old_mail_below_forwards_nothing():
    raw = (
        HEAD.format("RE: portal") + f"Yes.\n\nFrom: M\nSent: Tue\nTo: J\nSubject: s\n\n{ORIGINAL}\n"
    )
    assert read(raw.encode()).forwarded is None


def test_a_form_that_speaks_of_from_and_to_forwards_nothing():
    raw = HEAD.format("window") + "From: 10 PM\nTo: 11 PM\nDate: July 25\n"
    assert read(raw.encode()).forwarded is None


def test_an_attached_message_is_a_forward_and_part_of_the_text():
    raw = (
        b"From: jo@a.example\nSubject: Fwd: portal\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\n\nPlease see.\n--x\nContent-Type: message/rfc822\n\n"
        b"From: Maren Rowe <maren@agency.example>\nDate: Tue, 14 Apr 2026 10:02:00 -0400\n"
        b"Subject: portal\n\n" + ORIGINAL.encode() + b"\n--x--\n"
    )
    message = read(raw)
    assert message.forwarded is not None
    assert message.forwarded.sender == Address("maren@agency.example", "Maren Rowe")
    assert message.forwarded.date == SENT
    assert message.forwarded.text == ORIGINAL
    assert message.reply_text == "Please see."
    assert ORIGINAL in message.text
    assert message.attachments == ("portal.eml",)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Tuesday, April 14, 2026 10:02 AM", 14),
        ("24 hours: 2026-04-14 10:02", 14),
        ("4/14/2026 10:02 AM", 14),
        ("14.04.2026 10:02", 14),
        ("14 de abril de 2026 10:02", 14),
        ("14 April 2026 10:02:00 GMT-4", 14),
        ("April 14, 2026 at 10:02:00 AM PDT", 17),
        ("Tue, 14 Apr 2026 10:02:00 +0000", 10),
        ("2026年4月14日 10:02", 14),
    ],
)
def test_a_date_written_for_people_is_read_by_the_forwarders_clock(written, hour):
    assert parse_date(written, -240) == datetime(2026, 4, 14, hour, 2, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "yesterday", "2026", "99/99/2026 10:00"])
def test_a_date_that_is_none_is_none(written):
    assert parse_date(written, -240) is None


def test_a_reply_to_a_forward_forwards_nothing():
    history = (
        "Done.\n\nOn Tue, Apr 14, 2026 at 10:02 AM Maren <m@agency.example> wrote:\n\n"
        "Please see.\n\n---------- Forwarded message ---------\nFrom: Odile <o@b.example>\n"
        f"Date: Mon, Apr 13, 2026\nSubject: portal\n\n{ORIGINAL}\n"
    )
    message = read((HEAD.format("Re: portal") + history).encode())
    assert message.forwarded is None
    assert message.reply_text == "Done."


def test_what_stands_below_the_end_of_a_forwarded_message_is_the_forwarders():
    raw = HEAD.format("portal (fwd)") + (
        "----- Forwarded message from Maren Rowe <maren@agency.example> -----\n\n"
        "From: Maren Rowe <maren@agency.example>\nSubject: portal\n\n"
        f"{ORIGINAL}\n\n----- End forwarded message -----\n\nPlease look.\n"
    )
    message = read(raw.encode())
    assert message.forwarded is not None
    assert message.forwarded.text == ORIGINAL
    assert message.reply_text == "Please look."


def test_a_quotation_passed_on_is_a_forward():
    raw = HEAD.format("Fwd: portal") + (
        "Please see.\n\nOn Tue, Apr 14, 2026 at 10:02 AM Maren Rowe <maren@agency.example> "
        f"wrote:\n\n> {ORIGINAL}\n"
    )
    forwarded = read(raw.encode()).forwarded
    assert forwarded is not None
    assert forwarded.sender == Address("maren@agency.example")
    assert forwarded.subject == "portal"
    assert forwarded.date == SENT
    assert forwarded.text == ORIGINAL


def test_a_short_subject_does_not_take_the_first_line_of_the_text():
    raw = HEAD.format("FW: portal") + f"From: M\nSent: Tuesday\nTo: J\nSubject: s\n{ORIGINAL}\n"
    forwarded = read(raw.encode()).forwarded
    assert forwarded is not None
    assert (forwarded.subject, forwarded.text) == ("s", ORIGINAL)


def test_of_a_forward_of_a_forward_the_first_with_words_of_its_own_counts():
    outer = (
        "From: Odile <o@b.example>\nSent: Wednesday, April 15, 2026 9:00 AM\n"
        "To: Jo\nSubject: FW: portal\n\n"
    )
    inner = (
        "From: Maren Rowe <maren@agency.example>\nSent: Tuesday, April 14, 2026 10:02 AM\n"
        f"To: Odile\nSubject: portal\n\n{ORIGINAL}\n"
    )
    passed_on = read((HEAD.format("FW: FW: portal") + outer + inner).encode()).forwarded
    assert passed_on is not None
    assert passed_on.sender == Address("maren@agency.example", "Maren Rowe")
    assert passed_on.text == ORIGINAL
    said = read((HEAD.format("FW: FW: portal") + outer + "Please look.\n\n" + inner).encode())
    assert said.forwarded is not None
    assert said.forwarded.sender == Address("o@b.example", "Odile")
    assert said.forwarded.text.startswith("Please look.")
