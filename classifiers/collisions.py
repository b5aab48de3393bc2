"""Names of a catalogue that would mislead: what `triage catalogue check` finds.

Each name is tried in a sentence, as mail would say it, and must be read as its own service. What
only may mislead (an everyday word, a name one slip away from another's) is told as a risk.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
from spacy.lang.es.stop_words import STOP_WORDS as SPANISH

from classifiers.contract import Document
from classifiers.rulebook import Rulebook
from classifiers.services import Kind, Service, is_slip
from classifiers.words import plain

_SENTENCE = "{name} is down since this morning, nobody can use it."
_SHORTEST = 3  # letters of a name in small letters that stands for a service wherever it stands
# What mail about any service says, in words of every day.
_EVERYDAY = frozenset({
    "access", "account", "app", "apps", "claim", "claims", "forms", "help", "login", "mail",
    "mobile", "network", "online", "page", "password", "portal", "profile", "search", "service",
    "services", "sign", "site", "status", "support", "system", "team", "user", "users", "web",
    "website",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a name of a service. A `risk` may be meant so."""

    service: str
    name: str
    problem: str
    remedy: str
    risk: bool = False


def find_collisions(rulebook: Rulebook) -> list[Finding]:
    """What a person should mend in the catalogue, collisions before risks."""
    found = [
        *_twice(rulebook),
        *_misread(rulebook),
        *_paths(rulebook),
        *_circles(rulebook.catalogue.services),
        *_everyday(rulebook),
        *_slips(rulebook),
    ]
    return sorted(dict.fromkeys(found), key=lambda one: (one.risk, one.service, one.name))


def _names(rulebook: Rulebook, *kinds: Kind) -> Iterator[tuple[str, str]]:
    for (service, kind), names in rulebook.catalogue.names.items():
        if kind in kinds:
            for name in names:
                yield service, name


def _twice(rulebook: Rulebook) -> Iterator[Finding]:
    """Names that two services have, other than as `shared`."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for service, name in _names(rulebook, "alias", "ambiguous", "place"):
        owners[" ".join(plain(name))].setdefault(service, name)
    for by_service in owners.values():
        for service, name in by_service.items() if len(by_service) > 1 else ():
            others = ", ".join(other for other in by_service if other != service)
            remedy = "give it to one of them, or to each as `shared` with `said` words"
            yield Finding(service, name, f"{others} has this name too", remedy)


def _misread(rulebook: Rulebook) -> Iterator[Finding]:
    """Names that, said in a sentence, are not read as their service."""
    for service, name in _names(rulebook, "alias", "ambiguous", "place"):
        text = _SENTENCE.format(name=name)
        view = rulebook.doc(Document(text=text, reply_text=text)).user_data["view"]
        read = {mention.id for mention in view.mentions if mention.kind != "said"}
        if service in {mention.id for mention in view.mentions}:
            continue
        if not plain(name):
            yield Finding(service, name, "it has no word in it", "take it out")
        elif read:
            others = ", ".join(sorted(read))
            yield Finding(service, name, f"it is read as {others}", "word one of them otherwise")
        else:
            yield Finding(service, name, "it is not found in a text", "write it as people do")


def _paths(rulebook: Rulebook) -> Iterator[Finding]:
    """Web paths that stand inside another service's."""
    paths = rulebook.catalogue.paths
    for (one, service), (other, owner) in combinations(paths, 2):
        if service != owner and (one in other or other in one):
            longer = max(one, other, key=len)
            problem = f"the path of {owner if longer == one else service} is part of it"
            mine = service if longer == one else owner
            yield Finding(mine, longer, problem, "make both paths longer", risk=True)


def _circles(services: dict[str, Service]) -> Iterator[Finding]:
    """Services that need themselves."""
    for start, service in services.items():
        seen, waiting = set(), list(service.depends_on)
        while waiting:
            one = waiting.pop()
            if one == start:
                remedy = "take one of the depends_on out"
                yield Finding(start, start, "it needs itself in the end", remedy)
                break
            if one not in seen:
                seen.add(one)
                waiting += services[one].depends_on


def _everyday(rulebook: Rulebook) -> Iterator[Finding]:
    """Names that stand for a service wherever they stand, and are words of every day."""
    for service, name in _names(rulebook, "alias"):
        words = plain(name)
        if len(words) != 1:
            continue
        (word,) = words
        common = word in ENGLISH or word in SPANISH or word in _EVERYDAY
        if common or (len(word) <= _SHORTEST and name.islower()):
            problem = "it is a word of every day" if common else "it is very short"
            yield Finding(service, name, problem, "make it `ambiguous`", risk=True)


def _slips(rulebook: Rulebook) -> Iterator[Finding]:
    """Long names that are a slip of the pen away from another service's."""
    for row in rulebook.catalogue.long_words.values():
        for (one, service), (other, owner) in combinations(sorted(set(row)), 2):
            if service != owner and one != other and is_slip(one, other):
                problem = f"it is nearly {other}, a name of {owner}"
                yield Finding(service, one, problem, "name one of them otherwise", risk=True)
