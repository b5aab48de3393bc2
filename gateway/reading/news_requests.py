"""What people ask of our news by mail: `subscribe idme`, `unsubscribe`, `list`, `help`.

In English and Spanish, as the subject or as the first line. A report of trouble must never be
taken for such a request, so a line counts only if it is one as a whole: its verb first, then
nothing but names of services and words for what of and how often. `help` counts only where
nothing else is written. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

Verb = Literal["subscribe", "unsubscribe", "list", "help"]
_VERBS: dict[tuple[Verb, str], str] = {
    ("unsubscribe", "en"): r"unsubscribe|unsub|stop news",
    ("unsubscribe", "es"): r"(?:darme |darse |dar )?(?:de )?baja|desuscrib\w+"
    r"|(?:cancelar|anular) (?:la |mi )?suscripcion",
    ("subscribe", "en"): r"subscribe",
    ("subscribe", "es"): r"suscrib(?:ir|irme|irse|ame|eme)|suscripcion",
    ("list", "en"): r"list|subscriptions",
    ("list", "es"): r"lista|suscripciones",
    ("help", "en"): r"help",
    ("help", "es"): r"ayuda",
}
_VERB = {key: re.compile(rf"(?:{pattern})(?![\w-])") for key, pattern in _VERBS.items()}
_MARKS = re.compile(r"^(?:(?:re|fwd?|aw|wg|rv)\s*:\s*)+", re.IGNORECASE)
_POLITE = re.compile(r"^(?:please|por favor)[ ,]+")
_TAG = re.compile(r"\[TG-\d+\]")
_FILLING = {
    "to", "from", "me", "please", "for", "about", "the", "and", "only", "news", "of", "us",
    "a", "de", "del", "por", "favor", "sobre", "la", "el", "y", "solo", "noticias", "en",
}  # fmt: skip
_WANTS = {
    "all": "all", "everything": "all", "todo": "all", "todos": "all", "todas": "all",
    "outage": "outages", "outages": "outages", "fallas": "outages", "falla": "outages",
    "maintenance": "maintenance", "mantenimiento": "maintenance", "mantenimientos": "maintenance",
}  # fmt: skip
_DIGEST = {
    "daily": "daily", "diario": "daily", "diaria": "daily",
    "weekly": "weekly", "semanal": "weekly", "digest": "daily", "resumen": "daily",
}  # fmt: skip
MOST_WORDS = 24
MISTYPED_WORDS = 3  # so many words may be a name that we do not know; more are a sentence
ENOUGH_TO_READ = 6  # a text of so many words says something of its own
NEAR = 3


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that we do not know, and the services that may be meant."""

    word: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `says_more`: beside it there is text that somebody should read.

    `everything`: of an unsubscription, that no service was named.
    """

    verb: Verb
    services: tuple[str, ...] = ()
    wants: str = "all"
    digest: str = "no"
    unknown: tuple[Unknown, ...] = ()
    says_more: bool = False
    language: str = "en"

    @property
    def everything(self) -> bool:
        """Whether it is about all services."""
        return not self.services and not self.unknown


class Names:
    """Names of services: ids, names and aliases, however they are written."""

    def __init__(self, names: Mapping[str, str], aliases: Mapping[str, Iterable[str]]) -> None:
        self._names = dict(names)
        self._ids: dict[str, set[str]] = {}
        for id_, name in names.items():
            for one in (id_, name, name.partition("(")[0], *aliases.get(id_, ())):
                if _key(one):
                    self._ids.setdefault(_key(one), set()).add(id_)
        # What is somebody's id is theirs, whoever else goes by that name.
        self._ids |= {_key(id_): {id_} for id_ in names}
        self._longest = max((len(_words(one)) for one in self._spoken(aliases)), default=1)

    def _spoken(self, aliases: Mapping[str, Iterable[str]]) -> Iterable[str]:
        yield from self._names.values()
        for some in aliases.values():
            yield from some

    def among(self, words: list[str]) -> tuple[list[str], list[list[str]]]:
        """The services that `words` name, and the words between them that name none or several."""
        found: list[str] = []
        rest: list[list[str]] = [[]]
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                ids = self._ids.get(_key(" ".join(words[at : at + length])), set())
                if len(ids) == 1:
                    found += ids
                    rest.append([])
                    at += length
                    break
            else:
                rest[-1].append(words[at])
                at += 1
        return list(dict.fromkeys(found)), [one for one in rest if one]

    def near(self, word: str) -> tuple[str, ...]:
        """Names of services that may be meant by it."""
        key = _key(word)
        same = self._ids.get(key, set())
        inside = {i for k, ids in self._ids.items() if len(key) > 3 and key in k for i in ids}
        alike = get_close_matches(key, self._ids, NEAR, 0.7)
        ids = [*sorted(same), *(i for k in alike for i in sorted(self._ids[k])), *sorted(inside)]
        return tuple(f"{self._names[i]} ({i})" for i in dict.fromkeys(ids))[:NEAR]


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


def _key(text: str) -> str:
    return "".join(c for c in _plain(text) if c.isalnum())


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;:()\"'“”«»]+", text) if word.strip(".!?-")]


def request_in(subject: str, text: str, names: Names) -> Request | None:
    """What a mail asks of our news, None if nothing of the kind. `text` is what is new in it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = _in_line(lines[0], names) if lines else None
    if first is not None:
        if first.verb in {"help", "list"} and len(lines) > 1 and _says(lines[1:]):
            return None
        return _with_more(first, lines[1:])
    found = _in_line(_TAG.sub("", _MARKS.sub("", subject.strip())), names)
    if found is None:
        return None
    if _says(lines) and (found.verb in {"help", "list"} or found.unknown):
        return None
    return _with_more(found, lines)


def _with_more(found: Request, lines: list[str]) -> Request | None:
    if not _says(lines):
        return found
    if found.unknown:
        return None
    return replace(found, says_more=True)


def _says(lines: list[str]) -> bool:
    """Whether these lines say something; a greeting or a name does not."""
    return len(_words(" ".join(lines))) >= ENOUGH_TO_READ


def _in_line(line: str, names: Names) -> Request | None:
    plain = _POLITE.sub("", _plain(line[:500]).strip(" .!#*>-\t"))
    for (verb, language), pattern in _VERB.items():
        match = pattern.match(plain)
        if match:
            found = _asked(verb, _words(plain[match.end() :]), names)
            return found and replace(found, language=language)
    return None


def _asked(verb: Verb, words: list[str], names: Names) -> Request | None:
    words = [word.strip(".!?") for word in words]
    if len(words) > MOST_WORDS or (verb in {"list", "help"} and words):
        return None
    services, between = names.among(words)
    wants, digest = "all", "no"
    strange: list[str] = []
    for some in between:
        unknown = []
        for word in some:
            if word in _WANTS:
                wants = _WANTS[word]
            elif word in _DIGEST:
                digest = _DIGEST[word]
            elif word not in _FILLING:
                unknown.append(word)
        if unknown:
            strange.append(" ".join(unknown))
    if sum(len(one.split()) for one in strange) > MISTYPED_WORDS - bool(services):
        return None  # a sentence that happens to begin with the verb
    unknowns = tuple(Unknown(one, names.near(one)) for one in strange)
    return Request(verb, tuple(services), wants, digest, unknowns)
