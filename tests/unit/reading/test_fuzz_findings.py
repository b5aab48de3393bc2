"""What fuzzing has found stays mended, and the fuzzer itself finds what it should."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Message
from tests.fuzz import soundness
from tests.fuzz.costly import MESSAGES
from tests.fuzz.mutation import mutated, seeds

FINDINGS = sorted((Path(__file__).parents[2] / "fuzz" / "findings").glob("*.eml"))
SEEDS = seeds()


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_is_read_soundly(path):
    soundness.check(path.read_bytes())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_mutated_mail_is_read_soundly(number):
    chance = random.Random(number)
    soundness.check(mutated(chance.choice(SEEDS), chance, SEEDS))


@pytest.mark.parametrize("name", sorted(MESSAGES)[::40])
def test_mail_made_to_cost_is_read_soundly(name):
    soundness.check(MESSAGES[name](100_000))


@pytest.mark.parametrize(
    "message",
    [
        Message("0", subject="a\0b"),
        Message("0", text="\ud800"),
        Message("0", attachments=("x" * 500_000,)),
        Message("0", error="could not be read: ValueError"),
        Message("0", defects=("body could not be read (TypeError)",)),
    ],
    ids=["nul", "surrogate", "balloon", "error", "field"],
)
def test_a_broken_promise_is_seen(monkeypatch, message):
    monkeypatch.setattr(soundness, "read", lambda raw: message)
    with pytest.raises(soundness.Unsound):
        soundness.check(b"")
