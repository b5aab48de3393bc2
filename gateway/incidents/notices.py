"""What one message tells of maintenance: which work, when, in which state, and how sure. Pure.

It comes from the reading; a mail is not parsed again. Whatever is unsure stays so: a doubt of the
reading, a time without a zone or an end, no known service. A notice is trusted only by a rule of
`data/windows.toml`, and then only if nothing is in doubt.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classifiers import Entry, MaintenanceRules, Reading, Trusted
from gateway.model import Message, Trust

NO_END = "No end is given."
NO_ZONE = "No time zone is given: the site's was taken."
NO_SERVICE = "No service of the catalogue is named."
REPEATS = "The calendar entry repeats: only its first time is kept."
#: Words of MAINTNOTE that say that something known has changed.
CHANGES = ("RE-SCHEDULED", "CANCELLED", "IN-PROCESS", "COMPLETED")
OFF = ("CANCELLED", "COMPLETED")  # nothing is ahead any more
_SEARCHED = 4_000
_LABELLED = re.compile(
    r"\b(?:maintenance|change|work ?order|ticket|notification|event|outage|case|request|reference"
    r"|ref|mop|mantenimiento|cambio)[ ]?(?:request|notice|window)?[ ]?"
    r"(?:id|ids|no|nr|number|num|#|n[uú]mero)?\.?[ ]?(?:[:#=]|is|es)[ ]{0,3}"
    r"(?P<id>[A-Z]{0,10}[-_]?\d[\w/-]{2,30})\b",
    re.I,
)
_NUMBER = re.compile(r"\b(?:CHG|RLSE|CRQ|PWIC|MAINT|MNT|CR|RFC)[ -]?\d{4,12}\b", re.I)


@dataclass(frozen=True, slots=True)
class Filed:
    """A message that is filed: its number, what it means, when it was written, whom to believe.

    `signs` are the groups of words of the priority rules that stand in it.
    """

    number: int
    message: Message
    reading: Reading
    at: datetime
    trust: Trust
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """One window as a notice tells it; "" and None where it does not say."""

    start: datetime
    end: datetime | None
    status: str
    uid: str = ""
    sequence: int | None = None
    impact: str = ""
    maintenance: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All that one message tells. `providers` and `ids` are its names for who and what.

    `trusted_by` is the rule by which it needs no review.
    """

    message: int
    at: datetime
    status: str
    slots: tuple[Slot, ...] = ()
    providers: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    uids: tuple[str, ...] = ()
    trusted_by: str | None = None

    @property
    def is_sure(self) -> bool:
        """Whether nothing of it is in doubt."""
        return not (self.doubts or any(slot.doubts for slot in self.slots))


def is_notice(message: Message, reading: Reading) -> bool:
    """Whether it tells of maintenance: planned, moved, called off or done."""
    if message.is_bounce or message.list_notice or message.auto_kind in {"vacation", "receipt"}:
        return False
    is_over = reading.event == "resolved" and reading.window_status == "COMPLETED"
    return reading.event in {"maintenance", "cancelled"} or is_over


def told(filed: Filed, rules: MaintenanceRules) -> Told:
    """What a message tells; it must be a notice."""
    message, reading = filed.message, filed.reading
    status = reading.window_status or ("CANCELLED" if reading.event == "cancelled" else "CONFIRMED")
    slots = tuple(_slots(reading, status))
    found = Told(
        message=filed.number,
        at=filed.at,
        status=status,
        slots=slots,
        providers=tuple(_providers(message, reading.entries)),
        ids=tuple(_ids(message, reading.entries)),
        services=reading.services,
        doubts=_doubts(reading, status),
        uids=tuple(entry.uid for entry in reading.entries if entry.uid),
    )
    by = trusted_by(rules, filed) if found.is_sure else None
    return replace(found, trusted_by=by)


def _slots(reading: Reading, status: str) -> Iterator[Slot]:
    """The windows, each with the calendar entry that is about it."""
    formal = [entry for entry in reading.entries if entry.formal and entry.window]
    if formal:
        for entry in formal:
            yield _of_entry(entry, entry.status or status)
        return
    if status == "CANCELLED" and not reading.windows:
        for entry in reading.entries:
            if entry.window:
                yield _of_entry(entry, status)
        return
    by_window = {entry.window: entry for entry in reading.entries}
    only = reading.entries[0] if len(reading.entries) == len(reading.windows) == 1 else None
    zone = (NO_ZONE,) if reading.zone_assumed else ()
    for window in reading.windows:
        beside = by_window.get(window) or only
        slot = Slot(window.start, window.end, status, doubts=zone)
        if beside is not None:
            repeats = (REPEATS,) if beside.repeats else ()
            is_zoned = beside.window == window and beside.zoned
            doubts = (*(() if is_zoned else zone), *repeats)
            slot = replace(slot, uid=beside.uid, sequence=beside.sequence, doubts=doubts)
        open_end = (NO_END,) if window.end is None and status not in OFF else ()
        yield replace(slot, doubts=(*slot.doubts, *open_end))


def _of_entry(entry: Entry, status: str) -> Slot:
    if entry.window is None:
        raise ValueError("an entry without a time is no window")
    doubts = [
        *([] if entry.zoned else [NO_ZONE]),
        *([REPEATS] if entry.repeats else []),
        *([NO_END] if entry.window.end is None and status not in OFF else []),
    ]
    return Slot(
        entry.window.start, entry.window.end, status, entry.uid, entry.sequence, entry.impact,
        entry.maintenance, tuple(doubts),
    )  # fmt: skip


def _doubts(reading: Reading, status: str) -> tuple[str, ...]:
    no_service = (NO_SERVICE,) if not reading.services and status not in OFF else ()
    return tuple(dict.fromkeys([*reading.doubts, *no_service]))


def _providers(message: Message, entries: Sequence[Entry]) -> Iterator[str]:
    """Who announces it, the most exact name first: of the notice, the list, the domains."""
    seen = set()
    forwarded = message.forwarded.sender if message.forwarded else None
    addresses = [one.address for one in (message.sender, forwarded) if one]
    names = [
        *(entry.provider for entry in entries),
        message.list_id or "",
        *(address.rpartition("@")[2] for address in reversed(addresses)),
    ]
    for name in names:
        folded = name.strip().lower()
        if folded and folded not in seen:
            seen.add(folded)
            yield folded


def _ids(message: Message, entries: Sequence[Entry]) -> Iterator[str]:
    """The numbers by which the work is called, as they are compared; a digest has many works'."""
    if message.digest:
        return
    text = f"{message.subject}\n{message.text[:_SEARCHED]}"
    found = [entry.maintenance for entry in entries if entry.maintenance]
    if not found:
        found = [one["id"] for one in _LABELLED.finditer(text)]
        found += _NUMBER.findall(text)
    yield from dict.fromkeys(as_id(one) for one in found[:20])


def as_id(name: str) -> str:
    """A maintenance id as it is compared: capitals, without spaces."""
    return re.sub(r"\s+", "", name).upper()


# --- trusted by rule ---------------------------------------------------------------------------


def trusted_by(rules: MaintenanceRules, filed: Filed) -> str | None:
    """The rule by which this notice needs no review; None where there is none."""
    message, reading, trust = filed.message, filed.reading, filed.trust
    is_formal = any(entry.formal for entry in reading.entries)
    sure = _sureness(reading, is_formal=is_formal)
    for rule in rules.trusted:
        if (is_formal or not rule.maintnote) and sure >= rule.confidence:
            if rule.list and _is_of_list(rule, message, trust):
                return f"rule: list {rule.list}"
            if rule.domain and _is_of_domain(rule, message, trust):
                return f"rule: domain {rule.domain}"
    return None


def _sureness(reading: Reading, *, is_formal: bool) -> float:
    """How sure the least sure of its labels is; a MAINTNOTE says its windows itself."""
    labels = ("event", "services") if is_formal else ("event", "services", "windows")
    return min(reading.confidence.get(label, 0.0) for label in labels)


def _is_of_list(rule: Trusted, message: Message, trust: Trust) -> bool:
    """Whether the list itself sent it, as its own server has proven."""
    return message.list_id == rule.list and any(
        claim.what == "list" and claim.result == "pass" for claim in trust.claims
    )


def _is_of_domain(rule: Trusted, message: Message, trust: Trust) -> bool:
    sender = message.sender.address.lower().rpartition("@")[2] if message.sender else ""
    is_theirs = sender == rule.domain or sender.endswith(f".{rule.domain}")
    return is_theirs and trust.verdict == "verified" and message.forwarded is None
