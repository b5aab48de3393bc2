"""Who must never be answered, and which machine wrote."""

import pytest

from gateway.reading import read


def message(head, text="Some words.", sender="Jo Doe <jo@a.example>", subject="portal"):
    return read(f"From: {sender}\nSubject: {subject}\n{head}\n{text}\n".encode())


@pytest.mark.parametrize(
    ("head", "subject", "text", "kind"),
    [
        ("Auto-Submitted: auto-replied\n", "Re: x", "I am out of the office.", "vacation"),
        ("Auto-Submitted: auto-replied; owner=x\n", "Re: x", "We have received it.", "ack"),
        ("Auto-Submitted: auto-generated\n", "x", "A monitor fired.", "notification"),
        ("Auto-Submitted: auto-notified\n", "x", "A monitor fired.", "notification"),
        ("X-Autoreply: yes\n", "Re: x", "Ich bin bis Montag im Urlaub.", "vacation"),
        ("Precedence: auto_reply\n", "Re: x", "Your request has been received.", "ack"),
        ("X-Sentry-Project: portal\n", "TypeError", "trace", "notification"),
        ("X-PagerDuty-Account: x\n", "alert", "trace", "notification"),
        ("X-ServiceNow-Generated: true\n", "INC0010023", "opened", "notification"),
        ("", "Automatic reply: portal", "I will be back on Monday.", "vacation"),
        ("", "Respuesta automática: portal", "Estoy fuera de la oficina.", "vacation"),
        ("", "Automatyczna odpowiedź: portal", "Wracam w piątek.", "vacation"),
        ("", "AUTO: Jo Doe is away", "Back soon.", "vacation"),
        ("", "portal", "This is an automated response. We received your message.", "ack"),
        ("", "Report domain: a.example Submitter: b.example", "report", "notification"),
        ("", "Read: portal", "Your message was read.", "receipt"),
        ("", "Please confirm your message to Jo", "Reply to this challenge.", "challenge"),
    ],
)
def test_machines_are_known_by_what_they_say(head, subject, text, kind):
    found = message(head, text, subject=subject)
    assert (found.is_auto, found.auto_kind) == (True, kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("disposition-notification", "receipt"),
        ("feedback-report", "feedback_loop"),
        ("tlsrpt", "notification"),
    ],
)
def test_reports_are_known_by_their_type(kind, expected):
    head = f'Content-Type: multipart/report; report-type="{kind}"; boundary=x\n'
    found = message(head, "--x\n\ntext\n--x--")
    assert (found.is_auto, found.is_bounce, found.auto_kind) == (True, False, expected)


@pytest.mark.parametrize(
    "sender",
    ["noreply@a.example", "No-Reply@a.example", "status-noreply@a.example", "donotreply@a.example",
     "iris.noreply@a.example", "alerts@a.example", "notifications@a.example"],
)  # fmt: skip
def test_nobody_answers_an_address_that_nobody_reads(sender):
    found = message("", sender=sender)
    assert (found.is_auto, found.auto_kind) == (True, "notification")


def test_a_form_that_names_a_person_to_answer_is_no_machine():
    found = message("Reply-To: dora@post.example\n", sender="Help Form <noreply@a.example>")
    assert not found.is_auto


def test_a_reply_to_that_is_no_person_either_changes_nothing():
    found = message("Reply-To: no-reply@a.example\n", sender="Form <noreply@a.example>")
    assert found.is_auto


@pytest.mark.parametrize(
    ("head", "subject", "text"),
    [
        ("", "portal", "Some words."),
        ("Auto-Submitted: no\n", "portal", "Some words."),
        ("Auto-Submitted: No (a person)\n", "Automatic reply: how do I set it up", "Tell me."),
        ("X-Auto-Response-Suppress: None\n", "portal", "Some words."),
        ("", "Re: Automatic reply: Maren is out of the office", "Who covers for her?"),
        ("", "vacation calendar page is broken", "I get an error on vacation requests."),
        ("", "auto loan page down", "It fails."),
        ("", "Office hours", "Our office is closed on Friday, so please fix it before."),
    ],
)
def test_people_who_look_automatic_are_people(head, subject, text):
    found = message(head, text, subject=subject)
    assert (found.is_auto, found.auto_kind) == (False, None)


def test_a_person_who_asks_for_no_automatic_answer_gets_none():
    found = message("X-Auto-Response-Suppress: DR, OOF, AutoReply\n")
    assert (found.is_auto, found.auto_kind, found.is_bulk) == (True, None, False)


@pytest.mark.parametrize(
    "head",
    ["Precedence: list\n", "Precedence: bulk\n", "List-Id: <x.lists.example>\n",
     "List-Unsubscribe: <https://a.example/u>\n", "Mailing-List: contact x-help@a.example\n"],
)  # fmt: skip
def test_list_and_bulk_mail_is_never_answered_though_a_person_wrote_it(head):
    found = message(head)
    assert (found.is_auto, found.is_bulk, found.auto_kind) == (True, True, None)


@pytest.mark.parametrize(
    "text",
    ["Your export is ready.\n\nDo not reply to this message.",
     "Die Wartung ist beendet.\n\nBitte antworten Sie nicht auf diese E-Mail."],
)  # fmt: skip
def test_what_asks_at_its_foot_for_no_answer_gets_none_whoever_sent_it(text):
    found = message("", text, sender="Exports <exports@a.example>", subject="Export")
    assert (found.is_auto, found.auto_kind) == (True, "notification")


def test_a_person_who_speaks_of_such_a_line_is_answered():
    text = 'The page says "do not reply to this" and stops.\n\n> do not reply to this message'
    assert not message("", text, subject="Re: stuck").is_auto


def test_an_entry_of_a_calendar_alone_is_nobodys_words():
    entry = "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR"
    found = message("Content-Type: text/calendar; method=CANCEL\n", entry, subject="Canceled: Work")
    assert (found.is_auto, found.auto_kind) == (True, "notification")
