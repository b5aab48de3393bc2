"""What `data/matching.toml` and the catalogue say of when mail is about the same incident.

Only read here; what is made of it, `gateway.incidents` says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifiers.tables import Table, read_file
from classifiers.words import plain

_SCORES = (
    "join", "suggest", "service", "several", "needed", "trouble", "asked", "soon", "later",
    "latest", "wording", "part", "code", "speaker", "window", "title", "moved", "otherwise",
    "elsewhere", "personal", "unsure", "apart",
)  # fmt: skip
_HOURS = ("soon", "later", "latest", "trouble", "planned", "flapping", "straggling")
_LIMITS = ("candidates", "terms", "words")
_MONITOR = ("fires", "goes_on", "clears", "filler")
_LISTS = ("systemic", "personal", "apart", "another", "smaller")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases by their first word: one look at each word of a text finds all that are in it."""

    by_start: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]

    def found(self, words: list[str]) -> set[str]:
        """What the phrases that stand in `words` mean."""
        return {meaning for _, meaning in self.places(words)}

    def places(self, words: list[str]) -> list[tuple[int, str]]:
        """Where each phrase stands, and what it means."""
        found = []
        for place, word in enumerate(words):
            for phrase, meaning in self.by_start.get(word, ()):
                if len(phrase) == 1 or tuple(words[place : place + len(phrase)]) == phrase:
                    found.append((place, meaning))
        return found


def phrases(pairs: Iterable[tuple[str, str]]) -> Phrases:
    """Of pairs of a phrase, as it is written, and what it means."""
    by_start: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for said, meaning in pairs:
        words = tuple(plain(said))
        if words:
            by_start.setdefault(words[0], []).append((words, meaning))
    return Phrases({start: tuple(found) for start, found in by_start.items()})


@dataclass(frozen=True, slots=True)
class Grouping:
    """The figures and words by which mail is grouped, and which service needs which.

    `needs` has for each service all that it needs, near or far; `names` finds services by name.
    """

    scores: Mapping[str, float]
    hours: Mapping[str, float]
    limits: Mapping[str, int]
    silent: frozenset[str]
    parts: Phrases
    broad: frozenset[str]
    environments: Phrases
    environment_words: Phrases
    systemic: Phrases
    personal: Phrases
    apart: Phrases
    another: Phrases
    smaller: Phrases
    monitor: Mapping[str, Phrases]
    needs: Mapping[str, frozenset[str]]
    names: Phrases
    name_words: Mapping[str, frozenset[str]]

    def words(self, text: str) -> list[str]:
        """The bare words of a text, as the phrases are compared with."""
        return plain(text)


def load_grouping(data: Path, overlay: Path | None, services: Iterable[Table]) -> Grouping:
    """Read `matching.toml`. Raises ValueError naming file, key and remedy."""
    file = read_file("matching.toml", data, overlay)
    file.known(("scores", "hours", "limits", "silent", "part", "environment", "monitor", *_LISTS))
    scores, hours, limits = file.table("scores"), file.table("hours"), file.table("limits")
    monitor, silent = file.table("monitor"), file.table("silent")
    for table, names in ((scores, _SCORES), (hours, _HOURS), (limits, _LIMITS),
                         (monitor, _MONITOR), (silent, ("words",))):  # fmt: skip
        table.known(names)
    rows = list(services)
    return Grouping(
        scores={name: scores.share(name) for name in _SCORES},
        hours={name: _number(hours, name) for name in _HOURS},
        limits={name: limits.number(name, 100) for name in _LIMITS},
        silent=frozenset(silent.texts("words")),
        parts=_named(file.rows("part"), ("name", "says", "broad")),
        broad=frozenset(row.text("name") for row in file.rows("part") if row.flag("broad")),
        environments=_named(file.rows("environment"), ("name", "says", "words")),
        environment_words=phrases(
            (word, row.text("name"))
            for row in file.rows("environment")
            for word in row.texts("words")
        ),
        **{name: _said(file.table(name), name) for name in _LISTS},
        monitor={name: phrases((one, name) for one in monitor.texts(name)) for name in _MONITOR},
        needs=_needs({row.text("id"): row.texts("depends_on") for row in rows}),
        names=phrases(
            (name, row.text("id"))
            for row in rows
            for name in (row.text("name"), *row.texts("aliases"))
        ),
        name_words={row.text("id"): frozenset(_words_of(row)) for row in rows},
    )


def _words_of(row: Table) -> Iterable[str]:
    for name in (row.text("name"), *row.texts("aliases"), *row.texts("ambiguous")):
        yield from plain(name)


def _named(rows: Iterable[Table], keys: tuple[str, ...]) -> Phrases:
    pairs = []
    for row in rows:
        row.known(keys)
        pairs += [(said, row.text("name")) for said in row.texts("says")]
    return phrases(pairs)


def _said(table: Table, name: str) -> Phrases:
    table.known(("says",))
    return phrases((one, name) for one in table.texts("says"))


def _number(table: Table, key: str) -> float:
    value = table.values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise table.error(key, f"a number above 0 is needed, as in {key} = 3")
    return float(value)


def _needs(direct: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """All that each service needs, also what those need that it needs."""
    found = {}
    for service in direct:
        reached: set[str] = set()
        ahead = list(direct[service])
        while ahead:
            one = ahead.pop()
            if one not in reached and one != service:
                reached.add(one)
                ahead += direct.get(one, ())
        found[service] = frozenset(reached)
    return found
