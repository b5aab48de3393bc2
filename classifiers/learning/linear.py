"""Linear models over features: a table of weights, a probability for each label, exact reasons.

A support vector machine for each label against the rest (Crammer, Singer 2001 compare them),
whose scores become shares by a temperature that was set on mail not learned from (Guo et al.
2017: On Calibration of Modern Neural Networks). A model is numbers and names, never code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.features import Feature

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """The features of a document that a vocabulary knows: columns, and the value of each."""

    features: tuple[Feature, ...]
    columns: NDArray[np.intp]
    values: Numbers

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            self.features + other.features,
            np.concatenate((self.columns, other.columns)),
            np.concatenate((self.values, other.values)),
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that were learned from: name -> column."""

    columns: Mapping[str, int]

    def see(self, found: Iterable[Feature]) -> Seen:
        """What of `found` is known."""
        columns = self.columns
        known = tuple(one for one in found if one.name in columns)
        return Seen(
            known,
            np.array([columns[one.name] for one in known], dtype=np.intp),
            np.array([one.value for one in known], dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """One question: `weights` has a row for each label and a column for each feature."""

    labels: tuple[str, ...]
    weights: Numbers
    bias: Numbers
    temperature: float = 1.0

    def scores(self, seen: Seen) -> Numbers:
        """How much speaks for each label."""
        return np.asarray(self.bias + self.weights[:, seen.columns] @ seen.values)

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
        weights = self.weights[:, seen.columns]
        added = (weights[self.labels.index(label)] - weights.mean(axis=0)) * seen.values
        sums: dict[tuple[int, int], float] = {}
        for one, share in zip(seen.features, added.tolist(), strict=True):
            if one.first >= 0:
                place = (one.first, one.last)
                sums[place] = sums.get(place, 0.0) + share
        ranked = sorted(sums.items(), key=lambda item: -item[1])
        return [item for item in ranked[:most] if item[1] > 0]
