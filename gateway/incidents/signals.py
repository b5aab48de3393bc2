"""What of a message tells which incident it is about: the same few facts of every message. Pure.

Who wrote counts for nothing here. What one person writes of their own account or record belongs
to nobody else's incident, however alike the words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from classifiers import Grouping, Reading
from gateway.incidents import references
from gateway.incidents.references import Reference, Watch
from gateway.model import Message

Family = Literal["trouble", "over", "planned", "asks", "none"]
ANY = "*"  # stands for any service
DESK = "servicenow:"  # a desk gives each happening a number; monitors give one happening many
PLANNED = "planned:"  # before a service: there is planned work on it
MAX_SERVICES = 8
MAX_TEXT = 8000
UNSURE = 0.5
_TROUBLE = {"outage", "degradation"}
_CODE = re.compile(
    r"\b(?:error|err|code|codigo|status)\W{0,3}(?:code|no|number)?\W{0,3}#?([A-Z]{0,6}[-_]?\d{2,6}[A-Z]?)\b"
    r"|\b([A-Z]{2,8}[-_]\d{2,6})\b",
    re.I,
)
_GENERAL_CODES = {"500", "502", "503", "504", "404", "403", "401", "400"}


@dataclass(frozen=True, slots=True)
class Signal:
    """A message as matching sees it. `at` is its own time; `doubts` how many readings are unsure.

    `named` are all services whose names stand in it, `parts` what of a service it speaks of,
    `speaker` the house or list whose word it is, and `title` its subject without Re: and Fwd:.
    """

    at: datetime
    family: Family = "none"
    event: str = "info"
    is_bulk: bool = False
    services: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    headed: frozenset[str] = frozenset()  # services named in its title
    terms: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    is_personal: bool = False
    is_systemic: bool = False
    is_all_clear: bool = False  # by a list or a machine, in its subject
    is_apart: bool = False
    is_another: bool = False  # in a thread, it says that it is about something else than that
    is_passed_on: bool = False
    is_smaller: bool = False
    doubts: int = 0
    windows: tuple[tuple[datetime, datetime | None], ...] = ()
    window_status: str | None = None
    speaker: str = ""
    title: str = ""
    said: str = ""  # the bare words, to look for dates
    references: tuple[Reference, ...] = ()
    numbers: frozenset[str] = frozenset()  # what a service desk calls it, with whose word that is
    is_lone: bool = False  # one person writes, and says of nobody else
    watch: Watch | None = None
    language: str = "en"

    @property
    def is_shared(self) -> bool:
        """Whether others may be writing about the same."""
        if self.family in {"none", "asks"}:
            return False
        return not self.is_personal

    @property
    def is_official(self) -> bool:
        """Whether it comes by a list, or from a machine that watches."""
        return self.is_bulk or self.watch is not None

    @property
    def keys(self) -> list[str]:
        """Under what its ticket is to be found by others."""
        services = list(dict.fromkeys([*self.services, *sorted(self.named)]))[:MAX_SERVICES]
        if self.family == "planned":
            return [f"{PLANNED}{one}" for one in services or [ANY]]
        return [*services, ANY]

    @property
    def looks_under(self) -> list[str]:
        """Under what it finds the tickets of others."""
        services = list(dict.fromkeys([*self.services, *sorted(self.named)]))[:MAX_SERVICES]
        planned = [f"{PLANNED}{one}" for one in services or [ANY]]
        if self.family == "planned":
            return planned
        if self.family == "over":
            return [*(services or [ANY]), *planned]
        return services if self.services else [*services, ANY]


@dataclass(slots=True)
class Profile:
    """What the messages on a ticket have said, added up; kept as plain data."""

    terms: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    environments: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    speakers: dict[str, int] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    cleared: str = ""  # when an all-clear came

    def add(self, one: Signal, most: int) -> None:
        """A further message, of whose words at most `most` are kept with all the others."""
        self.messages += 1
        if one.is_all_clear:
            self.cleared = max(self.cleared, one.at.isoformat())
        elif one.is_official and one.family == "trouble" and one.at.isoformat() > self.cleared:
            self.cleared = ""
        for name in one.services if self._is_witness(one) else ():
            self.services[name] = self.services.get(name, 0) + (WITNESSES if one.is_official else 1)
        for counts, said in (
            (self.terms, one.terms), (self.parts, one.parts), (self.codes, one.codes),
            (self.environments, one.environments), (self.named, one.named),
            (self.families, [one.family]), (self.speakers, [one.speaker] if one.speaker else []),
            (self.languages, [one.language]), (self.numbers, one.numbers),
        ):  # fmt: skip
            for name in said:
                counts[name] = counts.get(name, 0) + 1
        if len(self.terms) > most:
            self.terms = dict(sorted(self.terms.items(), key=lambda pair: -pair[1])[:most])
        for counts in (self.codes, self.named, self.services, self.numbers, self.speakers):
            while len(counts) > MAX_KEPT:
                counts.pop(min(counts, key=lambda name: counts[name]))
        if one.title and one.title not in self.titles:
            self.titles = [*self.titles, one.title][-MAX_TITLES:]

    def _is_witness(self, one: Signal) -> bool:
        """Whether it says for itself what fails together: no copy, answer or list of everything."""
        if one.is_passed_on or not 0 < len(one.services) <= MOST_TOGETHER:
            return False
        return one.family in {"trouble", "over"} and one.title not in self.titles

    @property
    def together(self) -> set[str]:
        """The services that several witnesses, or whoever runs them, named as failing with it."""
        return {name for name, count in self.services.items() if count >= WITNESSES}

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


MAX_KEPT = 40
WITNESSES = 2
MOST_TOGETHER = 3  # services: who names more speaks of everything
MAX_TERMS = 150
MAX_TITLES = 12


def profile_of(data: dict[str, object] | None) -> Profile:
    """A profile from plain data."""
    known = {name: data[name] for name in Profile.__slots__ if data and name in data}
    return Profile(**known)  # type: ignore[arg-type]  # as `as_json` gave it


def together(one: Profile, other: Profile, most: int) -> Profile:
    """Two profiles in one."""
    both = Profile(messages=one.messages + other.messages, cleared=max(one.cleared, other.cleared))
    for name in Profile.__slots__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if isinstance(mine, dict):
            added = {key: mine.get(key, 0) + theirs.get(key, 0) for key in {**mine, **theirs}}
            ordered = sorted(added.items(), key=lambda pair: (-pair[1], pair[0]))
            setattr(both, name, dict(ordered[: most if name == "terms" else MAX_KEPT]))
    both.titles = list(dict.fromkeys([*one.titles, *other.titles]))[-MAX_TITLES:]
    return both


def signal_of(message: Message, reading: Reading, at: datetime, words: Grouping) -> Signal:
    """What of a message tells which incident it is about."""
    text = _said(message)
    said = words.words(text)[: words.limits["words"]]
    title = words.words(references.bare(message.topic))
    named = frozenset(words.names.found([*title, *said]))
    services = _services(message, reading, named)
    is_systemic = bool(words.systemic.found([*title, *said]))
    is_personal = _is_personal(reading, title, said, words)
    watched = references.watch(message, reading, words)
    status = reading.window_status
    speaker = f"list:{message.list_id}" if message.list_id else references.house_of(message)
    called = references.references(message, reading, words)
    numbers = frozenset(
        f"{speaker} {ref.name}" for ref in called if ref.is_own and ref.name.startswith(DESK)
    )
    return Signal(
        at=at,
        family=_family(
            reading, is_systemic=is_systemic or _is_of_several(reading), is_watch=bool(watched)
        ),
        event=reading.event,
        is_bulk=message.is_bulk,
        services=services[:MAX_SERVICES],
        named=named,
        headed=frozenset(words.names.found(title)),
        terms=_terms([*title, *said], words, services, named),
        parts=frozenset(words.parts.found([*title, *said])),
        codes=frozenset(_codes(f"{message.topic}\n{text}")),
        environments=_environments(title, said, reading, words),
        is_personal=is_personal,
        is_systemic=is_systemic,
        is_all_clear=_is_all_clear(message, reading, title, words),
        # What a desk sets apart from its number is another number that it mentions.
        is_apart=not numbers and bool(words.apart.found([*title, *said])),
        is_another=bool(words.another.found([*title, *said])),
        is_passed_on=message.forwarded is not None,
        is_smaller=bool(words.smaller.found([*title, *said])),
        doubts=_doubts(reading),
        windows=tuple((one.start.astimezone(UTC), one.end) for one in reading.windows),
        window_status=status,
        speaker=speaker,
        title=" ".join(title)[:200],
        said=" ".join(said)[:MAX_TEXT],
        references=called,
        numbers=numbers,
        is_lone=_is_lone(reading, is_systemic=is_systemic),
        watch=watched,
        language=message.language,
    )


def _said(message: Message) -> str:
    """What the writer wrote and passed on, without what was quoted."""
    parts = [message.reply_text]
    if message.forwarded:
        parts += [message.forwarded.subject, message.forwarded.text]
    return "\n".join(part for part in parts if part)[:MAX_TEXT] or message.text[:MAX_TEXT]


def _family(reading: Reading, *, is_systemic: bool, is_watch: bool) -> Family:
    event = reading.event
    if event in _TROUBLE or (event == "access_problem" and is_systemic):
        return "trouble"
    if event == "resolved":
        return "over"
    if event in {"maintenance", "cancelled"}:
        # Work without a time, of which the reading is unsure, may as well be trouble.
        is_doubted = not reading.windows and reading.confidence.get("event", 1.0) < UNSURE
        return "trouble" if is_doubted else "planned"
    if event in {"access_problem", "question", "info"} and (is_systemic or is_watch):
        return "asks"
    return "none"


def _is_personal(
    reading: Reading, title: Iterable[str], said: Iterable[str], words: Grouping
) -> bool:
    """Whether one person writes of what is theirs alone, as far as the words tell."""
    if reading.event in {"maintenance", "cancelled", "noise"} or reading.written_by == "machine":
        return False
    if not words.personal.found([*title, *said]):
        return False
    return reading.reach in {"one", "unknown"} and (reading.people or 1) == 1


def _services(message: Message, reading: Reading, named: frozenset[str]) -> tuple[str, ...]:
    """The services it tells of: an answer that names some tells of none that it only quotes."""
    own = tuple(one for one in reading.services if one in named)
    return own if own and message.in_reply_to else tuple(reading.services)


def _is_all_clear(message: Message, reading: Reading, title: list[str], words: Grouping) -> bool:
    if reading.event != "resolved" or not (message.is_bulk or reading.written_by == "machine"):
        return False
    return bool(words.monitor["clears"].found(title)) and not words.monitor["fires"].found(title)


def _is_of_several(reading: Reading) -> bool:
    return reading.reach in {"some", "many", "all"} or (reading.people or 1) > 1


def _is_lone(reading: Reading, *, is_systemic: bool) -> bool:
    if is_systemic or reading.written_by == "machine" or reading.event == "outage":
        return False  # that it is down, and not only slow, is said of the service itself
    return not _is_of_several(reading)


def _environments(
    title: list[str], said: list[str], reading: Reading, words: Grouping
) -> frozenset[str]:
    plain = [*title, *said] if reading.source in {"alert", "error_tracker"} else title
    found = words.environments.found([*title, *said]) | words.environment_words.found(plain)
    return frozenset(found)


def _doubts(reading: Reading) -> int:
    return sum(reading.confidence.get(label, 1.0) < UNSURE for label in ("event", "services"))


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _terms(
    said: Iterable[str], words: Grouping, services: Iterable[str], named: Iterable[str]
) -> tuple[str, ...]:
    """The words that tell one thing from another, without the names of the services."""
    dull = set(words.silent)
    for service in (*services, *named):
        dull |= words.name_words.get(service, frozenset())
    found = (_stem(one) for one in said if one not in dull and len(one) > 2 and one[0].isalpha())
    return tuple(dict.fromkeys(found))[:120]


def _codes(text: str) -> set[str]:
    found = {(one or other).upper() for one, other in _CODE.findall(text[:MAX_TEXT])}
    return found - _GENERAL_CODES
