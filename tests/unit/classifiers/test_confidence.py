"""What is too unsure is left unsaid, and a person is asked to look."""

from pathlib import Path

import pytest

import classifiers
from classifiers import Document

DATA = Path(__file__).parents[3] / "data"
REPORT = Document(
    subject="Login.gov is down",
    text="Nobody can sign in with Login.gov since nine, all three offices.\n",
    reply_text="Nobody can sign in with Login.gov since nine, all three offices.\n",
    from_address="ann@people.example",
)


def thresholds(folder: Path, **least: float) -> Path:
    values = {"event": 0, "services": 0, "reach": 0, "hampered": 0, "windows": 0} | least
    lines = ["[least]", *(f"{label} = {value}" for label, value in values.items())]
    (folder / "confidence.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_what_is_sure_enough_is_said(tmp_path: Path):
    found = classifiers.load(DATA, thresholds(tmp_path)).read(REPORT)
    assert found.services == ("logingov",)
    assert (found.reach, found.hampered) == ("all", "blocked")
    assert not found.needs_review


@pytest.mark.parametrize(
    ("label", "nothing", "doubt"),
    [
        ("services", (), "it is unsure which services are affected: logingov?"),
        ("reach", "unknown", "it is unsure how many people it hampers: all?"),
        ("hampered", "unknown", "it is unsure how severely they are hampered: blocked?"),
    ],
)
def test_what_is_less_sure_than_asked_is_left_unsaid(
    tmp_path: Path, label: str, nothing: object, doubt: str
):
    found = classifiers.load(DATA, thresholds(tmp_path, **{label: 1.0})).read(REPORT)
    assert getattr(found, label) == nothing
    assert found.needs_review
    assert doubt in found.doubts


def test_an_unsure_event_keeps_its_word_and_asks_for_a_look(tmp_path: Path):
    found = classifiers.load(DATA, thresholds(tmp_path, event=1.0)).read(REPORT)
    assert found.event == "outage"
    assert found.needs_review
    assert "it is unsure what happened" in found.doubts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[least]\nevent = 2", r"confidence\.toml: least\.event: a number from 0 to 1"),
        ("[least]\nevents = 0.5", r"unknown key: did you mean event\?"),
        ("[least]\nevent = 0.5", r"least\.services: a number from 0 to 1"),
    ],
)
def test_a_wrong_threshold_is_told_with_its_place(tmp_path: Path, text: str, said: str):
    (tmp_path / "confidence.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        classifiers.load(DATA, tmp_path)
