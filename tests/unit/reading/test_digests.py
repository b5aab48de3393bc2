"""The digests of mailing lists, split into their messages."""

import pytest

from gateway.model import Address
from gateway.reading import read

HEAD = "From: portal-request@lists.example\nTo: portal@lists.example\nSubject: Portal Digest, 4\n\n"

MAILMAN = """\
Send Portal mailing list submissions to
\tportal@lists.example

Today's Topics:

   1. Slow portal (Maren Rowe)
   2. Re: Slow portal (Jo Doe)


----------------------------------------------------------------------

Message: 1
Date: Tue, 14 Apr 2009 10:02:11 -0400
From: Maren Rowe <maren@agency.example>
Subject: [Portal] Slow portal
To: portal@lists.example
Message-ID: <1@agency.example>

It is slow.

Since nine.

------------------------------

Message: 2
Date: Tue, 14 Apr 2009 11:02:11 -0400
From: Jo Doe <jo@agency.example>
Subject: Re: [Portal] Slow portal

It is quick again.

------------------------------

Subject: Digest Footer

_______________________________________________
Portal mailing list
Portal@lists.example


------------------------------

End of Portal Digest, Vol 4, Issue 2
************************************
"""
LISTSERV = """\
There are 2 messages totaling 12 lines in this issue.

Topics of the day:

  1. Slow portal (2)

----------------------------------------------------------------------

Date:    Tue, 14 Apr 2009 10:02:11 -0400
From:    Maren Rowe <maren@agency.example>
Subject: [Portal] Slow portal

It is slow.

Since nine.

------------------------------

Date:    Tue, 14 Apr 2009 11:02:11 -0400
From:    Jo Doe <jo@agency.example>
Subject: Re: [Portal] Slow portal

It is quick again.

------------------------------

End of PORTAL Digest - 13 Apr 2009 to 14 Apr 2009 (#2009-4)
***********************************************************
"""
YAHOO = """\
There are 2 messages in this issue.

Topics in this digest:

      1. Slow portal
           From: Maren Rowe

________________________________________________________________________
________________________________________________________________________

Message: 1
   Date: Tue, 14 Apr 2009 10:02:11 -0400
   From: Maren Rowe <maren@agency.example>
Subject: [Portal] Slow portal

It is slow.

Since nine.

________________________________________________________________________
________________________________________________________________________

Message: 2
   Date: Tue, 14 Apr 2009 11:02:11 -0400
   From: Jo Doe <jo@agency.example>
Subject: Re: [Portal] Slow portal

It is quick again.

________________________________________________________________________
"""


NEWER_YAHOO = """\
Messages In This Digest (2 Messages)

1a. Slow portal From: Maren Rowe

________________________________________________________________________
1a. [Portal] Slow portal
    Posted by: "Maren Rowe" maren@agency.example maren_r
    Date: Tue Apr 14, 2009 10:02 am ((EDT))

It is slow.

Since nine.

________________________________________________________________________
1b. Re: [Portal] Slow portal
    Posted by: "Jo Doe" jo@agency.example jo_d
    Date: Tue Apr 14, 2009 11:02 am ((EDT))

It is quick again.

________________________________________________________________________
"""
GOOGLE = """\
=============================================================================
Today's topic summary
=============================================================================

  - [Portal] Slow portal [2 Updates]

=============================================================================
Topic: [Portal] Slow portal
=============================================================================

---------- 1 of 2 ----------
From: Maren Rowe <maren@agency.example>
Date: Apr 14 2009 10:02AM -0400
Subject: [Portal] Slow portal

It is slow.

Since nine.

---------- 2 of 2 ----------
From: Jo Doe <jo@agency.example>
Date: Apr 14 2009 11:02AM -0400
Subject: Re: [Portal] Slow portal

It is quick again.

=============================================================================
Topic: Lunch
=============================================================================
"""


@pytest.mark.parametrize(
    "text",
    [MAILMAN, LISTSERV, YAHOO, NEWER_YAHOO, GOOGLE],
    ids=["mailman", "listserv", "yahoo", "newer yahoo", "google"],
)
def test_a_plain_digest_is_split_into_its_messages(text: str) -> None:
    message = read((HEAD + text).encode())
    assert [one.sender for one in message.digest] == [
        Address("maren@agency.example", "Maren Rowe"),
        Address("jo@agency.example", "Jo Doe"),
    ]
    assert [one.subject for one in message.digest] == [
        "[Portal] Slow portal",
        "Re: [Portal] Slow portal",
    ]
    assert [one.text for one in message.digest] == [
        "It is slow.\n\nSince nine.",
        "It is quick again.",
    ]
    assert [one.date.hour for one in message.digest if one.date] == [14, 15]
    assert message.forwarded is None
    assert message.reply_text == message.text


def test_a_mime_digest_is_split_and_forwards_nothing() -> None:
    raw = HEAD.rstrip() + (
        "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n"
        "--a\n\nPortal Digest\n--a\nContent-Type: multipart/digest; boundary=b\n\n"
        "--b\n\nFrom: Maren Rowe <maren@agency.example>\nSubject: Slow\n\nIt is slow.\n"
        "--b\n\nFrom: jo@agency.example\nSubject: Re: Slow\n\nQuick again.\n--b--\n--a--\n"
    )
    message = read(raw.encode())
    assert [one.text for one in message.digest] == ["It is slow.", "Quick again."]
    assert message.forwarded is None
    assert "Quick again." in message.text


def test_an_answer_to_a_digest_is_no_digest() -> None:
    raw = "From: jo@agency.example\nSubject: Re: Portal Digest, 4\n\nI have that too.\n\n" + MAILMAN
    message = read(raw.encode())
    assert message.digest == ()
    assert message.reply_text == "I have that too."


@pytest.mark.parametrize(
    "text",
    [
        "State:\n\n----------\n\nFrom: 10 PM\nTo: 11 PM\n\n----------\n\nMore tomorrow.",
        "Please see.\n\n---------- Forwarded message ----------\nFrom: Maren <m@a.example>\n"
        "Date: Tue, 14 Apr 2009 10:02:11 -0400\nSubject: Slow\n\nIt is slow.",
    ],
)
def test_rules_and_one_header_make_no_digest(text: str) -> None:
    raw = f"From: jo@agency.example\nSubject: state\n\n{text}\n"
    assert read(raw.encode()).digest == ()


def test_a_masthead_without_messages_is_no_digest() -> None:
    raw = HEAD + "There are 2 messages in this issue.\n\nFrom: nobody\n\n---\n"
    assert read(raw.encode()).digest == ()
