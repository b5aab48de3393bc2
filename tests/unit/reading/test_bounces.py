"""Delivery reports, standard and home-made."""

import pytest

from gateway.reading import read

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: triage@gateway.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

This is the mail system at host mx.example. The mail could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

{groups}
--x
Content-Type: {returned}

From: triage@gateway.example
To: dora@post.example
Message-ID: <ours@gateway.example>
Subject: We received your message

--x--
"""


def group(action, status, address="dora@post.example", diagnosis="550 unknown"):
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnosis}\n"
    )


def report(*groups, returned="message/rfc822"):
    return read(REPORT.format(groups="\n".join(groups), returned=returned).encode())


@pytest.mark.parametrize(
    ("action", "status", "diagnosis", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 no such user", "hard"),
        ("Failed", "5.0.0", "", "hard"),
        ("failed", "5.2.2", "552 mailbox full", "soft"),
        ("failed", "4.4.7", "delivery time expired", "soft"),
        ("delayed", "4.4.1", "connection timed out", "soft"),
    ],
)
def test_a_report_says_who_was_not_reached_and_how_finally(action, status, diagnosis, kind):
    message = report(group(action, status, diagnosis=diagnosis))
    assert (message.is_bounce, message.is_auto, message.auto_kind) == (True, True, "bounce")
    assert message.bounce_kind == kind
    assert message.failed_recipients == ("dora@post.example",)
    assert message.returned_message_id == "ours@gateway.example"
    assert message.forwarded is None


def test_the_header_alone_of_the_returned_message_names_it_too():
    message = report(group("failed", "5.1.1"), returned="text/rfc822-headers")
    assert message.returned_message_id == "ours@gateway.example"


def test_of_several_recipients_only_the_failed_ones_are_named():
    message = report(
        group("failed", "5.1.1", "a@b.example"),
        group("delivered", "2.0.0", "c@d.example"),
        group("failed", "5.1.1", "e@f.example"),
    )
    assert message.failed_recipients == ("a@b.example", "e@f.example")


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_no_bounce(action):
    message = report(group(action, "2.0.0"))
    assert (message.is_bounce, message.is_auto) == (False, True)
    assert (message.auto_kind, message.failed_recipients) == ("receipt", ())


@pytest.mark.parametrize(("said", "kind"), [("Permanent", "hard"), ("Transient", "soft")])
@pytest.mark.parametrize("quote", ['"', '\\"'])
def test_a_sending_services_notice_in_json_is_a_bounce(said, kind, quote):
    notice = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"%s","bouncedRecipients":'
        '[{"emailAddress":"Dora@Post.example","action":"failed","status":"5.1.1"}]},'
        '"mail":{"source":"triage@gateway.example","destination":["dora@post.example"]}}'
    )
    head = "From: no-reply@notices.example\nTo: triage@gateway.example\nSubject: Notice\n\n"
    message = read((head + (notice % said).replace('"', quote)).encode())
    assert message.bounce_kind == kind
    assert message.failed_recipients == ("Dora@post.example",)


def test_the_address_that_failed_is_named_not_the_one_that_stood_for_it():
    groups = "Original-Recipient: rfc822;old@post.example\n" + group(
        "failed", "5.1.1", "new@x.example"
    )
    assert report(groups).failed_recipients == ("new@x.example",)


def home_made(text, sender="MAILER-DAEMON@mx.example", subject="failure notice", head=""):
    raw = f"From: {sender}\nTo: triage@gateway.example\nSubject: {subject}\n{head}\n{text}\n"
    return read(raw.encode())


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "failure notice",
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to "
            "deliver "
            "your message.\n\n<dora@post.example>:\nSorry, no mailbox here by that name.\n\n"
            "--- Below this line is a copy of the message.\n\nReturn-Path: "
            "<triage@gateway.example>\n"
            "Message-ID: <ours@gateway.example>\nTo: other@post.example\n",
        ),
        (
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message "
            "that you "
            "sent could not be delivered to one or more of its\nrecipients. The following "
            "address(es) "
            "failed:\n\n  dora@post.example\n    Unrouteable address\n\n------ This is a "
            "copy of the "
            "message, including all the headers. ------\n\nMessage-ID: <ours@gateway.example>\n",
        ),
        (
            "Returned mail: see transcript for details",
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<dora@post.example>\n"
            "    (reason: 550 5.1.1 User unknown)\n\n   ----- Original message follows -----\n\n"
            "Message-ID: <ours@gateway.example>\nTo: <other@post.example>\n",
        ),
        (
            "Undeliverable: portal",
            "Delivery has failed to these recipients or groups:\n\ndora@post.example\nThe email "
            "address wasn't found.\n\nMessage-ID: <ours@gateway.example>\n",
        ),
        (
            "Delivery Status Notification (Failure)",
            "Delivery to the following recipient failed permanently:\n\n     dora@post.example\n\n"
            "Technical details: 550 5.1.1 no such user\n\n----- Original message -----\n\n"
            "Message-ID: <ours@gateway.example>\nTo: other@post.example\n",
        ),
        (
            "Unzustellbar: Portal",
            "Ihre Nachricht konnte nicht zugestellt werden:\n\ndora@post.example\n\n"
            "Message-ID: <ours@gateway.example>\n",
        ),
    ],
    ids=["qmail", "exim", "sendmail", "exchange", "gmail", "german"],
)
def test_home_made_bounces_are_read_from_their_text(subject, text):
    message = home_made(text, subject=subject)
    assert (message.is_bounce, message.bounce_kind) == (True, "hard")
    assert message.failed_recipients == ("dora@post.example",)
    assert message.returned_message_id == "ours@gateway.example"


def test_exim_names_the_failed_recipients_in_a_field():
    message = home_made("Mail delivery failed.", head="X-Failed-Recipients: dora@post.example\n")
    assert message.failed_recipients == ("dora@post.example",)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Warning: message 1abc delayed 24 hours",
            "The message has not yet been delivered to:\n\n  dora@post.example\n\nNo action is "
            "required on your part.",
        ),
        ("Undeliverable: portal", "dora@post.example\n\nThe recipient's mailbox is full."),
    ],
)
def test_a_delay_and_a_full_mailbox_are_soft(subject, text):
    message = home_made(text, subject=subject)
    assert (message.is_bounce, message.bounce_kind) == (True, "soft")
    assert message.failed_recipients == ("dora@post.example",)


def test_a_bounce_through_a_list_is_still_a_bounce():
    message = home_made(
        "<dora@post.example>: user unknown", head="List-Id: <x.lists.example>\nPrecedence: list\n"
    )
    assert (message.is_bounce, message.is_bulk) == (True, True)


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("Jo Doe <jo@a.example>", "Undeliverable mail keeps coming back"),
        ("Jo Doe <jo@a.example>", "Fwd: failure notice"),
        ("postmaster@a.example", "Re: delivery failure"),
        ("postmaster@a.example", "Maintenance of our mail server on Friday"),
    ],
)
def test_people_who_write_about_bounces_do_not_bounce(sender, subject):
    assert not home_made("We see errors.", sender=sender, subject=subject).is_bounce


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Übermittlungsstatus (Fehlgeschlagen)",
         "Übermittlung an folgende Empfänger fehlgeschlagen.", "bounce"),
        ("Notification d'état de remise (Échec)",
         "Échec de remise aux destinataires suivants.", "bounce"),
        ("Notificación del estado de la entrega (Error)",
         "Se produjo un error en la entrega a los siguientes destinatarios:", "bounce"),
        ("配信状況通知 (失敗)", "次の受信者への配信に失敗しました。", "bounce"),
        ("Übermittlungsstatus (Erfolgreich)",
         "Ihre Nachricht wurde erfolgreich zugestellt an", "receipt"),
    ],
)  # fmt: skip
def test_what_became_of_a_message_is_read_in_the_languages_of_the_server(subject, text, kind):
    head = f"From: postmaster@mx.example\nTo: triage@gateway.example\nSubject: {subject}\n\n"
    message = read(f"{head}{text}\n\n      dora@post.example\n".encode())
    assert message.auto_kind == kind
    assert message.failed_recipients == (("dora@post.example",) if kind == "bounce" else ())
