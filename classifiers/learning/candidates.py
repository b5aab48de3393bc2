"""What a learner sees of each service that a document may mean: affected, or merely named.

A candidate is a service that the document names, by its name or by what people call its
function, and the two that are meant without being named: sign-in and the whole site.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from classifiers.affected import SIGN_IN, Affected, find_affected, judge_mentions
from classifiers.contract import Event
from classifiers.cues import Hit
from classifiers.learning.features import Features, of_words_around
from classifiers.rules import NOT_AFFECTING
from classifiers.services import SERVICE_FIELDS, Catalogue, Mention
from classifiers.view import View

_AROUND = 5  # words on each side of a name that are looked at
_STATES = (
    "outage", "degradation", "trouble", "maintenance", "cancelled", "resolved", "blocked",
    "partial", "fine", "instead", "dependency", "info", "question", "none",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that may be meant, and what speaks for and against it."""

    id: str
    mentions: tuple[Mention, ...]
    features: Features


def candidates(view: View, catalogue: Catalogue, event: Mapping[str, float]) -> list[Candidate]:
    """The candidates of a document in the order they are named; `event`: how likely each is."""
    judged = judge_mentions(view.cues, view.mentions, view.source.form)
    affected = _chosen_by_rules(view, catalogue)
    by_id: dict[str, list[Mention]] = {}
    for item in judged:
        by_id.setdefault(item.id, []).append(item)
    for id_ in affected.ids:
        by_id.setdefault(id_, [])
    by_statement: dict[int, list[Hit]] = {}
    for hit in view.cues.hits:
        by_statement.setdefault(hit.statement, []).append(hit)
    masked = _masked(view, judged)
    rules = _Rules(judged, by_id, affected)
    found = []
    for id_, row in by_id.items():
        names = dict(_of_document(view, event))
        names |= dict.fromkeys(_of_rules(id_, rules, catalogue), 1.0)
        for mention in row:
            names |= dict.fromkeys(_of_place(view, mention, masked, by_statement), 0.5)
        found.append(Candidate(id_, tuple(row), Features(*names.items())))
    return found


def _chosen_by_rules(view: View, catalogue: Catalogue) -> Affected:
    """What the rules choose, if anything is affected at all."""
    event = cast(Event, view.event.value)
    return find_affected(
        catalogue,
        view.mentions,
        view.cues,
        decided=view.decided,
        event="outage" if event in NOT_AFFECTING else event,
        form=view.source.form,
    )


def _of_document(view: View, event: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for label, share in event.items():
        yield f"event:{label}", share
    yield f"source:{view.source.form.word}", 1.0
    if view.passages.document.forwarded_text:
        yield "forwards", 1.0


class _Rules:
    """What the rules make of all candidates of a document."""

    def __init__(
        self, judged: Sequence[Mention], by_id: Mapping[str, Sequence[Mention]], affected: Affected
    ) -> None:
        self.by_id = by_id
        self.affected = affected
        self.named = {item.id for item in judged if item.kind != "said"}
        self.best = {
            id_: max((one.score for one in row), default=0.0) for id_, row in by_id.items()
        }
        self.top = max(self.best.values(), default=0.0)


def _of_rules(id_: str, rules: _Rules, catalogue: Catalogue) -> Iterator[str]:
    row, best, named = rules.by_id[id_], rules.best, rules.named
    chosen = id_ in rules.affected.ids
    yield f"chosen={chosen}"
    yield f"chosen={chosen}/of={min(len(rules.affected.ids), 4)}"
    yield f"chosen={chosen}@{round(rules.affected.confidence, 1)}"
    kinds = "+".join(sorted({one.kind for one in row}))
    yield f"kinds={kinds}"
    yield f"kinds={kinds}/named={min(len(named), 4)}"
    score = best[id_]
    yield from (f"score>{step}" for step in (0, 1, 2, 2.5, 3, 4, 5, 6, 8) if score > step)
    yield f"top={score == rules.top and rules.top > 0}"
    yield from (f"behind>{step}" for step in (0, 1, 2, 4) if rules.top - score > step)
    yield f"rank={min(list(best).index(id_), 4)}"
    yield f"times={min(len(row), 4)}"
    if len(best) == 1:
        yield "alone"
    if id_ in {SIGN_IN, "global"}:
        yield f"id={id_}"
        yield f"id={id_}/named={min(len(named - {id_}), 3)}"
    others = [other for other in best if other != id_]
    if any(id_ in catalogue.services[other].depends_on for other in others):
        yield "another needs it"
    if any(other in catalogue.services[id_].depends_on for other in others):
        yield "needs another"
    if id_ in catalogue.services and catalogue.services[id_].kind == "related":
        yield "related"


def _of_place(
    view: View, mention: Mention, masked: Sequence[str], by_statement: Mapping[int, list[Hit]]
) -> Iterator[str]:
    passages = view.passages
    number = passages.statement_at(mention.first)
    said = passages.statements[number]
    zone = said.zone
    group = "decides" if zone in view.decided else "older"
    yield f"zone={zone}"
    yield f"zone={zone}/{group}/{mention.kind}"
    why = mention.why.split(" under ")[0]
    yield f"why={why}"
    yield f"why={why}/{zone}"
    first = min((one.first for one in passages.statements if one.zone == zone), default=0)
    yield from (f"deep>{step}" for step in (20, 60, 150, 400) if mention.first - first > step)
    if said.label:
        yield f"label={said.label.split()[0]}"
        yield f"field={bool(SERVICE_FIELDS.match(said.label))}"
    if said.asks:
        yield "asked"
    before = masked[max(said.first, mention.first - _AROUND) : mention.first]
    after = masked[mention.last : min(said.last, mention.last + _AROUND)]
    yield from of_words_around(before, after)
    if len(before) > 1:
        yield f"b12:{before[-2]} {before[-1]}"
    if len(after) > 1:
        yield f"a12:{after[0]} {after[1]}"
    yield from _of_cues(mention, by_statement.get(number, []), "same")
    for other in (number - 1, number + 1):
        if 0 <= other < len(passages.statements) and passages.statements[other].zone == zone:
            yield from _of_cues(mention, by_statement.get(other, []), "next")


def _of_cues(mention: Mention, hits: Sequence[Hit], where: str) -> Iterator[str]:
    for hit in hits:
        side = "before" if hit.last <= mention.first else "after"
        for kind in _STATES:
            weight = hit.cue.speaks.get(kind, 0)
            if weight:
                yield f"{where}:{kind}:{hit.turn}"
                if where == "same":
                    away = (
                        mention.first - hit.last if side == "before" else hit.first - mention.last
                    )
                    near = "near" if away <= 3 else "mid" if away <= 8 else "far"
                    yield f"{kind}:{hit.turn}:{side}:{near}"


def _masked(view: View, judged: Sequence[Mention]) -> list[str]:
    words = list(view.passages.words)
    for item in judged:
        if item.kind != "said":
            words[item.first : item.last] = ["SERVICE"] * (item.last - item.first)
    return words
