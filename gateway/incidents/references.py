"""What machines and other houses call a happening: numbers, links and names that mail gives it.

Trackers' own numbers (ServiceNow, PagerDuty, GitHub, Jira, Sentry) mean the same to everybody. Any
other number counts only behind a word such as "maintenance id", and only among mail of the house
that gave it. A monitor is known by what its subject says besides its state and figures: it fires
again for another happening, so that its name leads no further than a few hours.

A name is no secret. Who is not of the house that brought it may add a report by naming it, and
changes nothing; nor does mail that names several tickets join any. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal
from urllib.parse import unquote

from classifiers import Grouping, Reading
from gateway.incidents import threads
from gateway.model import Message

MAX_REFERENCES = 40
MAX_SEARCHED = 20_000
MAX_NAME = 200
COPY_WORDS, LEAST_WORDS = 30, 6
State = Literal["fires", "goes_on", "clears"]

_PREFIX = re.compile(
    r"^\s{0,9}(?:(?:re|fwd?|aw|wg|rv|tr|sv|update|updated)\s{0,3}(?:\[\d{1,4}\])?\s{0,3}:\s{0,9})+",
    re.I,
)
_SERVICENOW = re.compile(
    r"\b(INC|CHG|CHGE|PRB|RITM|REQ|SCTASK|CTASK|TASK|RLSE|STRY)[ #]{0,2}(\d{5,10})\b", re.I
)
_PAGERDUTY_LINK = re.compile(r"\b([\w-]+)\.pagerduty\.com/incidents/([A-Z0-9]{4,20})\b", re.I)
_PAGERDUTY_SHORT = re.compile(r"\(\[([0-9a-f]{4,8}(?:,\s*[0-9a-f]{4,8})*)\]\)", re.I)
_PAGERDUTY_NUMBER = re.compile(
    r"\b(?:pagerduty|PD)\W{0,3}(?:incident|alert)?\W{0,3}#\s?(\d{2,9})\b"
    r"|\b(?:incident|alert)\W{0,2}(?:number)?\W{0,2}#\s?(\d{2,9})\b",
    re.I,
)
_BRACKETED_NUMBER = re.compile(r"\[#(\d{2,9})\]")
_GITHUB = re.compile(r"\bgithub\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)\b", re.I)
_GITHUB_SHORT = re.compile(r"(?<![\w/.-])([\w.-]{1,60}/[\w.-]{1,100})#(\d{1,7})\b")
_JIRA_LINK = re.compile(r"/browse/([A-Z][A-Z0-9_]{1,12}-\d{1,7})\b")
_JIRA = re.compile(
    r"(?:\[JIRA\]\W{0,3}|\b(?:jira|ticket|issue|card|story|key)\W{1,3})\(?([A-Z][A-Z0-9_]{1,12}-\d{1,7})\b"
)
_SENTRY_LINK = re.compile(
    r"\bsentry[\w.-]{0,60}/(?:organizations/[\w-]+/)?(?:[\w-]+/){0,2}issues/(\d{3,20})\b", re.I
)
_SENTRY_SHORT = re.compile(r"\b([A-Z][A-Z0-9]+(?:-[A-Z0-9]+){0,5}-[A-Z0-9]{1,6})\b")
_FINGERPRINT = re.compile(r"\bfingerprint\W{1,4}([0-9a-f]{12,40})\b", re.I)
_GROUP_KEY = re.compile(r"\bgroupKey\W{1,4}(\S{6,180})", re.I)
_LABELLED = re.compile(
    r"\b(?:maintenance|change|event|notification|notice|outage|incident|case|work ?order|ticket"
    r"|planned work|service request|reference|problem|original problem|alert|window|request)"
    r"\s{0,2}(?:id|no|nr|num|number|ref|reference|key|#)?\s{0,2}(?:[:#=]|\bis\b)\s{0,3}#?"
    r"([A-Z0-9][A-Z0-9_./-]{2,39}[A-Z0-9])\b",
    re.I,
)
_BEHIND = re.compile(
    r"(?:^|[\[(\s#])((?:PWIC|MW|MAINT|MNT|NOTIF|WO|CR|CM|GCR|TKT|SR|OPS)[-_]?\d[\w-]{2,24})\b"
)
_UID = re.compile(r"^UID(?:;[^:\n]{0,80})?:(\S[^\r\n]{2,180})$", re.M)
_MAINTENANCE_ID = re.compile(r"^X-MAINTNOTE-MAINTENANCE-ID[^:\n]{0,80}:(\S[^\r\n]{0,120})$", re.M)
_WORD = re.compile(r"[a-z][a-z0-9]*(?:[._:/-]+[a-z0-9]+)*|\d[\w.:%/-]*", re.I)
_FIGURE = re.compile(r"[\d.,:%/-]+(?:ms|s|m|h|d|gb|mb|kb|k|am|pm|rps|x)?", re.I)


@dataclass(frozen=True, slots=True)
class Reference:
    """`name` is how it is kept; `recurs`: a monitor's name, which another happening may bear.

    `is_own`: the mail is the house's that gave the name, and tells of it. `of_copy`: it stands for
    the words of a message, of this one ("sent") or of what this one passes on ("passed on").
    """

    name: str
    recurs: bool = False
    is_own: bool = False
    of_copy: Literal["", "sent", "passed on"] = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a monitor tells: what it watches (`name`), and that this fires, goes on, or is clear."""

    name: str
    state: State


def references(message: Message, reading: Reading, words: Grouping) -> tuple[Reference, ...]:
    """What the message calls the happening that it is about, the surest first."""
    found: dict[str, Reference] = {one.name: one for one in _copies(message, words)}
    own_text = _own_text(message)
    is_machine = _is_of_a_machine(message, reading)
    headed = set(_by_trackers(message.topic, message, reading))
    kinds = {name.partition(":")[0] for name in headed}
    for name in _by_trackers(own_text, message, reading):
        if name.partition(":")[0] in kinds and name not in headed:
            continue  # its subject says which one it is about: the others are mentioned beside
        found.setdefault(name[:MAX_NAME], Reference(name[:MAX_NAME], is_own=is_machine))
    house = house_of(message)
    if house:
        for number in _of_the_house(own_text, message):
            name = f"{house}:{number}"[:MAX_NAME]
            found.setdefault(name, Reference(name, is_own=True))
    watched = watch(message, reading, words)
    if watched is not None:
        found.setdefault(watched.name, Reference(watched.name, recurs=True, is_own=True))
    return tuple(found.values())[:MAX_REFERENCES]


def _copies(message: Message, words: Grouping) -> Iterator[Reference]:
    """The message itself, and what it passes on, known again by how they begin."""
    first = message.forwarded
    if first is not None:
        known = _copy(first.subject or message.topic, first.text, words)
        if known:
            yield Reference(known, of_copy="passed on")
    elif not message.digest:
        known = _copy(message.topic, message.text, words)
        if known:
            yield Reference(known, of_copy="sent")


def _copy(subject: str, text: str, words: Grouping) -> str | None:
    """How subject and text begin, as one name; None where they are too few words to tell."""
    begins = words.words(text[: 16 * COPY_WORDS])[:COPY_WORDS]
    if len(begins) < LEAST_WORDS:
        return None
    said = " ".join([*words.words(bare(subject))[:COPY_WORDS], "|", *begins])
    return f"copy:{blake2b(said.encode(), digest_size=12).hexdigest()}"


def bare(subject: str) -> str:
    """The subject without Re: and Fwd:."""
    return _PREFIX.sub("", subject)


def house_of(message: Message) -> str:
    """Whose word it is: the domain that wrote it, or wrote what is passed on; "" for anybody's."""
    first = message.forwarded.sender if message.forwarded else None
    sender = first or message.sender
    domain = sender.address.rpartition("@")[2].lower() if sender else ""
    return "" if not domain or threads.is_public(domain) else f"@{domain}"


def _own_text(message: Message) -> str:
    text = message.reply_text
    if message.forwarded:
        text += f"\n{message.forwarded.subject}\n{message.forwarded.text}"
    return f"{message.subject}\n{text or message.text}"[:MAX_SEARCHED]


def _is_of_a_machine(message: Message, reading: Reading) -> bool:
    return reading.written_by == "machine" or message.is_auto


def _by_trackers(text: str, message: Message, reading: Reading) -> Iterator[str]:
    """Names that mean the same to everybody."""
    for kind, number in _SERVICENOW.findall(text):
        yield f"servicenow:{kind.upper()}{number.lstrip('0') or '0'}"
    yield from _of_pagerduty(text, message)
    for place, number in [*_GITHUB.findall(text), *_GITHUB_SHORT.findall(text)]:
        yield f"github:{place.lower()}#{number}"
    for key in [*_JIRA_LINK.findall(text), *_JIRA.findall(text)]:
        yield f"jira:{key}"
    yield from _of_sentry(text, message, reading)
    for mark in _FINGERPRINT.findall(text):
        yield f"fingerprint:{mark.lower()}"
    for key in _GROUP_KEY.findall(text):
        yield f"group:{key}"


def _of_pagerduty(text: str, message: Message) -> Iterator[str]:
    for host, number in _PAGERDUTY_LINK.findall(text):
        yield f"pagerduty:{host.lower()}/{number.upper()}"
    is_its_own = "pagerduty" in _writer(message) or "pagerduty" in message.subject.lower()
    if not is_its_own and not re.search(r"\b(?:pagerduty|PD)\b", text):
        return
    numbers = [one or other for one, other in _PAGERDUTY_NUMBER.findall(text)]
    if is_its_own:
        numbers += _BRACKETED_NUMBER.findall(message.subject)
        for several in _PAGERDUTY_SHORT.findall(text):
            for one in re.split(r",\s*", several):
                yield f"pagerduty:[{one.lower()}]"
    for number in numbers:
        yield f"pagerduty:#{number}"


def _of_sentry(text: str, message: Message, reading: Reading) -> Iterator[str]:
    for number in _SENTRY_LINK.findall(text):
        yield f"sentry:{number}"
    if reading.source != "error_tracker" or "sentry" not in f"{text} {_writer(message)}".lower():
        return
    for short in _SENTRY_SHORT.findall(f"{message.subject}\n{text[:4000]}")[:3]:
        if any(letter.isdigit() for letter in short.rpartition("-")[2]):
            yield f"sentry:{short}"


def _of_the_house(text: str, message: Message) -> Iterator[str]:
    """Names that only the house which gave them knows to tell apart."""
    for part in message.calendars:
        for one in (*_MAINTENANCE_ID.findall(part), *_UID.findall(part)):
            yield unquote(one.strip()).lower()
    for name in ("x-maintnote-maintenance-id", "x-maintenance-id", "x-incident-id", "x-event-id"):
        value = message.header(name)
        if value:
            yield value.strip().lower()
    for number in (*_LABELLED.findall(text), *_BEHIND.findall(text)):
        if any(letter.isdigit() for letter in number) and not _FIGURE.fullmatch(number):
            yield number.lower()
        elif number.isdigit() and len(number) >= 5:
            yield number


def _writer(message: Message) -> str:
    return message.sender.address.lower() if message.sender else ""


# --- monitors ------------------------------------------------------------------------------------


def watch(message: Message, reading: Reading, words: Grouping) -> Watch | None:
    """What a monitor tells of what it watches; None where no monitor wrote."""
    if reading.source not in {"alert", "error_tracker"} or not _is_of_a_machine(message, reading):
        return None
    if reading.event in {"noise", "info", "question"} or message.sender is None:
        return None
    state, left = _split(message.subject, words)
    if reading.event == "resolved":
        state = "clears"
    elif state == "clears" and reading.event in {"outage", "degradation"}:
        state = "fires"
    if len(" ".join(left)) < 4:
        return None
    return Watch(f"monitor:{_writer(message)}:{' '.join(left)}"[:MAX_NAME], state or "fires")


def _split(subject: str, words: Grouping) -> tuple[State | None, list[str]]:
    """The state that a subject tells, and what of it is neither state nor figure."""
    said = [one.lower().strip("./-") for one in _WORD.findall(subject[:500].replace(":", " "))]
    state: State | None = None
    left = []
    for word in said:
        told = next((one for one in ("fires", "goes_on", "clears")
                     if words.monitor[one].found([word])), None)  # fmt: skip
        if told is not None:
            # The first word of state speaks: [RESOLVED] HighErrorRate; PROBLEM: ... is DOWN.
            state = state or told  # type: ignore[assignment]  # one of the three
        elif not words.monitor["filler"].found([word]) and not _FIGURE.fullmatch(word):
            left.append(word)
    return state, left


def speaks_for(owner: str, verified: bool, party: threads.Party) -> bool:
    """Whether the house that brought a name writes again."""
    if owner in party.lists:
        return True
    known = owner == party.domain or owner == f"@{party.writer.rpartition('@')[2]}"
    return known and (party.verified or not verified)


def owner_of(party: threads.Party) -> str:
    """As whose word a name is kept."""
    return party.lists[0] if party.lists else party.domain or f"@{party.writer.rpartition('@')[2]}"


def names(found: Iterable[Reference]) -> list[str]:
    """The names alone."""
    return [one.name for one in found]
