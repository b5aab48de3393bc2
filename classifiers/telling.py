"""Tells which words of a document are heard, and how strongly they speak for each kind of cue.

The newest statement wins: the sender's own words decide, and only where they say nothing of
it what they passed on; older mail below tells of the trouble as it was, for what is over.
What a form files its writer's words under is no word of theirs.
"""

import re
from typing import NamedTuple

from classifiers.contract import Document, Event, Source
from classifiers.cues import EVENT_KINDS, Cues, Hit
from classifiers.pages import Zone

OWN: tuple[Zone, ...] = ("subject", "own")
FORWARD: tuple[Zone, ...] = ("subject", "forwarded")
PASSED_ON: tuple[Zone, ...] = ("subject", "own", "forwarded")
ALL: tuple[Zone, ...] = ("subject", "own", "forwarded", "history")
FORMS: frozenset[Source] = frozenset({"signin_help", "inquiry", "survey", "contact_center"})
_FILING: frozenset[Source] = FORMS | {"chat_relay", "service_desk"}
_FILED = re.compile(
    r"(?:(?:case|inquiry|request|issue|call|contact|record|main|your) )?(?:sub ?)?"
    r"(?:topic|category|type|queue|kind|classification)(?: level \d)?$"
    r"|(?:call|case|contact) reason$|reason for (?:the )?(?:call|contact)$|survey(?: name)?$"
    r"|(?:sub ?)?(?:tema|categoria|tipo)\b"
)


class Weights(NamedTuple):
    """How strongly the cues of some zones speak for each kind."""

    outage: float
    degradation: float
    trouble: float
    maintenance: float
    cancelled: float
    resolved: float
    question: float
    info: float
    blocked: float
    partial: float
    none: float
    flat: float
    bare: float
    me: float
    we: float
    many: float
    all: float
    some: float
    part: float
    group: float
    planned: float
    moved: float
    retract: float
    still: float
    workaround: float
    fails_too: float

    @property
    def problem(self) -> float:
        """How strongly they speak of anything wrong now."""
        return max(self.outage, self.degradation, self.trouble)


class Told(NamedTuple):
    """What some zones of a document tell."""

    zones: tuple[Zone, ...]
    weights: Weights


def tell(cues: Cues, source: Source, event: Event | None = None) -> Told:
    """What the zones that decide tell; of an `event` that is over, older mail tells too."""
    zones = ALL if event == "resolved" else deciding_zones(cues)
    weights = _weigh(cues, zones)
    if weights.bare and not weights.me and source not in FORMS:
        weights = weights._replace(flat=weights.flat + weights.bare)
    return Told(zones, weights)


def _weigh(cues: Cues, zones: tuple[Zone, ...]) -> Weights:
    """The weights of `zones`; the subject of a reply counts little, being older than the reply."""
    reply = cues.passages.has("own") and _is_reply(cues.passages.document)
    if reply and "subject" in zones and "history" not in zones:
        zones = tuple(zone for zone in zones if zone != "subject")
    found = {kind: cues.weight(kind, zones) for kind in Weights._fields}
    future = max(cues.weight(kind, zones, ("future",)) for kind in ("outage", "degradation"))
    if future >= 2 and found["planned"]:
        found["maintenance"] += 2
    labels = _labels(cues)
    if "start" in labels and labels & {"end", "finish"}:
        found["maintenance"] += 3
        found["planned"] += 1
    unsolved = cues.weight("resolved", zones, ("denied",))
    if unsolved:
        found["still"] += 1
        found["trouble"] += 2
    return Weights(**found)


def _labels(cues: Cues) -> set[str]:
    """First and last words of the labels: "start time" and "planned start" are both `start`."""
    labels = [said.label.split() for said in cues.passages.statements if said.label]
    return {word for label in labels for word in (label[0], label[-1])}


def _is_reply(document: Document) -> bool:
    return document.subject.lstrip().lower().startswith(("re:", "aw:", "sv:", "rv:")) and not (
        document.forwarded_text
    )


def heard(cues: Cues, source: Source) -> Cues:
    """The cues without those of the fields under which a form files what its writer says.

    "Category: technical problems" is somebody's list, the comment below it the writer's words:
    the list is only heard where the words tell nothing.
    """
    if source not in _FILING:
        return cues
    statements = cues.passages.statements
    filed = {number for number, said in enumerate(statements) if _FILED.match(said.label)}
    kept = [hit for hit in cues.hits if hit.statement not in filed]
    tells = any(
        hit.turn == "" and statements[hit.statement].zone == "own" and _tells(hit) for hit in kept
    )
    asks = any(said.asks and said.zone == "own" for said in statements)
    return Cues(cues.passages, kept) if filed and (tells or asks) else cues


def _tells(hit: Hit) -> bool:
    return any(kind in hit.cue.speaks for kind in EVENT_KINDS)


def deciding_zones(cues: Cues) -> tuple[Zone, ...]:
    """The zones that decide the event.

    What was passed on counts if its sender adds little, and alone if they add nothing: then
    the small talk around it ("I got this late, sorry") speaks of nobody's trouble.
    """
    if not cues.passages.has("forwarded"):
        return OWN
    own, passed_on = _telling(cues, "own"), _telling(cues, "forwarded")
    if own >= 4 or cues.weight("trouble", ("own",)) >= 3:
        return OWN
    return PASSED_ON if own or not passed_on else FORWARD


def _telling(cues: Cues, zone: Zone) -> float:
    """How strongly a zone tells of anything that happens."""
    telling = set(EVENT_KINDS) - {"info", "question"}
    return max(cues.weight(kind, (zone,)) for kind in telling)
