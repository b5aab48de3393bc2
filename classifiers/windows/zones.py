"""What time zone a writer means: names and offsets of mails to `tzinfo`.

Policy: a regional name means the wall clock of its region, daylight time by the date, whichever
abbreviation was written ("EST" said in July is Eastern time). UTC, GMT, Z and numeric offsets
are fixed. `GMT+3` is east of Greenwich.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as written. `summer` tells EDT from EST where a clock hour happens twice."""

    tz: tzinfo
    summer: bool | None = None
    fixed: bool = False


#: Abbreviations and names that stand directly after a time, by the region that they mean.
_REGIONS = {
    "America/New_York": "et est edt eastern",
    "America/Chicago": "ct cst cdt central",
    "America/Denver": "mt mst mdt mountain",
    "America/Los_Angeles": "pt pst pdt pacific",
    "America/Halifax": "adt",
    "America/St_Johns": "nst ndt",
    "America/Anchorage": "akt akst akdt alaska",
    "Pacific/Honolulu": "ht hst hdt hawaii hawaiian",
    "America/Phoenix": "arizona",
    "America/Puerto_Rico": "ast atlantic",
    "Pacific/Guam": "chst chamorro",
    "Asia/Manila": "pht",
    "Europe/London": "bst",
    "Europe/Paris": "cet cest cedt mez mesz",
    "Europe/Athens": "eet eest",
    "Europe/Moscow": "msk мск",
    "Europe/Istanbul": "trt",
    "Asia/Tokyo": "jst",
    "Asia/Seoul": "kst",
    "Asia/Singapore": "sgt",
    "Asia/Hong_Kong": "hkt",
    "Asia/Karachi": "pkt",
    "Asia/Kathmandu": "npt",
    "Asia/Jakarta": "wib",
    "Asia/Makassar": "wita",
    "Asia/Kuala_Lumpur": "myt",
    "Australia/Sydney": "aest aedt aet",
    "Australia/Adelaide": "acst acdt",
    "Australia/Perth": "awst",
    "Pacific/Auckland": "nzst nzdt nzt",
    "America/Sao_Paulo": "brt brst",
    "America/Santiago": "clt clst",
    "America/Montevideo": "uyt",
    "Africa/Johannesburg": "sast",
}
#: Abbreviations that are words, too: a zone only in capitals, directly after a time or in brackets.
_CAPITALS = {
    "ICT": "Asia/Bangkok", "GST": "Asia/Dubai", "WAT": "Africa/Lagos", "EAT": "Africa/Nairobi",
    "CAT": "Africa/Maputo", "ART": "America/Argentina/Buenos_Aires", "COT": "America/Bogota",
    "PET": "America/Lima", "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon", "WIT": "Asia/Jayapura",
}  # fmt: skip
CAPITALS = frozenset(_CAPITALS)
#: What else an abbreviation stands for, where the sender's clock is that of the other place.
_NAMESAKES = {
    "Asia/Kolkata": ("Europe/Dublin", "Asia/Jerusalem"),
    "America/Chicago": ("Asia/Shanghai",),
    "Europe/London": ("Asia/Dhaka",),
    "America/Puerto_Rico": ("Asia/Riyadh",),
    "Asia/Dubai": ("Atlantic/South_Georgia",),
}
#: Places and peoples whose clock is named in a phrase: "Japan time", "hora de Puerto Rico".
_PLACES = {
    "America/New_York": "eastern|new york|washington|este|est|florida|miami",
    "America/Chicago": "central|chicago|texas|houston|austin|centro|centre",
    "America/Denver": "mountain|denver|montaña",
    "America/Los_Angeles": "pacific|los angeles|california|seattle|pacífico|pacifico|pacifique",
    "America/Phoenix": "arizona|phoenix",
    "America/Anchorage": "alaska|anchorage",
    "Pacific/Honolulu": "hawaii|hawaiian|honolulu",
    "Pacific/Guam": "guam",
    "America/Puerto_Rico": "puerto rico|san juan|atlantic|atlántico",
    "America/Sao_Paulo": "brasília|brasilia|são paulo|sao paulo|brazil|brasil",
    "America/Mexico_City": "mexico city|ciudad de méxico|méxico",
    "America/Bogota": "bogotá|bogota|colombia|lima",
    "America/Argentina/Buenos_Aires": "buenos aires|argentina",
    "Europe/London": "british|london|londres|uk|united kingdom",
    "Europe/Dublin": "irish|ireland|dublin",
    "Europe/Lisbon": "lisboa|lisbon|portugal continental|portugal|western european",
    "Europe/Madrid": "peninsular|madrid|españa|spanish|spain",
    "Europe/Paris": "central european|paris|french|france|bruxelles|brussels|amsterdam|dutch",
    "Europe/Berlin": "berlin|german|germany|frankfurt|mitteleuropäische",
    "Europe/Rome": "rome|roma|italian|italy|italia",
    "Europe/Athens": "eastern european|athens|greek",
    "Europe/Istanbul": "istanbul|turkey|turkish",
    "Asia/Dubai": "gulf|dubai",
    "Asia/Kolkata": "india|indian|mumbai|delhi",
    "Asia/Singapore": "singapore",
    "Asia/Hong_Kong": "hong kong",
    "Asia/Manila": "manila|philippine|philippines",
    "Asia/Tokyo": "japan|japanese|tokyo",
    "Asia/Seoul": "korea|korean|seoul",
    "Australia/Sydney": "sydney|melbourne|australian eastern",
    "Australia/Perth": "perth|australian western",
    "Pacific/Auckland": "auckland|new zealand",
    "Africa/Johannesburg": "south africa|johannesburg",
}
_PLACE = {name: region for region, names in _PLACES.items() for name in names.split("|")}
_OF_TIME = frozenset({"local", "time", "in", "at"})
_CONTINENTS = ("Europe/", "Asia/", "Africa/", "Australia/", "America/")
#: Other towns that notices name where they say "local time"; the zone database knows the rest.
_TOWNS = {
    "America/New_York": "ashburn|atlanta|boston|philadelphia|newark|orlando|charlotte|cleveland",
    "America/Chicago": "st paul|saint paul|dallas|minneapolis|st louis|kansas city|nashville",
    "America/Denver": "salt lake city|albuquerque",
    "America/Los_Angeles": "san jose|san francisco|portland|san diego|sacramento|las vegas",
    "America/Toronto": "montreal|ottawa|quebec",
    "America/Edmonton": "calgary",
    "Europe/London": "manchester|slough|edinburgh|leeds|cardiff|birmingham|scotland|england",
    "Europe/Paris": "marseille|lyon|lille|bordeaux|toulouse|strasbourg",
    "Europe/Berlin": "munich|münchen|hamburg|düsseldorf|dusseldorf|stuttgart|hannover|cologne",
    "Europe/Madrid": "barcelona|valencia|bilbao|sevilla",
    "Europe/Rome": "milan|milano|turin|torino|palermo|bologna|venice",
    "Europe/Zurich": "geneva|basel|bern|swiss|switzerland|zürich",
    "Europe/Amsterdam": "rotterdam|netherlands",
    "Europe/Brussels": "antwerp|belgium|belgian",
    "Europe/Stockholm": "gothenburg|malmö|swedish|sweden",
    "Europe/Warsaw": "krakow|poznan|poland|polish",
    "Europe/Moscow": "st petersburg|saint petersburg|russian",
    "Europe/Kiev": "kyiv|ukraine",
    "Asia/Dubai": "abu dhabi|uae|emirates",
    "Asia/Riyadh": "jeddah|saudi|saudi arabia",
    "Asia/Kolkata": "chennai|bangalore|bengaluru|hyderabad|kolkata|pune",
    "Asia/Shanghai": "beijing|guangzhou|shenzhen|china",
    "Asia/Tokyo": "osaka",
    "Asia/Ho_Chi_Minh": "hanoi|vietnam",
    "Asia/Bangkok": "thailand|thai",
    "Asia/Jakarta": "indonesia",
    "Asia/Kuala_Lumpur": "malaysia|malaysian",
    "Australia/Sydney": "canberra",
    "Africa/Johannesburg": "cape town|durban",
    "Africa/Lagos": "nigeria|west africa",
    "Africa/Nairobi": "kenya|east africa|mombasa",
    "America/Sao_Paulo": "rio de janeiro|fortaleza",
    "America/Santiago": "chile",
    "America/Lima": "peru",
}
_TOWN = {name: region for region, names in _TOWNS.items() for name in names.split("|")}
_NAMED = "|".join(sorted(map(re.escape, _PLACE), key=len, reverse=True))
_PLACE_NAME = re.compile(rf"\b(?:{_NAMED})\b", re.IGNORECASE)
_CLOCK_WORDS = r"(?:hora|horas|heure|heures|horário|horario|orario|ora)"
#: "Japan time", "British Summer Time", "heure de Paris", "hora peninsular", "UK local".
PLACE_PHRASE = (
    rf"\b{_CLOCK_WORDS}[ ](?:(?:de|del|do|da|la|las|el|of)[ ]|(?:de[ ])?l[’']|d[’']){{0,2}}"
    rf"(?:{_NAMED})\b(?:[ ]de[ ]verano\b|[ ]de[ ]verão\b|[ ]española\b)?"
    rf"|\b(?:{_NAMED})(?:[ ](?:standard|daylight|summer|winter|prevailing))?"
    r"[ ](?:time|local|sommerzeit|zeit)\b"
)
#: "local time (Madrid)", "Athens local time", whatever the town.
_CAPITALIZED = r"(?-i:(?:St\.?[ ])?[A-ZÀ-Þ][^\W\d_]{2,14}(?:[ ][A-Z][^\W\d_]{2,14})?)"
TOWN_PHRASE = (
    rf"\blocal[ ]time[ ]?(?:\(|-[ ]|in[ ]|at[ ]){_CAPITALIZED}"
    rf"|\b{_CAPITALIZED}[ ](?:local[ ])?time\b"
)
#: A place after a time: "10 PM in Puerto Rico".
IN_PLACE = rf"\b(?:in|en)[ ](?:{_NAMED})\b"
#: The sender's own clock.
LOCAL_PHRASE = (
    rf"\b(?:our|my)[ ]time\b|\blocal(?:[ ]time)?\b|\bortszeit\b|\bheures?[ ]locales?\b"
    rf"|\b{_CLOCK_WORDS}[ ](?:local|nuestra|de[ ]aquí|nossa)\b(?:[ ]\((?:{_NAMED})\))?"
)
_SUMMER = {"edt", "cdt", "mdt", "pdt", "akdt", "cest", "mesz", "bst", "aedt", "nzdt"}
_WINTER = {"est", "cst", "mst", "pst", "akst", "cet", "mez", "aest", "nzst"}
_NAMES = {name: region for region, names in _REGIONS.items() for name in names.split()}
_FIXED = {"utc", "gmt", "z", "zulu"}

_ALONE = "utc gmt zulu edt cdt mdt pdt akst akdt hst est cst pst bst cest mez mesz jst kst sgt hkt"
#: Words that are a zone wherever they stand; the others only directly after a time.
UNMISTAKABLE = frozenset(f"{_ALONE} aest aedt awst nzst nzdt".split())
ZONE_WORDS = frozenset(_NAMES) | _FIXED
_OFFSET = re.compile(r"(?:utc|gmt)?\s?([+\-−])\s?(\d{1,2})(?::?(\d{2}))?$", re.IGNORECASE)


@lru_cache(maxsize=512)
def zone_of(name: str) -> Zone | None:
    """The zone that `name` stands for ("ET", "Pacific", "US/Eastern", "UTC-05:00"), or None."""
    word = name.lower().replace(".", "")
    if word == "ist":
        return Zone(ZoneInfo("Asia/Kolkata"))  # "ist" is a word of German
    if word in _FIXED:
        return Zone(UTC, fixed=True)
    if name in _CAPITALS:
        return Zone(ZoneInfo(_CAPITALS[name]))
    if word in _NAMES:
        summer = True if word in _SUMMER else False if word in _WINTER else None
        return Zone(ZoneInfo(_NAMES[word]), summer=summer)
    if found := _OFFSET.match(word):
        return _offset(found)
    return _iana(name) if "/" in name else None


def as_meant(zone: Zone, local: Zone, written: datetime) -> Zone:
    """`zone` as a sender whose clock is `local` means it: "IST" of an Irish one is Irish time."""
    offset = written.astimezone(local.tz).utcoffset()
    for name in _NAMESAKES.get(str(zone.tz), ()):
        if written.astimezone(ZoneInfo(name)).utcoffset() == offset:
            return Zone(ZoneInfo(name), zone.summer)
    return zone


#: Where most mail is written: the first region whose clocks show an offset on a day is meant.
_WRITTEN_IN = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Europe/London",
    "Europe/Paris", "Europe/Athens", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo",
    "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo",
)  # fmt: skip


def written_in(date_header: str, written: datetime | None) -> Zone | None:
    """The clock of the sender, by the offset of the Date header; None where it tells none."""
    found = re.search(r"[+-]\d{4}\b", date_header[-12:])
    given = zone_of(found.group()) if found else None
    if given is None or written is None:
        return None
    offset = given.tz.utcoffset(None)
    if not offset:
        return None  # machines write +0000 wherever they are
    for name in _WRITTEN_IN:
        if written.astimezone(ZoneInfo(name)).utcoffset() == offset:
            return Zone(ZoneInfo(name))
    return given


@lru_cache(maxsize=512)
def place_zone(phrase: str) -> Zone | None:
    """The zone that a phrase about a place names: "hora de Puerto Rico", "Athens local time"."""
    if found := _PLACE_NAME.search(phrase):
        return Zone(ZoneInfo(_PLACE[found.group().lower()]))
    words = [word for word in re.findall(r"[^\W\d_]+", phrase) if word.lower() not in _OF_TIME]
    return _town_zone(words[-2:]) or _town_zone(words[-1:])


def _town_zone(words: list[str]) -> Zone | None:
    name = " ".join(words).lower()
    if not name:
        return None
    if name in _TOWN:
        return Zone(ZoneInfo(_TOWN[name]))
    towns = (f"{continent}{'_'.join(words).title()}" for continent in _CONTINENTS)
    return next((zone for town in towns if (zone := _iana(town))), None)


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
