"""Messages built to cost a reader more than their size is worth, each made as large as is asked.

`MESSAGES` names one builder for each form; a builder takes the number of bytes that the message
should roughly have. Ordinary text of the same size is the peer that their cost is compared to.
"""

import base64
from collections.abc import Callable, Iterable
from functools import partial

Builder = Callable[[int], bytes]

HEAD = (
    b"From: Maren Rowe <maren@agency.example>\nTo: triage@gateway.example\n"
    b"Date: Tue, 14 Apr 2026 10:02:11 -0500\nMessage-ID: <one@agency.example>\n"
    b"MIME-Version: 1.0\n"
)
ORDINARY_LINE = (
    "The portal shows an error since 9:15 am EST, and about 40 people cannot sign in today.\n"
)
# Every sign that some rule of reading, understanding or masking looks for.
SIGNS = " \t-_=*#~.,:;>|<()[]{}@/\\\"'&?!+$%^`a A1 0é日\u200b\u00a0\u2028x"
PAIRED = " \n->.@:1a("


def ordinary(size: int) -> bytes:
    """What a person writes, over and over: the linear peer."""
    return of_text(ORDINARY_LINE, size)


def of_text(piece: str, size: int, *, before: str = "", after: str = "\nwords behind") -> bytes:
    """A plain message whose text is `piece` repeated."""
    unit = len(piece.encode())
    text = before + piece * (size // unit) + after
    return HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode()


def of_html(piece: str, size: int, *, before: str = "", after: str = "words") -> bytes:
    """A message whose HTML is `piece` repeated."""
    html = before + piece * (size // len(piece)) + after
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + html.encode()


def of_field(name: str, piece: str, size: int, *, before: str = "") -> bytes:
    """A message with one enormous header field."""
    body = before + piece * (size // len(piece))
    return f"{name}: {body}\n".encode() + HEAD + b"\nwords"


def of_fields(line: str, size: int) -> bytes:
    """A message with very many header fields."""
    return HEAD + line.encode() * (size // len(line)) + b"\nwords"


def nested(size: int, kind: str) -> bytes:
    """Parts in parts, as deep as the size allows."""
    if kind == "multipart":
        one = "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n"
    else:
        one = "Content-Type: message/rfc822\n\n"
    return HEAD + "".join(one.format(n) for n in range(size // len(one))).encode() + b"\nwords"


def parts(size: int, part: str) -> bytes:
    """Very many parts beside each other."""
    one = f"--b\n{part}\n"
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    return head + one.encode() * (size // len(one)) + b"--b--\n"


def as_base64(size: int, content: bytes, kind: str = "text/plain") -> bytes:
    """A body that is base64 of something long."""
    data = base64.encodebytes(content * (size * 3 // 4 // len(content)))
    head = f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    return HEAD + head.encode() + data


def as_charset(size: int, label: str, content: bytes) -> bytes:
    """A body in a charset that is costly to decode or to guess."""
    head = f"Content-Type: text/plain; charset={label}\n\n"
    return HEAD + head.encode() + content * (size // len(content))


def calendar(size: int, line: str) -> bytes:
    """A calendar that never ends."""
    head = HEAD + b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n"
    return head + line.encode() * (size // len(line)) + b"\nEND:VEVENT\nEND:VCALENDAR\n"


def report(size: int, group: str) -> bytes:
    """A delivery report of very many recipients."""
    head = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    start = b"--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: x\n\n"
    return head + start + group.encode() * (size // len(group)) + b"\n--b--\n"


def of_rtf(size: int, piece: bytes) -> bytes:
    """A document in RTF whose words are `piece` repeated."""
    return HEAD + b"Content-Type: text/rtf\n\n{\\rtf1 " + piece * (size // len(piece))


def _matryoshka(size: int) -> bytes:
    """A message in a message in a message, each encoded, until the size is reached."""
    raw = b"Subject: x\n\nwords"
    head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    while len(raw) < size:
        raw = head + base64.encodebytes(raw)
    return raw


def _texts() -> Iterable[tuple[str, Builder]]:
    for sign in SIGNS:
        yield f"text of {sign!r}", partial(of_text, sign)
    for first in PAIRED:
        for second in PAIRED:
            if first != second:
                yield f"text of {first + second!r}", partial(of_text, first + second)
    for piece in PIECES:
        yield f"text of {piece!r}", partial(of_text, piece)
    for start in STARTS:
        for sign in " -.1a>":
            yield f"text of {start!r} and {sign!r}", partial(of_text, sign, before=start)


PIECES = [
    "\n\n", "\n \n", "> \n", ">>>> \n", "a\n", "a\n\n", "1 2 ", "a b ", "A b ", "Ab Cd ", "a. ",
    "-- \n", "--\n\n", "---- \n", "____\n", "- - ", "_ _-", "* x\n", "1. x\n", "| a | b |\n",
    "|---|---|\n", "a\tb\t", "a:b\n", "a: b: ", "a   b   ", "a@b.c ", "a@b.c,", "a.b@", "@a.b",
    "<a@b.c>", "http://a.b/", "http://", "https://a.b/c?d=e&f ", "www.a.b ", "(a) ", "((((a",
    "[a]", "[mailto:a@b.c]", "&amp;", "&#160;", "=20", "=?utf-8?q?a?= ", "=?a?b?", "\u2019s ",
    "On Mon, 3 Jun 2026 at 9:15 AM, A B <a@b.c> wrote:\n", "On \n", "On a, b\n", "wrote:\n",
    "On Mon wrote", "El lun escribió:\n", "From: a@b.c\n", "From: a@b.c\nSubject: x\n",
    "From: a\nSent: b\nTo: c\nSubject: d\n\n", "To: a\n", "Subject: Fwd: a\n", "Date: 1\n",
    "-----Original Message-----\n", "---------- Forwarded message ----------\n",
    "---------- Forwarded message ----------\nFrom: a\nSubject: b\n\n", "Begin forwarded message:\n",
    "Sent from my iPhone\n", "Regards,\n", "Regards,\nMaren\n", "Maren Rowe\n", "CONFIDENTIAL: \n",
    "You are receiving this because ", "unsubscribe ", "CAUTION: external\n", "begin 644 a\n",
    "\nbegin 644 a\nM\n", "123-45-6789 ", "123-45-", "(555) 010-", "555-0100 ", "1-800-", "12/",
    "1.2.3.4.", "1.2.", "a:b:c:d:", "1:2:", "::", "ssn ", "ssn is ", "ssn: ", "dob ", "born ",
    "date of birth is ", "last four ", "account number ", "phone ", "phone: (", "address: ",
    "Name: ", "name: A ", "Name: A B\n", "   Name: ", "Veteran ", "Veteran A ", "Mr. ", "Mr. A ",
    "my name is ", "my name is A ", "1 Main St ", "1 Main ", "1 A ", "12 N A B C D E ", "Suite 1 ",
    "P.O. Box ", "A, VA 1", "A B C, ", "1234V", "1234567890V123456", "XXX-XX-", "x" * 7 + " ",
    "INC1234567 ", "INC", "CHG-", "A-1", "case ", "case number ", "version 1.", "v1.1.", "2026-",
    "2026-06-03 ", "2026-06-03T09:15:00Z ", "06/03/2026 ", "3 June 2026 ", "June 3, ", "June ",
    "June 3 and ", "Mon ", "Monday ", "Monday, June 3, 2026 from ", "from 9 am to 5 pm EST ",
    "9:15 ", "9 am ", "9 am - ", "9-", "9 - 10 - ", "from 9 to ", "from ", "until ", "to ", "EST ",
    "between 9 and ", "9:15 am EST - 10:15 am EST on June 3, 2026\n", "every Monday ", "daily ",
    "Start: 2026-06-03 09:15\n", "Start: ", "End: ", "Start\n", "Window:\n", "outage ", "down ",
    "not down ", "no ", "not ", "is down. ", "is not ", "if ", "will be ", "cannot ", "error ",
    "40 people ", "about 40 users ", "10 to 20 ", "1,000,", "1,234 users ", "1.5 hours ", "all ",
    "va.gov ", "VA.gov is down. ", "eBenefits ", "login.gov ", "ID.me ", "VBMS ", "MHV ", "the ",
    "could not be delivered ", "user unknown\n", "delayed ", "5.1.1 ", "550 ", "quota ",
    "Message-ID: <a@b>\n", "message-id: <", "Return-Path: x\n", "\u05d0 ", "日 ", "これは", "한 ",
    "\u0410\u0431 ", "\u202e", "\u0301", "e\u0301", "\ufeff", "\x0c", "\x1b[31m", "\u00df",
    "\u0130", "ﬁ", "\U0001f600", "\u200d", "[1] ", "{{", "{%", "<%", "${", "%s", "\\", "\\\\n",
]  # fmt: skip

STARTS = [
    "On ", "From: ", "> ", "-- ", "\n\n-- \n", "Name: ", "ssn: ", "address: ", "phone: ", "http://",
    "begin 644 ", "On Mon, 3 Jun 2026, ", "----- ", "Subject: ", "Start: ", "Regards,\n\n", "dob ",
    "my name is ", "Mr. ", "case ", "from 9 am ", "June 3 ", "a@", "@", "<", "(", "[", "9", "1 ",
]  # fmt: skip

HTML_PIECES = [
    "<div>", "<b>", "<p>", "<span>a", "<table><tr><td>", "<table>", "<tr>", "<td>a", "<blockquote>",
    "<blockquote>a</blockquote>", "<ul><li>", "<li>a", "<font><a href=x>", "<a name=a>", "</div>",
    "<style>a", "<style>a</style>", "<script>", "<script>a</script>", "<!--", "<!-- a -->", "-->",
    "<", ">", "<<", "<a", "<a ", "<a b=", '<a b="', "<a b='c' ", "</", "<!", "<![CDATA[", "<?",
    "<br>", "<br>a", "<hr>", "<pre>a\n", "<pre>", "<title>", "<svg>", "<noscript>", "&", "&amp;",
    "&#x10ffff;", "&#0;", "&#xd800;", "&nbsp;", "&lt;", "&amp;amp;", "&unknown;", "&a", "\u00a0",
    "<p style='margin:0'>a", "<p style='display:none'>a", "<p style='display : ", "<o:p>a</o:p>",
    "<img src='data:image/png;base64,AAAA'>", "data:image/png;base64,", "data:", "<base href=x>",
    "<meta charset=x>", "<body>", "<html>", "<form><input>", "<select><option>a", "<p><div>", "İ",
    "<td>a</td>", "<tr><td>a</td><td>b</td></tr>", "a\n", "a ", " ", "\n", "a", "\ue0f0", "\ue0f1",
]  # fmt: skip

FIELDS = ["From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "References", "List-Id",
          "In-Reply-To", "Received", "Content-Type", "Content-Disposition", "Mailing-List",
          "Content-Transfer-Encoding", "Authentication-Results", "Auto-Submitted", "List-Post",
          "Return-Path", "X-Failed-Recipients", "X-Anything"]  # fmt: skip
FIELD_PIECES = [
    "a", " ", "<", ">", "<a@b.c>", "<a@b.c>, ", "a@b.c, ", "a@b.c ", "a, ", ",", ";", ":", "(", ")",
    "()", "((", '"', '\\"', "\\", "@", "a@", "a.", ".", "=?", "?=", "=?utf-8?q?a?= ", "=?utf-8?b?",
    "=?utf-8?q?", "=?a?q?=", "?", "= ", "\n ", "\n\t", "a\n ", "<a>\n ", "a=b; ", "a*0=b; ", "\xe9",
    ";name*1*=a", "; filename=a", "boundary=a; ", "[", "]", "[a] ", "Re: ", "Fwd: ", "-", "+0000 ",
    "Mon, ", "1 Jan ", "dkim=pass ", "spf=pass (a) ", "from a by b; ", "a: b; ", "<<>>", "日", "1",
]  # fmt: skip

GROUP = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n"


def _messages() -> Iterable[tuple[str, Builder]]:
    yield from _texts()
    for piece in HTML_PIECES:
        yield f"html of {piece!r}", partial(of_html, piece)
        yield f"html after body of {piece!r}", partial(of_html, piece, before="<html><body>")
    for name in FIELDS:
        for piece in FIELD_PIECES:
            yield f"{name} of {piece!r}", partial(of_field, name, piece)
    for line in ["X: y\n", "Received: a\n", "From: a@b.c\n", "To: a@b.c\n", "Subject: =?a?q?b?=\n",
                 "no field\n", ":\n", "X:\n y\n", " y\n", "References: <a>\n", "Date: x\n",
                 "Authentication-Results: x; spf=pass\n", "Content-Type: text/plain; a=b\n",
                 "MIME-Version: 1.0\n"]:  # fmt: skip
        yield f"fields {line!r}", partial(of_fields, line)
    yield "nested multiparts", partial(nested, kind="multipart")
    yield "nested messages", partial(nested, kind="message")
    for part in ["\na", "", "Content-Type: text/html\n\n<b>a", "Content-Type: a/b; name=c\n\nd",
                 "Content-Type: message/rfc822\n\nSubject: a\n\nb", "Content-Type: text/calendar\n\nx",
                 "Content-Type: multipart/mixed; boundary=c\n\n--c\n\na\n--c--",
                 "Content-Type: multipart/alternative; boundary=b\n\n",
                 "Content-Transfer-Encoding: base64\n\nYQ=="]:  # fmt: skip
        yield f"parts {part!r}", partial(parts, part=part)
    for content in [b"\0", b"a", b" ", b"\n", b"<b>", b"-", b"\xff", b"\x1b$B"]:
        yield f"base64 of {content!r}", partial(as_base64, content=content)
        yield f"base64 html of {content!r}", partial(as_base64, content=content, kind="text/html")
        yield f"base64 pdf of {content!r}", partial(as_base64, content=content, kind="a/pdf")
    for label in ["utf-8", "x-unknown", "iso-2022-jp", "utf-7", "hz", "utf-16", "utf-32", "gb2312",
                  "idna", "punycode", "unicode_escape", "zlib", "hex", "rot13", "cp037", "big5",
                  "iso-2022-kr", "us-ascii", "mbcs", "undefined", "koi8-r"]:  # fmt: skip
        for content in [
            b"\xff",
            b"a",
            b"+",
            b"\x1b$B",
            b"~{",
            b"\xc3\xa9",
            b"\xa4\xa4",
            b"\\x",
            b"\0",
        ]:
            yield f"{label} of {content!r}", partial(as_charset, label=label, content=content)
    for line in ["SUMMARY:a\n", "DTSTART:20260603T091500Z\n", "RRULE:FREQ=SECONDLY\n", " a\n", ":\n",
                 "BEGIN:VEVENT\n", "RDATE:20260603T091500Z,20260604T091500Z\n", "DESCRIPTION:\\n",
                 "X;a=b;", "BEGIN:VTIMEZONE\n", "END:VEVENT\nBEGIN:VEVENT\nDTSTART:20260603T0915\n",
                 "END:VCALENDAR\nBEGIN:VCALENDAR\n", "ATTENDEE;CN=\"a\":mailto:a@b.c\n"]:  # fmt: skip
        yield f"calendar of {line!r}", partial(calendar, line=line)
    for group in [GROUP, "a: b\n\n", "\n", "Action: failed\n", "Final-Recipient: rfc822; \n\n"]:
        yield f"report of {group!r}", partial(report, group=group)
    yield "format flowed", lambda size: ordinary(size).replace(b"utf-8", b"utf-8; format=flowed")
    yield "carriage returns", lambda size: ordinary(size).replace(b"\n", b"\r")
    yield "separators of an mbox", lambda size: b"From x 10:00\n" * (size // 13) + HEAD + b"\nwords"
    yield "messages in base64 in one another", _matryoshka
    yield "RTF", lambda size: of_rtf(size, b"{\\b a}")
    yield "RTF of characters", lambda size: of_rtf(size, b"\\u55357?\\u56832?")
    yield "uuencoded files", partial(of_text, "begin 644 a\nM\n")
    yield "yEnc files", partial(of_text, "=ybegin name=a\n")
    yield "soft breaks", partial(of_text, "=\n=3D")
    yield "folds of nothing", lambda size: b"Subject: a\n" + b" \n" * (size // 2) + b"\nx"
    yield "junk before the header", lambda size: b"junk junk\n" * (size // 10) + HEAD + b"\nx"
    yield "junk in the header", lambda size: HEAD + b"junk junk\n" * (size // 10) + b"\nx"
    yield "many references", lambda size: (
        f"References: {' '.join(f'<{n}@a.b>' for n in range(size // 12))}\n".encode()
        + HEAD + b"\nwords"
    )  # fmt: skip
    yield "many recipients", lambda size: (
        f"To: {', '.join(f'P {n} <p{n}@a.example>' for n in range(size // 24))}\n".encode()
        + HEAD + b"\nwords"
    )  # fmt: skip


MESSAGES: dict[str, Builder] = dict(_messages())
