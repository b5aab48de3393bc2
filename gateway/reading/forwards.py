"""The message that somebody passed on: inline (Outlook, Gmail, Apple, Thunderbird) or attached.

An inline header block is a forward where its separator says so, where the subject does, or where
nothing makes the message a reply. The outermost forwarded message is taken, with all of its text.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message

from gateway.model import Address, Forwarded
from gateway.reading import body, headers, mime, quoting

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january enero ene janvier januar januari gennaio gen janeiro stycznia ledna",
            "feb february febrero février fevrier februar februari febbraio fevereiro fev lutego"
            " února",
            "mar march marzo mars märz maart março marca března",
            "apr april abril abr avril aprile kwietnia dubna",
            "may mayo mai mei maggio mag maio maja května",
            "jun june junio juin juni giugno giu junho czerwca června",
            "jul july julio juillet juli luglio lug julho lipca července",
            "aug august agosto ago août aout augustus sierpnia srpna",
            "sep sept september septiembre septembre settembre set setembro września září",
            "oct october octubre octobre oktober okt ottobre ott outubro out października října",
            "nov november noviembre novembre novembro listopada listopadu",
            "dec december diciembre dic décembre decembre dezember dez dicembre dezembro grudnia"
            " prosince",
        ],
        1,
    )
    for name in names.split()
}
_CLOCK = re.compile(r"\b(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*([ap])?\.?\s?(m)?\b", re.I)
_ISO = re.compile(r"\b(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")
_NUMERIC = re.compile(r"\b(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}|\d{2})\b")
_WORD = re.compile(r"[^\W\d_]+")
_DAY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.|er|º)?\b")
_YEAR = re.compile(r"\b(19|20)\d{2}\b")
_OFFSET = re.compile(r"(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d{2}))?\b")
_ZONES = {"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360,
          "PST": -480, "PDT": -420, "UTC": 0, "GMT": 0}  # fmt: skip
_ZONE = re.compile(rf"\b({'|'.join(_ZONES)})\b")
_ON_BEHALF = re.compile(r"\s+on behalf of\s+.*$|\s+im auftrag von\s+.*$", re.I)
_ANSWER = re.compile(r"\bre:", re.I)
_MAILTO = re.compile(r"\[mailto:([^\]\s]{3,320})\]|<mailto:([^>\s]{3,320})>", re.I)


def inline(text: str, subject: str, *, is_reply: bool, offset: int | None) -> Forwarded | None:
    """The message forwarded inside `text`, or None.

    `is_reply` says that the message answers another (References, "Re:"); `offset` is the minutes
    east of UTC of the forwarder's clock, in which Outlook writes the date.
    """
    lines = text.split("\n")
    block = quoting.find_header_block(lines)
    if block is None:  # Apple Mail and others mark a forward like a quotation
        if ">" not in text:
            return None
        block = quoting.find_header_block(lines, quoted=True)
        if block is None or not (block.forward or quoting.is_forward_subject(subject)):
            return None
    elif not (block.forward or quoting.is_forward_subject(subject)) and (
        is_reply or quoting.is_reply_subject(subject) or _ANSWER.search(subject)
    ):
        return None
    rest = lines[block.body :]
    marked = [line for line in rest if line.strip()]
    if marked and all(quoting.is_quote(line) for line in marked[:20]):
        rest = [re.sub(r"^\s{0,3}> ?", "", line) for line in rest]
    return Forwarded(
        sender=_sender(block.fields.get("from", "")),
        subject=block.fields.get("subject", "").strip("* "),
        date=parse_local(block.fields.get("sent") or block.fields.get("date") or "", offset),
        text="\n".join(rest).strip(),
    )


def attached(message: Message) -> Forwarded:
    """The forwarded message that is attached as `message`."""
    parsed = mime.of(message)
    return Forwarded(
        sender=headers.sender(parsed)[0],
        subject=headers.subject(parsed),
        date=headers.date(parsed),
        text=body.read(parsed).text,
    )


def as_text(forwarded: Forwarded) -> str:
    """An attached message written out below the text that it came with."""
    sender = forwarded.sender
    shown = f"{sender.name} <{sender.address}>".strip() if sender else ""
    lines = ["---------- Forwarded message ----------", f"From: {shown}"]
    if forwarded.date:
        lines.append(f"Date: {forwarded.date:%a, %d %b %Y %H:%M:%S %z}")
    return "\n".join([*lines, f"Subject: {forwarded.subject}", "", forwarded.text])


def _sender(value: str) -> Address | None:
    mailto = _MAILTO.search(value)
    name = _MAILTO.sub("", value)
    if mailto:
        return Address((mailto[1] or mailto[2]).strip(), headers.display_name(name))
    found = headers.lenient_addresses(_ON_BEHALF.sub("", value))
    if found:
        return found[0]
    name = headers.display_name(_ON_BEHALF.sub("", name))
    return Address("", name) if name else None


def parse_local(value: str, offset: int | None) -> datetime | None:
    """A date as mail programs write it for people, in UTC; None where it cannot be told.

    Without a zone of its own it is read by the clock `offset` minutes east of UTC (UTC if None).
    """
    value = value[:200]
    exact = headers.parse_date(value) if re.search(r"[+-]\d{4}\b", value) else None
    if exact is not None:
        return exact
    day = _day(value)
    if day is None:
        return None
    hour, minute, second = _time(value)
    if stated := _OFFSET.search(value):
        offset = (int(stated[2]) * 60 + int(stated[3] or 0)) * (-1 if stated[1] == "-" else 1)
    elif named := _ZONE.search(value):
        offset = _ZONES[named[1]]
    try:
        zone = timezone(timedelta(minutes=offset or 0))
        return datetime(*day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(value: str) -> tuple[int, int, int] | None:
    if iso := _ISO.search(value):
        return int(iso[1]), int(iso[2]), int(iso[3])
    months = [_MONTHS[w.lower()] for w in _WORD.findall(value) if w.lower() in _MONTHS]
    year = _YEAR.search(value)
    if months and year:
        without_year = value[: year.start()] + " " + value[year.end() :]
        day = _DAY.search(_CLOCK.sub(" ", without_year))
        return (int(year[0]), months[0], int(day[1])) if day else None
    if numeric := _NUMERIC.search(value):
        first, second, full = int(numeric[1]), int(numeric[3]), int(numeric[4])
        full += 2000 if full < 100 else 0
        # Month first, as Americans write it, unless it cannot be or dots say otherwise.
        day_first = first > 12 or numeric[2] == "."
        return (full, second, first) if day_first else (full, first, second)
    return None


def _time(value: str) -> tuple[int, int, int]:
    clock = _CLOCK.search(value)
    if clock is None:
        return 0, 0, 0
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    return hour, int(clock[2]), int(clock[3] or 0)
