"""What time zone a writer means: names and offsets of mails to `tzinfo`.

Policy: a regional name means the wall clock of its region, daylight time by the date, whichever
abbreviation was written ("EST" said in July is Eastern time). UTC, GMT, Z and numeric offsets
are fixed. `GMT+3` is east of Greenwich.
"""

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as written. `summer` tells EDT from EST where a clock hour happens twice."""

    tz: tzinfo
    summer: bool | None = None
    fixed: bool = False


_REGIONS = {
    "America/New_York": "et est edt eastern",
    "America/Chicago": "ct cst cdt central",
    "America/Denver": "mt mst mdt mountain",
    "America/Los_Angeles": "pt pst pdt pacific",
    "America/Anchorage": "akt akst akdt alaska",
    "Pacific/Honolulu": "ht hst hdt hawaii hawaiian",
    "America/Phoenix": "arizona",
    "America/Puerto_Rico": "ast atlantic",
    "Pacific/Guam": "chst chamorro",
    "Asia/Manila": "pht",
    "Europe/London": "bst",
    "Europe/Paris": "cet cest",
    "Europe/Athens": "eet eest",
    "Asia/Kolkata": "ist",
    "Asia/Tokyo": "jst",
    "Australia/Sydney": "aest aedt",
}
_SUMMER = {"edt", "cdt", "mdt", "pdt", "akdt", "cest", "bst"}
_WINTER = {"est", "cst", "mst", "pst", "akst", "cet"}
_NAMES = {name: region for region, names in _REGIONS.items() for name in names.split()}
_FIXED = {"utc", "gmt", "z", "zulu"}

#: Words that are a zone wherever they stand; the others only directly after a time.
UNMISTAKABLE = frozenset(
    {"utc", "gmt", "zulu", "edt", "cdt", "mdt", "pdt", "akst", "akdt", "hst", "est", "cst", "pst"}
)
ZONE_WORDS = frozenset(_NAMES) | _FIXED
_OFFSET = re.compile(r"(?:utc|gmt)?\s?([+\-−])\s?(\d{1,2})(?::?(\d{2}))?$", re.IGNORECASE)


@lru_cache(maxsize=512)
def zone_of(name: str) -> Zone | None:
    """The zone that `name` stands for ("ET", "Pacific", "US/Eastern", "UTC-05:00"), or None."""
    word = name.lower().replace(".", "")
    if word in _FIXED:
        return Zone(UTC, fixed=True)
    if word in _NAMES:
        summer = True if word in _SUMMER else False if word in _WINTER else None
        return Zone(ZoneInfo(_NAMES[word]), summer=summer)
    if found := _OFFSET.match(word):
        return _offset(found)
    return _iana(name) if "/" in name else None


def _offset(found: re.Match[str]) -> Zone | None:
    sign, hours, minutes = found.groups()
    delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if delta > timedelta(hours=14):
        return None
    return Zone(timezone(delta if sign == "+" else -delta), fixed=True)


def _iana(name: str) -> Zone | None:
    try:
        return Zone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=32)
def site_zone(name: str) -> Zone:
    """The zone of a site by its IANA name, or US Eastern where there is no such zone."""
    return zone_of(name) or _iana(name) or Zone(ZoneInfo("America/New_York"))
