"""What templates say things with: filters that turn facts into words a reader can trust.

Whatever came in by mail (subjects, names) is a stranger's text: it is cut, kept to one line
and, where it could carry a message of its own, left out.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.letters.mime import one_line

TOPIC_LENGTH = 120
NAME_LENGTH = 60
_MARKS = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|rv|tr|sv|antw)\s*(?:\[\d+\])?:\s*"
    r"|\[(?:external|extern[eo]?|ext|caution)\]\s*)+",  # what mail servers put before it
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s{0,9}\((?:she|he|they|ella|él)\b[^()]{0,30}\)", re.IGNORECASE)
_OUR_TAG = re.compile(r"\s{0,20}\[TG-\d+\]")


def shortened(text: str, length: int) -> str:
    """One line of at most `length` characters, cut at a word where there is one."""
    line = one_line(text)
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,.;:-") + "…"


def topic(subject: str) -> str:
    """A subject as one can speak of it: no "Re:", no tag of ours or a mail server's, in short."""
    return shortened(_MARKS.sub("", _OUR_TAG.sub("", one_line(subject))), TOPIC_LENGTH)


def person(name: str) -> str:
    """A name one can greet, "Last, First (she/her)" turned round; "" where it is no name."""
    line = _ASIDE.sub("", one_line(name))
    last, comma, first = line.partition(", ")
    if comma and "," not in first:
        line = f"{first} {last}"
    odd = len(line) > NAME_LENGTH or re.search(r"[/@:<>{}\[\]|]|www\.", line)
    return "" if odd else line


def named(ids: Sequence[str], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Services as templates are given them: `id` and `name` of each."""
    return [{"id": one, "name": names.get(one, one)} for one in ids]


def paragraphs(text: str) -> list[list[str]]:
    """Text as paragraphs of lines."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    split = [[one_line(line) for line in block.split("\n")] for block in blocks]
    return [kept for lines in split if (kept := [line for line in lines if line])]


def zone_name(moment: datetime) -> str:
    """How people call the zone of an aware time: ET for EST and EDT, else its abbreviation."""
    short = moment.tzname() or "UTC"
    if re.fullmatch(r"[+-]\d+", short):
        return f"UTC{short}"
    seasons = {moment.replace(month=month, day=1).tzname() for month in (1, 7)}
    summer = next((name for name in seasons if name and name.endswith("DT")), None)
    if summer and len(seasons) == 2 and summer[:-2] + "ST" in seasons:
        return summer[:-2] + "T"
    return short


def _aware(moment: datetime | str) -> datetime:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lasting(window: Mapping[str, Any]) -> dict[str, int]:
    """How long a window is: `days`, `hours`, `minutes`; {} where it has no end after its start."""
    if not window["end"]:
        return {}
    minutes = int((_aware(window["end"]) - _aware(window["start"])).total_seconds()) // 60
    if minutes <= 0:
        return {}
    return {"days": minutes // 1440, "hours": minutes // 60 % 24, "minutes": minutes % 60}


class Clock:
    """Times as the reader's clock shows them."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def local(self, moment: datetime | str) -> dict[str, Any]:
        """The parts of a time (aware, or ISO 8601 text) in the reader's zone.

        `date`, `year`, `month` 1-12, `day`, `weekday` 0-6 from Monday, `hour`, `minute`, `zone`.
        """
        there = _aware(moment).astimezone(self.zone)
        return {
            "date": there.date().isoformat(),
            "year": there.year,
            "month": there.month,
            "day": there.day,
            "weekday": there.weekday(),
            "hour": there.hour,
            "minute": there.minute,
            "zone": zone_name(there),
        }
