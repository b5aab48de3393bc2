"""Replies of many decades, clients and languages, each beside what its sender newly wrote.

A reply is right where its words are exactly those expected; the closing and the name above a
signature (`may`) may stand or go. Every second one was put away while the reader was written.
"""

import json
import re
from pathlib import Path

from gateway.reading import read

SET = Path(__file__).parents[2] / "reading_sets" / "replies.jsonl"
FLOOR = 0.98


def raw_of(row):
    return (
        f"From: {row.get('name', 'Maddox Finch')} <writer@desk.example>\n"
        f"To: desk@help.example\nDate: Wed, 15 Apr 2026 08:00:00 -0400\n"
        f"Subject: {row.get('subject', 'Re: Portal')}\n"
        + ("" if row.get("fresh") else "In-Reply-To: <1@agency.example>\n")
        + f"Content-Type: text/{'html' if row.get('html') else 'plain'}; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{row['body']}"
    ).encode()


def words(text):
    return re.findall(r"\w+", text)


def is_right(row, reply):
    wanted, found = words(row["reply"]), words(reply)
    rest = found[len(wanted) :]
    closing = iter(words(row.get("may", "")))
    return found[: len(wanted)] == wanted and all(word in closing for word in rest)


def test_what_the_sender_newly_wrote_is_found_in_nearly_all_replies():
    rows = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]
    wrong = [row["id"] for row in rows if not is_right(row, read(raw_of(row)).reply_text)]
    assert 1 - len(wrong) / len(rows) >= FLOOR, wrong
