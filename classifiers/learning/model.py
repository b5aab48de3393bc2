"""The learned model as files: `data/models/labeller.json` (names) and `.npz` (numbers).

Nothing is pickled, so that loading a model cannot run code. Weights have half precision, in
memory too while a model is made, so that it says the same before and after it was saved.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from classifiers.learning.linear import Linear, Numbers, Vocabulary

FOLDER = "models"
FORM = 3  # of the files; another number is another form
QUESTIONS = {
    "source": "envelopes",
    "machine": "envelopes",
    "event": "documents",
    "reach": "documents",
    "hampered": "documents",
    "affected": "candidates",
    "counted": "counts",
}  # and the vocabulary of each


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: four vocabularies, and a model for each of QUESTIONS.

    `calibration` maps a label to (raw confidence, share of right readings) in rising order.
    `about` says what it was made from, for the model card and `triage evaluate`.
    """

    envelopes: Vocabulary
    documents: Vocabulary
    candidates: Vocabulary
    counts: Vocabulary
    questions: Mapping[str, Linear]
    calibration: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def sure(self, label: str, raw: float) -> float:
        """How often a reading of `label` with this raw confidence is right."""
        points = self.calibration.get(label)
        if not points:
            return raw
        at, right = zip(*points, strict=True)
        return float(np.interp(raw, at, right))


_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile)


def as_kept(weights: Numbers) -> Numbers:
    """`weights` as they are after they were saved and loaded."""
    return weights.astype(np.float16).astype(np.float32)


def save(model: Model, folder: Path) -> None:
    """Write both files; the same model gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "form": FORM,
        "about": dict(model.about),
        "questions": {
            key: {"labels": list(one.labels), "temperature": one.temperature}
            for key, one in model.questions.items()
        },
        "calibration": {
            key: [list(point) for point in points] for key, points in model.calibration.items()
        },
        "envelopes": list(model.envelopes.numbers),
        "documents": list(model.documents.numbers),
        "candidates": list(model.candidates.numbers),
        "counts": list(model.counts.numbers),
    }
    text = json.dumps(names, ensure_ascii=False, indent=0, sort_keys=True)
    (folder / "labeller.json").write_text(text + "\n", encoding="utf-8")
    arrays: dict[str, Any] = {}
    for key, one in model.questions.items():
        arrays[f"{key}.weights"] = one.weights.astype(np.float16)
        arrays[f"{key}.bias"] = one.bias.astype(np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    (folder / "labeller.npz").write_bytes(buffer.getvalue())


def find_model(data: Path, overlay: Path | None) -> Model:
    """The model of the overlay where it has one, else that of `data`. Raises ValueError."""
    own = overlay / FOLDER if overlay else None
    return load(own if own and (own / "labeller.json").is_file() else data / FOLDER)


def load(folder: Path) -> Model:
    """Read both files. Raises ValueError naming the file and the remedy."""
    names_file, numbers_file = folder / "labeller.json", folder / "labeller.npz"
    file = names_file
    try:
        names = json.loads(names_file.read_text(encoding="utf-8"))
        if names["form"] != FORM:
            raise ValueError(f"it has form {names['form']}, this program reads form {FORM}")
        file = numbers_file
        with np.load(numbers_file, allow_pickle=False) as numbers:
            arrays = {key: numbers[key].astype(np.float32) for key in numbers.files}
        questions = {}
        for key, vocabulary in QUESTIONS.items():
            told = names["questions"][key]
            features = len(names[vocabulary])
            weights, bias = arrays[f"{key}.weights"], arrays[f"{key}.bias"]
            if weights.shape != (features, len(told["labels"])) or bias.shape != weights.shape[1:]:
                raise ValueError(f"{key}: its shape does not fit {names_file.name}")
            questions[key] = Linear(tuple(told["labels"]), weights, bias, told["temperature"])
        calibration = {
            key: tuple((float(at), float(right)) for at, right in points)
            for key, points in names["calibration"].items()
        }
        return Model(
            _vocabulary(names["envelopes"]),
            _vocabulary(names["documents"]),
            _vocabulary(names["candidates"]),
            _vocabulary(names["counts"]),
            questions,
            calibration,
            names["about"],
        )
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        BadZipFile,
    ) as error:
        raise ValueError(
            f"{file}: the learned model cannot be read ({type(error).__name__}: {error}): "
            "take the file of the installed package again, or run `triage train`"
        ) from error


def _vocabulary(names: Sequence[str]) -> Vocabulary:
    return Vocabulary({name: number for number, name in enumerate(names)})
