"""Which numbers of a text stand for themselves, and what they count."""

from pathlib import Path

import pytest

from classifiers.contract import Document
from classifiers.passages import read_passages
from classifiers.people import load_people, numbers

WORDS = load_people(Path(__file__).parents[3] / "data", None)


def found(text: str) -> list[tuple[int, str]]:
    passages = read_passages(Document(text=text))
    return [(one.value, one.counts) for one in numbers(WORDS, passages, ("own",))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Since 8:30 our Veterans wait.", []),
        ("Since 5/21 our Veterans wait.", []),
        ("The 10-10CG and form 40-10007 fail.", []),
        ("It is v2.1 on host-12.", []),
        ("Only $40 was paid, 30% of it.", []),
        ("We have 14 accredited reps here.", [(14, "people")]),
        ("About 350 users wait.", [(350, "people")]),
        ("We took 2,870 calls.", [(2870, "calls")]),
        ("Some 3k users wait.", [(3000, "people")]),
        ("Nine families wrote.", [(9, "people")]),
        ("Sixty-two officers wait.", [(62, "people")]),
        ("Half a dozen clerks wait.", [(6, "people")]),
        ("A dozen and a half clerks wait.", [(18, "people")]),
        ("Somos veinticinco personas aquí.", [(25, "people")]),
        ("Ya van catorce pacientes.", [(14, "people")]),
        ("Une quinzaine de nos chercheurs attendent.", [(15, "")]),
        ("All 41 are working again.", [(41, "")]),
    ],
)
def test_a_number_that_is_part_of_something_else_is_none(
    text: str, expected: list[tuple[int, str]]
) -> None:
    assert found(text) == expected
