"""The catalogue of services, from `data/services/`, and where a document names them.

Names are found as whole words, however they are joined or capitalized; a long one also where
it is misspelt. A short name that is an everyday word too counts only as it is written. What a
mention is worth, `classifiers.affected` judges.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from rapidfuzz import fuzz
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.passages import Passages
from classifiers.tables import Table, read_folder
from classifiers.words import plain

_KEYS = (
    "id", "name", "aliases", "ambiguous", "shared", "places", "said", "paths", "features",
    "depends_on", "owner", "kind", "pagerduty_service_id", "note",
)  # fmt: skip
_NAMES = ("aliases", "ambiguous", "shared", "places")
Kind = Literal["alias", "ambiguous", "shared", "place", "said"]
_RANK: tuple[Kind, ...] = ("alias", "ambiguous", "place", "shared", "said")
SERVICE_FIELDS = re.compile(
    r"(?:external |business |affected |impacted |failing )?"
    r"(?:services?|systems?|components?|products?|applications?|apps?|configuration item|ci|monitor"
    r"|monitors?|checks?|hosts?|integration|partner system|servicios?|sistemas?)"
    r"(?: affected| impacted| involved| name|\(s\)| \(s\)| afectado| afectados)?$"
)
_FUZZY = 87  # rapidfuzz ratio from which a long word is a misspelt name
_FUZZY_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Service:
    """A row of the catalogue."""

    id: str
    name: str
    features: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    owner: str = ""
    kind: str = "tracked"
    pagerduty_service_id: str | None = None
    aliases: tuple[str, ...] = ()


class Mention(NamedTuple):
    """A name in the words `first` to `last`, and how much it says that the service is affected."""

    id: str
    first: int
    last: int
    kind: Kind
    score: float = 0.0
    why: str = ""


@dataclass(slots=True)
class Catalogue:
    """The services, and the names by which text speaks of them."""

    services: dict[str, Service]
    _matcher: PhraseMatcher
    _meaning: dict[int, tuple[str, Kind]]
    names: dict[tuple[str, Kind], list[str]] = field(default_factory=dict)  # of each service
    _exact: dict[str, str] = field(default_factory=dict)  # ambiguous name -> as it must be written
    long_words: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    paths: list[tuple[str, str]] = field(default_factory=list)

    def mentions(self, doc: Doc, passages: Passages) -> list[Mention]:
        """Every name in the document, in order; of names inside each other the longest."""
        found: list[tuple[int, int, str, Kind]] = []
        for key, first, last in self._matcher(doc):
            service, kind = self._meaning[key]
            if kind != "ambiguous" or self._as_written(passages, first, last):
                found.append((first, last, service, kind))
        found += self._misspelt(passages)
        found.sort(key=lambda item: (item[0], -item[1], _RANK.index(item[3])))
        mentions: list[Mention] = []
        for first, last, service, kind in found:
            before = mentions[-1] if mentions else None
            inside = before and first >= before.first and last <= before.last
            same = before and (first, last) == (before.first, before.last)
            if not inside or (same and before is not None and before.kind == kind == "shared"):
                mentions.append(Mention(service, first, last, kind))
        return mentions

    def _as_written(self, passages: Passages, first: int, last: int) -> bool:
        """A short ambiguous name in capitals counts only in capitals, or in a service field."""
        name = " ".join(passages.words[first:last])
        wanted = self._exact.get(name, "")
        if len(wanted) > 4 or not any(letter.isupper() for letter in wanted[1:]):
            return True
        start, end = passages.places[first][0], passages.places[last - 1][1]
        said = passages.statements[passages.statement_at(first)]
        if said.label and SERVICE_FIELDS.match(said.label):
            return True
        text = passages.document.subject if said.zone == "subject" else passages.document.text
        return text[start:end] == wanted

    def _misspelt(self, passages: Passages) -> list[tuple[int, int, str, Kind]]:
        found: list[tuple[int, int, str, Kind]] = []
        known: dict[str, str] = {}
        for place, word in enumerate(passages.words):
            if len(word) >= _FUZZY_LENGTH and word[0] in self.long_words:
                if word not in known:
                    known[word] = self._meant_by(word)
                if known[word]:
                    found.append((place, place + 1, known[word], "alias"))
        return found

    def _meant_by(self, word: str) -> str:
        """The service whose name `word` misspells, "" for none."""
        for name, service in self.long_words[word[0]]:
            if word != name and is_slip(name, word):
                return service
        return ""

    def in_addresses(self, text: str) -> list[str]:
        """The services whose web paths stand in `text`."""
        if "/" not in text:
            return []
        return [service for path, service in self.paths if path in text]


def is_slip(name: str, word: str) -> bool:
    """Whether `word` is `name` with a slip of the pen."""
    return abs(len(name) - len(word)) <= 2 and fuzz.ratio(name, word) >= _FUZZY


def load_catalogue(vocab: Vocab, data: Path, overlay: Path | None) -> Catalogue:
    """Read every file of `services/`. Raises ValueError naming file, key and remedy."""
    services: dict[str, Service] = {}
    catalogue = Catalogue(services, PhraseMatcher(vocab), {})
    rows: list[Table] = []
    for table in read_folder("services", data, overlay, whole=True):
        table.known(("service",))
        rows += table.rows("service")
    for row in rows:
        row.known(_KEYS)
        service = _service(row)
        if service.id in services:
            raise row.error("id", f"{service.id} stands twice: give each service one row")
        services[service.id] = service
        _add_names(catalogue, row, service)
    for row in rows:
        for other in row.texts("depends_on"):
            if other not in services:
                raise row.error("depends_on", f"no service {other}: add its row, or take it out")
    for number, ((service_id, kind), phrases) in enumerate(catalogue.names.items()):
        key = f"service:{number}"
        docs = [Doc(vocab, words=words) for words in map(plain, phrases) if words]
        if docs:
            catalogue._matcher.add(key, docs)
            catalogue._meaning[vocab.strings[key]] = (service_id, kind)
    return catalogue


def _service(row: Table) -> Service:
    kind = row.text("kind", "tracked")
    if kind not in {"tracked", "related"}:
        raise row.error("kind", '"tracked" or "related" is needed')
    return Service(
        row.text("id"), row.text("name"), row.texts("features"), row.texts("depends_on"),
        row.text("owner", ""), kind, row.text("pagerduty_service_id", "") or None,
        tuple(name for key in _NAMES for name in row.texts(key)),
    )  # fmt: skip


def _add_names(catalogue: Catalogue, row: Table, service: Service) -> None:
    short = service.name.split(" (", maxsplit=1)[0]
    careful = (*row.texts("ambiguous"), *row.texts("shared"), *row.texts("places"))
    taken = {name.lower() for name in careful}
    own = [*row.texts("aliases"), *([] if short.lower() in taken else [short])]
    if service.id not in taken and (len(service.id) > 4 or not service.id.isalpha()):
        own.append(service.id)
    names = catalogue.names
    names[service.id, "alias"] = own
    names[service.id, "ambiguous"] = list(row.texts("ambiguous"))
    names[service.id, "shared"] = list(row.texts("shared"))
    names[service.id, "place"] = list(row.texts("places"))
    names[service.id, "said"] = list(row.texts("said"))
    for name in row.texts("ambiguous"):
        catalogue._exact[" ".join(plain(name))] = name
    for name in own:
        words = plain(name)
        if len(words) == 1 and len(words[0]) >= _FUZZY_LENGTH and words[0].isalpha():
            catalogue.long_words.setdefault(words[0][0], []).append((words[0], service.id))
    catalogue.paths += [(path, service.id) for path in row.texts("paths")]
