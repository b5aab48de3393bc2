"""What was learned of a message may not make a machine of a person."""

from dataclasses import replace

import pytest

from classifiers import Reading
from gateway.model import Message
from gateway.reading import ENCRYPTED
from gateway.understanding import _as_answered, _is_unread

PERSON = Message(raw_sha256="0" * 64, subject="portal", text="Some words.")
MACHINE = Reading(source="service_desk", written_by="machine", confidence={"source": 0.9})


def test_a_form_that_only_machines_write_is_a_machine_without_any_header():
    found = _as_answered(PERSON, MACHINE)
    assert (found.is_auto, found.auto_kind) == (True, "notification")


@pytest.mark.parametrize(
    ("message", "reading"),
    [
        (PERSON, replace(MACHINE, source="other")),
        (PERSON, replace(MACHINE, source="stakeholder")),
        (PERSON, replace(MACHINE, confidence={"source": 0.3})),
        (replace(PERSON, in_reply_to="a@b.example"), MACHINE),
        (replace(PERSON, references=("a@b.example",)), MACHINE),
    ],
)
def test_whoever_answers_or_writes_in_no_known_form_stays_a_person(message, reading):
    assert not _as_answered(message, reading).is_auto


def test_what_a_person_wrote_into_a_form_is_answered():
    form = replace(PERSON, is_auto=True, auto_kind="notification")
    found = _as_answered(form, replace(MACHINE, source="signin_help", written_by="form"))
    assert (found.is_auto, found.auto_kind) == (False, None)


@pytest.mark.parametrize(
    ("changed", "event", "unread"),
    [
        ({"defects": (ENCRYPTED,)}, "outage", True),
        ({"attachments": ("shot.png",)}, "noise", True),
        ({"attachments": ("shot.png",)}, "outage", False),
        ({}, "noise", False),
        ({"attachments": ("shot.png",), "is_auto": True}, "noise", False),
    ],
)
def test_what_no_program_can_read_waits_for_a_person(changed, event, unread):
    message = replace(PERSON, text="", **changed)
    assert _is_unread(message, replace(MACHINE, event=event)) is unread


def test_a_machine_that_threads_its_own_mail_is_a_machine():
    own = replace(PERSON, message_id="<CHG1.2@desk.example>", in_reply_to="<CHG1.1@desk.example>")
    assert _as_answered(own, MACHINE).is_auto


def test_what_answers_a_message_written_elsewhere_is_a_person():
    answer = replace(PERSON, message_id="<a@desk.example>", in_reply_to="<b@gateway.example>")
    assert not _as_answered(answer, MACHINE).is_auto


@pytest.mark.parametrize(("sure", "is_machine"), [(0.9, True), (0.4, False)])
def test_mass_mail_is_a_machines_where_it_is_surely_noise(sure, is_machine):
    noise = replace(
        MACHINE, source="other", event="noise", confidence={"source": 0.9, "event": sure}
    )
    assert _as_answered(PERSON, noise).is_auto is is_machine
