"""Every hostile mail of the set is read as a person would read it, or at least never raises."""

import pytest

from gateway.reading import read
from tests.reading_sets.hostile import CASES


def shown(message):
    """What is asked of a message, under the names that the set uses."""
    sender = message.sender
    return {
        "subject": message.subject,
        "sender": sender.address if sender else None,
        "name": sender.name if sender else None,
        "to": [one.address for one in message.to],
        "reply_to": message.reply_to.address if message.reply_to else None,
        "date": message.date.strftime("%Y-%m-%dT%H:%M:%S") if message.date else None,
        "id": message.message_id,
        "answers": message.in_reply_to,
        "references": list(message.references),
        "text": message.text,
        "files": list(message.attachments),
    }


def failures(message, expected):
    found = shown(message)
    text = " ".join(message.text.split())
    for key, value in expected.items():
        if key == "has":
            yield from (f"no {one!r} in {text[:200]!r}" for one in value if one not in text)
        elif key == "lacks":
            yield from (f"{one!r} in {text[:200]!r}" for one in value if one in message.text)
        elif key == "defect":
            if not any(value in one for one in message.defects):
                yield f"no {value!r} in {message.defects}"
        elif found[key] != value:
            yield f"{key} is {str(found[key])[:200]!r}, not {value!r}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [pytest.param(*case[1:], id=str(number)) for number, case in enumerate(CASES)],
)
def test_hostile_mail_is_read_as_a_person_would_read_it(raw, expected):
    message = read(raw)
    assert message.error is None
    assert list(failures(message, expected)) == []
