"""Names of private people in a message: form fields, titles, "my name is".

Conservative: a role, a team, "(not answered)" and the staff in a signature are no private
people's names. A sender's own name counts only where the address is one that a provider gives
to the public.
"""

import re
from collections.abc import Iterable

from gateway.model import Message

MAX_NAMES = 50

_CAPITAL = r"[A-Z\u00c0-\u00de]"
_WORD = (
    rf"(?:{_CAPITAL}[\w'\u2019.-]{{0,30}}|(?:de|del|la|las|los|van|von|der|den|da|di|bin|al|y|e)\b)"
)
_NAME = rf"{_CAPITAL}[\w'\u2019.-]{{0,30}}(?:[ \t]{_WORD}){{0,4}}"
_LABELS = (
    r"(?:(?:veteran|claimant|caller|customer|contact|patient|submitter|applicant|beneficiary"
    r"|spouse|dependent|caregiver|user|requester|member|your|legal|preferred)(?:'s"
    r"|\u2019s)?[ _-]?)?"
    r"(?:first|last|middle|full|given|family|maiden)?[ _-]?name(?:[ ]\(?(?:first|last|full"
    r"|first last)[^)\n:|]{0,20}\)?)?"
    r"|submitter|submitted[ ]by|caller|veteran|claimant|customer|contact|patient|applicant"
    r"|beneficiary|spouse|constituent"
    r"|surname|initials|nombre(?:s)?(?:[ ](?:completo|y[ ]apellidos?))?|apellidos?|solicitante"
    r"|veterano|autor|author"
)
# As in a form: the label, a colon or a bar or a gap, the name, then a gap or the end.
FIELD = re.compile(
    r"(?:^|(?<=\n)|(?<=[|;,(]\s)|(?<=\s{3}))[ \t>*\u2022-]{0,8}"
    rf"(?i:{_LABELS})[ \t*]{{0,3}}(?:[:|=]|\t|[ ]{{3,}})[ \t*]{{0,20}}"
    r"(?P<masked>(?P<name>[^\n:|;(<>,]{2,60}?"
    rf"(?:,[ ]{_CAPITAL}[\w'\u2019.-]{{1,30}}(?:[ ]{_CAPITAL}\.?)?)?))"
    r"(?=[ \t]{2,}|[ \t]*(?:[\n|;(<,]|$))"
)
# Titles before a name in running text; of "Veteran" and "Caller" only before two words.
TITLED = re.compile(
    r"\b(?P<masked>(?:(?:Mr|Mrs|Ms|Miss|Mx|Sr|Sra|Srta|Señora?|SSG|SGT|Sgt|CPT|Capt|MAJ|Maj|COL|LTC"
    r"|Lt|PFC|CPL|SFC|TSgt|SSgt|MSgt)\b\.?[ \t]|(?:Veteran|VETERAN|Caller|Claimant|Patient)[ \t]"
    rf"(?={_CAPITAL}[\w'\u2019.-]{{0,30}}[ \t]{_CAPITAL}))"
    rf"(?P<name>{_NAME}))"
)
SELF_NAMED = re.compile(
    rf"\b(?i:(?:my|whose|the)[ ](?:full[ ])?name[ ]is|my[ ]name's|i[ ]am[ ]called|me[ ]llamo"
    rf"|mi[ ]nombre[ ]es|(?:her|his|my"
    rf"|the)[ ](?:husband|wife|father|mother|son|daughter|spouse|veteran|widow)(?:'s[ ]name[ ]is"
    rf"|,)?)[ ]"
    rf"(?P<masked>(?P<name>{_NAME}))"
)

_NO_NAMES = {
    "veteran", "veterans", "caregiver", "family", "member", "spouse", "dependent", "service",
    "other", "none", "null", "unknown", "anonymous", "withheld", "yes", "no", "not", "answered",
    "blank", "test", "user", "users", "system", "web", "email", "phone", "mail", "affairs", "va",
    "team", "desk", "support", "help", "center", "centre", "office", "department", "administration",
    "prod", "production", "staging", "api", "browser", "chrome", "safari", "server", "database",
    "page", "form", "monitor", "project", "n/a", "na", "caller", "customer", "contact", "the",
    "this", "that", "who", "what", "is", "was", "when", "and", "or", "to", "crisis", "line", "id",
    "number", "portal", "online", "account", "benefits", "claims", "health", "centers", "s",
    "readiness", "employment", "org", "organization", "officer", "representative", "army", "navy",
    "status", "affected", "identity", "card", "confirmation", "ready", "rating", "enrollment",
    "verification", "information", "data", "profile", "record", "records", "care", "home", "loan",
    "has", "have", "are", "can", "cannot", "reports", "reported", "says",
}  # fmt: skip
# Names that are also everyday words: alone they are left standing.
_ALSO_WORDS = {
    "will", "may", "mark", "bill", "art", "rose", "grace", "hope", "june", "april", "august",
    "grant", "faith", "joy", "page", "chase", "frank", "rich", "drew", "dean", "pat", "sue", "guy",
    "gene", "jack", "ray", "rob", "summer", "dawn", "young", "long", "brown", "white", "black",
    "green", "day", "case", "law", "bell", "field", "fields", "price", "king", "way", "mr", "mrs",
    "ms", "dr", "van", "von", "der", "den", "del", "las", "los", "and", "the", "jr", "sr", "iii",
}  # fmt: skip
_PUBLIC_PROVIDERS = re.compile(
    r"(?:^|\.)(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|aol|aim|icloud"
    r"|me|mac|proton|protonmail|pm|gmx"
    r"|zoho|mail|email|inbox|fastmail|hey|tutanota|yandex|comcast|verizon|att|sbcglobal|bellsouth"
    r"|cox|charter|earthlink|juno|netzero"
    r"|roadrunner|rr|frontier|centurylink|windstream|optonline|mchsi|suddenlink)\.(?:com|net|org"
    r"|me|us|es|de|fr|co\.uk|ca|mx|ru)$",
    re.I,
)
_TOKEN = re.compile(r"[^\W\d_][\w'\u2019-]*")


def is_name_value(value: str, strict: bool = False) -> bool:
    """True where the value of a name field is a name, not a role, a phrase or a blank.

    `strict` asks for capitals, as for names found in running text.
    """
    words = _TOKEN.findall(value)
    if not 1 <= len(words) <= 6 or "@" in value or "/" in value or any(c.isdigit() for c in value):
        return False
    if any(word.lower().removesuffix("'s") in _NO_NAMES for word in words):
        return False
    return not strict or words[0][:1].isupper()


def name_patterns(names: Iterable[str]) -> list[re.Pattern[str]]:
    """What finds the given names in a text: whole, and each of their words on its own."""
    wholes: set[str] = set()
    words: set[str] = set()
    for name in list(names)[: 4 * MAX_NAMES]:
        parts = [part.strip("'.-") for part in _TOKEN.findall(name[:200])]
        if parts:
            wholes.add(r"[\s,.]{1,3}".join(map(re.escape, parts)))
        words |= {p for p in parts if len(p) > 2 and p.lower() not in _ALSO_WORDS | _NO_NAMES}
    patterns = []
    if wholes:
        # A single everyday word given as a name is only masked as it is written there.
        alternatives = "|".join(sorted(wholes, key=len, reverse=True))
        patterns.append(re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)"))
        long = "|".join(sorted((w for w in wholes if "[" in w), key=len, reverse=True))
        if long:
            patterns.append(re.compile(rf"(?<!\w)(?:{long})(?!\w)", re.I))
    if words:
        forms = {form for w in words for form in (w, w.upper(), w.capitalize())}
        alternatives = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
        patterns.append(re.compile(rf"(?<!\w)(?:{alternatives})(?:'s|\u2019s)?(?!\w)"))
    return patterns


def people_named(message: Message) -> tuple[str, ...]:
    """The names of private people in the message, to be masked wherever they stand."""
    found: list[str] = []
    for text in (message.subject, message.text[:100_000]):
        for pattern in (FIELD, TITLED, SELF_NAMED):
            found += [
                match["name"].strip()
                for match in pattern.finditer(text)
                if is_name_value(match["name"], strict=pattern is not FIELD)
            ]
    for person in (message.sender, message.reply_to):
        if person and person.name and _PUBLIC_PROVIDERS.search(person.address.rpartition("@")[2]):
            found.append(person.name)
    return tuple(dict.fromkeys(found))[:MAX_NAMES]
