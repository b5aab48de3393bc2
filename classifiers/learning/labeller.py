"""Decides event, reach, hampered and services of a document by what was learned, together.

A spaCy component: it takes the Doc's `view` (what the rules saw), puts the share of each label
into `Doc.cats` and its `labels` into `Doc.user_data`. The three labels are chosen as the most
likely combination that can be true at once (an access problem reaches one).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from spacy.tokens import Doc

from classifiers.affected import Affected
from classifiers.contract import Evidence
from classifiers.learning.candidates import Candidate, candidates
from classifiers.learning.counts import AFFECTING, counts
from classifiers.learning.features import Features, features, of_source
from classifiers.learning.linear import Linear, Seen
from classifiers.learning.model import Model
from classifiers.passages import Passages
from classifiers.rules import NOT_AFFECTING, reach_of
from classifiers.services import Catalogue
from classifiers.view import View
from classifiers.windows import Hours

YES, NO = "yes", "no"  # labels of questions that ask whether
_OF_EVENT = "E:"  # features that say how likely each event is
_OF_ORIGIN = "O:"  # and each source
_REASONS = 3  # words shown for a label
_LIKELIER, _LEAST = 0.42, 0.25  # share from which a service is affected; or if it is the only one
_NOUN = 2  # words shown behind a number
_COUNTS = 0.4  # share from which a number counts the people affected
_TINY = 1e-6
_SETTLED = NOT_AFFECTING | {"maintenance", "cancelled", "resolved"}  # whatever their reach
_WEIGHTS = (1.0, 0.5, 0.5)  # of event, reach and hampered in the joint choice
Shares = Mapping[str, float]
#: How often the train part has such hours in mail of an event: the square root, since the words
#: tell half of it already (0.5 to 0.7 did equally well on the tune part, 0 and 1 worse).
_BY_HOURS: Mapping[Hours, Mapping[str, float]] = {
    "ahead": {"maintenance": 0.94, "cancelled": 0.66, "resolved": 0.30},
    "now": {"maintenance": 0.28, "info": 0.19},
    "past": {"resolved": 0.56, "outage": 0.20, "info": 0.19, "question": 0.17, "degradation": 0.15},
    "none": dict.fromkeys(
        ("outage", "access_problem", "degradation", "question", "noise", "info"), 0.98
    )
    | {"resolved": 0.76, "cancelled": 0.75, "maintenance": 0.21},
}
_SELDOM = 0.12
_PLAIN = 0.8  # share from which the words alone decide


@dataclass(frozen=True, slots=True)
class Chosen:
    """A label, its raw confidence, and the words that spoke for it."""

    value: str
    share: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Counting:
    """How many people are affected by a number that is written, and how likely that is right."""

    people: int | None
    share: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """What was decided of a document."""

    source: Chosen
    machine: float  # how likely a machine or a list wrote it
    event: Chosen
    reach: Chosen
    hampered: Chosen
    services: Affected
    people: Counting
    severity_share: float  # of the event, and of what else decides how severe it is


def possible(event: str, reach: str, hampered: str) -> bool:
    """True if the labelling guide allows the three together."""
    if event == "access_problem":
        return reach == "one"
    if event == "cancelled":
        return reach == "unknown" and hampered == "none"
    return event not in NOT_AFFECTING or reach == "unknown"


def as_timed(event: Shares, view: View) -> dict[str, float]:
    """How likely each event is by the times of the text too.

    A formal notice leaves open only some; where the words leave doubt, hours that lie ahead are of
    planned work, those that are past of what is over.
    """
    if view.noticed:
        weighed = {one: event[one] + _TINY if one in view.noticed else 0.0 for one in event}
    elif max(event.values()) >= _PLAIN:
        return dict(event)
    else:
        weights = _BY_HOURS[view.hours()]
        weighed = {one: share * weights.get(one, _SELDOM) for one, share in event.items()}
    total = sum(weighed.values()) or 1.0
    return {one: max(share / total, _TINY) for one, share in weighed.items()}


def of_origin(source: Shares) -> Features:
    """How likely each source is, as features for the questions that follow."""
    return Features(*((_OF_ORIGIN + label, 2 * share) for label, share in source.items()))


def of_event(event: Shares) -> Features:
    """How likely each event is, as features for the questions that follow."""
    return Features(*((_OF_EVENT + label, 2 * share) for label, share in event.items()))


class Labeller:
    """The learned model over the views of documents."""

    def __init__(self, model: Model, catalogue: Catalogue) -> None:
        self._model = model
        self._catalogue = catalogue
        reach, hampered = self._question("reach"), self._question("hampered")
        self._together = [
            (e, r, h)
            for e in self._question("event").labels
            for r in reach.labels
            for h in hampered.labels
            if possible(e, r, h)
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Label the view of `doc`."""
        view: View = doc.user_data["view"]
        model, documents = self._model, self._model.documents
        envelope = model.envelopes.see(of_source(view))
        source = self._question("source").probabilities(envelope)
        machine = self._question("machine").probabilities(envelope)
        seen = documents.see(features(view) + of_origin(source))
        event = as_timed(self._question("event").probabilities(seen), view)
        seen += documents.see(of_event(event))
        reach = self._question("reach").probabilities(seen)
        hampered = self._question("hampered").probabilities(seen)
        e, r, h = self._likeliest(event, reach, hampered)
        counting = self._counting(view, e, event)
        r = _by_number(r, counting)
        passages = view.passages
        likeliest = max(source, key=lambda label: source[label])
        doc.user_data["labels"] = Labels(
            Chosen(likeliest, source[likeliest]),
            machine[YES],
            self._chosen(passages, seen, "event", e, event),
            self._chosen(passages, seen, "reach", r, reach),
            self._chosen(passages, seen, "hampered", h, hampered),
            self._services(view, e, event),
            counting,
            event[e] * (1.0 if e in _SETTLED else math.sqrt(reach[r] * hampered[h])),
        )
        told = {"source": source, "event": event, "reach": reach, "hampered": hampered}
        for name, shares in told.items():
            doc.cats |= {f"{name}={label}": share for label, share in shares.items()}
        return doc

    def _chosen(
        self,
        passages: Passages,
        seen: Seen,
        question: str,
        label: str,
        shares: Shares,
    ) -> Chosen:
        reasons = self._question(question).reasons(seen, label, _REASONS)
        evidence = tuple(
            passages.evidence(first, last, f"learned, {share:+.2f} for {label}")
            for (first, last), share in reasons
        )
        return Chosen(label, shares[label], evidence)

    def _services(self, view: View, event: str, shares: Shares) -> Affected:
        """The services that are likelier affected than not; if none is, the likeliest one."""
        if event in NOT_AFFECTING:
            return Affected(confidence=shares[event])
        found = candidates(view, self._catalogue, shares)
        likely = [(one, self._share(one)) for one in found]
        chosen = [(one, share) for one, share in likely if share >= _LIKELIER]
        if not chosen and likely:
            best = max(likely, key=lambda item: item[1])
            chosen = [best] if best[1] >= _LEAST else []
        sure = math.prod(share if (one, share) in chosen else 1 - share for one, share in likely)
        evidence = tuple(
            view.passages.evidence(one.mentions[0].first, one.mentions[0].last, _why(one, share))
            for one, share in chosen
            if one.mentions
        )
        if not chosen:  # something is affected, and nothing that we know of is named
            sure *= _LEAST
        doubts = () if chosen else ("no service is named",)
        return Affected(tuple(one.id for one, _ in chosen), evidence, doubts, sure)

    def _counting(self, view: View, event: str, shares: Shares) -> Counting:
        """The number that is likeliest to count the people affected, if one does."""
        found = counts(view, shares) if event in AFFECTING else []
        if not found:
            return Counting(None, 1.0)
        question, known = self._question("counted"), self._model.counts
        likely = [question.probabilities(known.see(one.features))[YES] for one in found]
        share = max(likely)
        if share < _COUNTS:
            return Counting(None, 1 - share)
        number = found[likely.index(share)].number
        passages = view.passages
        end = passages.statements[passages.statement_at(number.first)].last
        last = min(number.last + _NOUN, end)
        why = f"a count of people ({share:.2f})"
        return Counting(number.value, share, (passages.evidence(number.first, last, why),))

    def _share(self, candidate: Candidate) -> float:
        seen = self._model.candidates.see(candidate.features)
        return self._question("affected").probabilities(seen)[YES]

    def _question(self, name: str) -> Linear:
        return self._model.questions[name]

    def _likeliest(self, event: Shares, reach: Shares, hampered: Shares) -> tuple[str, str, str]:
        first, second, third = _WEIGHTS
        return max(
            self._together,
            key=lambda one: (
                first * math.log(event[one[0]] + _TINY)
                + second * math.log(reach[one[1]] + _TINY)
                + third * math.log(hampered[one[2]] + _TINY)
            ),
        )


def _by_number(reach: str, counting: Counting) -> str:
    """`reach`, or what the number of people that is written says of it; "all" stays."""
    if counting.people is None or counting.people < 2 or reach == "all":
        return reach
    return reach_of(counting.people)


def _why(candidate: Candidate, share: float) -> str:
    best = max(candidate.mentions, key=lambda one: one.score)
    return f"{candidate.id}: {best.why or 'named'} ({share:.2f})"
