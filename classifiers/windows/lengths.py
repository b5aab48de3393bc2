"""How long something lasts, as it is written: "for two hours", "1h 5m", "2 1/2 hrs".

A number with a unit is a length of the work or the trouble only where the words beside it say so;
"within 10 minutes" and "every 2 hours" are none.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from classifiers.windows.words import HOURS

_WORDS = HOURS | {
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50,
    "sixty": 60, "ninety": 90, "eine": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
    "sechs": 6, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "una": 1, "um": 1,
    "uma": 1, "duas": 2, "três": 3, "quatro": 4, "an": 1, "a": 1,
}  # fmt: skip
_PARTS = {
    "half an": 0.5,
    "three quarters of an": 0.75,
    "a quarter of an": 0.25,
    "eine halbe": 0.5,
    "a couple of": 2.0,
}
_NUMBER = "|".join(sorted([*_PARTS, *_WORDS], key=len, reverse=True))
_AMOUNT = (
    rf"(?:\d{{1,3}}(?:\.\d)?|{_NUMBER})(?: and a half| ?1/2|½| y media)?[ -]?"
    r"(?:minut(?:e[sn]?|os)|minute|mins?|hours?|hrs?|horas?|stunden?|std|heures?|h(?=\b|\d)"
    r"|days?|días?|m(?=\b))"
    r"(?: and a half|(?: and|,)? ?\d{1,2} ?m(?:in\w*)?\b)?"
)
_AMOUNT_PARTS = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d)?|{_NUMBER})(?P<half> and a half| ?1/2|½| y media)?[ -]?"
    r"(?P<unit>[^\W\d_])[^\W\d_]*(?P<more> and a half)?(?:\D{0,6}(?P<minutes>\d{1,2}))?",
    re.I,
)
_SOME = (
    r"(?:up to |about |approximately |approx\.? |around |roughly |a total of |at least |~ ?"
    r"|unos |unas |una? |ca\. |etwa |environ |cerca de )*"
)
_LENGTH = re.compile(
    r"(?:\b(?P<label>length|durac\w+|duration|dauer|durée|duração)"
    r"|\b(?:for|runs?|expect|allow|needs?|requires?|how long|lasting|lasts?|lasted|takes?"
    r"|durante|für|(?:figure|count|plan) on|budget|durará|dauert|pendant|dure|durera"
    r"|(?:window|slot|pause|period|outage|downtime|interruption|maintenance) of"
    r"|(?:window|outage|downtime|work|maintenance)(?= (?:is|will be)\b)))\b[\s:*.]*"
    r"(?:time\b[\s:]*)?(?:of |is |will be |be |de )?"
    rf"{_SOME}(?P<led>{_AMOUNT})"
    rf"|\(\W{{0,2}}{_SOME}(?P<aside>{_AMOUNT})\W{{0,2}}\)"
    rf"|(?<=[,;(.] )(?P<alone>{_AMOUNT})"
    r"(?=(?: max| tops| at most)?\W{0,2}(?:$|\n|[.;,]| if\b))"
    rf"|\b(?P<named>{_AMOUNT})"
    r"(?: (?:from|starting|beginning|commencing|long|start to finish|in (?:all|total)|altogether)"
    r"|[ -](?:\w+ ){0,2}(?:window|outage|maintenance|downtime|interruption))",
    re.I,
)
_CLOCKED = re.compile(
    r"\b(?:duration|length|dauer|durée|duraci[óo]n)\b[\s:]{1,6}(\d{1,2}):(\d\d)\b", re.I
)
_LASTED = re.compile(
    r"\b(?:after|lasted|lasting|took|dauerte|duró|duration|downtime|length|in all"
    r"|(?:was|were|been) (?:\w+ )?(?:down|out|off|offline|unavailable|away|dark|gone))\b[\s:*.]*"
    rf"(?:we were down |of |for )?{_SOME}(?P<led>{_AMOUNT})"
    rf"|\b(?P<later>{_AMOUNT})(?: (?:later|outage|in (?:all|total)|of (?:downtime|outage)))",
    re.I,
)
_LONGER = re.compile(
    r"\b(?:exten(?:d|ds|ded|ding)|prolong(?:s|ed)?|longer|verlängert|ampliad[oa])\b[^.;\n]{0,30}?"
    rf"\b(?:by|um|en) (?:another |an additional )?{_SOME}(?P<by>{_AMOUNT})",
    re.I,
)


class Length(NamedTuple):
    """A length, where it stands, and whether a label says that it is one."""

    start: int
    end: int
    value: timedelta
    is_label: bool


def lengths(text: str) -> list[Length]:
    """The lengths of planned work that a text says."""
    found = list(_found(_LENGTH, text))
    if not any(one.is_label for one in found) and (clocked := _CLOCKED.search(text)):
        value = timedelta(hours=int(clocked[1]), minutes=int(clocked[2]))
        found.append(Length(*clocked.span(), value, is_label=True))
    return found


def lasted(text: str) -> list[Length]:
    """How long trouble is said to have lasted."""
    return list(_found(_LASTED, text))


def longer(text: str) -> timedelta | None:
    """By how much work is said to go on beyond its end."""
    return next((one.value for one in _found(_LONGER, text)), None)


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Length]:
    for found in pattern.finditer(text):
        groups = found.groupdict()
        is_label = groups.pop("label", None) is not None
        if value := _value(next(filter(None, groups.values()))):
            yield Length(found.start(), found.end(), value, is_label)


def _value(amount: str) -> timedelta | None:
    found = _AMOUNT_PARTS.match(amount)
    if found is None:
        return None
    number = found["number"].lower()
    value = _PARTS.get(number) or _WORDS.get(number) or float(number)
    value += 0.5 if found["half"] or found["more"] else 0
    minutes = {"m": 1, "d": 1440}.get(found["unit"].lower(), 60)
    return timedelta(minutes=value * minutes + int(found["minutes"] or 0))
