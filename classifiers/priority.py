"""What is to be done and how urgent it is: rules over labels, from `data/priority.toml`.

The first rule that fits decides, and says so. Severity stands first in the order of work, then how
many people wait; a rule may put its tickets before all others. Pure.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from classifiers.contract import Event, Hampered, Reach, Reading, Source
from classifiers.owners import Owners
from classifiers.severity import Severity
from classifiers.tables import Table, read_file

FILE = "priority.toml"
MAX_SEARCHED = 20_000
# How many people a word stands for in the order of work, where nobody gave a number.
_ABOUT = {"unknown": 0, "one": 1, "some": 10, "many": 500, "all": 5000}
_MOST = 99_999
_FIRST = 100_000_000
_WRITERS = get_args(Reading.__annotations__["written_by"])
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n(?=\s*[-*•])")
_GAP = r"(?:\W+\w+){0,5}\W+"


@dataclass(frozen=True, slots=True)
class Labels:
    """All that a rule may ask of a ticket."""

    severity: str
    event: str
    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    source: str = "other"
    written_by: str = ""
    services: tuple[str, ...] = ()
    owner: str = ""
    ours: bool = False
    words: tuple[str, ...] = ()
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where `when` holds, this is to be done. `tell` is an owner to hand it to at once."""

    name: str
    disposition: str
    why: str
    when: Mapping[str, Any]
    tell: str = ""
    first: bool = False

    def fits(self, labels: Labels) -> bool:
        """Whether every condition holds."""
        return all(_holds(key, wanted, labels) for key, wanted in self.when.items())


def _holds(key: str, wanted: Any, labels: Labels) -> bool:
    if key == "people_from":
        return labels.people is not None and labels.people >= wanted
    if key == "people_below":
        return labels.people is None or labels.people < wanted
    if key == "owned":
        return bool(labels.owner) is wanted
    found = getattr(labels, key)
    if isinstance(wanted, bool):
        return bool(found) is wanted
    return bool(set(wanted).intersection(found if isinstance(found, tuple) else (found,)))


@dataclass(frozen=True)
class Words:
    """A group of words that a rule may ask for."""

    phrases: tuple[str, ...]
    but_not: tuple[str, ...] = ()

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        return _pattern(self.phrases), _pattern(self.but_not)

    def stand_in(self, sentence: str) -> bool:
        """Whether a (small-lettered) sentence says it."""
        said, denied = self._patterns
        return bool(said.search(sentence)) and not denied.search(sentence)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    parts = []
    for phrase in phrases:
        runs = [r"\W+".join(map(re.escape, run.split())) for run in phrase.lower().split("...")]
        parts.append(_GAP.join(runs))
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)")


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be done, by which rule and why, and where it stands in the order of work."""

    disposition: str
    rule: str
    why: str
    tell: str
    priority: int


@dataclass(frozen=True, slots=True)
class Priority:
    """The rules in their order, the scale, and what each disposition is called."""

    scale: tuple[str, ...]
    dispositions: Mapping[str, str]
    rules: tuple[Rule, ...]
    words: Mapping[str, Words]

    def decide(self, labels: Labels) -> Decided:
        """What is to be done with a ticket of these labels; the last rule fits all."""
        rule = next(rule for rule in self.rules if rule.fits(labels))
        rank = self.rank(labels.severity, labels.reach, labels.people)
        return Decided(
            rule.disposition, rule.name, rule.why, rule.tell, rank + (_FIRST if rule.first else 0)
        )

    def rank(self, severity: str, reach: str, people: int | None) -> int:
        """Severity first, then how many people."""
        steps = len(self.scale)
        # A word that is not on the scale stands in its middle.
        place = self.scale.index(severity) if severity in self.scale else steps // 2
        many = people if people is not None else _ABOUT.get(reach, 0)
        return (steps - place) * (_MOST + 1) + min(many, _MOST)

    def signs(self, *texts: str) -> tuple[str, ...]:
        """The groups of words that these texts use."""
        sentences = [
            " ".join(part.lower().replace("\u2019", "'").split())
            for text in texts
            for part in _SENTENCE.split(text[:MAX_SEARCHED])
        ]
        return tuple(
            name
            for name, words in self.words.items()
            if any(words.stand_in(sentence) for sentence in sentences)
        )


# --- read ---------------------------------------------------------------------------------------

_FLAGS = ("ours", "owned", "needs_review")
_NUMBERS = ("people_from", "people_below")
_RULE_KEYS = ("name", "when", "disposition", "why", "tell", "first")


def load_priority(
    data: Path,
    overlay: Path | None,
    severity: Severity,
    owners: Owners,
    services: Collection[str],
    *,
    own_services: bool,
) -> Priority:
    """Read the file. Raises ValueError naming file, rule, key and what is allowed."""
    file = read_file(FILE, data, overlay)
    file.known(("scale", "dispositions", "words", "rule"))
    is_shipped = file.file.parent == data
    scale, dispositions = file.texts("scale"), file.table("dispositions")
    used = {*severity.fixed.values(), *severity.table.values()}
    if not is_shipped:
        for word in sorted(used - set(scale)):
            raise file.error("scale", f"{word} of severity.toml is missing: put it into its place")
    names = {word: dispositions.text(word) for word in dispositions.values}
    if not names:
        raise file.error("dispositions", 'what can be decided is needed, as in backlog = "backlog"')
    groups = file.table("words")
    words = {name: _words(groups.table(name)) for name in groups.values}
    allowed: dict[str, Collection[str] | None] = {
        "severity": None if is_shipped else scale,
        "event": get_args(Event),
        "reach": get_args(Reach),
        "hampered": get_args(Hampered),
        "source": get_args(Source),
        "written_by": _WRITERS,
        "services": None if is_shipped and own_services else services,
        "owner": None if is_shipped else owners.by_id,
        "words": words,
    }
    rules: list[Rule] = []
    for row in file.rows("rule"):
        rule = _rule(row, names, allowed, None if is_shipped else owners)
        if rule.name in {one.name for one in rules}:
            raise row.error("name", f'"{rule.name}" stands twice: give each rule its own name')
        if rules and not rules[-1].when:
            raise row.error("when", f'it is never asked: "{rules[-1].name}" before it fits all')
        rules.append(rule)
    if not rules or rules[-1].when:
        raise file.error("rule", "the last rule must fit all: add one without `when`")
    return Priority(scale, names, tuple(rules), words)


def _words(table: Table) -> Words:
    table.known(("phrases", "but_not"))
    phrases, but_not = table.texts("phrases"), table.texts("but_not")
    if not phrases:
        raise table.error("phrases", 'a list of texts is needed, as in phrases = ["..."]')
    for key, listed in (("phrases", phrases), ("but_not", but_not)):
        for phrase in listed:
            if not all(part.strip() for part in phrase.split("...")):
                raise table.error(key, f'"{phrase}" needs words on either side of "..."')
    return Words(phrases, but_not)


def _rule(
    row: Table,
    dispositions: Mapping[str, str],
    allowed: Mapping[str, Collection[str] | None],
    owners: Owners | None,
) -> Rule:
    name = row.text("name")
    row = Table(row.values, row.file, f'rule "{name}": ')
    row.known(_RULE_KEYS)
    disposition, tell = row.text("disposition"), row.text("tell", "")
    if disposition not in dispositions:
        raise row.error("disposition", f"{disposition} is none of {', '.join(dispositions)}")
    if tell and owners is not None and tell not in owners.by_id:
        raise row.error("tell", f"no owner {tell} is in {owners.file}: {_list(owners.by_id)}")
    return Rule(
        name, disposition, row.text("why"), _when(row.table("when"), allowed), tell,
        row.flag("first") or False,
    )  # fmt: skip


def _when(table: Table, allowed: Mapping[str, Collection[str] | None]) -> dict[str, Any]:
    table.known((*allowed, *_FLAGS, *_NUMBERS))
    when: dict[str, Any] = {}
    for key in table.values:
        if key in _FLAGS:
            when[key] = table.flag(key)
        elif key in _NUMBERS:
            when[key] = table.number(key, 1)
        else:
            known = allowed[key]
            when[key] = table.texts(key)
            for word in when[key]:
                if known is not None and word not in known:
                    raise table.error(key, f"{word} is none of {_list(known)}")
            if not when[key]:
                raise table.error(key, "the list is empty, so that the rule would never fit")
    return when


def _list(words: Collection[str]) -> str:
    return ", ".join(words) or "nothing: the list is empty"
