"""Where a message's windows come from: calendars, own words, subject, what was passed on.

The first source that says anything decides; the others only lend a day or an end that it leaves
out, or a doubt where they contradict it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from classifiers.contract import Document, Event, Evidence, Window, Windows
from classifiers.windows.calendars import Noted, calendar_entries, read_calendars
from classifiers.windows.mentions import Mentions
from classifiers.windows.plans import Plan, extended, read_plan
from classifiers.windows.reports import read_over, read_starts
from classifiers.windows.resolver import Calendar
from classifiers.windows.sections import (
    Section,
    digest_sections,
    forwarded_sections,
    history_sections,
    own_sections,
    subject_of,
)
from classifiers.windows.status import status_of
from classifiers.windows.words import MONTHS
from classifiers.windows.zones import site_zone, written_in

#: Where hours "from - to" stand to the time of writing.
Hours = Literal["ahead", "now", "past", "none"]
_SOON = timedelta(minutes=20)
CONFLICT = "The calendar and the text give different windows."
SUBJECT = "The subject and the text give different windows."
_REPLY = re.compile(r"\s*(?:re|aw|sv|fw|fwd|rv|wg|tr)\s*:", re.I)
_DAY_FIRST = re.compile(
    r"\b(?:mantenimiento|inicio|fecha|hasta|desde|horario|uhr|wartung\w*|beginn|ende|début|heures?"
    r"|travaux|intervention du|início|manuten[çc][ãa]o|hor[áa]rio|hora de|manutenzione|inizio)\b",
    re.I,
)
_EUROPEAN = re.compile(
    r"\b(?:CES?T|MES?Z|BST|WES?T|EES?T|IST|SGT|AE[SD]T)\b|british|european", re.I
)
_BEFORE = re.compile(r"\b([^\W\d_]{3,10})\.? (\d{1,2})\b")
_AFTER = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?([^\W\d_]{3,10})\b")
_MONTH_FIRST = frozenset({"us", "ca", "ph", "io", "co", "tv", "ai", "me", "cc", "fm", "pr", "gu"})
_NORTH_AMERICA = ("America/", "US/", "Pacific/Honolulu", "Pacific/Guam")
_WORLD_ZONES = re.compile(r"\b(?:UTC|GMT)\b|\b\d{4}Z\b")
_US_ZONES = re.compile(r"\b(?:E[SD]?T|C[SD]T|M[SD]T|P[SD]?T|Eastern|Pacific|AK[SD]?T|HST)\b")
_ORDERED = re.compile(r"\d[/-]\d")
_DIGITS = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](?:20)?\d\d\b")


class Finder:
    """Finds the windows of one document."""

    def __init__(self, document: Document, zone: str, event: Event) -> None:
        self._document = replace(
            document,
            date=_sound(document.date),
            forwarded_date=_sound(document.forwarded_date),
        )
        self._event = event
        self._zone = site_zone(zone)
        self._local = written_in(_header(document, "date"), self._document.date)
        self._doubts: list[str] = []
        self._evidence: list[Evidence] = []
        self._zone_name = zone
        self._zone_assumed = False

    def windows(self) -> Windows:
        """All that can be said of the document."""
        found = self._windows()
        if self._event not in ("maintenance", "resolved"):
            return found
        entries = calendar_entries(self._document.calendars, self._zone_name)
        return replace(found, entries=entries, zone_assumed=self._zone_assumed)

    def _windows(self) -> Windows:
        noted = Noted()
        if self._document.calendars:
            noted = read_calendars(self._document.calendars, self._zone)
        status = status_of(self._document, self._event)
        if self._event == "maintenance":
            if noted.status == "CANCELLED" and not noted.windows:
                return Windows(status="CANCELLED")
            windows = self._planned(noted)
            status = noted.status if noted.formal else status or noted.status
        elif self._event == "resolved":
            windows = self._over() or list(noted.windows if noted.formal else ())
            if not windows and status == "COMPLETED":
                windows = self._done()
        else:
            windows = self._began() or [Window(w.start) for w in noted.windows if noted.formal]
        return Windows(tuple(windows), status, tuple(self._doubts), tuple(self._evidence))

    def hours(self) -> Hours:
        """Where the first whole window of the newest part stands to the time of writing."""
        written = self._document.date
        if written is None:
            return "none"
        for section in self._newest():
            plan = read_plan(self._mentions(section, True), None)
            window = next((window for window in plan.windows if window.end), None)
            if window is not None and window.end is not None:
                if window.start > written + _SOON:
                    return "ahead"
                return "past" if window.end <= written + _SOON else "now"
        return "none"

    # --- reading a part

    def _mentions(self, section: Section, ahead: bool) -> Mentions:
        order = self._month_first(section.text)
        latest = section.written
        if latest and not section.own and self._document.date:
            # The date of a forwarded mail carries no zone: it may be hours off.
            latest = min(latest + timedelta(hours=8), self._document.date)
        calendar = Calendar(section.written, self._zone, ahead, order, latest)
        local = self._local if section.own else None
        # A person reports by the clock on their wall; a plan without a zone is the site's.
        return Mentions(section, calendar, self._zone if ahead else local or self._zone, local)

    def _month_first(self, text: str) -> bool | None:
        """How digits of a date are ordered: as in the mail's region, or the site's."""
        if not _ORDERED.search(text):
            return True  # no date is in doubt
        digits = [(int(one), int(other)) for one, other in _DIGITS.findall(text)[:40]]
        is_day_first = any(one > 12 for one, _ in digits)
        if is_day_first != any(other > 12 for _, other in digits):
            return not is_day_first  # one date tells the order of all
        if (order := _named_order(text, digits)) is not None:
            return order
        key = self._zone.tz.key if isinstance(self._zone.tz, ZoneInfo) else ""
        is_american = key.startswith(_NORTH_AMERICA)
        if not is_american or _DAY_FIRST.search(text) or self._document.language == "es":
            return False
        if _US_ZONES.search(text):
            return True
        if _EUROPEAN.search(text):
            return False
        if self._is_from_elsewhere():
            return False
        return None if _WORLD_ZONES.search(text) else True

    def _is_from_elsewhere(self) -> bool:
        """Whether the sender's address or clock is of a country that writes the day first."""
        country = self._document.from_address.rpartition(".")[2].lower()
        if len(country) == 2 and country not in _MONTH_FIRST:
            return True
        return self._local is not None and not str(self._local.tz).startswith(_NORTH_AMERICA)

    def _note(self, mentions: Mentions) -> None:
        self._doubts += [d for d in mentions.calendar.doubts if d not in self._doubts]

    def _show(self, section: Section, start: int, end: int, why: str) -> None:
        found = section.evidence(self._document, start, end, why)
        if found and found not in self._evidence:
            self._evidence.append(found)

    # --- planned work

    def _planned(self, noted: Noted) -> list[Window]:
        if noted.formal and noted.windows:
            return list(noted.windows)
        subject = self._mentions(subject_of(self._document), True)
        outer = subject.day_at(0)
        said = self._plan_windows(subject, outer)
        if not noted.windows:
            return said
        if not said or set(said) == set(noted.windows):
            return list(noted.windows)
        self._doubts.append(CONFLICT)
        # What people read outweighs the entry beside it, if it says as much.
        is_whole = len(said) == len(noted.windows) and all(window.end for window in said)
        return said if is_whole else list(noted.windows)

    def _plan_windows(self, subject: Mentions, outer: date | None) -> list[Window]:
        """The windows of the newest part that says whole ones, as newer parts change them."""
        if digest := digest_sections(self._document):
            return self._digested(digest)
        change: tuple[Mentions, Plan] | None = None
        bare: tuple[Mentions, Plan] | None = None
        for section in self._parts():
            mentions = subject if section.field == "subject" else self._mentions(section, True)
            plan = read_plan(mentions, None if mentions is subject else outer)
            if plan.whole and bare is None:
                return self._settled(subject, mentions, plan, change)
            if plan.whole and bare and (not bare[1].is_said or _same_start(bare[1], plan)):
                return self._settled(subject, mentions, plan, change)
            if plan.windows and bare is None:
                bare = (mentions, plan)
            is_newest = bare is None or bare[1] is plan
            is_change = plan.extension or plan.moved_to or plan.longer
            if is_change and change is None and is_newest:
                change = (mentions, plan)
        return self._settled(subject, *bare, change) if bare else []

    def _parts(self) -> Iterator[Section]:
        """The parts of a notice, the newest first; what it answers comes last."""
        yield from self._newest()
        yield from history_sections(self._document)

    def _newest(self) -> Iterator[Section]:
        yield from own_sections(self._document)
        yield from forwarded_sections(self._document)
        yield subject_of(self._document)

    def _digested(self, digest: list[Section]) -> list[Window]:
        """The windows of all messages of a digest."""
        windows: list[Window] = []
        for section in digest:
            mentions = self._mentions(section, True)
            plan = read_plan(mentions, None)
            if plan.windows:
                found = self._settled(mentions, mentions, plan, None)
                windows += [window for window in found if window not in windows]
        return windows

    def _settled(
        self,
        subject: Mentions,
        mentions: Mentions,
        plan: Plan,
        change: tuple[Mentions, Plan] | None,
    ) -> list[Window]:
        """The windows of a plan, with an end that this or a newer text gives them."""
        self._note(mentions)
        windows = plan.windows
        self._zone_assumed = bool(windows) and not mentions.names_a_zone
        for found in plan.found:
            self._show(mentions.section, found.start, found.end, "window")
        if subject is not mentions:
            windows = self._compared(subject, plan, windows)
        change = change or ((mentions, plan) if plan.extension or plan.longer else None)
        return self._extended(change, windows) if change else windows

    def _compared(self, subject: Mentions, plan: Plan, windows: list[Window]) -> list[Window]:
        """Take from the subject an end that the text leaves out; doubt what contradicts it."""
        said = read_plan(subject, None)
        if said.extension and said.extension.role.standing == "extended" and not plan.extension:
            longer = self._extended((subject, said), windows)
            return longer if _is_longer(longer, windows) else windows
        headline = said.windows
        if len(headline) != 1 or not headline[0].end:
            return windows
        if len(windows) == 1 and windows[0].end is None and windows[0].start == headline[0].start:
            return headline
        is_other = all(abs(w.start - headline[0].start) > timedelta(hours=12) for w in windows)
        is_moved = any(found.new for found in plan.found)
        if is_other and not is_moved and not _REPLY.match(self._document.subject):
            self._doubts.append(SUBJECT)
        return windows

    def _extended(self, change: tuple[Mentions, Plan], windows: list[Window]) -> list[Window]:
        mentions, plan = change
        if plan.moved_to and not plan.windows:
            return [mentions.on_day(windows[-1], plan.moved_to)]
        last = windows[-1]
        if plan.extension is None and plan.longer and last.end:
            return [*windows[:-1], Window(last.start, last.end + plan.longer)]
        if plan.extension is None:
            return windows
        chain = plan.extension.chain
        self._show(mentions.section, chain.start, chain.end, "new end")
        return [*windows[:-1], extended(mentions, plan.extension, windows[-1])]

    # --- reports

    def _began(self) -> list[Window]:
        for section in self._told():
            mentions = self._mentions(section, False)
            found = read_starts(mentions, is_outage=self._event == "outage")
            if found:
                self._note(mentions)
                for _, mention in found:
                    self._show(section, mention.chain.start, mention.chain.end, "start")
                return [window for window, _ in found]
        return []

    def _over(self) -> list[Window]:
        found = read_over([self._mentions(part, False) for part in self._told()])[:3]
        for _, mention, mentions in found:
            self._note(mentions)
            self._show(mentions.section, mention.chain.start, mention.chain.end, "window")
        return [window for window, _, _ in found]

    def _done(self) -> list[Window]:
        """The planned windows of work that is over, done early or with no more said of it."""
        subject = self._mentions(subject_of(self._document), True)
        written = self._document.date
        return [
            window
            for window in self._plan_windows(subject, subject.day_at(0))
            if window.end and (written is None or window.start <= written)
        ]

    def _told(self) -> list[Section]:
        """The parts of a report, the newest first."""
        parts = [*own_sections(self._document), *forwarded_sections(self._document)]
        parts = digest_sections(self._document) or parts
        return [*parts, subject_of(self._document)]


def _is_longer(longer: list[Window], windows: list[Window]) -> bool:
    ends = longer[-1].end, windows[-1].end
    return ends[0] is not None and ends[1] is not None and ends[0] > ends[1]


def _named_order(text: str, digits: list[tuple[int, int]]) -> bool | None:
    """The order that one of the dates has where the text says it with the month's name, too."""
    pairs = [*_BEFORE.findall(text)[:40], *(one[::-1] for one in _AFTER.findall(text)[:40])]
    named = {(MONTHS.get(month.lower(), 0), int(day)) for month, day in pairs}
    is_month_first = any(pair in named for pair in digits)
    is_day_first = any((other, one) in named for one, other in digits)
    return None if is_month_first == is_day_first else is_month_first


def _same_start(one: Plan, other: Plan) -> bool:
    return one.windows[0].start == other.windows[0].start


def _sound(written: datetime | None) -> datetime | None:
    """A date of writing in UTC, None where it cannot be true."""
    if written is None or not 1980 <= written.year <= 2200:
        return None
    return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)


def _header(document: Document, name: str) -> str:
    return next((value for key, value in document.headers if key.lower() == name), "")
