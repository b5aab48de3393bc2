"""The words of labels, times and claims: for the terminal and for the pages alike."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

REACH = {
    "one": "one person", "some": "some people", "many": "many people", "all": "everyone",
    "unknown": "unknown how many",
}  # fmt: skip
HAMPERED = {
    "none": "not hampered", "partial": "partly hampered", "blocked": "cannot do it at all",
    "unknown": "unknown how hampered",
}  # fmt: skip
Span = tuple[datetime, datetime | None]


def when(moment: datetime | None, zone: str) -> str:
    """A time in the site's zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z") if moment else "-"


def span(start: datetime, end: datetime | None, zone: str) -> str:
    """From when to when, in the site's zone."""
    return f"{when(start, zone)} to {when(end, zone) if end else 'open'}"


def spans(windows: Iterable[Mapping[str, str | None]]) -> list[Span]:
    """Windows of plain data (a reading's, a ticket's) as times."""
    return [
        (
            datetime.fromisoformat(str(w["start"])),
            datetime.fromisoformat(w["end"]) if w["end"] else None,
        )
        for w in windows
    ]


def affected(reach: str, people: int | None, hampered: str) -> str:
    """Who cannot do it, and how badly."""
    who = REACH.get(reach, reach)
    if people is not None:
        alone = f"{people} {'person' if people == 1 else 'people'}"
        who = alone if reach == "unknown" else f"{who} ({people} counted)"
    return f"{who}; {HAMPERED.get(hampered, hampered)}"


def in_a_line(found: Mapping[str, Any]) -> str:
    """A reading (plain data) in a few words."""
    words = [found["event"], ", ".join(found["services"])]
    if found["people"] is not None:
        words.append(f"{found['people']} people")
    elif found["reach"] != "unknown":
        words.append(found["reach"])
    words += [found["hampered"]] if found["hampered"] != "unknown" else []
    words += ["not sure"] if found["needs_review"] else []
    words += ["by a person's word"] if found.get("corrected") else []
    return ", ".join(word for word in words if word)


def word_of(value: Any) -> str:
    """The value of a label (plain data) in words."""
    if isinstance(value, list):
        return ", ".join(map(word_of, value)) or "none"
    if isinstance(value, dict):
        return f"{value['start']}/{value['end'] or ''}"
    return "none" if value is None else str(value)


def believed(found: Mapping[str, Any]) -> str:
    """The same in a few words."""
    said = [f"{claim['method']} {claim['result']}" for claim in found["claims"]]
    return ": ".join([found["verdict"], *([", ".join(dict.fromkeys(said))] if said else [])])


def claimed(claim: Mapping[str, Any]) -> str:
    """One claim of where a message comes from, in a line."""
    value = f" {claim['value']}" if claim["value"] else ""
    why = f" ({claim['why']})" if claim["why"] else ""
    speaks = ", for the sender" if claim["aligned"] and claim["what"] != "sender" else ""
    return f"{claim['what']}{value}: {claim['method']} {claim['result']}{speaks}{why}"
