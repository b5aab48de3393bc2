"""What is learned: from labelled mail to a model, its files, its reasons and its figures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers import Document
from classifiers.learning import model as model_files
from classifiers.learning import scoring
from classifiers.learning.features import Features, features, place
from classifiers.learning.labeller import possible
from classifiers.learning.linear import Linear, Vocabulary
from classifiers.learning.scoring import Scored
from classifiers.rulebook import Rulebook
from gateway import learning
from gateway.learning import Corpora
from tests.acceptance.mails import mail

WORDS = Vocabulary({"down": 0, "slow": 1, "form=list": 2})
MODEL = Linear(
    ("degradation", "outage"),
    np.array([[-1, 1], [2, -2], [0.5, 0]], dtype=np.float32),
    np.array([0.1, -0.1], dtype=np.float32),
    0.5,
)
FORM = Features(("form=list", 2.0))
DOWN = Features()
DOWN.add_words({"down": place(3, 4), "never seen": place(1, 2)}, 1.5)
FOUND = FORM + DOWN


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Corpora:
    """Corpora with every tenth shipped message, which are learned from in a few seconds."""
    folder = tmp_path_factory.mktemp("data")
    for name in shipped.iterdir():
        if name.name != "corpus":
            (folder / name.name).symlink_to(name)
    (folder / "corpus").mkdir()
    for part, step in (("train", 12), ("tune", 4)):
        lines = [
            line
            for file in sorted((shipped / "corpus").glob(f"{part}-*.jsonl"))
            for line in file.read_text(encoding="utf-8").splitlines()
            if not json.loads(line).get("org")
        ][::step]
        (folder / "corpus" / f"{part}-few.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return Corpora(folder, None, "America/New_York")


@pytest.fixture(scope="module")
def shipped() -> Path:
    return Path(__file__).parents[3] / "data"


@pytest.fixture(scope="module")
def rulebook(shipped: Path) -> Rulebook:
    return Rulebook(shipped, None)


def test_the_likelier_label_is_the_one_that_more_speaks_for():
    shares = MODEL.probabilities(WORDS.see(FOUND))
    assert shares["outage"] > shares["degradation"]
    assert sum(shares.values()) == pytest.approx(1)


def test_reasons_are_what_words_added_and_nothing_else():
    seen = WORDS.see(FOUND)
    ((words, added),) = MODEL.reasons(seen, "outage", 3)
    assert words == (3, 4)
    without = WORDS.see(FORM)
    fell = MODEL.scores(seen) - MODEL.scores(without)
    assert added == pytest.approx(float(fell[1] - fell.mean()))


def test_training_twice_gives_the_same_bytes(small: Corpora, tmp_path: Path):
    for name in ("one", "two"):
        learning.save_model(small.train(()), tmp_path / name)
    for file in ("labeller.json", "labeller.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_what_a_person_corrected_is_learned(small: Corpora):
    """A way of speaking that the shipped mail does not know."""
    text = "The zorbulator went flimp again, glorp and all.\n"
    mails = [
        learning.Labelled(str(n), mail("ann@people.example", "Flimp", text, n=str(n)), {
            "source": "stakeholder", "event": "maintenance", "services": [], "reach": "all",
            "people": None, "hampered": "unknown", "severity": "low", "windows": [],
        }, False, "", "", is_ours=True)
        for n in range(6)
    ]  # fmt: skip
    before, after = (
        [row.found["event"] for row in small.scored(small.train((), corrected), mails)]
        for corrected in ((), mails)
    )
    assert "maintenance" not in before
    assert after == ["maintenance"] * 6


def test_a_saved_model_says_what_it_said_before(small: Corpora, tmp_path: Path):
    made = small.train(())
    learning.save_model(made, tmp_path)
    again = learning.load_model(tmp_path)
    mails = small.part("tune")
    before, after = list(small.scored(made, mails)), list(small.scored(again, mails))
    assert before == after


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("labeller.json", b""),
        ("labeller.json", b"[]"),
        ("labeller.json", b'{"form": 99}'),
        ("labeller.npz", b""),
        ("labeller.npz", b"PK\x03\x04 cut off"),
    ],
)
def test_a_broken_model_is_told_with_its_file_and_the_remedy(
    shipped: Path, tmp_path: Path, file: str, content: bytes
):
    for name in ("labeller.json", "labeller.npz"):
        (tmp_path / name).write_bytes((shipped / "models" / name).read_bytes())
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{file}.*triage train"):
        model_files.load(tmp_path)


def test_an_overlay_brings_its_own_model(shipped: Path, tmp_path: Path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "labeller.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=str(tmp_path)):
        model_files.find_model(shipped, tmp_path)


def test_the_shipped_model_fits_a_wheel(shipped: Path):
    assert sum(file.stat().st_size for file in (shipped / "models").iterdir()) < 20_000_000


def test_labels_that_exclude_each_other_are_never_chosen_together():
    assert possible("access_problem", "one", "blocked")
    assert not possible("access_problem", "many", "blocked")
    assert not possible("cancelled", "unknown", "blocked")
    assert not possible("noise", "all", "unknown")


def row(wanted: str, found: str, sure: float) -> Scored:
    labels = {
        "source": "other", "services": ["a"], "reach": "all", "people": None, "hampered": "blocked",
        "severity": "critical", "windows": [], "never_answer": True,
    }  # fmt: skip
    sures = dict.fromkeys((*labels, "event"), sure)
    return Scored("x", {**labels, "event": wanted}, {**labels, "event": found}, sures)


def test_calibration_error_is_the_gap_between_promise_and_truth():
    rows = [row("outage", "outage", 0.8)] * 8 + [row("outage", "info", 0.8)] * 2
    assert scoring.calibration_error(rows, "event") == pytest.approx(0)
    assert scoring.calibration_error(rows[:8], "event") == pytest.approx(0.2)


def test_short_statements_do_not_count_for_windows():
    found = {**row("outage", "outage", 1).found, "windows": [{"start": "2025-07-11", "end": None}]}
    spurious = replace(row("outage", "outage", 1), found=found)
    name = "no window, where there is none"
    assert scoring.figures([spurious])[name] == 0
    assert scoring.figures([row("info", "info", 1), replace(spurious, is_whole=False)])[name] == 1


def test_macro_f1_weighs_every_value_alike():
    rows = [row("outage", "outage", 1)] * 9 + [row("info", "outage", 1)]
    assert scoring.macro_f1(rows, "event") == pytest.approx((18 / 19 + 0) / 2)


def test_coverage_falls_and_accuracy_rises_with_what_is_asked():
    rows = [row("outage", "outage", 0.9), row("outage", "info", 0.4)]
    table = {least: (covered, right) for least, covered, right in scoring.coverage(rows, "event")}
    assert table[0.0] == (1.0, 0.5)
    assert table[0.5] == (0.5, 1.0)


def test_a_line_that_is_no_labelled_mail_is_told_with_its_place(tmp_path: Path):
    file = tmp_path / "mine.jsonl"
    file.write_text('\n{"id": 1, "raw": "x"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.jsonl, line 2: .*labels"):
        list(learning.read_labelled(file))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("All 3/3 proxies time out.", {"same"}),
        ("12 of the 12 proxies time out.", {"all", "same"}),
        ("57 submissions, 57 failures, 0 stored.", {"same", "zero"}),
        ("Four of the 52 probes are silent.", {"part"}),
        ("None of our 28 patients can reach us.", {"nothing", "zero"}),
        ("Ninguno de los 23 puede entrar.", {"nothing", "zero"}),
        ("We have 12 desks and 40 chairs.", set()),
        ("It broke at 9:15 on 12/04.", set()),
    ],
)
def test_what_share_of_a_whole_is_told_is_seen(rulebook: Rulebook, text: str, told: set[str]):
    view = rulebook.doc(Document(text=text, reply_text=text)).user_data["view"]
    names = features(view).names
    assert {name.removeprefix("f:share:") for name in names if name.startswith("f:share:")} == told
