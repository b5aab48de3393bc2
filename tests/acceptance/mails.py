"""Mail for the tests: what people and machines write, all of it invented."""

from typing import Any

from tests.acceptance.house import ADDRESS

OUTAGE = (
    "Good morning,\n\nLogin.gov is down. Nobody can sign in with it since nine this morning, "
    "we tried from three offices.\n\nAnn\n"
)


def mail(sender: str, subject: str, body: str = OUTAGE, **fields: Any) -> bytes:
    """A message. `fields` are header fields, with "_" for "-"; None leaves one out."""
    user = sender.partition("@")[0].strip("<")
    head: dict[str, Any] = {
        "From": f"{user.title()} Doe <{sender}>",
        "To": ADDRESS,
        "Subject": subject,
        "Message-ID": f"<{abs(hash((sender, subject, body)))}@{sender.partition('@')[2]}>",
        "Date": "Tue, 17 Nov 2026 09:12:00 -0500",
    }
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}\n" for name, value in head.items() if value is not None]
    return "".join([*lines, "\n", body]).replace("\n", "\r\n").encode()


def bounce(returned: str, recipient: str) -> bytes:
    """A delivery report (RFC 3464) about the letter with the Message-ID `returned`."""
    body = f"""This is the mail system at mx.people.example.

--=_r
Content-Type: text/plain; charset=us-ascii

<{recipient}>: no such mailbox here

--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--=_r
Content-Type: text/rfc822-headers

From: Triage <{ADDRESS}>
To: {recipient}
Message-ID: <{returned}>
Subject: Your report

--=_r--
"""
    return mail(
        "mailer-daemon@mx.people.example",
        "Undelivered Mail Returned to Sender",
        body,
        Auto_Submitted="auto-replied",
        MIME_Version="1.0",
        Content_Type='multipart/report; report-type=delivery-status; boundary="=_r"',
    )
