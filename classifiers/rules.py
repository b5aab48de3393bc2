"""Decides what a document reports from what is told: event, how many it reaches, how it hampers.

Rules decide, but how far two readings lie apart is all that they know of how sure they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from classifiers.contract import Event, Evidence, Hampered, Reach, Source
from classifiers.cues import Cues, Hit
from classifiers.forms import SourceForm
from classifiers.pages import Zone
from classifiers.people import Count
from classifiers.telling import ALL, FORMS, Told, Weights
from classifiers.words import fold

_OWNERS: frozenset[Source] = frozenset({"downtime_list", "alert"})  # speak of the whole service
_WRONG = ("trouble", "outage", "degradation", "blocked", "partial")
_SPEAKING: Mapping[str, tuple[tuple[str, ...], ...]] = {  # kinds of cues that show a label
    "outage": (("outage", "trouble"), _WRONG),
    "degradation": (("degradation",), _WRONG),
    "access_problem": (("trouble", "outage", "me"), _WRONG),
    "all": (("all", "flat"),),
    "one": (("me",),),
}
NOT_AFFECTING: frozenset[Event] = frozenset({"question", "info", "noise"})


@dataclass(frozen=True, slots=True)
class Decided:
    """A label, how far from the next one, and what of a form led to it."""

    value: str
    confidence: float
    form: tuple[Evidence, ...] = ()


# --- event ------------------------------------------------------------------------------------


def decide_event(cues: Cues, told: Told, form: SourceForm, count: Count | None) -> Decided:
    """What the document reports."""
    if form.event == "noise":
        return Decided("noise", 0.93)
    if not any(cues.passages.has(zone) for zone in ("subject", "own", "forwarded")):
        return Decided("noise", 0.8)
    weights = told.weights
    by_form = _by_form(form, told, cues)
    if by_form is not None:
        return by_form
    return Decided(*_by_weight(weights, cues, form, count))


def _by_form(form: SourceForm, told: Told, cues: Cues) -> Decided | None:
    """A machine's form says how it stands; its words, how bad it is."""
    document = cues.passages.document
    folded = fold(document.text) if form.states else ""
    for state in form.states:
        seen = state.seen(document, folded)
        if seen:
            event = _worded(state.event, told.weights)
            return Decided(event, 0.85, (seen,))
    return None


def _worded(event: Event, weights: Weights) -> Event:
    """What the words make of the event that a form tells."""
    if event == "degradation" and (
        weights.flat or (weights.outage >= 3 and weights.outage > weights.degradation)
    ):
        return "outage"
    if event == "maintenance" and weights.cancelled > max(3.0, weights.maintenance):
        return "cancelled"
    if event == "maintenance" and weights.resolved > max(5.0, weights.maintenance):
        return "resolved"
    return event


def _by_weight(
    weights: Weights, cues: Cues, form: SourceForm, count: Count | None
) -> tuple[Event, float]:
    """What the weights speak for; what is over or planned goes before what it speaks of."""
    problem = weights.problem
    still = weights.still and problem >= 2 and not weights.moved
    if _is_called_off(weights, cues):
        return "cancelled", 0.85 if weights.resolved < 4 else 0.65
    if weights.resolved >= 4 and not still and weights.resolved >= weights.maintenance - 1:
        return "resolved", 0.85 if problem < 4 else 0.7
    if weights.maintenance >= 3 and not still and weights.maintenance >= problem - 1:
        return "maintenance", 0.9 if weights.maintenance >= 5 else 0.75
    asking = weights.question > problem or (
        weights.question >= 3 and weights.trouble <= 1 >= problem
    )
    if problem >= 2 or (problem >= 1 and not asking and weights.info < 2):
        if asking and problem < 2:
            return "question", 0.6
        if weights.none >= 4 and form.word not in FORMS and _is_harmless(weights):
            return "info", 0.6
        return _problem(weights, form, count)
    return _without_problem(weights, cues, form, bool(asking))


def _is_harmless(weights: Weights) -> bool:
    return max(weights.degradation, weights.outage) < 4 and weights.blocked < 3


def _is_called_off(weights: Weights, cues: Cues) -> bool:
    """True if planned work is called off or an alarm taken back; an appointment is neither."""
    if weights.retract:
        return not weights.moved
    planned = any(True for _ in cues.of("planned", ALL, ("", "future", "denied", "if")))
    return planned and not weights.moved and weights.cancelled >= max(weights.problem, 4)


def _without_problem(
    weights: Weights, cues: Cues, form: SourceForm, asking: bool
) -> tuple[Event, float]:
    """What a document reports that tells of no trouble."""
    if form.event is not None:
        return form.event, 0.6
    if weights.maintenance >= 2 and not asking:
        return "maintenance", 0.6
    if weights.resolved >= 2:
        return "resolved", 0.6
    asked = any(said.asks and said.zone == "own" for said in cues.passages.statements)
    if weights.question or asked:
        return "question", 0.75 if weights.question > weights.info else 0.55
    if weights.info:
        return "info", 0.75
    return ("access_problem" if form.word in FORMS else "info"), 0.45


def _problem(weights: Weights, form: SourceForm, count: Count | None) -> tuple[Event, float]:
    """One person's, everyone's, or in part."""
    people = count.people if count else 0
    if weights.none >= 4 and weights.degradation >= 4 and not weights.flat:
        return "degradation", 0.75
    plural = people > 1 or weights.many or weights.all or weights.some or weights.group
    alone = weights.me >= max(1.0, weights.we) or form.word in FORMS
    if alone and not plural and not weights.flat and form.word not in _OWNERS:
        sure = 0.8 if weights.me and form.word in FORMS else 0.65
        return "access_problem", sure
    if form.event == "degradation" and not weights.flat and weights.outage < 3:
        return "degradation", 0.75
    outage = weights.outage + (2.0 if weights.blocked >= 3 else 0.0)
    shut_out = weights.flat or weights.group or weights.all >= 3
    if plural and not shut_out and not weights.many and weights.outage < 4:
        return "degradation", 0.7
    if weights.part and not weights.flat:
        return "degradation", 0.65
    if weights.degradation > outage or (weights.workaround and not shut_out):
        return "degradation", 0.8
    return "outage", 0.8 if shut_out or weights.outage >= 4 else 0.6


def speaking(cues: Cues, zones: tuple[Zone, ...], value: str) -> tuple[Hit, ...]:
    """The cues that show a label, the strongest first; for trouble unnamed, those of trouble."""
    for kinds in _SPEAKING.get(value, ((value,),)):
        found = {hit[:2]: hit for kind in kinds for hit in cues.of(kind, zones)}
        strengths = {
            place: max(hit.cue.speaks.get(kind, 0) for kind in kinds)
            for place, hit in found.items()
        }
        if found:
            strongest = sorted(found, key=lambda place: -strengths[place])
            return tuple(found[place] for place in strongest)
    return ()


# --- how it hampers, whom it reaches ------------------------------------------------------------


def decide_hampered(told: Told, event: Event, form: SourceForm) -> Decided:
    """How severely access is hampered."""
    if event in {"noise", "question"}:
        return Decided("unknown", 0.9)
    if event == "cancelled":
        return Decided("none", 0.95)
    weights = told.weights
    value = _hampered(weights, event, form)
    confidence = 0.75 if value != "unknown" else 0.6
    if weights.blocked and weights.partial:
        confidence -= 0.15
    return Decided(value, confidence)


def _hampered(weights: Weights, event: Event, form: SourceForm) -> Hampered:
    blocked, partial = weights.blocked, weights.partial
    if event == "info":
        return "none" if weights.none >= 4 else "unknown"
    if weights.fails_too:
        return "blocked"
    cosmetic = event == "degradation" and weights.none >= max(blocked, partial)
    cosmetic = cosmetic or (event == "resolved" and weights.none > 0 == max(blocked, partial))
    if weights.none >= 4 and (cosmetic or (event == "maintenance" and weights.none >= partial)):
        return "none"
    if weights.workaround:
        return "partial"
    if form.word == "error_tracker" and not (partial or weights.flat):
        return "unknown"
    if event == "outage":
        return "partial" if partial > blocked else "blocked"
    if event in {"degradation", "access_problem"} and partial >= 3:
        return "partial" if partial >= blocked * 0.7 else "blocked"
    if partial and (partial > blocked or (partial == blocked and event != "maintenance")):
        return "partial"
    if blocked >= 2:
        return "blocked"
    if event == "degradation" and form.event == "degradation":
        return "partial"
    return "blocked" if event == "access_problem" and weights.problem >= 2 else "unknown"


def decide_reach(told: Told, event: Event, form: SourceForm, count: Count | None) -> Decided:
    """How many are affected."""
    if event in NOT_AFFECTING or event == "cancelled":
        return Decided("unknown", 0.95)
    if event == "access_problem":
        return Decided("one", 0.95)
    if count is not None and (count.people > 1 or form.word == "error_tracker"):
        return Decided(reach_of(count.people), 0.6 if count.calls else 0.85)
    return Decided(*_reach(told.weights, event, form))


def reach_of(people: int) -> Reach:
    """The word for a number of people."""
    if people <= 1:
        return "one"
    return "some" if people <= 100 else "many"


def _reach(weights: Weights, event: Event, form: SourceForm) -> tuple[Reach, float]:
    if weights.many and weights.many >= weights.all - 1:
        return "many", 0.8
    whole = weights.flat or weights.all >= 3 or form.word in _OWNERS
    if event == "maintenance" or (event == "resolved" and weights.planned):
        return ("unknown", 0.55) if weights.part else ("all", 0.85)
    if weights.part:
        return "unknown", 0.7
    if weights.some:
        return "some", 0.7
    if weights.all >= 3 and not weights.group:
        return "all", 0.75
    was_out = event == "outage" or weights.flat or weights.outage > weights.degradation
    if event in {"outage", "resolved"} and whole and was_out and not weights.group:
        return "all", 0.7
    return "unknown", 0.65
