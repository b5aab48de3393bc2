"""Which mail counts as one person's trouble, and whose it is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from classifiers import Reading
from gateway.counting import report_of
from gateway.model import Address, Message

AT = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
SOURCES = {"signin_help", "stakeholder", "contact_center"}
MESSAGE = Message(raw_sha256="", sender=Address("ann@people.example"), text="I cannot sign in.")
READING = Reading(source="stakeholder", event="access_problem", services=("idme",), reach="one")
FORM = replace(READING, source="signin_help", written_by="form")


def who(reading: Reading = READING, number: int = 1, **changes: Any) -> str:
    found = report_of(number, replace(MESSAGE, **changes), reading, AT, SOURCES)
    assert found is not None
    return found.who


def test_a_person_is_known_again_and_cannot_be_read_off() -> None:
    assert who() == who(number=2) == who(sender=Address("Ann+x@People.example"))
    assert who() != who(sender=Address("bob@people.example"))
    assert "ann" not in who()


def test_of_a_form_it_counts_who_filled_it_in() -> None:
    form = Address("form@agency.example")
    ann = who(FORM, sender=form, reply_to=Address("ann@people.example"))
    assert ann == who()
    said = "Name: Ann\nE-mail: ann@people.example\nMessage to form@agency.example"
    assert who(FORM, sender=form, text=said) == ann
    assert who(FORM, 1, sender=form) != who(FORM, 2, sender=form)


@pytest.mark.parametrize(
    ("message", "reading"),
    [({}, {"source": "alert"}), ({}, {"event": "question"}), ({}, {"event": "noise"}),
     ({}, {"services": ()}), ({}, {"people": 19}), ({"is_auto": True}, {}),
     ({"is_bulk": True}, {}), ({"list_id": "a.lists.example"}, {}), ({"is_bounce": True}, {})],
)  # fmt: skip
def test_what_no_single_person_reports_is_not_counted(
    message: dict[str, Any], reading: dict[str, Any]
) -> None:
    changed = replace(MESSAGE, **message)
    assert report_of(1, changed, replace(READING, **reading), AT, SOURCES) is None
