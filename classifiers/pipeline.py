"""Reads a document: every label of the contract, made consistent, with evidence and doubts.

The rulebook sees what stands in it, the labeller decides on that ground by what was learned, and
windows and numbers of people are read by rule for the event that was decided. How sure each
label is was measured on mail that was not learned from. Never raises on a document.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from classifiers.contract import (
    Document,
    Event,
    Evidence,
    Hampered,
    Reach,
    Reading,
    Source,
    Windows,
)  # fmt: skip
from classifiers.learning.labeller import Chosen, Labeller, Labels
from classifiers.learning.model import Model
from classifiers.rulebook import Rulebook
from classifiers.rules import reach_of, speaking
from classifiers.severity import Severity
from classifiers.view import View
from classifiers.windows import find_windows

_MACHINE = 0.5  # likelier than that, nobody is answered
_CUES = 3  # of a label that are shown
# What is said where a label is too unsure, and what a person is then asked.
_UNSAID: dict[str, tuple[Any, str]] = {
    "services": ((), "which services are affected"),
    "reach": ("unknown", "how many people it hampers"),
    "hampered": ("unknown", "how severely they are hampered"),
    "windows": ((), "from when to when"),
}
# What a MAINTNOTE states of its impact (BCOP), the worst first, and how sure that makes.
_IMPACTS = {
    "OUTAGE": "blocked",
    "DEGRADED": "partial",
    "REDUCED-REDUNDANCY": "none",
    "NO-IMPACT": "none",
}
_OF_WORK = frozenset({"maintenance", "resolved"})
_STATED = 0.99
_FOLLOWS: dict[Event, tuple[str, ...]] = {"access_problem": ("reach",), "cancelled": ("hampered",)}


class MailClassifier:
    """The rulebook and what was learned: a Classifier (see contract).

    `least` is how sure a label must be to be said (see classifiers.confidence).
    """

    def __init__(
        self,
        rulebook: Rulebook,
        model: Model,
        severity: Severity,
        zone: str,
        least: Mapping[str, float],
    ) -> None:
        self._rulebook = rulebook
        self._model = model
        self._severity = severity
        self._zone = zone
        self._least = least
        self._label = Labeller(model, rulebook.catalogue)

    def read(self, document: Document) -> Reading:
        """The reading of `document`. Never raises."""
        doc = self._label(self._rulebook.doc(document))
        view: View = doc.user_data["view"]
        labels: Labels = doc.user_data["labels"]
        event = cast(Event, labels.event.value)
        windows = find_windows(document, self._zone, event)
        labels = _with_stated_impact(labels, windows)
        confidence = self._confidence(labels, windows)
        found: dict[str, Any] = {
            "services": labels.services.ids,
            "reach": labels.reach.value,
            "hampered": labels.hampered.value,
            "windows": windows.windows,
        }
        doubts = self._left_unsaid(event, found, confidence)
        reach, hampered = cast(Reach, found["reach"]), cast(Hampered, found["hampered"])
        return Reading(
            source=cast(Source, labels.source.value),
            written_by=self._written_by(labels),
            event=event,
            services=found["services"],
            reach=reach,
            people=_people(labels.people.people, reach),
            hampered=hampered,
            severity=self._severity.of(event, reach, hampered),
            windows=found["windows"],
            window_status=windows.status,
            entries=windows.entries,
            zone_assumed=windows.zone_assumed,
            needs_review=bool(doubts or windows.doubts),
            doubts=doubts + labels.services.doubts + windows.doubts,
            confidence=confidence,
            evidence=_evidence(view, labels, windows),
        )

    def _left_unsaid(
        self, event: Event, found: dict[str, Any], confidence: Mapping[str, float]
    ) -> tuple[str, ...]:
        """Take out of `found` what is too unsure to be said; why a person should look."""
        least, doubts = self._least, []
        if confidence["event"] < least.get("event", 0):
            doubts.append("it is unsure what happened")
        for label, (nothing, question) in _UNSAID.items():
            follows = label in _FOLLOWS.get(event, ())
            if found[label] != nothing and not follows and confidence[label] < least.get(label, 0):
                doubts.append(f"it is unsure {question}{_likeliest(found[label])}")
                found[label] = nothing
        return tuple(doubts)

    def _written_by(self, labels: Labels) -> Literal["person", "form", "machine"]:
        if labels.machine > _MACHINE:
            return "machine"
        form = self._rulebook.sources.of(labels.source.value)
        return "form" if form.answers_to == "reply_to" else "person"

    def _confidence(self, labels: Labels, windows: Windows) -> dict[str, float]:
        """How often readings like this one are right, label by label."""
        raw = raw_confidence(labels, windows)
        return {label: round(self._model.sure(label, share), 3) for label, share in raw.items()}


def _with_stated_impact(labels: Labels, windows: Windows) -> Labels:
    """`labels` with the impact that a MAINTNOTE states, where it announces or ends work."""
    stated = [one.impact for one in windows.entries if one.formal and one.impact in _IMPACTS]
    if not stated or labels.event.value not in _OF_WORK:
        return labels
    worst = min(stated, key=list(_IMPACTS).index)
    why = Evidence(0, 0, "", f"X-MAINTNOTE-IMPACT: {worst} (the calendar part)")
    return replace(labels, hampered=Chosen(_IMPACTS[worst], _STATED, (why,)))


def _likeliest(value: str | tuple[Any, ...]) -> str:
    """What would have been said, as a question; windows say nothing in a few words."""
    if isinstance(value, str):
        return f": {value}?"
    return f": {', '.join(value)}?" if all(isinstance(one, str) for one in value) else ""


def raw_confidence(labels: Labels, windows: Windows) -> dict[str, float]:
    """Shares of the model; of windows, how plain the case is. Not yet calibrated."""
    event, reach, hampered = labels.event.share, labels.reach.share, labels.hampered.share
    if not windows.windows:
        found = 0.9 if labels.event.value not in {"maintenance", "outage", "resolved"} else 0.5
    else:
        found = 0.4 if windows.doubts else 0.8
    return {
        "source": labels.source.share,
        "event": event,
        "services": labels.services.confidence,
        "reach": reach,
        "people": labels.people.share,
        "hampered": hampered,
        "severity": labels.severity_share,
        "windows": found * (0.5 + event / 2),
    }


def _people(people: int | None, reach: Reach) -> int | None:
    """The number, where it does not contradict how far the trouble reaches."""
    return people if people is not None and reach in {"all", reach_of(people)} else None


def _evidence(view: View, labels: Labels, windows: Windows) -> dict[str, tuple[Evidence, ...]]:
    told = {"source": view.source.evidence, "services": labels.services.evidence}
    told["event"] = view.event.form or _cues(view, labels.event)
    told["event"] += labels.event.evidence
    told["reach"] = _cues(view, labels.reach) + labels.reach.evidence
    told["people"] = labels.people.evidence
    told["hampered"] = _cues(view, labels.hampered) + labels.hampered.evidence
    told["windows"] = windows.evidence
    told["severity"] = tuple(dict.fromkeys(told["reach"][:1] + told["hampered"][:1]))
    return told


def _cues(view: View, chosen: Chosen) -> tuple[Evidence, ...]:
    """The cue phrases that speak for the label that was chosen."""
    hits = speaking(view.cues, view.told.zones, chosen.value)[:_CUES]
    return tuple(view.passages.evidence(hit.first, hit.last, hit.cue.why) for hit in hits)
