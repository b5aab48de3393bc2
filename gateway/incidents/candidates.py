"""The tickets that the messages of a batch may be about, found by service and time.

Two statements for a whole batch, each by an index, however many tickets there are; the tickets that
the batch opens are among them at once. What is chosen is joined or only suggested; where two that
are plainly different, or that a person holds apart, are both likely, neither is joined. It lives
inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, or_, text
from sqlmodel import Session, col, select

from classifiers import Grouping
from gateway.incidents import likeness, signals, tickets
from gateway.incidents.likeness import Score, Standing
from gateway.incidents.signals import Profile, Signal
from gateway.model import utcnow
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import (
    ProfileRow,
    SeparationRow,
    SightingRow,
    SuggestionRow,
    TicketRow,
    UtcDateTime,
)

Mode = Literal["join", "suggest", "off"]
MOST_SUGGESTED = 3
AT_ONCE = 60  # parts of one statement: SQLite takes 500
_ONE_KEY = (
    "SELECT * FROM (SELECT service, ticket_id FROM sighting WHERE service = :s{n} "
    "AND last_at >= :from{n} AND last_at <= :to{n} ORDER BY last_at DESC LIMIT :most) AS k{n}"
)


@dataclass(frozen=True, slots=True)
class Likely:
    """A ticket that a message may be about, and what speaks for it."""

    ticket: TicketRow
    score: Score


@dataclass(frozen=True, slots=True)
class Choice:
    """The ticket that takes the message, if one does, and those that are only suggested."""

    taken: Likely | None = None
    suggested: tuple[Likely, ...] = ()


@dataclass(slots=True)
class _Kept:
    standing: Standing
    changed: bool = False
    keys: set[str] = field(default_factory=set)


class Candidates:
    """What may belong together. `asked` are the signals of the batch; locks are the caller's."""

    def __init__(
        self, session: Session, asked: Sequence[Signal], words: Grouping | None, mode: Mode = "join"
    ) -> None:
        self._session = session
        self._words: Grouping = words  # type: ignore[assignment]  # never looked at where it is off
        self.mode: Mode = mode if words is not None else "off"
        self._kept: dict[str, _Kept] = {}  # by the ticket's token
        self._rows: dict[str, TicketRow] = {}
        self._by_key: dict[str, list[str]] = {}
        self._apart: set[frozenset[int]] = set()
        self._told_of: set[int] = set()
        self._suggested: dict[frozenset[str], tuple[TicketRow, TicketRow, int | None, Score]] = {}
        self._found: list[tuple[int, Standing]] = []
        if self.mode != "off":
            self._load([one for one in asked if one.family != "none"])

    # --- what is known at the start ---

    def _load(self, asked: Sequence[Signal]) -> None:
        spans: dict[tuple[str, datetime], tuple[datetime, datetime]] = {}
        for one in asked:
            for key in one.looks_under:
                low, high = self._span(key, one.at)
                bucket = key, one.at.replace(hour=one.at.hour // 6 * 6, minute=0, second=0,
                                             microsecond=0)  # fmt: skip
                first, last = spans.get(bucket, (low, high))
                spans[bucket] = min(first, low), max(last, high)
        sighted = self._sighted([(key, *span) for (key, _), span in spans.items()])
        found = self._standings({number for numbers in sighted.values() for number in numbers})
        standings = dict(found)
        # Each is held against what goes by its own keys alone: not all against all.
        likely = {
            number
            for one in asked
            for number in {n for key in one.looks_under for n in sighted.get(key, ())}
            if number in standings and self._is_likely(one, standings[number])
        }
        self._found = [pair for pair in found if pair[0] in likely]

    def _is_likely(self, one: Signal, standing: Standing) -> bool:
        if not self._is_near(one, standing):
            return False
        found = likeness.score(one, standing, self._words)
        return found.value >= self._words.scores["suggest"]

    def _span(self, key: str, at: datetime) -> tuple[datetime, datetime]:
        hours = self._words.hours
        if key.startswith(signals.PLANNED):
            reach = timedelta(hours=hours["planned"])
            return at - reach, at + reach
        return at - timedelta(hours=hours["trouble"]), at + timedelta(hours=2 * hours["trouble"])

    def _sighted(self, spans: Sequence[tuple[str, datetime, datetime]]) -> dict[str, set[int]]:
        """By each key, the tickets that were spoken of under it."""
        found: dict[str, set[int]] = {}
        for start in range(0, len(spans), AT_ONCE):
            some = spans[start : start + AT_ONCE]
            query = text(" UNION ".join(_ONE_KEY.format(n=n) for n in range(len(some))))
            values: dict[str, Any] = {"most": self._words.limits["candidates"]}
            times = []
            for n, (key, low, high) in enumerate(some):
                values |= {f"s{n}": key, f"from{n}": low, f"to{n}": high}
                times += [bindparam(f"from{n}", type_=UtcDateTime()),
                          bindparam(f"to{n}", type_=UtcDateTime())]  # fmt: skip
            for key, number in self._session.execute(query.bindparams(*times), values):
                found.setdefault(key, set()).add(number)
        return found

    def _standings(self, numbers: Collection[int]) -> list[tuple[int, Standing]]:
        """These tickets as they were when last written; they are not locked yet."""
        if not numbers:
            return []
        query = (
            select(  # type: ignore[call-overload]  # more columns than its overloads know
                TicketRow.id, TicketRow.services, TicketRow.began_at, TicketRow.last_at,
                TicketRow.over_at, TicketRow.created_at, TicketRow.state, TicketRow.windows,
                ProfileRow.said,
            )
            .join(ProfileRow, col(ProfileRow.ticket_id) == col(TicketRow.id))
            .where(col(TicketRow.id).in_(numbers), col(TicketRow.merged_into).is_(None))
            .order_by(col(TicketRow.id))
        )  # fmt: skip
        found = []
        for (
            id_,
            services,
            began,
            last,
            over,
            created,
            state,
            windows,
            said,
        ) in self._session.execute(query):
            standing = Standing(
                number=id_,
                services=tuple(services),
                began_at=began or created,
                last_at=last or began or created,
                over_at=over,
                is_ended=state in tickets.OVER,
                windows=windows_of(windows),
                profile=signals.profile_of(said),
            )
            found.append((id_, standing))
        return found

    @property
    def numbers(self) -> set[int]:
        """The tickets that may be joined or suggested: to be locked before `bind`."""
        return {number for number, _ in self._found}

    def bind(self, by_number: dict[int, TicketRow]) -> None:
        """These are the tickets, locked, as they are now."""
        for number, standing in self._found:
            row = by_number.get(number)
            if row is None or row.merged_into is not None:
                continue
            ended = replace(standing, is_ended=row.state in tickets.OVER, over_at=row.over_at)
            self._keep(row, ended)
        self._apart = self._separations({*by_number})
        if by_number:
            query = select(ProfileRow.ticket_id).where(col(ProfileRow.ticket_id).in_(by_number))
            self._told_of = set(self._session.exec(query))

    def _keep(self, row: TicketRow, standing: Standing) -> _Kept:
        kept = self._kept[row.token] = _Kept(standing)
        self._rows[row.token] = row
        families = {"planned"} if standing.is_planned else {"trouble"}
        self._index(row.token, kept, self._keys(standing, families))
        return kept

    @staticmethod
    def _keys(standing: Standing, families: set[str]) -> set[str]:
        services = {*standing.services, *standing.profile.named, signals.ANY}
        if "planned" in families:
            return {f"{signals.PLANNED}{one}" for one in services}
        return services

    def _index(self, token: str, kept: _Kept, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in kept.keys:
                kept.keys.add(key)
                self._by_key.setdefault(key, []).append(token)

    def _separations(self, numbers: Collection[int]) -> set[frozenset[int]]:
        if not numbers:
            return set()
        one, other = col(SeparationRow.one_id), col(SeparationRow.other_id)
        query = select(SeparationRow.one_id, SeparationRow.other_id)
        rows = self._session.exec(query.where(or_(one.in_(numbers), other.in_(numbers))))
        return {frozenset(pair) for pair in rows}

    def are_apart(self, one: TicketRow, other: TicketRow) -> bool:
        """Whether a person holds these two apart."""
        if one.id is None or other.id is None:
            return False
        return frozenset((one.id, other.id)) in self._apart

    # --- choosing ---

    def choose(self, one: Signal, among: Collection[str] | None = None) -> Choice:
        """Which ticket the message is about; `among` restricts it to tickets of these tokens."""
        if self.mode == "off" or one.family == "none":
            return Choice()
        worth = self._words.scores
        scored = self._scored(one, among)
        likely = [pair for pair in scored if pair[1].value >= worth["suggest"]]
        able = [pair for pair in likely if pair[1].value >= worth["join"] and not pair[1].cap]
        found = tuple(Likely(self._rows[token], score) for token, score in likely)
        if not able or one.is_personal or self.mode != "join":
            return Choice(None, found[:MOST_SUGGESTED])
        (token, best), *others = able
        near = [pair for pair in others if pair[1].value >= best.value - likeness.MARGIN]
        if any(self._differ(token, other) for other, _ in near):
            return Choice(None, found[:MOST_SUGGESTED])
        # Of tickets that seem to be one, the one on which most came together takes it.
        token, best = max([(token, best), *near], key=lambda pair: self._weight(pair[0]))
        taken = Likely(self._rows[token], best)
        rest = tuple(Likely(self._rows[other], score) for other, score in able
                     if other != token and not self._differ(token, other))  # fmt: skip
        return Choice(taken, rest[:MOST_SUGGESTED])

    def fits(self, one: Signal, ticket: TicketRow) -> Score | None:
        """What speaks for it that the message is about this ticket; None where nothing is known."""
        kept = self._kept.get(ticket.token)
        return likeness.score(one, kept.standing, self._words) if kept else None

    def services_of(self, ticket: TicketRow) -> set[str]:
        """The services that its messages name, as far as they are known here."""
        kept = self._kept.get(ticket.token)
        return {*kept.standing.profile.named} if kept else set()

    def cleared_at(self, ticket: TicketRow) -> datetime | None:
        """When an all-clear came that nobody believed yet, as far as it is known here."""
        kept = self._kept.get(ticket.token)
        return kept.standing.cleared_at if kept else None

    def hold_apart(self, one: TicketRow, other: TicketRow) -> None:
        """Neither is joined to the other from now on."""
        self._apart.add(frozenset((tickets.number(one), tickets.number(other))))

    def is_likely(self, found: Score | None) -> bool:
        """Whether so much speaks for it that it would be suggested."""
        return found is not None and found.value >= self._words.scores["suggest"]

    def _scored(self, one: Signal, among: Collection[str] | None) -> list[tuple[str, Score]]:
        tokens = dict.fromkeys(
            token for key in one.looks_under for token in self._by_key.get(key, ())
        )
        found = []
        for token in tokens:
            kept = self._kept.get(token)
            if kept is None or (among is not None and token not in among):
                continue
            if self._is_near(one, kept.standing):
                found.append((token, likeness.score(one, kept.standing, self._words)))
        return sorted(found, key=lambda pair: (
            -pair[1].value, -self._kept[pair[0]].standing.profile.messages,
            self._kept[pair[0]].standing.number,
        ))  # fmt: skip

    def _weight(self, token: str) -> tuple[int, int]:
        standing = self._kept[token].standing
        return standing.profile.messages, -(standing.number or tickets.LAST)

    def is_alone(self, ticket: TicketRow) -> bool:
        """Whether nobody else could find the ticket yet: a mere reply, or a question, opened it."""
        return ticket.token not in self._kept and ticket.id not in self._told_of

    def _is_near(self, one: Signal, standing: Standing) -> bool:
        planned = standing.is_planned
        hours = self._words.hours["planned" if planned else "trouble"]
        return likeness.apart(one.at, standing.began_at, standing.last_at) <= timedelta(hours=hours)

    def _differ(self, one: str, other: str) -> bool:
        rows = self._rows[one], self._rows[other]
        if self.are_apart(*rows):
            return True
        mine, theirs = self._kept[one].standing, self._kept[other].standing
        return likeness.conflict(mine, theirs, self._words)

    # --- what the batch adds ---

    def add(self, ticket: TicketRow, one: Signal, *, is_report: bool = False) -> None:
        """The message is on the ticket; a mere report adds no service to it."""
        if self.mode == "off":
            return
        _heard(ticket, one.at)
        if not one.is_shared and ticket.token not in self._kept:
            return
        kept = self._kept.get(ticket.token)
        if kept is None:
            standing = Standing(0, (), one.at, one.at, None, False, (), self._profile(ticket))
            kept = self._keep(ticket, standing)
        was = kept.standing
        was.profile.add(one, self._words.limits["terms"])
        kept.changed = True
        kept.standing = replace(
            was,
            number=ticket.id or 0,
            services=tuple(ticket.services),
            began_at=min(was.began_at, one.at),
            last_at=max(was.last_at, one.at),
            over_at=ticket.over_at,
            is_ended=ticket.state in tickets.OVER,
            windows=windows_of(ticket.windows),
        )
        if one.is_shared:
            found = set(one.keys) if not is_report else set()
            found |= was.profile.together if not kept.standing.is_planned else set()
            self._index(ticket.token, kept, found | self._own_keys(kept.standing))

    def _own_keys(self, standing: Standing) -> set[str]:
        services = {*standing.services, signals.ANY}
        if standing.is_planned:
            return {f"{signals.PLANNED}{one}" for one in services}
        return services

    def _profile(self, ticket: TicketRow) -> Profile:
        row = self._session.get(ProfileRow, ticket.id) if ticket.id is not None else None
        return signals.profile_of(row.said if row else None)

    def refresh(self, ticket: TicketRow) -> None:
        """Its end or its windows have changed."""
        kept = self._kept.get(ticket.token)
        if kept is not None:
            kept.standing = replace(
                kept.standing, over_at=ticket.over_at, windows=windows_of(ticket.windows),
                is_ended=ticket.state in tickets.OVER, services=tuple(ticket.services),
            )  # fmt: skip

    def suggest(self, ticket: TicketRow, likely: Likely, message: int | None) -> bool:
        """Perhaps the ticket belongs to that one; False where that is known, or is held apart."""
        other = likely.ticket
        if other is ticket or self.are_apart(ticket, other):
            return False
        pair = frozenset((ticket.token, other.token))
        if pair in self._suggested:
            return False
        self._suggested[pair] = ticket, other, message, likely.score
        return True

    def merged(self, gone: TicketRow, into: TicketRow) -> None:
        """What the one has said, the other has said now. The rows are moved by `merging`."""
        lost = self._kept.pop(gone.token, None)
        kept = self._kept.get(into.token)
        if lost is not None and kept is not None:
            most = self._words.limits["terms"]
            kept.standing = replace(
                kept.standing,
                profile=signals.together(kept.standing.profile, lost.standing.profile, most),
                services=tuple(into.services),
                began_at=min(kept.standing.began_at, lost.standing.began_at),
                last_at=max(kept.standing.last_at, lost.standing.last_at),
            )
            kept.changed = True
            self._index(into.token, kept, lost.keys)
        elif lost is not None:
            stored = self._profile(into)
            profile = stored if stored.messages else lost.standing.profile
            self._keep(into, replace(lost.standing, profile=profile)).changed = True
        self._apart = {
            frozenset(into.id if one == gone.id else one for one in pair)  # type: ignore[misc]
            for pair in self._apart
        }

    def write(self) -> None:
        """Keep what the batch has added."""
        changed = [(self._rows[token], kept) for token, kept in self._kept.items() if kept.changed]
        if changed:
            write_profiles(
                self._session,
                [(tickets.number(row), kept.standing, kept.keys) for row, kept in changed],
            )
        rows = [
            {"ticket_id": tickets.number(ticket), "other_id": tickets.number(other),
             "message_id": message, "score": score.value,
             "reasons": [*score.reasons, *([score.cap] if score.cap else [])], "state": "open"}
            for ticket, other, message, score in self._suggested.values()
            if ticket.id != other.id and not self.are_apart(ticket, other)
        ]  # fmt: skip
        if rows:
            add_suggestions(self._session, rows)


def _standing(row: Any) -> Standing:
    began = row.began_at or row.created_at
    return Standing(
        number=row.id,
        services=tuple(row.services),
        began_at=began,
        last_at=row.last_at or began,
        over_at=row.over_at,
        is_ended=row.state in tickets.OVER,
        windows=windows_of(row.windows),
        profile=signals.profile_of(row.said),
    )


def add_suggestions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep these, but none that is known already."""
    now = utcnow()
    add = insert_into(session, SuggestionRow).on_conflict_do_nothing()
    write_rows(session, add, [{"at": now, **row} for row in rows])


def write_profiles(
    session: Session, found: Sequence[tuple[int, Standing, Collection[str]]]
) -> None:
    """What these tickets have said, and under which names they are found from when to when."""
    profile = insert_into(session, ProfileRow)
    write_rows(
        session,
        profile.on_conflict_do_update(
            index_elements=["ticket_id"], set_={"said": profile.excluded.said}
        ),
        [{"ticket_id": number, "said": one.profile.as_json()} for number, one, _ in found],
    )
    sighting = insert_into(session, SightingRow)
    new = sighting.excluded
    rows = [
        {"service": key, "ticket_id": number, "began_at": one.began_at, "last_at": one.last_at}
        for number, one, keys in found
        for key in sorted(keys)
    ]
    if rows:
        write_rows(
            session,
            sighting.on_conflict_do_update(
                index_elements=["service", "ticket_id"],
                set_={"began_at": new.began_at, "last_at": new.last_at},
            ),
            rows,
        )


def _heard(ticket: TicketRow, at: datetime) -> None:
    ticket.began_at = min(ticket.began_at or at, at)
    ticket.last_at = max(ticket.last_at or at, at)


def windows_of(windows: Iterable[dict[str, Any]]) -> tuple[tuple[datetime, datetime | None], ...]:
    """The windows of a ticket as times."""
    found = []
    for one in windows:
        if one.get("start"):
            end = one.get("end")
            found.append((_time(one["start"]), _time(end) if end else None))
    return tuple(found)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
