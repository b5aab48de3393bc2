"""Reads a document: every label of the contract, made consistent, with evidence and doubts.

The words of a document become one spaCy Doc, on which matchers find cues and names. The Doc
then goes through the pipeline `nlp`: a component added there finds the document and its cues
in `Doc.user_data`. The labels are decided together: one person's trouble reaches one, a
question or noise affects nothing. Never raises on a document.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.affected import Affected, find_affected
from classifiers.contract import (
    Document,
    Event,
    Evidence,
    Hampered,
    Reach,
    Reading,
    Windows,
)  # fmt: skip
from classifiers.cues import CueMatcher, Cues, Hit
from classifiers.pages import Page, read_page
from classifiers.passages import Passages, read_passages
from classifiers.people import Count, find_count, load_people
from classifiers.rules import (
    NOT_AFFECTING,
    Decided,
    decide_event,
    decide_hampered,
    decide_reach,
)  # fmt: skip
from classifiers.services import Catalogue, load_catalogue
from classifiers.severity import load_severity
from classifiers.sources import Found, find_source, load_sources
from classifiers.telling import heard, tell
from classifiers.windows import find_windows

_UNKNOWN = "_"  # stands in the Doc for every word that no phrase of the data has
_REVIEW_BELOW = 0.55  # an event less sure than this is shown to a person


@dataclass(frozen=True, slots=True)
class Findings:
    """What the steps found in one document, before it becomes a Reading."""

    passages: Passages
    source: Found
    event: Decided
    affected: Affected
    reach: Decided
    count: Count | None
    hampered: Decided
    windows: Windows


class RuleClassifier:
    """The rules over the data folder: a Classifier (see contract)."""

    def __init__(self, data: Path, overlay: Path | None, zone: str) -> None:
        self.nlp = spacy.blank("en", vocab=Vocab())  # no lexical attributes: matchers need none
        self.zone = zone
        self.sources = load_sources(data, overlay)
        self.catalogue: Catalogue = load_catalogue(self.nlp.vocab, data, overlay)
        self._cues = CueMatcher(self.nlp.vocab, data, overlay)
        self._people = load_people(data, overlay)
        self._severity = load_severity(data, overlay)
        self._known = frozenset(self.nlp.vocab.strings)

    def read(self, document: Document) -> Reading:
        """The reading of `document`. Never raises."""
        page = read_page(document)
        passages = read_passages(document, page)
        known = [word if word in self._known else _UNKNOWN for word in passages.words]
        doc = Doc(self.nlp.vocab, words=known)
        cues = self._cues.find(doc, passages)
        doc.user_data |= {"document": document, "cues": cues}
        return self._reading(self._findings(page, self.nlp(doc), cues))

    def _findings(self, page: Page, doc: Doc, cues: Cues) -> Findings:
        document = page.document
        source = find_source(self.sources, document, page)
        cues = heard(cues, source.form.word)
        told = tell(cues, source.form.word)
        zones = told.zones
        count = find_count(self._people, cues, told.zones)
        event = decide_event(cues, told, source.form, count)
        what = cast(Event, event.value)
        if what == "resolved":
            told = tell(cues, source.form.word, what)
            count = count or find_count(self._people, cues, told.zones)
        mentions = self.catalogue.mentions(doc, cues.passages)
        return Findings(
            cues.passages,
            source,
            event,
            find_affected(
                self.catalogue, mentions, cues, decided=zones, event=what, form=source.form
            ),
            decide_reach(cues, told, what, source.form, count),
            count,
            decide_hampered(cues, told, what, source.form),
            find_windows(document, self.zone, what),
        )

    def _reading(self, found: Findings) -> Reading:
        event = cast(Event, found.event.value)
        reach, hampered = cast(Reach, found.reach.value), cast(Hampered, found.hampered.value)
        windows = found.windows
        doubts = found.source.doubts + found.event.doubts + found.affected.doubts + windows.doubts
        unsure = found.event.confidence < _REVIEW_BELOW
        return Reading(
            source=found.source.form.word,
            event=event,
            services=found.affected.ids,
            reach=reach,
            people=_people(found.count, event, reach),
            hampered=hampered,
            severity=self._severity.of(event, reach, hampered),
            windows=windows.windows,
            window_status=windows.status,
            needs_review=unsure or bool(windows.doubts),
            doubts=doubts,
            confidence=_confidence(found),
            evidence=_evidence(found),
        )


def _people(count: Count | None, event: Event, reach: Reach) -> int | None:
    if count is None or count.calls or event in {*NOT_AFFECTING, "cancelled", "access_problem"}:
        return None
    return count.people if count.people > 1 or reach == "one" else None


def _confidence(found: Findings) -> dict[str, float]:
    windows = found.windows
    confidence = {
        "source": found.source.confidence,
        "event": found.event.confidence,
        "services": found.affected.confidence,
        "reach": found.reach.confidence,
        "people": 0.75 if found.count else 0.8,
        "hampered": found.hampered.confidence,
        "severity": min(
            found.event.confidence, max(found.reach.confidence, found.hampered.confidence)
        ),
        "windows": 0.8 if windows.windows and not windows.doubts else 0.7,
    }
    return {label: round(value, 2) for label, value in confidence.items()}


def _evidence(found: Findings) -> dict[str, tuple[Evidence, ...]]:
    def spans(hits: tuple[Hit, ...]) -> tuple[Evidence, ...]:
        return tuple(found.passages.evidence(hit.first, hit.last, hit.cue.why) for hit in hits)

    counted = (found.count.evidence,) if found.count else ()
    evidence = {
        "source": found.source.evidence,
        "event": spans(found.event.hits) or found.event.form,
        "services": found.affected.evidence,
        "reach": spans(found.reach.hits) or (counted if found.reach.value != "unknown" else ()),
        "people": counted,
        "hampered": spans(found.hampered.hits),
        "windows": found.windows.evidence,
    }
    evidence["severity"] = evidence["reach"][:1] + evidence["hampered"][:1]
    return evidence
