"""Tells which of the services that a document names are affected, by what is said around the names.

In a service field or beside words of trouble, work or recovery a service is affected; said to
work, named as another way or as a cause it is not. The sender's own words decide before what
they passed on, and that before older mail. What people call a function ("my refills") counts
only where no service is named, and sign-in trouble only where no credential is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifiers.contract import Event, Evidence
from classifiers.cues import CLAUSE_MARKS, Cues, Hit
from classifiers.forms import SourceForm
from classifiers.pages import Zone
from classifiers.passages import Passages, Statement
from classifiers.services import SERVICE_FIELDS, Catalogue, Mention

SIGN_IN = "usip"  # sign-in trouble that names no credential
_STATES = ("outage", "degradation", "trouble", "maintenance", "cancelled", "resolved", "blocked")
_TOPICS = re.compile(
    r"(?:topic|sub ?topic|category|case category|subject|short description|title|summary"
    r"|description|asunto|tema|affected|impacted|cred|credential|page|url|what|event|name|issue|problem)\b"
)
_CREDENTIAL = re.compile(r"cred|account used|how (?:do|did|are) you sign|sign in (?:with|method)")
_TOPIC = "named in the subject"
_JOINS = {",", "and", "or", "/", "&", "y", "e", "the", "plus", "as", "well"}
_SYSTEMS = {
    "page", "pages", "system", "service", "services", "api", "tool", "portal", "app", "site",
    "form", "server", "servers", "calls", "interface", "application", "login", "database", "prod",
}  # fmt: skip


@dataclass(slots=True)
class Affected:
    """The affected services in the order they are named, with evidence and doubts."""

    ids: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[str, ...] = ()
    confidence: float = 0.6


def find_affected(
    catalogue: Catalogue,
    mentions: list[Mention],
    cues: Cues,
    *,
    decided: tuple[Zone, ...],
    event: Event,
    form: SourceForm,
) -> Affected:
    """The services that the document says are affected (or, if over, were affected).

    `decided` are the zones that told the event: where the sender's own words did not, what
    they passed on names the services.
    """
    if event in {"question", "info", "noise"}:
        return Affected(confidence=0.85)
    passages = cues.passages
    judged = judge_mentions(cues, mentions, form)
    named = [item for item in judged if item.kind != "said"]
    settled = event in {"resolved", "cancelled"}
    first = ("subject", "own") if "own" in decided else decided
    for zones in (first, ("subject", "own", "forwarded"), _ALL):
        chosen = _without_causes(passages, _choose(passages, named, zones), catalogue)
        if chosen:
            return _answer(passages, chosen, catalogue)
        if zones == ("subject", "own") and passages.has("own", 25) and not settled:
            chosen = _by_function(passages, judged, zones)
            if chosen:
                return _answer(passages, chosen, catalogue, 0.6)
    chosen = _by_function(passages, judged, _ALL)
    if chosen:
        return _answer(passages, chosen, catalogue, 0.55)
    document = passages.document
    paths = catalogue.in_addresses(document.text)
    if paths:
        return Affected((paths[0],), (), (), 0.55)
    if form.word == "signin_help" and SIGN_IN in catalogue.services:
        return Affected((SIGN_IN,), (), (), 0.6)
    return Affected((), (), ("no service is named",), 0.4)


_ALL: tuple[Zone, ...] = ("subject", "own", "forwarded", "history")


def judge_mentions(cues: Cues, mentions: list[Mention], form: SourceForm) -> list[Mention]:
    """Each mention with how much the words around say that its service is affected, and why."""
    by_statement: dict[int, list[Hit]] = {}
    for hit in cues.hits:
        by_statement.setdefault(hit.statement, []).append(hit)
    judged = _judge_all(cues.passages, by_statement, mentions)
    return [item for item in judged if item.id not in form.speaks_as or "beside" in item.why]


def _judge_all(
    passages: Passages, by_statement: Mapping[int, list[Hit]], mentions: list[Mention]
) -> list[Mention]:
    beside: dict[int, list[Mention]] = {}
    for mention in mentions:
        beside.setdefault(passages.statement_at(mention.first), []).append(mention)
    said = {mention.id for mention in mentions if mention.kind == "said"}
    return [
        _judge(passages, by_statement, number, mention, row)
        for number, row in beside.items()
        for mention in row
        if mention.kind != "shared" or mention.id in said
    ]


def _judge(
    passages: Passages,
    by_statement: Mapping[int, list[Hit]],
    number: int,
    mention: Mention,
    mentions: list[Mention],
) -> Mention:
    said = passages.statements[number]
    hits = by_statement.get(number, [])
    refusal = _refused(passages, hits, mention, mentions)
    if refusal:
        return mention._replace(score=-2.0 if refusal == "fine" else 0.0, why=refusal)
    score, why = _beside(passages, hits, mention)
    if said.zone == "subject":
        score, why = score + 2.5, why or _TOPIC
    if said.label and SERVICE_FIELDS.match(said.label):
        score, why = score + 6, "stands in a service field"
    elif said.label and (_CREDENTIAL.match(said.label) or _TOPICS.match(said.label)):
        score, why = score + 2, why or f"stands under {said.label}"
    if not score and _near_trouble(passages, by_statement, said, number):
        score, why = 1.0, "named near what happened"
    if mention.kind == "ambiguous" and score < 2.5 and not _called_a_system(passages, mention):
        score = 0.0
    if mention.kind == "place" and score < 6 and not _directly_before(hits, mention):
        score = 0.0
    return mention._replace(score=score, why=why)


def _refused(passages: Passages, hits: list[Hit], mention: Mention, mentions: list[Mention]) -> str:
    """ "fine", "instead" or "dependency" where the words around say that it is not affected."""
    after = _end_of_list(passages, mention, mentions)
    for hit in hits:
        speaks = hit.cue.speaks
        if hit.last <= mention.first and _joined(passages, hit.last, mention.first, mentions):
            if "fine" in speaks and hit.turn == "" and not _state(hit):
                return "fine"
            if "instead" in speaks and not _state(hit) and not _tried_in_vain(hit, hits):
                return "instead"
            if "dependency" in speaks and not _state(hit):
                return "dependency"
        near = after <= hit.first <= after + 5 and _same_clause(passages, after, hit.first)
        if near and "fine" in speaks and hit.turn in {"", "future"}:
            between = [other for other in mentions if mention.last <= other.first < hit.first]
            listed = all(other.last <= after for other in between)
            stronger = any(_denies_well(other, hit, after) for other in hits)
            if listed and not stronger:
                return "fine"
    return ""


def _denies_well(other: Hit, fine: Hit, after: int) -> bool:
    """True if it fails before it is "fine", or works only in part ("works every third time")."""
    if "outage" in other.cue.speaks and after <= other.first < fine.first:
        return True
    return "partial" in other.cue.speaks and 0 <= other.first - fine.last <= 4


def _called_a_system(passages: Passages, mention: Mention) -> bool:
    return passages.words[mention.last] in _SYSTEMS


def _tried_in_vain(hit: Hit, hits: list[Hit]) -> bool:
    """True for the "sign in with" of "cannot sign in with X": it is X that fails."""
    return any(
        other.first < hit.first <= other.last
        and ("blocked" in other.cue.speaks or "trouble" in other.cue.speaks)
        for other in hits
    )


def _state(hit: Hit) -> bool:
    return any(kind in hit.cue.speaks for kind in ("outage", "degradation", "maintenance"))


def _joined(passages: Passages, end: int, start: int, mentions: list[Mention]) -> bool:
    """True if nothing but articles and other names of one list stand between."""
    place = end
    while place < start:
        other = next((item for item in mentions if item.first == place), None)
        if other is not None:
            place = other.last
        elif passages.words[place] in _JOINS:
            place += 1
        else:
            return False
    return True


def _end_of_list(passages: Passages, mention: Mention, mentions: list[Mention]) -> int:
    """Where the list "A, B and C" that `mention` stands in ends."""
    end = mention.last
    for other in mentions:
        if other.first > end and other.first - end <= 3:
            between = passages.words[end : other.first]
            if between and all(word in _JOINS for word in between):
                end = other.last
    return end


_FAR = (
    60  # words: no clause is longer, and text without any mark must not cost more than its length
)


def _same_clause(passages: Passages, first: int, last: int) -> bool:
    stops = CLAUSE_MARKS | {"but", "while", "although", "though", "however", "pero", "aunque"}
    return last - first <= _FAR and not any(word in stops for word in passages.words[first:last])


def _beside(passages: Passages, hits: list[Hit], mention: Mention) -> tuple[float, str]:
    best, why = 0.0, ""
    for hit in hits:
        strength = max((hit.cue.speaks.get(kind, 0) for kind in _STATES), default=0)
        if not strength or hit.turn in {"denied", "if"}:
            continue
        low, high = min(hit.last, mention.last), max(hit.first, mention.first)
        together = _same_clause(passages, low, high) if low < high else True
        score = 3.0 if together else 2.0
        if strength == 1:
            score -= 0.5
        if score > best:
            best, why = score, f"beside what is {hit.cue.why}"
    return best, why


def _directly_before(hits: list[Hit], mention: Mention) -> bool:
    """True if a word of trouble follows at once, or stands just before ("outage of VA.gov")."""
    return any(
        -1 <= hit.first - mention.last <= 2 or 0 <= mention.first - hit.last <= 1
        for hit in hits
        if any(kind in hit.cue.speaks for kind in ("outage", "degradation", "maintenance"))
        and hit.turn not in {"denied", "if"}
    )


def _near_trouble(
    passages: Passages, by_statement: Mapping[int, list[Hit]], said: Statement, number: int
) -> bool:
    for other in (number - 1, number + 1, number + 2):
        if 0 <= other < len(passages.statements):
            near = passages.statements[other]
            if near.zone != said.zone or abs(near.paragraph - said.paragraph) > 1:
                continue
            if any(
                hit.cue.speaks.get(kind, 0) >= 2 and hit.turn == ""
                for hit in by_statement.get(other, [])
                for kind in _STATES
            ):
                return True
    return False


def _choose(passages: Passages, judged: list[Mention], zones: Iterable[Zone]) -> dict[str, Mention]:
    """The best mention of each affected service within the zones, in the order they stand."""
    inside = [
        item
        for item in judged
        if passages.statements[passages.statement_at(item.first)].zone in zones
    ]
    well = {_name(passages, item) for item in inside if item.why == "fine"}
    best: dict[str, Mention] = {}
    for item in inside:
        if item.score > 0 and (item.id not in best or item.score > best[item.id].score):
            best[item.id] = item
    best = {
        key: item
        for key, item in best.items()
        if _name(passages, item) not in well or item.score >= 5.5
    }
    in_fields = {key: item for key, item in best.items() if item.score >= 6}
    if in_fields:
        return in_fields
    strong = {key: item for key, item in best.items() if item.score >= 2.5}
    if any(item.score >= 3 for item in strong.values()):
        strong = {key: item for key, item in strong.items() if item.why != _TOPIC}
    if strong:
        return strong
    top = max((item.score for item in best.values()), default=0.0)
    return {key: item for key, item in best.items() if item.score == top}


def _without_causes(
    passages: Passages, chosen: dict[str, Mention], catalogue: Catalogue
) -> dict[str, Mention]:
    """Leave out what another of them needs, where the two stand in one statement and no list."""
    needs = {
        (other, passages.statement_at(item.first)): item
        for key, item in chosen.items()
        for other in catalogue.services[key].depends_on
    }
    kept = {}
    for key, item in chosen.items():
        by = needs.get((key, passages.statement_at(item.first)))
        low, high = (item, by) if by is None or item.first < by.first else (by, item)
        if by is None or high is None or _joined(passages, low.last, high.first, []):
            kept[key] = item
    return kept


def _name(passages: Passages, mention: Mention) -> tuple[str, ...]:
    return tuple(passages.words[mention.first : mention.last])


def _by_function(
    passages: Passages, judged: list[Mention], zones: Iterable[Zone]
) -> dict[str, Mention]:
    """The service whose function the trouble is said to hit; sign-in only if nothing else is."""
    said = [item for item in judged if item.kind == "said" and item.score >= 1]
    chosen = _choose(passages, said, zones)
    others = {key: item for key, item in chosen.items() if key != SIGN_IN}
    if not others:
        return chosen
    best = max(others.values(), key=lambda item: item.score)
    return {best.id: best}


def _answer(
    passages: Passages,
    chosen: Mapping[str, Mention],
    catalogue: Catalogue,
    confidence: float | None = None,
) -> Affected:
    ordered = sorted(chosen.values(), key=lambda item: item.first)
    weakest = min(item.score for item in ordered)
    if confidence is None:
        confidence = 0.88 if weakest >= 5 else 0.8 if weakest >= 2.5 else 0.55
    if len(ordered) > 3 and weakest < 6:
        confidence -= 0.15
    evidence = tuple(
        passages.evidence(item.first, item.last, f"{item.id}: {item.why}") for item in ordered
    )
    doubts = ("the service is only mentioned",) if weakest < 2 else ()
    return Affected(
        tuple(item.id for item in ordered if item.id in catalogue.services),
        evidence,
        doubts,
        confidence,
    )
