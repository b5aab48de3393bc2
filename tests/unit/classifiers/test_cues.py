from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

from classifiers.contract import Document
from classifiers.cues import CueMatcher, Cues
from classifiers.passages import read_passages

NLP = spacy.blank("en")


def cues_of(text: str, folder: Path) -> Cues:
    matcher = CueMatcher(NLP.vocab, folder, None)
    passages = read_passages(Document(text=text))
    return matcher.find(Doc(NLP.vocab, words=passages.words), passages)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cues").mkdir()
    (tmp_path / "cues" / "xx.toml").write_text(
        """
[[cue]]
why = "down"
speaks = { outage = 4 }
phrases = ["(is|are (all|)) down", "down"]

[[cue]]
why = "all of them"
speaks = { all = 3 }
phrases = ["(no|not a) user .. can"]

[[cue]]
why = "not"
speaks = { negation = 1 }
phrases = ["not", "never"]

[[cue]]
why = "will"
speaks = { future = 1 }
phrases = ["will"]

[[cue]]
why = "if"
speaks = { conditional = 1 }
phrases = ["if"]
""",
        encoding="utf-8",
    )
    return tmp_path


def said(cues: Cues) -> list[tuple[str, str]]:
    rows = cues.passages.words
    return [(" ".join(rows[h.first : h.last]), h.turn) for h in cues.hits]


def test_choices_are_written_out_and_the_longest_phrase_speaks(folder: Path):
    assert said(cues_of("They are all down", folder)) == [("are all down", "")]
    assert said(cues_of("They are down", folder)) == [("are down", "")]


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("it never went down", "denied"),
        ("it will go down", "future"),
        ("if it goes down", "if"),
        ("not mine, theirs is down", ""),
        ("is it going down?", "asked"),
    ],
)
def test_words_before_a_cue_in_its_clause_turn_it(folder: Path, text: str, turn: str):
    assert [hit.turn for hit in cues_of(text, folder).of("outage", ["own"], ("", turn))] == [turn]


def test_a_gap_holds_a_few_words_but_no_end_of_sentence(folder: Path):
    assert said(cues_of("no user in here can", folder)) == [("no user in here can", "")]
    assert said(cues_of("no user. We can", folder)) == []
    assert said(cues_of("no user in this whole big house can", folder)) == []


def test_no_phrase_reaches_across_statements(folder: Path):
    assert said(cues_of("- are\n- down", folder)) == [("down", "")]


def test_further_statements_add_less(folder: Path):
    assert cues_of("It is down. It is down.", folder).weight("outage", ["own"]) == pytest.approx(
        5.6
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[cue]]\nwhy='x'\nspeaks={fire=1}\nphrases=['a']", "speaks.fire: unknown key"),
        ("[[cue]]\nwhy='x'\nspeaks={outage=1}\nphrases=['(a']", "open bracket"),
        ("[[cue]]\nwhy='x'\nspeaks={outage=1}\nphrases=['a .. b .. c']", "two gaps"),
        ("[[cue]]\nwhy='x'\nspeaks={outage=1}", "at least one phrase"),
    ],
)
def test_a_wrong_cue_is_named_with_its_remedy(tmp_path: Path, text: str, complaint: str):
    (tmp_path / "cues").mkdir()
    (tmp_path / "cues" / "xx.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        CueMatcher(NLP.vocab, tmp_path, None)
