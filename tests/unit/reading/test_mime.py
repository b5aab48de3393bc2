"""Damaged header blocks and odd structures."""

import pytest

from gateway.model import Address
from gateway.reading import read
from gateway.reading.structure import addresses


@pytest.mark.parametrize("junk", [b"\n", b"\r\n\r\n", b" \n", b"\xef\xbb\xbf", b"\t\n\n"])
def test_blank_lines_before_the_header_cost_nothing(junk):
    message = read(junk + b"From: a@b.example\nSubject: still here\n\ntext")
    assert message.subject == "still here"
    assert message.text == "text"


def test_the_separator_of_an_mbox_is_no_field():
    message = read(b"From a@b.example Tue Apr 14 10:00:00 2026\nFrom: a@b.example\nSubject: s\n\nx")
    assert message.subject == "s"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_bad_line_in_the_header_costs_only_itself(at):
    lines = [b"From: a@b.example", b"Subject: kept", b"Date: Tue, 14 Apr 2026 10:00:00 +0000"]
    lines.insert(at, b"this is not a field")
    message = read(b"\n".join(lines) + b"\n\nbody text")
    assert message.subject == "kept"
    assert message.date is not None
    assert message.text == "body text"
    assert "damaged header" in message.defects


def test_a_body_without_a_blank_line_before_it_is_body():
    message = read(b"From: a@b.example\nSubject: s\nDear team, the page is down\nand stays down\n")
    assert message.subject == "s"
    assert message.text == "Dear team, the page is down\nand stays down"


def test_text_without_any_header_is_all_body():
    message = read(b"The page is down.\n\nStill down.\n")
    assert message.text == "The page is down.\n\nStill down."
    assert message.sender is None


def test_words_with_a_colon_at_the_start_of_a_text_are_no_header():
    assert read(b"Note: the page is down.\n\nStill down.").text.startswith("Note: the page")


@pytest.mark.parametrize("end", [b"\r", b"\r\r\n", b"\r\n"])
def test_any_line_ending_is_a_line_ending(end):
    raw = end.join([b"From: a@b.example", b"Subject: s", b"", b"one", b"two"])
    message = read(raw)
    assert (message.subject, message.text) == ("s", "one\ntwo")


def test_mail_parser_reads_what_takes_its_grammar():
    message = read(b'To: Desk: "Doe, Jo" <jo@b.example> (a, b), al@b.example;\n\nx')
    assert [(a.name, a.address) for a in message.to] == [
        ("Doe, Jo", "jo@b.example"),
        ("", "al@b.example"),
    ]


def test_what_breaks_mail_parser_is_read_without_it(monkeypatch):
    # A stand-in for its crashes: which input breaks it changes from release to release.
    def broken(text):
        raise KeyError("x")

    monkeypatch.setattr(addresses, "parse_from_string", broken)
    message = read(b"From: jo@b.example (Jo)\nDate: Tue, 14 Apr 2026 10:00:00 +0000\n\nx")
    assert message.sender == Address("jo@b.example", "Jo")
    assert message.date is not None


def test_base64_with_a_plain_footer_keeps_both():
    raw = (
        b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n"
        b"VGhlIHBvcnRhbCBpcyBkb3duLg==\n_______\nList footer: see the page\n"
    )
    text = read(raw).text
    assert text.startswith("The portal is down.")
    assert "List footer: see the page" in text


def test_a_long_base64_attachment_is_shortened_and_its_name_kept():
    raw = (
        b'From: a@b.example\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n\nhello\n--x\n'
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="big.pdf"\n\n'
        + (b"QUJD" * 19 + b"\n") * 20_000
        + b"--x--\n"
    )
    message = read(raw)
    assert message.text == "hello"
    assert message.attachments == ("big.pdf",)
