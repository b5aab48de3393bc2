"""Which known windows a notice is about, and what it changes of each. Pure.

A later notice of the same maintenance changes the same window: it has the same calendar UID or
maintenance id, or is on the same ticket, or names the same services and times; or, with words of
change, comes from the same provider about the same services at near times. An older notice
(SEQUENCE first, then when it was written) changes nothing. What could be meant in two ways is not
guessed: it is a doubt, for a person to settle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.incidents.notices import CHANGES, OFF, Slot, Told, as_id
from gateway.store.tables import WindowRow

NEAR = timedelta(days=14)
UNSAID = "The times changed, and the notice does not say so."
WHICH = "The notice does not say which window is meant."
LEFT_OUT = "A later notice of the same maintenance does not name this window."
NO_NEW_TIME = "It is moved, and the notice does not say to when."
MAYBE_NEW = "It may be a new window, or {ref} moved to another time."


@dataclass(frozen=True, slots=True)
class Change:
    """What a notice does: to `row`, or for None a new window; `slot` is None if it tells no time.

    With no `status` it only adds doubts. `why` it is about that window.
    """

    row: WindowRow | None
    slot: Slot | None
    status: str | None
    doubts: tuple[str, ...] = ()
    why: str = ""
    is_old: bool = False


def changes(told: Told, ticket: int | None, known: Sequence[WindowRow]) -> list[Change]:
    """All that the notice changes; `ticket` is where it is filed, `known` what it may be about."""
    found = {row.id: why for row in known if (why := _link(told, ticket, row))}
    group = [row for row in known if row.id in found]
    if not group and told.status in CHANGES:
        near = [row for row in known if _is_near(told, row)]
        if len({row.maintenance or row.ticket_id or row.id for row in near}) > 1:
            return [Change(row, None, None, (WHICH,), BY_NEARNESS) for row in near]
        group, found = near, {row.id: BY_NEARNESS for row in near}
    if told.slots:
        return list(_with_times(told, group, found))
    return list(_without_times(told, group, found))


# --- which windows -----------------------------------------------------------------------------

BY_UID = "its calendar entry has the same UID"
BY_ID = "it has the same maintenance id"
BY_TICKET = "it is on the same ticket"
BY_TIMES = "it names the same service and times"
BY_NEARNESS = "it comes from the same sender, about the same service and near times"
_STRONG = (BY_UID, BY_ID)


def _link(told: Told, ticket: int | None, row: WindowRow) -> str:
    """Why a notice is about that window; "" if it is not."""
    if {row.uid, row.source_uid} & {uid for uid in told.uids if uid}:
        return BY_UID
    if row.maintenance and as_id(row.maintenance) in told.ids:
        # The numbers of two providers may be alike.
        return BY_ID if _same_provider(told, row) or ticket == row.ticket_id else ""
    is_other = bool(row.maintenance and told.ids)
    if ticket is not None and row.ticket_id == ticket and not is_other:
        return BY_TICKET
    same = any((row.starts_at, row.ends_at) == (slot.start, slot.end) for slot in told.slots)
    return BY_TIMES if same and not is_other and set(row.services) & set(told.services) else ""


def _same_provider(told: Told, row: WindowRow) -> bool:
    return not row.provider or not told.providers or row.provider in told.providers


def _is_near(told: Told, row: WindowRow) -> bool:
    """Whether a notice with words of change may be about that window."""
    if row.status in OFF or not row.provider or row.provider not in told.providers:
        return False
    if (row.maintenance and told.ids) or not set(row.services) & set(told.services):
        return False
    moments = [slot.start for slot in told.slots] or [told.at]
    return any(abs(moment - row.starts_at) <= NEAR for moment in moments)


def is_older(told: Told, slot: Slot | None, row: WindowRow) -> bool:
    """Whether what is known of the window is newer: by SEQUENCE, else by when it was written."""
    if slot is not None and slot.sequence is not None and row.source_sequence is not None:
        same_entry = slot.uid in ("", row.source_uid, row.uid)
        if same_entry and slot.sequence != row.source_sequence:
            return slot.sequence < row.source_sequence
    return told.at < row.told_at


# --- what it changes ---------------------------------------------------------------------------


def _with_times(
    told: Told, group: list[WindowRow], found: dict[int | None, str]
) -> Iterator[Change]:
    pairs = _paired(told, group, found)
    named = {id(row) for _, row, _ in pairs if row is not None}
    for slot, row, doubts in pairs:
        if row is None:
            if slot.status != "COMPLETED":  # of what nobody announced nothing is left to do
                yield Change(None, slot, slot.status, doubts)
        else:
            yield Change(row, slot, slot.status, doubts, found[row.id], is_older(told, slot, row))
    if told.status in ("CONFIRMED", "RE-SCHEDULED", "TENTATIVE"):
        for row in group:
            is_ahead = row.status not in OFF and row.starts_at > told.at
            is_left_out = id(row) not in named and found[row.id] in _STRONG
            if is_ahead and is_left_out and not is_older(told, None, row):
                yield Change(row, None, None, (LEFT_OUT,), found[row.id])


def _paired(
    told: Told, group: list[WindowRow], found: dict[int | None, str]
) -> list[tuple[Slot, WindowRow | None, tuple[str, ...]]]:
    """Each slot with its window, None for a new one, and what is doubtful about that."""
    slots, rows = list(told.slots), list(group)
    pairs: list[tuple[Slot, WindowRow | None, tuple[str, ...]]] = []

    def pair(slot: Slot, row: WindowRow, *doubts: str) -> None:
        pairs.append((slot, row, doubts))
        slots.remove(slot)
        rows.remove(row)

    uids = [slot.uid for slot in slots if slot.uid]
    for slot in list(slots):
        same = [row for row in rows if slot.uid and slot.uid in (row.uid, row.source_uid)]
        if len(same) == 1 and uids.count(slot.uid) == 1:
            pair(slot, same[0])
    for slot in list(slots):
        for row in list(rows):
            if slot in slots and (row.starts_at, row.ends_at) == (slot.start, slot.end):
                pair(slot, row)
    rows = [row for row in rows if row.status not in OFF or len(slots) == 1]
    is_change = told.status in CHANGES
    if slots and rows and len(slots) == len(rows) and (is_change or found[rows[0].id] in _STRONG):
        rows.sort(key=lambda row: row.starts_at)
        doubts = () if is_change else (UNSAID,)
        for slot, row in zip(sorted(slots, key=lambda one: one.start), list(rows), strict=True):
            is_newer = _has_higher_sequence(slot, row)
            pair(slot, row, *(() if is_newer else doubts))
    for slot in list(slots):
        if is_change and len(rows) > len(slots):
            near = min(rows, key=lambda row: abs(row.starts_at - slot.start))
            pair(slot, near, *((WHICH,) if len(rows) > 1 and told.status != "IN-PROCESS" else ()))
    if slots and len(slots) <= len(rows) and all(is_older(told, None, row) for row in rows):
        for slot in list(slots):  # what it tells has been overtaken
            pair(slot, min(rows, key=lambda row: abs(row.starts_at - slot.start)))
    live = [row for row in rows if row.status not in OFF]
    maybe = (MAYBE_NEW.format(ref=live[0].ref),) if live else ()
    pairs += [(slot, None, maybe) for slot in slots]
    return pairs


def _has_higher_sequence(slot: Slot, row: WindowRow) -> bool:
    if slot.sequence is None or row.source_sequence is None:
        return False
    return slot.sequence > row.source_sequence


def _without_times(
    told: Told, group: list[WindowRow], found: dict[int | None, str]
) -> Iterator[Change]:
    live = [row for row in group if row.status not in OFF]
    if told.status == "COMPLETED":
        live = [row for row in live if row.starts_at <= told.at] or live
    if told.status == "IN-PROCESS":
        begun = [row for row in live if row.starts_at <= told.at + timedelta(hours=1)]
        live = begun[-1:] if len(begun) > 1 else begun or live
    is_sure = len(live) == 1 or any(found[row.id] in _STRONG for row in live)
    for row in live:
        is_old = is_older(told, None, row)
        if told.status == "RE-SCHEDULED":
            if not is_old:
                yield Change(row, None, None, (NO_NEW_TIME,), found[row.id])
        elif told.status in CHANGES:
            doubts = () if is_sure else (WHICH,)
            yield Change(row, None, told.status, doubts, found[row.id], is_old)
