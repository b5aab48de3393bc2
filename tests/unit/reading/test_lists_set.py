"""Lists found in a set of labelled headers of all list managers, and of people."""

import tomllib
from pathlib import Path

from gateway.reading import read

SET = Path(__file__).parents[2] / "reading_sets" / "lists.toml"
FLOOR = 0.98


def test_nearly_every_list_is_named_and_nothing_else_is_taken_for_one() -> None:
    mails = tomllib.loads(SET.read_text())["mail"]
    missed = [
        (mail["list"], found)
        for mail in mails
        if (found := read((mail["raw"].lstrip("\n") + "\nHello.\n").encode()).list_id or "")
        != mail["list"]
    ]
    assert 1 - len(missed) / len(mails) >= FLOOR, missed
    assert not [one for one in missed if not one[0]], "people's mail is no list mail"
