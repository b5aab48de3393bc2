"""Linear models over features: a table of weights, a probability for each label, exact reasons.

A support vector machine for each label against the rest (Crammer, Singer 2001 compare them),
whose scores become shares by a temperature that was set on mail not learned from (Guo et al.
2017: On Calibration of Modern Neural Networks). A model is numbers and names, never code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.features import NOWHERE, Features, words_at

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """The features of a document that a vocabulary knows: number, value and place of each."""

    numbers: NDArray[np.intp]
    values: Numbers
    places: NDArray[np.intp]

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            np.concatenate((self.numbers, other.numbers)),
            np.concatenate((self.values, other.values)),
            np.concatenate((self.places, other.places)),
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that were learned from: name -> number."""

    numbers: Mapping[str, int]

    def see(self, found: Features) -> Seen:
        """What of `found` is known."""
        get = self.numbers.get
        numbers = np.array([get(name, -1) for name in found.names], dtype=np.intp)
        known = numbers >= 0
        return Seen(
            numbers[known],
            np.array(found.values, dtype=np.float32)[known],
            np.array(found.places, dtype=np.intp)[known],
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """One question: `weights` has a row for each feature and a column for each label."""

    labels: tuple[str, ...]
    weights: Numbers
    bias: Numbers
    temperature: float = 1.0

    def scores(self, seen: Seen) -> Numbers:
        """How much speaks for each label."""
        return np.asarray(self.bias + seen.values @ self.weights[seen.numbers])

    def shares(self, scores: Numbers) -> dict[str, float]:
        """How likely each label is by its score."""
        power = np.exp((scores - scores.max()) / self.temperature)
        return dict(zip(self.labels, map(float, power / power.sum()), strict=True))

    def probabilities(self, seen: Seen) -> dict[str, float]:
        """How likely each label is."""
        return self.shares(self.scores(seen))

    def reasons(self, seen: Seen, label: str, most: int) -> list[tuple[tuple[int, int], float]]:
        """The words that added the most to `label` against the mean of all labels, and how much.

        Words from one to before another; what a word, its beginning and its parts add is summed.
        """
        words = seen.places != NOWHERE
        weights = self.weights[seen.numbers[words]]
        added = (weights[:, self.labels.index(label)] - weights.mean(axis=1)) * seen.values[words]
        places, which = np.unique(seen.places[words], return_inverse=True)
        sums = np.bincount(which, weights=added, minlength=len(places))
        ranked = np.argsort(-sums, kind="stable")[:most]
        return [(words_at(int(places[at])), float(sums[at])) for at in ranked if sums[at] > 0]
