"""Readable text, attachments and calendars out of any structure of parts."""

import base64
import struct

import pytest

from gateway.reading import ENCRYPTED, read

HEAD = b"From: a@b.example\nMIME-Version: 1.0\n"


def mixed(*parts, kind=b"mixed"):
    body = b"".join(b"--x\n" + part + b"\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b'; boundary="x"\n\n' + body + b"--x--\n"


PLAIN = b"Content-Type: text/plain\n\nplain words"
HTML = b"Content-Type: text/html\n\n<p>rich <b>words</b></p>"


def test_plain_text_is_preferred_and_html_is_kept():
    message = read(mixed(PLAIN, HTML, kind=b"alternative"))
    assert message.text == "plain words"
    assert message.html is not None
    assert "<b>words</b>" in message.html


@pytest.mark.parametrize(
    "plain",
    [b"", b"   \n\n", b"Your mail program does not support HTML. View this message in a browser."],
)
def test_html_is_read_where_plain_text_says_nothing(plain):
    message = read(mixed(b"Content-Type: text/plain\n\n" + plain, HTML, kind=b"alternative"))
    assert message.text == "rich words"


def test_text_parts_around_an_attachment_are_joined_in_order():
    file = b'Content-Type: image/png; name="a.png"\nContent-Disposition: attachment\n\nx'
    message = read(mixed(PLAIN, file, b"Content-Type: text/plain\n\nmore words"))
    assert message.text == "plain words\n\nmore words"
    assert message.attachments == ("a.png",)


def test_text_sent_as_a_file_is_no_text_of_the_message():
    file = b'Content-Type: text/plain\nContent-Disposition: attachment; filename="n.txt"\n\nnotes'
    message = read(mixed(PLAIN, file))
    assert message.text == "plain words"
    assert message.attachments == ("n.txt",)


def test_text_sent_as_a_file_is_read_where_there_is_nothing_else():
    file = b'Content-Type: text/plain\nContent-Disposition: attachment; filename="n.txt"\n\nnotes'
    assert read(mixed(file)).text == "notes"


def test_text_only_inside_an_attached_message_is_read():
    inner = b"Content-Type: message/rfc822\n\nFrom: c@d.example\nSubject: in\n\ninner words"
    message = read(mixed(inner))
    assert "inner words" in message.text
    assert message.attachments == ("in.eml",)


def test_html_without_a_label_is_still_html():
    assert read(HEAD + b"\n<html><body><p>rich</p></body></html>").text == "rich"


def test_what_html_does_not_show_is_not_read():
    html = (
        b"<head><title>t</title><style>p{}</style></head><script>1</script><!-- c -->"
        b'<div style="display:none">preview</div><p>shown</p>'
    )
    assert read(HEAD + b"Content-Type: text/html\n\n" + html).text == "shown"


def test_a_table_of_facts_keeps_its_lines_and_a_layout_table_its_blocks():
    html = (
        b"<table><tr><td><p>first</p></td></tr><tr><td><table>"
        b"<tr><td>Service</td><td>Portal</td></tr><tr><td>Urgency</td><td>High</td></tr>"
        b"</table></td></tr></table>"
    )
    lines = read(HEAD + b"Content-Type: text/html\n\n" + html).text.splitlines()
    assert [line.split() for line in lines if line] == [
        ["first"],
        ["Service", "Portal"],
        ["Urgency", "High"],
    ]


def test_quotations_in_html_are_marked_as_in_plain_text():
    html = b"<p>new</p><blockquote>old<blockquote>older</blockquote></blockquote>"
    text = read(HEAD + b"Content-Type: text/html\n\n" + html).text
    assert [line for line in text.splitlines() if line.strip("> ")] == ["new", "> old", ">> older"]


def test_flowed_lines_are_joined_within_their_quote_depth():
    raw = HEAD + b"Content-Type: text/plain; format=flowed\n\nlong \nline\n> quoted \n> on\n-- \nJo"
    assert read(raw).text == "long line\n> quoted on\n--\nJo"


def test_delsp_takes_the_space_away():
    raw = HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\n\nlo \nng\n"
    assert read(raw).text == "long"


def test_calendars_are_collected():
    invite = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
    message = read(mixed(PLAIN, invite, kind=b"alternative"))
    assert message.text == "plain words"
    assert message.calendars[0].startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (b'Content-Disposition: attachment; filename="plan.pdf"', "plan.pdf"),
        (b"Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        (
            b"Content-Disposition: attachment;\n filename*0*=utf-8''caf%C3%A9;"
            b"\n filename*1=-plan.pdf",
            "café-plan.pdf",
        ),
        (b'Content-Disposition: attachment; filename="=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        (b'Content-Disposition: attachment; filename="caf\xc3\xa9.pdf"', "café.pdf"),
        (b'Content-Disposition: attachment; filename="caf\xe9.pdf"', "café.pdf"),
        (b"Content-Disposition: attachment; filename=plan.pdf", "plan.pdf"),
        (b"Content-Disposition: attachment", "application.pdf"),
    ],
)
def test_attachments_are_named_as_their_sender_named_them(fields, name):
    part = b"Content-Type: application/pdf\n" + fields + b"\n\nx"
    assert read(mixed(PLAIN, part)).attachments == (name,)


def test_a_name_in_the_content_type_is_a_name():
    part = b'Content-Type: application/pdf; name="plan.pdf"\n\nx'
    assert read(mixed(PLAIN, part)).attachments == ("plan.pdf",)


def test_a_uuencoded_file_in_the_text_is_an_attachment():
    raw = HEAD + b"\nhello\n\nbegin 644 plan.txt\n#0V%T\n`\nend\n"
    message = read(raw)
    assert message.attachments == ("plan.txt",)
    assert message.text == "hello"


def tnef(*attributes):
    rows = [
        bytes((1,)) + struct.pack("<II", kind, len(value)) + value + b"\0\0"
        for kind, value in attributes
    ]
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(rows)


def prop(tag, kind, value):
    padding = b"\0" * (-len(value) % 4)
    return struct.pack("<HHII", kind, tag, 1, len(value)) + value + padding


# [MS-OXRTFCP] 4.1.1: "hello world".
RICH = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a"
    "800fa0"
)
NAMED = struct.pack("<HH16sII", 0x0B, 0x8001, b"g" * 16, 0, 7) + b"\1\0\0\0"


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ([(0x0002800C, b"Refills are empty.\r\n\0")], "Refills are empty."),
        (
            [
                (
                    0x00069003,
                    struct.pack("<I", 2) + NAMED + prop(0x1000, 0x1F, "Sí".encode("utf-16-le")),
                )
            ],
            "Sí",
        ),
        ([(0x00069003, struct.pack("<I", 1) + prop(0x1013, 0x102, b"<p>a <b>b</b></p>"))], "a b"),
        ([(0x00069003, struct.pack("<I", 1) + prop(0x1009, 0x102, RICH))], "hello world"),
        ([(0x00069003, struct.pack("<I", 9) + prop(0x1000, 0x1E, b"cut off"))], "cut off"),
        ([(0x00069003, b"\xff\xff")], ""),
    ],
)
def test_what_outlook_packed_is_read_where_there_is_nothing_else(attributes, text):
    name = (0x00018010, b"log.txt\0")
    part = (
        b'Content-Type: application/ms-tnef; name="winmail.dat"\n'
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(tnef(*attributes, name))
    )
    message = read(mixed(part))
    assert (message.text, message.attachments) == (text, ("winmail.dat", "log.txt"))
    assert read(mixed(PLAIN, part)).text == "plain words"


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\n\1\2\3",
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1",
        b"Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n",
    ],
)
def test_what_is_encrypted_says_so(part):
    assert ENCRYPTED in read(mixed(part)).defects
    assert ENCRYPTED not in read(mixed(PLAIN, part)).defects
