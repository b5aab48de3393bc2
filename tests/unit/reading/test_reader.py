"""`read` as a whole: one message in, one `Message` out, never an exception."""

import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model import Address
from gateway.reading import people_named, read, redact
from gateway.trust.relay import vouched

ORDINARY = b"""\
From: "Rowe, Maren" <maren.rowe@Agency.Example>\r
To: Triage <triage@gateway.example>, desk@agency.example\r
Cc: ops@agency.example\r
Reply-To: Desk <desk@agency.example>\r
Subject: =?utf-8?q?Caf=C3=A9_portal?= is down\r
Date: Tue, 14 Apr 2026 10:02:11 -0500\r
Message-ID: <one@agency.example>\r
In-Reply-To: <zero@gateway.example>\r
References: <first@gateway.example>\r
 <zero@gateway.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
The portal shows an error.\r
"""


def walk_texts(message):
    yield from (message.subject, message.text, message.reply_text, message.html or "")
    yield from (message.message_id or "", message.in_reply_to or "", message.error or "")
    yield from (*message.references, *message.attachments, *message.calendars, *message.defects)
    yield from (*message.failed_recipients, message.list_id or "", message.language)
    for name, value in message.headers:
        yield from (name, value)
    for person in (message.sender, message.reply_to, *message.to, *message.cc):
        if person:
            yield from (person.address, person.name)
    if message.forwarded:
        yield from (message.forwarded.subject, message.forwarded.text)


def assert_sound(raw):
    message = read(raw)
    for text in walk_texts(message):
        assert "\0" not in text
        text.encode("utf-8")  # raises on a lone surrogate
    redact(message.text, people_named(message)).encode("utf-8")
    vouched(message, ["mx.gateway.example"])
    return message


def test_an_ordinary_message_is_read_field_by_field():
    message = read(ORDINARY)
    assert message.error is None
    assert message.defects == ()
    assert message.sender == Address("maren.rowe@agency.example", "Rowe, Maren")
    assert message.to == (
        Address("triage@gateway.example", "Triage"),
        Address("desk@agency.example"),
    )
    assert message.cc == (Address("ops@agency.example"),)
    assert message.reply_to == Address("desk@agency.example", "Desk")
    assert message.subject == "Café portal is down"
    assert message.date == datetime(2026, 4, 14, 15, 2, 11, tzinfo=UTC)
    assert message.message_id == "one@agency.example"
    assert message.in_reply_to == "zero@gateway.example"
    assert message.references == ("first@gateway.example", "zero@gateway.example")
    assert message.text == message.reply_text == "The portal shows an error."
    assert not message.is_auto
    assert message.header("subject") == "Café portal is down"


def test_headers_are_all_kept_in_order_with_their_repeats():
    message = read(b"Received: one\nReceived: two\nFrom: a@b.example\n\nx")
    assert [value for name, value in message.headers if name == "Received"] == ["one", "two"]


def test_the_digest_is_of_the_bytes_as_they_came():
    assert (
        read(b"\n\nFrom: a@b.example\n\nx").raw_sha256 != read(b"From: a@b.example\n\nx").raw_sha256
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\0\0\0",
        b"\xff\xfe\xfd",
        b"no header at all, just words",
        b"From:\n\n",
        b": nameless field\n\nx",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n\nx",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Type: text/plain; charset=\xff\n\n\xe9",
        b"Content-Transfer-Encoding: base64\n\n=====",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n\xff\nend",
        b"Subject: =?utf-8?b?////?=\n\nx",
        b"Subject: =?utf-8?q?=ED=A0=80?=\n\nx",
        b"From: =?utf-8?q?a=0d=0aBcc:_x?= <a@b.example>\n\nx",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nx",
        b"References: " + b"<a@b.example> " * 5000 + b"\n\nx",
    ],
)
def test_broken_bytes_still_make_a_message(raw):
    message = assert_sound(raw)
    assert len(message.raw_sha256) == 64


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
            for n in range(20_000)
        ),
        b"Content-Type: message/rfc822\n\n" * 50_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 200_000,
        b"Content-Type: text/plain" + b";a=b" * 500_000 + b"\n\nx",
        b"X: y\n" * 500_000,
        b"From: a@b.example\n\n" + b"> quoted\n" * 300_000,
        b"Content-Type: text/html\n\n" + b"<div><table><tr><td>" * 100_000,
    ],
    ids=["nested", "messages", "parts", "parameters", "fields", "quotes", "html"],
)
def test_a_message_built_to_overwhelm_is_read_in_part(raw):
    message = assert_sound(raw)
    assert len(message.text) <= 400_000
    assert len(message.headers) <= 1_000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_no_bytes_make_it_raise(raw):
    assert_sound(raw)


def _structured():
    message = EmailMessage()
    message["From"] = "Maren Rowe <maren@agency.example>"
    message["To"] = "triage@gateway.example"
    message["Subject"] = "Fwd: café"
    message["Date"] = "Tue, 14 Apr 2026 10:02:11 -0500"
    message.set_content("See below.\n\n> quoted\n-- \nMaren\n")
    message.add_alternative("<p>See <b>below</b></p><blockquote>q</blockquote>", subtype="html")
    message.add_attachment(b"\0\1\2", maintype="image", subtype="png", filename="é.png")
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inner text")
    message.add_attachment(inner)
    return message.as_bytes(policy=email.policy.SMTP)


STRUCTURED = _structured()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(STRUCTURED) - 1),
            st.integers(0, 60),
            st.sampled_from(
                [b"", b"\0", b"\xff", b"\n", b"\r\n\r\n", b"--", b'"', b"=?", b"<", b";"]
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_damage_to_a_structured_message_makes_it_raise(cuts):
    raw = STRUCTURED
    for at, length, instead in cuts:
        raw = raw[:at] + instead + raw[at + length :]
    assert_sound(raw)


FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Content-Type",
    "Content-Disposition",
    "List-Id",
    "Message-ID",
    "References",
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Authentication-Results",
]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(FIELDS),
            st.text(max_size=80),
        ),
        max_size=8,
    ),
    st.text(max_size=400),
)
def test_no_field_contents_make_it_raise(fields, text):
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    assert_sound((head + "\n" + text).encode("utf-8", "surrogatepass"))


def test_a_reading_that_fails_altogether_says_so(monkeypatch):
    # The last guard: nothing known reaches it, so a failing parser has to be put in its way.
    def fail(raw):
        raise MemoryError

    monkeypatch.setattr("gateway.reading.structure.mime.parse", fail)
    message = read(b"From: a@b.example\n\nsome words")
    assert message.error == "could not be read: MemoryError"
    assert "some words" in message.text
