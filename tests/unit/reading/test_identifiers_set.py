"""Identifiers in many voices: none of them stays, and what is none stays.

In each text of `tests/reading_sets/identifiers_*.txt` its identifiers stand between ⟦ and ⟧.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from gateway.reading import redact

SETS = sorted((Path(__file__).parents[2] / "reading_sets").glob("identifiers_*.txt"))
MARKED = re.compile("⟦(.*?)⟧", re.S)
WORD = re.compile(r"[^\W_]+(?:['.@-][^\W_]+)*")
PART = re.compile(r"[^\W\d_]{3,}|\d{4,}")
MASK = re.compile(r"\[[A-Z]+(?: [A-Z]+)?\]")


def texts(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").removesuffix("\n").split("\n---\n")


def leaks(marked: str) -> list[str]:
    """Of the identifiers in a text the parts that its redacted form still has."""
    public = set(PART.findall(MARKED.sub(" ", marked).casefold()))
    left = MASK.sub(" ", redact(MARKED.sub(r"\1", marked))).casefold()
    found = []
    for identifier in MARKED.findall(marked):
        parts = {part for part in PART.findall(identifier.casefold()) if part not in public}
        whole = {identifier.casefold()} if len(identifier) > 2 else set()
        found += [
            p for p in sorted(parts | whole) if re.search(rf"(?<!\w){re.escape(p)}(?!\w)", left)
        ]
    return found


def touched(marked: str) -> tuple[list[str], int]:
    """The words outside the identifiers that are gone, and how many there were."""
    others = Counter(WORD.findall(MARKED.sub(" ", marked)))
    left = Counter(WORD.findall(MASK.sub(" ", redact(MARKED.sub(r"\1", marked)))))
    return list((others - left).elements()), others.total()


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_no_identifier_of_the_set_stays(file: Path) -> None:
    assert [(marked, found) for marked in texts(file) if (found := leaks(marked))] == []


def test_nearly_every_other_word_of_the_sets_stays() -> None:
    counted = [touched(marked) for file in SETS for marked in texts(file)]
    gone = sum(len(lost) for lost, _ in counted)
    assert gone / sum(count for _, count in counted) <= 0.01
