"""Leaves out of a list of alerts what it says is over, where others in it still fire.

"Firing" and "Resolved" are told by headings, by a tag before an item, or by a status field in
a block of lines. Only what is marked over is left out, and only where another part of the
same zone is marked as going on: where all is over, that is the news.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from classifiers.pages import Line

State = Literal["on", "over", ""]
_ON = (
    r"(?:still |currently |now )?(?:firing|triggered|re-triggered|alerting|active|ongoing|open|"
    r"unresolved|not resolved|failing|broken|down|out|problem|critical|in progress|"
    r"sin resolver|activas?)"
)
_OVER = (
    r"(?:now |already )?(?:resolved|recovered|recovery|cleared|closed|ok|up|fixed|restored|"
    r"inactive|healthy|done|over|no longer firing|back (?:up|to normal)|resueltas?)"
)
_STATES = rf"(?:(?P<over>{_OVER})|(?P<on>{_ON}))"
_HEADING = re.compile(
    rf"\W*(?:\d+\W+)?(?:alerts?|incidents?|issues?|problems?)?\W*{_STATES}"
    r"(?:\s+(?:alerts?|incidents?|issues?|problems?|monitors?))?\W*(?:\d+\W*)?$"
)
_TAG = re.compile(rf"\W*\[{_STATES}[\s:]*\d*\]\s*\S")
_FIELD = re.compile(
    r"(?:alert |monitor |trigger |current |new |incident )?(?:status|state|estado)$"
)
_VALUE = re.compile(rf"\W*{_STATES}\b")
_LONGEST = 40  # characters of a heading


def without_settled(lines: Sequence[Line]) -> list[Line]:
    """The lines without those that are marked over, of each zone where others are marked on."""
    states = list(_states(lines))
    if "over" not in states:
        return list(lines)
    marked = list(zip(lines, states, strict=True))
    alive = {line.zone for line, state in marked if state == "on"}
    return [line for line, state in marked if state != "over" or line.zone not in alive]


def _states(lines: Sequence[Line]) -> Iterator[State]:
    """What each line is marked: by its block's field or tag, else by the heading above."""
    heading: State = ""
    zone = ""
    for block in _blocks(lines):
        if block[0].zone != zone:
            zone, heading = block[0].zone, ""
        field: State = next((state for line in block if (state := _of_field(line))), "")
        tag: State = ""
        for line in block:
            if line.text and len(line.text) <= _LONGEST and (own := _of(_HEADING.match(line.text))):
                heading, tag = own, ""
            tag = _of(_TAG.match(line.text)) or tag
            yield tag or field or heading


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines from one empty line to the next, of one zone."""
    block: list[Line] = []
    for line in lines:
        if block and (not line.text or line.zone != block[0].zone):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _of_field(line: Line) -> State:
    if not line.label or not _FIELD.match(line.label.name):
        return ""
    return _of(_VALUE.match(line.text, line.label.value))


def _of(found: re.Match[str] | None) -> State:
    if not found:
        return ""
    return "over" if found["over"] else "on"
