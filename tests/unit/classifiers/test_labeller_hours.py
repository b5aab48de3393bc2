"""Hours that a text gives tell, where its words leave doubt, what it speaks of."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from classifiers.contract import Document
from classifiers.learning.labeller import as_timed
from classifiers.windows import hours_of

EASTERN = "America/New_York"
NOON = datetime(2025, 7, 7, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Upgrade Friday July 11, 10 PM to 2 AM", "ahead"),
        ("Midnight to six on Sunday.", "ahead"),
        ("It was out today from 9:00 AM to 9:40 AM.", "past"),
        ("Work today, 11 AM to 2 PM.", "now"),
        ("Nobody gets in since 9 AM.", "none"),
        ("Thanks for the cake.", "none"),
    ],
)
def test_hours_lie_ahead_or_are_past(text: str, expected: str) -> None:
    assert hours_of(Document(text=text, reply_text=text, date=NOON), EASTERN) == expected


def view(hours: str = "none", noticed: frozenset[str] = frozenset()) -> Any:
    return SimpleNamespace(noticed=noticed, hours=lambda: hours)


def likeliest(shares: dict[str, float], seen: Any) -> str:
    found = as_timed(shares, seen)
    return max(found, key=lambda event: found[event])


def test_where_words_leave_doubt_the_hours_decide() -> None:
    shares = {"info": 0.55, "maintenance": 0.25, "resolved": 0.2}
    assert likeliest(shares, view("none")) == "info"
    assert likeliest(shares, view("ahead")) == "maintenance"
    assert likeliest(shares, view("past")) == "resolved"


def test_plain_words_are_not_outweighed() -> None:
    shares = {"info": 0.85, "maintenance": 0.15}
    assert as_timed(shares, view("ahead")) == shares


def test_a_formal_notice_leaves_open_only_what_it_can_report() -> None:
    shares = {"noise": 0.98, "maintenance": 0.01, "resolved": 0.01}
    found = as_timed(shares, view(noticed=frozenset({"maintenance"})))
    assert found["maintenance"] > 0.99
    assert sum(found.values()) == pytest.approx(1, abs=0.01)
