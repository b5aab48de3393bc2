"""Makes the learned model from labelled mail. Needs scikit-learn (the extra `train`).

Each question is a logistic regression. What a later question is told of an earlier one (how
likely each source, each event is) comes, in training too, from models that have not seen the
document, so that no question learns to trust an answer better than it will be. The same
examples and seed give the same model.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.candidates import candidates
from classifiers.learning.counts import AFFECTING, counts
from classifiers.learning.features import Features, features, of_source
from classifiers.learning.labeller import NO, YES, of_event, of_origin
from classifiers.learning.linear import Linear, Numbers, Vocabulary
from classifiers.learning.model import Model, as_kept
from classifiers.learning.scoring import Scored
from classifiers.services import Catalogue
from classifiers.view import View

SEED = 20
_OF_ENVELOPE = ("source", "machine")  # questions that only whole mail answers
FOLDS = 5
_TEMPERATURES = np.geomspace(0.1, 3.0, 60).round(3).tolist()
_POINTS = 26  # of a calibration curve
_STRENGTH = {
    "source": 3.0,
    "machine": 3.0,
    "event": 1.0,
    "reach": 1.0,
    "hampered": 1.0,
    "affected": 0.3,
    "counted": 0.1,
}
_LEAST = 2  # documents that a feature must stand in, to be learned from
_LEAST_PIECES = 3  # the same for runs of letters
Rows = list[Features]
Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document: what the rules saw of it, and its labels.

    One that is not whole, a statement without a mail around it, tells nothing of its source. It
    counts for `weight` examples.
    """

    view: View
    catalogue: Catalogue
    labels: dict[str, Any]
    is_whole: bool = True
    weight: float = 1.0


def train(examples: Sequence[Example], about: dict[str, Any]) -> Model:
    """The model of these examples; `about` is kept with it."""
    learner = _Learner(examples)
    envelopes = [of_source(one.view) for one in examples]
    of_envelopes = _vocabulary(envelopes)
    source, sources = learner.with_held_out(of_envelopes, envelopes, "source")
    texts = [
        features(one.view) + of_origin(shares)
        for one, shares in zip(examples, sources, strict=True)
    ]
    words = _vocabulary(texts)
    event, events = learner.with_held_out(words, texts, "event")
    further = [found + of_event(shares) for found, shares in zip(texts, events, strict=True)]
    told = of_event(dict.fromkeys(event.labels, 1.0)).names
    words = Vocabulary({name: at for at, name in enumerate([*words.numbers, *told])})
    event = replace(event, weights=np.pad(event.weights, ((0, len(told)), (0, 0))))
    machine, _ = learner.with_held_out(of_envelopes, envelopes, "machine")
    questions = {"source": source, "machine": machine, "event": event}
    for name in ("reach", "hampered"):
        questions[name], _ = learner.with_held_out(words, further, name)
    named, questions["affected"] = _affected(examples, events)
    numbers, questions["counted"] = _counted(examples, events)
    return Model(of_envelopes, words, named, numbers, questions, {}, about)


def _affected(examples: Sequence[Example], events: Sequence[Shares]) -> tuple[Vocabulary, Linear]:
    """Which of the services that a document may mean are affected."""
    rows: Rows = []
    meant: list[Example] = []
    for one, shares in zip(examples, events, strict=True):
        for candidate in candidates(one.view, one.catalogue, shares):
            rows.append(candidate.features)
            label = YES if candidate.id in one.labels["services"] else NO
            meant.append(replace(one, labels={"affected": label}))
    return _learned(rows, meant, "affected")


def _counted(examples: Sequence[Example], events: Sequence[Shares]) -> tuple[Vocabulary, Linear]:
    """Which of the numbers of a document is how many people are affected, where any are."""
    rows: Rows = []
    meant: list[Example] = []
    for one, shares in zip(examples, events, strict=True):
        if one.labels["event"] not in AFFECTING:
            continue
        for counted in counts(one.view, shares):
            rows.append(counted.features)
            label = YES if counted.number.value == one.labels["people"] else NO
            meant.append(replace(one, labels={"counted": label}))
    return _learned(rows, meant, "counted")


def _learned(rows: Rows, meant: Sequence[Example], name: str) -> tuple[Vocabulary, Linear]:
    """The vocabulary and the model of a question about parts of documents."""
    words = _vocabulary(rows)
    model, _ = _Learner(meant).with_held_out(words, rows, name)
    return words, model


def calibrated(model: Model, rows: Sequence[Scored]) -> Model:
    """`model` with its confidence set by these readings, of mail that it was not trained on.

    A logistic curve a label (Platt 1999: Probabilistic Outputs for Support Vector Machines),
    kept as points of it.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # the extra `train`

    curves = {}
    for label in rows[0].confidence:
        raw = np.array([row.confidence[label] for row in rows])
        right = np.array([row.right(label) for row in rows])
        if right.all() or not right.any():
            continue
        learner = LogisticRegression(C=1.0).fit(_log_odds(raw), right)
        at = np.linspace(0, 1, _POINTS)
        sure = learner.predict_proba(_log_odds(at))[:, 1]
        curves[label] = [
            (round(float(x), 3), round(float(y), 4)) for x, y in zip(at, sure, strict=True)
        ]
    return replace(model, calibration=curves)


def _temperature(scores: NDArray[np.float32], wanted: NDArray[np.intp]) -> float:
    """The temperature at which held-out scores are the likeliest (Guo et al. 2017)."""

    def loss(temperature: float) -> float:
        score = scores / temperature
        score = score - score.max(axis=1, keepdims=True)
        shares = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
        return -float(np.log(shares[np.arange(len(wanted)), wanted] + 1e-9).mean())

    return float(min(_TEMPERATURES, key=loss))


def _log_odds(share: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(share, 0.005, 0.995)
    return np.log(inside / (1 - inside)).reshape(-1, 1)


class _Learner:
    """Fits questions to the same examples."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples
        self._folds = np.random.default_rng(SEED).permutation(len(examples)) % FOLDS

    def with_held_out(
        self, words: Vocabulary, rows: Rows, name: str
    ) -> tuple[Linear, list[Shares]]:
        """The model, and for each row what a model without it says."""
        model = self._fit(words, rows, name, range(len(rows)))
        scores: list[Numbers] = [model.bias for _ in rows]
        for fold in range(FOLDS):
            part = self._fit(words, rows, name, np.flatnonzero(self._folds != fold))
            for at in np.flatnonzero(self._folds == fold):
                scores[at] = part.scores(words.see(rows[at]))
        told = [
            (score, model.labels.index(str(one.labels[name])))
            for score, one in zip(scores, self._examples, strict=True)
            if one.is_whole or name not in _OF_ENVELOPE
        ]
        held_out, wanted = zip(*told, strict=True)
        model = replace(model, temperature=_temperature(np.array(held_out), np.array(wanted)))
        return model, [model.shares(row) for row in scores]

    def _fit(self, words: Vocabulary, rows: Rows, name: str, places: Iterable[int]) -> Linear:
        if name in _OF_ENVELOPE:
            places = [at for at in places if self._examples[at].is_whole]
        places = list(places)
        wanted = [str(self._examples[at].labels[name]) for at in places]
        inside = [rows[at] for at in places]
        weights = [self._examples[at].weight for at in places]
        return _fit(words, inside, wanted, weights, _STRENGTH[name])


def _vocabulary(rows: Rows) -> Vocabulary:
    """The features that stand in enough documents, in the order of their names."""
    seen = Counter(name for row in rows for name in set(row.names))
    kept = sorted(
        name for name, times in seen.items()
        if times >= (_LEAST_PIECES if name.startswith("c:") else _LEAST)
    )  # fmt: skip
    return Vocabulary({name: number for number, name in enumerate(kept)})


def _fit(
    words: Vocabulary, rows: Rows, wanted: list[str], weights: list[float], strength: float
) -> Linear:
    """A linear support vector machine a label against the rest (liblinear: Fan et al. 2008)."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # the extra `train` has them
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    starts, columns, values = [0], [], []
    for row in rows:
        seen = words.see(row)
        columns.append(seen.numbers)
        values.append(seen.values)
        starts.append(starts[-1] + len(seen.numbers))
    table = csr_matrix(
        (np.concatenate(values).astype(np.float64), np.concatenate(columns), starts),
        shape=(len(rows), len(words.numbers)),
    )
    labels = tuple(sorted(set(wanted)))
    answers = np.array(wanted)
    weight = np.zeros((len(words.numbers), len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), dtype=np.float32)
    for number, label in enumerate(labels):
        learner = LinearSVC(C=strength, random_state=SEED, max_iter=3000)
        learner.fit(table, answers == label, sample_weight=weights)
        weight[:, number], bias[number] = learner.coef_[0], learner.intercept_[0]
    return Linear(labels, as_kept(weight), bias)
