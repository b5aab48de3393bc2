"""Every labelled file of `data/corpus/`: its form, its labels, and that its parts keep apart."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest

from classifiers import load_house
from classifiers.contract import Event, Hampered, Reach, Source
from classifiers.severity import load_severity

DATA = Path(__file__).parents[2] / "data"
FILES = sorted((DATA / "corpus").glob("*.jsonl"))
SEVERITY = load_severity(DATA, None)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def services(org: str) -> set[str]:
    overlay = DATA / "corpus" / "catalogues" / org if org else None
    return set(load_house(DATA, overlay).service_names)


def contradiction(labels: dict[str, Any]) -> str | None:
    """What of the labels the guide does not allow, or None."""
    event, reach, people = labels["event"], labels["reach"], labels["people"]
    if labels["severity"] != SEVERITY.of(event, reach, labels["hampered"]):
        return "severity is not the table's"
    if people is not None:
        fitting = "one" if people == 1 else "some" if people <= 100 else "many"
        if reach not in {fitting, "all"}:
            return "people does not fit reach"
    if event == "access_problem" and (reach != "one" or people is not None):
        return "an access problem is one person's"
    if event in {"question", "info", "noise", "cancelled"} and reach != "unknown":
        return f"{event} reaches nobody"
    if event == "cancelled" and (labels["hampered"] != "none" or labels["windows"]):
        return "cancelled work hampers nobody"
    return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_line_is_a_message_with_labels_of_the_guide(file: Path):
    assert re.fullmatch(r"(train|tune|test)-\w+\.jsonl", file.name)
    known = {org: services(org) for org in {row.get("org", "") for row in rows(file)}}
    for row in rows(file):
        labels = row["labels"]
        assert labels["source"] in get_args(Source), row["id"]
        assert labels["event"] in get_args(Event), row["id"]
        assert labels["reach"] in get_args(Reach), row["id"]
        assert labels["hampered"] in get_args(Hampered), row["id"]
        assert set(labels["services"]) <= known[row.get("org", "")], row["id"]
        assert contradiction(labels) is None, row["id"]
        assert "\n" in row["raw"], row["id"]
        assert isinstance(row["auto"], bool)
        assert row["author"]
        for window in labels["windows"]:
            assert STAMP.fullmatch(window["start"]), row["id"]
            assert window["end"] is None or window["start"] < window["end"], row["id"]


def test_no_message_stands_twice():
    seen = [row["id"] for file in FILES for row in rows(file)]
    assert len(seen) == len(set(seen))


def test_an_author_belongs_to_one_part():
    parts: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for row in rows(file):
            parts[row["author"]].add(file.name.partition("-")[0])
    assert all(len(found) == 1 for found in parts.values()), parts


def test_there_is_mail_to_learn_from_to_tune_with_and_to_be_measured_on():
    sizes: dict[str, int] = defaultdict(int)
    for file in FILES:
        sizes[file.name.partition("-")[0]] += len(rows(file))
    assert sizes["train"] > 1500
    assert sizes["tune"] > 200
    assert sizes["test"] > 200
