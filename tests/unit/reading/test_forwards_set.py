"""Forwards of all clients and languages, each taken apart into note, sender, date and text."""

import json
from pathlib import Path

import pytest

from gateway.reading import read

SET = Path(__file__).parents[2] / "reading_sets" / "forwards.jsonl"
ROWS = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_forward_of_any_client_and_language_is_taken_apart(row):
    raw = (
        "From: Jo Lane <jo@desk.example>\nTo: t@help.example\n"
        f"Date: Wed, 15 Apr 2026 08:00:00 -0400\nSubject: {row['subject']}\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        f"{row['note']}\n\n{row['head']}\n\n{row['text']}\n"
    )
    message = read(raw.encode())
    forwarded = message.forwarded
    assert forwarded is not None
    assert forwarded.sender is not None
    assert forwarded.sender.address == row.get("from", "")
    assert forwarded.subject == row.get("about", forwarded.subject)
    assert forwarded.date is not None
    assert forwarded.date.strftime("%Y-%m-%dT%H:%M") == row["date"]
    assert forwarded.text == row["text"]
    assert message.reply_text == row["note"]
