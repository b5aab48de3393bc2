"""Labelled mail to models and figures: what `triage train` and `triage evaluate` do.

A labelled file has one message a line: the raw bytes as text, its labels as in "Labels" of
data/README.md, who wrote it (`author`) and, for another organization's mail, whose catalogue of
services it is meant for (`org`, a folder of `data/corpus/catalogues/`). The name of a file
begins with the part it belongs to: `train-`, `tune-` or `test-`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers import LABELS
from classifiers.confidence import LABELS as UNSAID
from classifiers.confidence import load_least
from classifiers.learning.labeller import NO, YES
from classifiers.learning.model import FOLDER as MODELS
from classifiers.learning.model import Model, find_model
from classifiers.learning.model import load as load_model
from classifiers.learning.model import save as save_model
from classifiers.learning.scoring import Scored, confusion, coverage, figures
from classifiers.learning.training import SEED, Example, calibrated, train
from classifiers.pipeline import MailClassifier
from classifiers.rulebook import Rulebook
from classifiers.severity import Severity, load_severity
from gateway import reading as reader
from gateway.incidents.corrections import Corrected
from gateway.understanding import document_of, understand, windows_as_json

CORPUS = "corpus"
CONFUSED = ("source", "event", "reach", "hampered", "severity")
__all__ = [
    "CONFUSED", "MODELS", "UNSAID", "Corpora", "Labelled", "confusion", "coverage", "figures",
    "load_model", "of_corrections", "read_labelled", "save_model",
]  # fmt: skip
_OURS = 3.0  # how many shipped messages a corrected one counts for
_STATEMENT = 0.3  # and one without a mail around it: there are more of them than mail has


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message of a labelled file."""

    id: str
    raw: bytes
    labels: Mapping[str, Any]
    never_answer: bool
    author: str
    org: str
    is_whole: bool = True  # False: a statement, under headers that tell nothing
    is_ours: bool = False  # corrected here: counts for several


class Corpora:
    """Labelled mail, each read with the catalogue of its organization."""

    def __init__(self, data: Path, overlay: Path | None, zone: str) -> None:
        self._data, self._overlay, self._zone = data, overlay, zone
        self._rulebooks: dict[str, Rulebook] = {}
        self.severity: Severity = load_severity(data, overlay)
        self._least = load_least(data, overlay)

    def model(self) -> Model:
        """The model in use."""
        return find_model(self._data, self._overlay)

    def labelled(self, files: Sequence[Path] | None, part: str) -> list[Labelled]:
        """The messages of these files; without any, of the shipped `part`."""
        return [one for file in files for one in read_labelled(file)] if files else self.part(part)

    def train(self, extra: Sequence[Path], corrected: Sequence[Labelled] = ()) -> Model:
        """A model of the shipped mail, `extra` and `corrected`; the tune part sets how sure."""
        mails = self.part("train") + [one for file in extra for one in read_labelled(file)]
        mails += corrected
        made = train(self.examples(mails), {"messages": len(mails), "seed": SEED})
        return calibrated(made, list(self.scored(made, self.part("tune"), {})))

    def part(self, name: str) -> list[Labelled]:
        """All messages of the shipped files whose names begin with `name`."""
        files = sorted((self._data / CORPUS).glob(f"{name}-*.jsonl"))
        if not files:
            raise ValueError(f"{self._data / CORPUS}: no file {name}-*.jsonl is there")
        return [one for file in files for one in read_labelled(file)]

    def examples(self, mails: Sequence[Labelled]) -> list[Example]:
        """The mails as examples to learn from."""
        found = []
        for mail in mails:
            rulebook = self._rulebook(mail.org)
            view = rulebook.doc(document_of(reader.read(mail.raw))).user_data["view"]
            labels = {**mail.labels, "machine": YES if mail.never_answer else NO}
            weight = _OURS if mail.is_ours else 1.0 if mail.is_whole else _STATEMENT
            found.append(Example(view, rulebook.catalogue, labels, mail.is_whole, weight))
        return found

    def scored(
        self, model: Model, mails: Sequence[Labelled], least: Mapping[str, float] | None = None
    ) -> Iterator[Scored]:
        """What a classifier with `model` reads in each mail, beside its labels.

        `least` is how sure it must be to say a label; without it, as the data folder tells.
        """
        least = self._least if least is None else least
        classifiers: dict[str, MailClassifier] = {}
        for mail in mails:
            if mail.org not in classifiers:
                rulebook = self._rulebook(mail.org)
                classifiers[mail.org] = MailClassifier(
                    rulebook, model, self.severity, self._zone, least
                )
            understood = understand(mail.raw, classifiers[mail.org])
            message, found = understood.message, understood.reading
            told = {label: getattr(found, label) for label in LABELS}
            told |= {"services": list(found.services), "windows": windows_as_json(found)}
            answers = not (message.is_auto or message.is_bulk or message.is_bounce)
            told["never_answer"] = not answers
            wanted = {**mail.labels, "never_answer": mail.never_answer}
            yield Scored(mail.id, wanted, told, dict(found.confidence), mail.is_whole)

    def _rulebook(self, org: str) -> Rulebook:
        if org not in self._rulebooks:
            overlay = self._data / CORPUS / "catalogues" / org if org else self._overlay
            self._rulebooks[org] = Rulebook(self._data, overlay, self._zone)
        return self._rulebooks[org]


def of_corrections(corrected: Iterable[Corrected]) -> list[Labelled]:
    """Messages that a person has looked at, as labelled mail."""
    found = []
    for one in corrected:
        message = reader.read(one.raw)
        never = message.is_auto or message.is_bulk or message.is_bounce
        labels = {label: one.labels[label] for label in LABELS}
        found.append(Labelled(one.trace, one.raw, labels, never, "", "", is_ours=True))
    return found


def read_labelled(file: Path) -> Iterator[Labelled]:
    """The messages of a labelled file. Raises ValueError naming file and line."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                yield Labelled(
                    str(row["id"]),
                    row["raw"].encode("utf-8", "surrogateescape"),
                    {label: row["labels"][label] for label in LABELS},
                    bool(row["auto"]),
                    str(row.get("author", "")),
                    str(row.get("org", "")),
                    not row.get("short", False),
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                problem = f"{type(error).__name__}: {error}"
                raise ValueError(
                    f"{file}, line {number}: not a labelled message ({problem}): "
                    'each line is {"id", "raw", "labels", "auto"}'
                ) from error
