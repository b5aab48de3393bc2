"""What is still needed to rank a report, and the error text that it gives. Pure.

Only of reports of trouble is anything asked, only what its ticket does not know yet, and never
anything that identifies a person.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from gateway.incidents.tickets import NOT_NEWS, OVER, TROUBLE, Facts
from gateway.model import Message
from gateway.store.tables import TicketRow

Ask = Literal["services", "people", "hampered", "since", "error"]
ASKED: Mapping[str, tuple[Ask, ...]] = {
    "outage": ("services", "people", "hampered", "since", "error"),
    "degradation": ("services", "people", "hampered", "since", "error"),
    "access_problem": ("services", "since", "error"),
}
MAX_SEARCHED = 10_000
# A time that no clock shows still answers since when.
_SINCE = re.compile(
    r"\b(?:since|began|begun|started|starting|as of)\s+(?:\w+\s+){0,3}?(?:\d|yesterday|today|this"
    r"|last|mon|tue|wed|thu|fri|sat|sun|noon|midnight|morning|night|the\s)"
    r"|\bfor\s+(?:the\s+(?:last|past)\s+)?(?:\w+\s+){0,2}?(?:minutes?|hours?|days?|weeks?|months?)\b"
    r"|\b(?:this|yesterday|last)\s+(?:morning|afternoon|evening|night|week)\b|\byesterday\b"
    r"|\b(?:\d+|an?|two|three|several)\s+(?:minutes?|hours?|days?|weeks?)\s+ago\b"
    r"|\bdesde\s+(?:\w+\s+){0,3}?(?:\d|ayer|hoy|esta|este|hace|el\s|la\s|las\s)"
    r"|\bhace\s+(?:\w+\s+){0,2}?(?:minutos?|horas?|d[ií]as?|semanas?)\b|\b(?:ayer|esta mañana)\b",
    re.IGNORECASE,
)
_ERRORS = (
    re.compile(
        r"(?:error|c[oó]digo|code|status|http|exception|fehler)[\s:#-]{0,3}(?:code|de error|error"
        r"|status|no\.?|number)?[\s:#-]{0,3}[A-Z]{0,6}[-_]?\d{2,6}\b[^\n.]{0,80}",
        re.IGNORECASE,
    ),
    re.compile(r"\b[45]\d\d\s+(?:errors?|not found|forbidden|unauthorized|internal server error"
               r"|bad gateway|service unavailable|gateway time-?out)\b"
               r"|\b(?:throw\w{0,3}|return\w{0,3}|giv\w{1,3}|gets?|getting) (?:an? )?[45]\d\ds?\b",
               re.IGNORECASE),
    re.compile(
        r"(?:error|message|says?|saying|said|shows?|reads?|gets?|displays?|dice|mensaje|aparece|sale)\b"
        r"[^\n\"“”«»]{0,40}(?:[\"“«]([^\"“”«»\n]{8,160})[\"”»]|(?<!\w)'([^'\n]{8,160})'(?!\w))",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:error|message) (?:says|reads|is):? ([A-Z][^\n.!?]{8,120})", re.IGNORECASE),
    re.compile(
        r"\b(?:something went wrong|we'?re sorry,? something|this page isn'?t working|access denied"
        r"|session (?:has )?(?:expired|timed out|times out)|connection (?:refused|reset|timed out)"
        r"|request timed out|too many redirects|algo sali[oó] mal)\b[^\n]{0,80}",
        re.IGNORECASE,
    ),
    re.compile(r"\b[A-Za-z_]{3,40}(?:Error|Exception)\b[^\n]{0,80}"),
)  # fmt: skip


def error_in(message: Message) -> str:
    """The error text that the message gives, "" for none."""
    first = message.forwarded.text if message.forwarded else ""
    for text in (message.subject, message.reply_text or message.text, first):
        for pattern in _ERRORS:
            found = pattern.search(text[:MAX_SEARCHED])
            if found is not None:
                return " ".join((found[found.lastindex or 0]).split())[:200]
    return ""


def tells_since(message: Message) -> bool:
    """Whether it says since when, however loosely."""
    text = f"{message.subject}\n{message.reply_text or message.text}"
    return bool(_SINCE.search(text[:MAX_SEARCHED]))


_WHOM = r"(?:of us|people|persons|users|veterans|colleagues|personas|usuarios|veteranos)"
_COUNTED = re.compile(
    r"(?:^|\b(?:about|around|roughly|some|over|at least|unas?|unos|cerca de)\s{1,3})(\d{1,6})"
    rf"(?:\s{{1,3}}{_WHOM})?\s{{0,3}}[.,;!]?\s{{0,3}}$|\b(\d{{1,6}})\s{{1,3}}{_WHOM}\b",
    re.IGNORECASE | re.MULTILINE,
)
_ALONE = re.compile(r"\b(?:just|only)\s+me\b|\bs[oó]lo\s+(?:yo|a m[ií])\b", re.IGNORECASE)


def answer(facts: Facts, ticket: TicketRow, message: Message) -> Facts:
    """What a short answer tells of what was asked: alone, its few words would be no report."""
    is_open = ticket.event in TROUBLE and ticket.state not in OVER
    is_silent = facts.event in NOT_NEWS or (facts.event in TROUBLE and facts.people is None)
    if not is_silent or not is_open or not message.in_reply_to:
        return facts
    text = message.reply_text[:500]
    counted = _COUNTED.search(text)
    people = int(counted[1] or counted[2]) if counted else 0
    if not people and not _ALONE.search(text):
        return facts
    reach = "one" if people <= 1 else "some" if people <= 100 else "many"
    return replace(facts, event=ticket.event, reach=reach, people=people if people > 1 else None)


def unknown(ticket: TicketRow) -> tuple[Ask, ...]:
    """What the ticket does not know of what it needs to be ranked by."""
    return tuple(one for one in ASKED.get(ticket.event, ()) if not _known(ticket)[one])


def missing(ticket: TicketRow, message: Message) -> tuple[Ask, ...]:
    """What the ticket needs to be ranked by, and neither it nor this message tells."""
    told = {"since": tells_since(message), "error": bool(error_in(message))}
    return tuple(one for one in unknown(ticket) if not told.get(one))


def _known(ticket: TicketRow) -> dict[Ask, bool]:
    return {
        "services": bool(ticket.services),
        "people": ticket.people is not None or ticket.reach != "unknown",
        "hampered": ticket.hampered != "unknown",
        "since": bool(ticket.windows),
        "error": bool(ticket.error),
    }
