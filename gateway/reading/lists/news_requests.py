"""What people ask of our news by mail: `subscribe idme`, `unsubscribe`, `list`, `help`.

In English and Spanish, as the subject or as the first line. A report of trouble must never be
taken for such a request, so a line counts only if it is one as a whole: its verb first, then
nothing but names of services and words for what of and how often. `help`, `list` and a mistyped
name count only where nothing else is written but a greeting and the writer's name; nothing that
is passed on counts at all. In doubt it is a report. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from gateway.reading.quoted.quoting import is_forward_subject

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
_MARKS = re.compile(r"^(?:(?:re|aw|sv)\s*:\s*)+", re.IGNORECASE)
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
MOST_LINES = 20
MISTYPED_WORDS = 3  # so many words may be a name that we do not know; more are a sentence
NAME_WORDS = 4  # so many may be the name below "Regards,"
NEAR = 3
_CLOSING = {
    "thanks", "thank", "regards", "sincerely", "cheers", "best", "gracias", "saludos", "saludo",
    "atentamente", "cordialmente",
}  # fmt: skip
_COURTESY = _CLOSING | {
    "hi", "hello", "dear", "you", "kind", "warm", "many", "very", "much", "please", "team", "all",
    "hola", "estimados", "buenos", "buenas", "dias", "tardes", "muchas", "un", "cordial", "por",
    "favor", "yours", "in", "advance", "sent", "from", "my", "iphone", "ipad", "android",
}  # fmt: skip


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


def request_in(subject: str, text: str, names: Names, writer: str = "") -> Request | None:
    """What a mail asks of our news, None if nothing of the kind.

    `text` is what is new in it, `writer` who wrote it, as they are called.
    """
    if is_forward_subject(subject):
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found, rest = (_in_line(lines[0], names) if lines else None), lines[1:]
    if found is None:
        found, rest = _in_line(_TAG.sub("", _MARKS.sub("", subject.strip())), names), lines
    elif _reports(subject, names):
        rest = [subject, *rest]
    if found is None or not says(rest, names, writer):
        return found
    if found.verb in {"help", "list"} or found.unknown:
        return None
    return replace(found, says_more=True)


def _reports(subject: str, names: Names) -> bool:
    """Whether the subject above a request names one of our services, and asks nothing itself."""
    bare = _TAG.sub("", _MARKS.sub("", subject.strip()))
    return bool(names.among(_words(_plain(bare))[:100])[0]) and _in_line(bare, names) is None


def says(lines: Sequence[str], names: Names, writer: str = "") -> bool:
    """Whether these lines say something: a greeting, and the name of who wrote them, do not."""
    courteous = _COURTESY | set(_words(_plain(writer)))
    closed = False
    for line in lines[:MOST_LINES]:
        words = [word.strip(".!?-*_") for word in _words(_plain(line[:500]))]
        own = [word for word in words if word and word not in courteous]
        if own:
            if not closed or len(words) > NAME_WORDS or not _is_name(line, names):
                return True
            closed = False  # one name
        elif _CLOSING & set(words):
            closed = True
    return len(lines) > MOST_LINES


def _is_name(line: str, names: Names) -> bool:
    """Whether a line below "Regards," may be a person's name."""
    words = line.split()
    return all(word[0].isupper() for word in words) and not names.among(_words(_plain(line)))[0]


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
    if not all(one.near for one in unknowns):
        return None  # nothing of ours is meant: what is "broken" after the verb is reported
    return Request(verb, tuple(services), wants, digest, unknowns)
