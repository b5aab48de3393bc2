"""Names of people in a message: form fields, titles, greetings, signatures, "my name is".

A name is known by what stands before it (a label, a title, a relative, a closing), or by a given
name that people have (`words/given_names.txt`) with what follows it in capitals. Once known, its
words are masked wherever they stand. A role, a team, a place and "(not answered)" are nobody's
name; a word that is also an everyday word counts only where its surroundings say so.
"""

import re
from collections.abc import Iterable, Iterator

from gateway.model import Address, Message
from gateway.reading.words import words

MAX_NAMES = 50
GIVEN = words("given_names")
ALSO_WORDS = words("also_words")

_CAPITAL = r"[A-Z\u00c0-\u00de]"
_PARTICLES = r"(?:de|del|la|las|los|van|von|der|den|da|di|bin|al|y|e|vda\.|viuda|ibn|el|san)"
_WORD = rf"{_CAPITAL}[\w'.-]{{0,30}}"
_QUOTED = r"(?:\"[\w'. -]{1,20}\"|\([\w'. -]{1,20}\)|'[\w. -]{1,20}')"
_NAME = rf"{_WORD}(?:[ \t](?:{_PARTICLES}[ \t])?(?:{_WORD}|{_QUOTED}(?=[ ]{_CAPITAL}))){{0,4}}"
_RANK = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|rev|fr|sr|sra|srta|señora?|don|doña|sir|mme|herr|frau|ssg|sgt"
    r"|cpt"
    r"|capt|captain|maj|major|col|colonel|ltc|lt|lieutenant|lcdr|cdr|cmdr|gen|pfc|pvt|spc|cpl|sfc"
    r"|tsgt"
    r"|ssgt|msgt|smsgt|cmsgt|sergeant|chief|cwo\d?|po\d|hm\d|mgysgt|gysgt|sister|brother|father"
    r"|pastor"
    r"|uncle|aunt|auntie|tio|tía|tío|grandpa|grandma)"
)

# --- by what stands before ----------------------------------------------------------------------

# Labels of forms behind which a name stands and nothing else.
_SURE = (
    r"(?:(?:the )?(?:veteran|vet|claimant|caller|customer|contact|patient|submitter|applicant"
    r"|beneficiary|spouse|dependent|caregiver|user|requester|member|your|legal|preferred|su"
    r"|sponsor"
    r"|employee|account holder|mother|father|husband|wife|child|next of kin"
    r"|emergency contact)(?:'?s)?"
    r"[ _.-]{0,2})?(?:first|last|middle|full|given|family|maiden|sur|display|f|l)?[ _-]?name"
    r"(?:[ ]?\((?:first|last|full|first last|last, first|print)[^)\n:|]{0,20}\))?"
    r"|name of (?:the )?(?:veteran|claimant|patient|caller|applicant|user|customer)"
    r"|surname|firstname|lastname|nombres?(?: completo| y apellidos?| del? (?:veteran[oa]"
    r"|solicitante))?"
    r"|(?:primer |segundo )?apellidos?(?: paterno| materno)?|primer nombre|nachname|vorname"
    r"|prénom"
)
# Labels behind which a person may stand, or a team, or a state.
_MAYBE = (
    r"(?:submitter|submitted by|caller|veteran|vet|claimant|customer|contact|patient|applicant"
    r"|beneficiary|constituent|requested by|requested for|requester|requestor|reported by"
    r"|reporter"
    r"|opened by|opened for|created by|solicitante|veterano|veterana|autor|author|inquirer|poc"
    r"|point of contact|who asked|who are you\??|about|attn|attention|sender|signed|assigned to"
    r"|assignee|agent|rep|representative|next of kin|employee|member|spouse|dependent|caregiver"
    r"|sponsor|from|to|cc|bcc|de|para|von|an|à|enviado por|on behalf of|user|owner|client|cliente"
    r"|paciente|on-?call|approver|approved by|updated by|closed by|resolved by|analyst"
    r"|interviewer)"
)
_AFTER_LABEL = r"[ \t\"'*]{0,4}(?:[:|=]|->|\.{3,60}|\t|[ ]{2})[ \t\"'*.:]{0,40}"
_AHEAD = r"(?:(?<![^\n])|(?<=[|;,({<>\"'?&]|\t)|(?<=[|;,(>][ ])|(?<=[ ]{2})|(?<=[.!:][ ]))"
_VALUE = r"(?P<name>[^\n:|;()<>@{}\[\]]{2,80}(?:\([\w'. -]{1,16}\)[ ][^\n:|;()<>@{}\[\]]{2,40})?)"
_FIELD_SURE = re.compile(
    rf"{_AHEAD}[ \t>*\u2022\"'-]{{0,8}}(?:\d{{1,2}}[.)][ ])?(?i:{_SURE})(?:{_AFTER_LABEL}"
    rf"|[ \t]{{0,4}}:?[ \t]{{0,4}}\n[ \t>]{{0,8}}(?={_CAPITAL}[^\n:]{{1,60}}(?:\n|$)))"
    rf"(?={_VALUE})"
)
_FIELD_MAYBE = re.compile(
    rf"{_AHEAD}[ \t>*\u2022\"'-]{{0,8}}(?:\d{{1,2}}[.)][ ])?(?i:{_MAYBE})(?:{_AFTER_LABEL}"
    rf"|[ ]\((?={_CAPITAL})|[ \t]{{0,4}}:?[ \t]{{0,4}}\n[ \t>]{{0,8}}(?={_CAPITAL}[^\n:]{{1,60}}"
    rf"(?:\n|$)))"
    rf"(?={_VALUE})"
)
_TAG = re.compile(r"<(?i:(?:\w{1,20}[_-]?)?name)>(?P<name>[^<>\n]{2,60})</")
_TITLED = re.compile(
    rf"(?<!\w)(?P<masked>(?i:{_RANK})(?:\.|(?=[ \t]))[ \t]{{0,2}}(?:\([Rr]et\.?\)[ ])?"
    rf"(?P<name>{_NAME}))"
)
_OF = (
    r"(?:veteran|caller|claimant|patient|customer|pt|vet|client|member|applicant|beneficiary"
    r"|widow"
    r"|spouse|neighbor|neighbour|friend|buddy|husband|wife|father|mother|dad|mom|son|daughter"
    r"|brother"
    r"|sister|uncle|aunt|cousin|nephew|niece|grandfather|grandmother|grandson|granddaughter"
    r"|partner"
    r"|fiancee?|caregiver|coworker|colleague|agent|rep|nurse|case ?worker|provider|counselor"
    r"|compadre|esposo|esposa|hijo|hija|padre|madre|hermano|hermana|vecino|vecina|marido|papá"
    r"|mamá"
    r"|abuelo|abuela|tío|tía|veterano|veterana|señor|señora)"
)
_RELATED = re.compile(
    rf"(?<!\w)(?i:{_OF})(?i:'s name is|,? (?:named|called|whose name is)|,"
    rf"|:)?[ \t](?P<name>{_NAME})"
)
_SELF = re.compile(
    r"(?<!\w)(?i:(?:my|whose|the|her|his|their|veteran's|vet's|caller's)(?: full"
    r"| legal)? name(?:'s| is"
    r"| was|:)|i am called|they call me|people call me|me llamo|mi nombre es|se llama|ich heiße"
    r"|mein name ist|je m'appelle)[ ](?P<name>[\w][\w'.-]{1,30}(?:[ ][\w][\w'.-]{0,30}){0,3})"
)
_THIS_IS = re.compile(
    r"(?<!\w)(?i:this is|i am|i'm|soy|spoke (?:with|to)|talked (?:with|to)|on behalf of"
    r"|represents?"
    r"|i have|for|from|by|regarding|helping|with|as|since my|my|thanks,?|thank you,?|ask for|call"
    r"|signed,?|per|contact|cc|a nombre de|de parte de|le habla|habla)[ ]"
    rf"(?P<name>{_NAME})"
)
_GREETED = re.compile(
    r"(?:^|(?<=\n))[ \t>]{0,8}(?i:hi|hello|hey|dear|hola|estimad[oa]s?|querid[oa]|buenos días"
    r"|buenas"
    r"(?: tardes| noches)?|good (?:morning|afternoon|evening|day)|morning|bonjour|hallo|liebe[r]?"
    r"|sehr geehrte[r]?(?: herr| frau)?|cher|chère|greetings|aloha),?[ ]"
    rf"(?P<name>{_NAME})(?=[ ]?[,:;.!\u2026-]|[ ]?\n|$)"
)
_CLOSED = re.compile(
    r"(?:^|(?<=\n)|(?<=[.!?][ ]))[ \t>]{0,8}(?i:(?:many |with |best |kind |warm |very |yours "
    r"|most )?"
    r"(?:thanks?(?: you)?(?: so much| in advance| again| very much| a lot| kindly| and regards)?"
    r"|regards|best|cheers|sincerely|respectfully|cordially|truly|faithfully|wishes|appreciation"
    r"|gratefully|thx|tks|ty|v/r|r/|vr|/s/|signed|love|peace|semper fi|god bless|gracias|saludos"
    r"(?: cordiales)?|atentamente|cordialmente|atte|merci|cordialement"
    r"|mit freundlichen gr[üu](?:ß|ss)en"
    r"|viele gr[üu](?:ß|ss)e|mfg|danke|mahalo|aloha|sent (?:by|from)|from)(?: yours| regards"
    r"| submitted"
    r"| wishes)?)[ \t]{0,3}[,.!:;-]{0,2}[ \t]{0,3}(?:-{1,2}[ ]?)?(?:\n[ \t>]{0,8}){0,3}"
    rf"[-~*\u2022]{{0,2}}[ ]?(?P<name>{_NAME})(?=[ \t]{{0,4}}(?:[,.(|/\n-]|$))"
)
_ALONE = re.compile(  # a line that is nothing but a name: it signs, or heads a signature
    rf"(?:(?<=\n)|(?<=[.!?][ ]))[ \t>]{{0,8}}[-~\u2013*]{{0,2}}[ ]?(?P<name>{_NAME}"
    r"(?:, ?(?:Jr|Sr|II|III|MD|RN|PhD|LCSW|USN|USMC|USA|USAF|Ret)\.?){0,2})[ \t]{0,4}(?=\n|$)"
)
_HEADER = re.compile(
    r"(?:^|(?<=\n))[ \t>*]{0,8}(?i:from|to|cc|sender|reply-to|de|para|von|an|à"
    r"|enviado por)\*?:\*?[ \t]"
    r"\"?(?P<name>[^\n<>\[\"@;:]{2,60})"
)
_BEFORE_ADDRESS = re.compile(
    rf"(?<!\w)\"?(?P<name>{_WORD}"
    rf"(?:,?[ ](?:{_PARTICLES}[ ])?{_WORD}){{0,3}})\"?[ ](?=[<\[(](?:mailto:)?"
    r"[\w.+-]{1,64}@)"
)
_WROTE = re.compile(
    rf"(?P<name>{_NAME})[ ](?=(?:<[^>\n]{{1,80}}>[ ]?)?(?:wrote|writes|said|says|commented"
    rf"|replied|escribi[oó]"
    r"|schrieb|a écrit|called|posted|asked)\b)"
)

_SPEAKER = re.compile(rf"(?:^|(?<=\n))[ \t>]{{0,8}}(?P<name>{_NAME})(?=:[ ])")
# In small letters, as people type: "my client deb strand", "its ruthann".
_SMALL = re.compile(
    rf"(?<!\w)(?i:{_OF}|this is|it'?s|i'?m|i am|thanks,?|thx,?|ty,?|soy|hi|hey|hello|hola)[ ]"
    r"(?P<name>[a-z][a-z'-]{2,20}(?:[ ][a-z][a-z'-]{1,20})?)(?!\w)"
)

# --- what is nobody's name ----------------------------------------------------------------------

_NO_NAMES = words("no_names")
# What makes an organization or a place of the name before it.
_MAKES_PLACE = re.compile(
    r"(?:hospital|medical|center|centre|clinic|university|college|school|library|building|hall|va"
    r"|vamc|va's|memorial|foundation|institute|county|city|airport|bridge|street|st|road|rd|ave"
    r"|avenue"
    r"|drive|lane|blvd|base|field|fort|park|ro|regional|hopkins|inc|llc|corp|co|bank|insurance"
    r"|associates|group|systems|solutions|act|award|cbocs?|outpatient|clinics|vet|air|army|naval"
    r"|barracks|island|beach|springs|heights|hills|falls|server|api|service|portal|system"
    r"|app)$", re.I
)  # fmt: skip
_PLACE_BEFORE = re.compile(
    r"(?:st|saint|san|santa|santo|fort|ft|mount|mt|lake|port|new|hurricane|storm|camp|cape|point"
    r"|el"
    r"|los|las|la|north|south|east|west|typhoon|tropical|puerto)"
)
# Everyday words among names: even a known name's word stands, alone.
_COMMON = words("common")
_TOKEN = re.compile(r"[^\W\d_](?:[\w]|['-](?=[^\W\d_]))*")
_AND = re.compile(r"[ \t](?:and|y|&|und|et)[ \t]|/")


_LINKS = frozenset(["y", "e", "and", "de", "la", "del", "und", "et"])


def _bare(word: str) -> str:
    return word.lower().removesuffix("'s").strip("'.-")


_NO_NAME_SIGN = re.compile(r"[@\d_]|[a-z]-[a-z]+-[a-z]|\w\.\w{2}")


def is_name_value(value: str, strict: bool = False) -> bool:
    """True where the value of a name field is a name, not a role, a phrase or a blank.

    `strict` asks for capitals and for no word that a role or a phrase would have.
    """
    words = _TOKEN.findall(value)
    if not 1 <= len(words) <= 7 or _NO_NAME_SIGN.search(value):
        return False
    strangers = [word for word in words if _bare(word) in _NO_NAMES]
    if not strict:
        return len(strangers) * 2 <= len(words) and _bare(words[0]) not in _NO_NAMES
    return not strangers and all(w[0].isupper() or w.lower() in _COMMON for w in words)


def _is_given(word: str) -> bool:
    bare = _bare(word)
    return bare in GIVEN or bare.partition("-")[0] in GIVEN or _unaccented(bare) in GIVEN


_ACCENTS = str.maketrans("áéíóúüñàèìòùâêîôûäëïöçãõåøéý", "aeiouunaeiouaeiouaeiocaoaoey")


def _unaccented(word: str) -> str:
    return word if word.isascii() else word.translate(_ACCENTS)


# --- in a text ----------------------------------------------------------------------------------

Place = tuple[int, int]


def name_spans(text: str, names: Iterable[str] = ()) -> list[Place]:
    """Where people are named in a plain text: those given, and those the text itself names."""
    found = list(_named(text))
    known = [*names, *(text[start:stop] for start, stop in found[: 4 * MAX_NAMES])]
    return [*found, *(m.span() for pattern in _patterns(known) for m in pattern.finditer(text))]


def _named(text: str) -> Iterator[Place]:
    yield from _fields(text)
    for match in _TITLED.finditer(text):
        stop = _stop(text, match.start("name"), match.end("name"))
        first = _bare(text[match.start("masked") : stop].split(None, 1)[0])
        if stop > match.start("name") and not (first in _COMMON and match["masked"][0].islower()):
            yield match.start("name"), stop
    for pattern in (_RELATED, _GREETED, _CLOSED, _BEFORE_ADDRESS):
        for match in pattern.finditer(text):
            yield from _strict(text, match)
    for match in _SELF.finditer(text):
        words = _TOKEN.findall(match["name"])
        count = 0
        while count < len(words) and _bare(words[count]) not in _NO_NAMES:
            count += 1
        while count and _bare(words[count - 1]) in _LINKS:
            count -= 1
        if count:
            last = list(_TOKEN.finditer(text, match.start("name"), match.end("name")))[count - 1]
            yield match.start("name"), last.end()
    for match in _SMALL.finditer(text):
        yield from _small(match)
    for pattern in (_THIS_IS, _ALONE, _WROTE, _SPEAKER):
        for match in pattern.finditer(text):
            if _is_person(match["name"], known=pattern is _SPEAKER):
                yield from _strict(text, match)
    yield from _by_given_name(text)


def _fields(text: str) -> Iterator[Place]:
    for pattern, strict in (
        (_FIELD_SURE, False),
        (_TAG, False),
        (_FIELD_MAYBE, True),
        (_HEADER, True),
    ):
        for match in pattern.finditer(text):
            start, stop = match.span("name")
            for part_start, part_stop in _parts(text, start, stop):
                value = text[part_start:part_stop]
                if is_name_value(value, strict) and (not strict or _is_person(value)):
                    yield part_start, part_stop


def _small(match: re.Match[str]) -> Iterator[Place]:
    first, _, second = match["name"].partition(" ")
    if first in GIVEN and first not in ALSO_WORDS:
        start = match.start("name")
        is_surname = second and second not in _NO_NAMES and not second.endswith(("ed", "n't", "nt"))
        yield start, match.end("name") if is_surname else start + len(first)


_FIELD_END = re.compile(
    r"[ ]{2,}|\t|[\"',]{0,2}[,}][ ]?[\"'&]|&|[\"']|,[ ]?(?=[a-z0-9+])|[ ][-/][ ]"
)


def _parts(text: str, start: int, stop: int) -> Iterator[Place]:
    """The names in a field's value: up to the next field, and each of "A and B"."""
    end = _FIELD_END.search(text, start, stop)
    if end and end.start() > start and not _is_nickname(text, end.start(), stop):
        stop = end.start()
    at = start
    for joint in [*_AND.finditer(text, start, stop), None]:
        to = joint.start() if joint else stop
        part = text[at:to]
        rank = _RANKS.match(part)
        left = rank.end() if rank else len(part) - len(part.lstrip(" \t\"'*."))
        yield at + left, at + max(left, len(part.rstrip(" \t\"'*,.")))
        at = joint.end() if joint else stop


def _is_nickname(text: str, at: int, stop: int) -> bool:
    return (
        text[at] in "\"'"
        and text[at - 1] == " "
        and text.find(text[at], at + 1, min(stop, at + 24)) > 0
    )


def _strict(text: str, match: re.Match[str]) -> Iterator[Place]:
    start = match.start("name")
    rank = _RANKS.match(text, start)
    start = rank.end() if rank else start
    stop = _stop(text, start, match.end("name"))
    if stop > start:
        yield start, stop


_RANKS = re.compile(rf"(?i:{_RANK})(?:\.[ ]?|[ ])(?=[A-Z])")
_SHORT = frozenset(
    ["thos", "wm", "geo", "chas", "jas", "jos", "robt", "edw", "jno", "ma"]
)  # Thos. Winfrey
_ENDS = re.compile(r"[;:!?]|\.[ \n]")


def _stop(text: str, start: int, stop: int) -> int:
    """Where the name ends: before the first word that is nobody's; `start` if it is none."""
    end = start
    for word in _TOKEN.finditer(text, start, stop):
        bare = _bare(word[0])
        if bare in _NO_NAMES or (word[0][0].islower() and bare not in _COMMON):
            break
        if len(word[0]) > 1 and word[0].isupper() and end == start and not _is_given(word[0]):
            break
        if _MAKES_PLACE.fullmatch(word[0]) and end > start:
            return start
        if word[0][0].isupper():
            end = word.end()
        if _ENDS.match(text, end) and len(word[0]) > 2 and bare not in _SHORT:
            break
    return end


def _is_person(value: str, known: bool = False) -> bool:
    """Whether capitalized words, in a place where a team might stand too, name a person.

    `known` asks for a given name among them.
    """
    words = [
        word for word in _TOKEN.findall(value) if _bare(word) not in _COMMON or _is_given(word)
    ]
    if not 1 <= len(words) <= 5 or any(_bare(word) in _NO_NAMES for word in words):
        return False
    if any(_MAKES_PLACE.fullmatch(word) for word in words[1:]):
        return False
    if any(_is_given(word) and (_bare(word) not in ALSO_WORDS or len(words) > 1) for word in words):
        return True
    shaped = all(len(w) == 1 or (w[0].isupper() and any(c.islower() for c in w)) for w in words)
    return (
        not known
        and 2 <= len(words) <= 4
        and shaped
        and all(_bare(w) not in ALSO_WORDS for w in words[:1])
    )


def _by_given_name(text: str) -> Iterator[Place]:
    """Given names in capitals, with the capitalized words after them and an initial before."""
    words = list(_CAPITALIZED.finditer(text))
    taken = -1
    for at, word in enumerate(words):
        if word.start() < taken or not _is_given(word[0]):
            continue
        if word[0].isupper() and len(word[0]) < 5:  # an acronym, rather
            continue
        before = words[at - 1] if at and words[at - 1].end() + 2 >= word.start() else None
        if before and _PLACE_BEFORE.fullmatch(_bare(before[0])):
            continue
        start, stop = word.start(), _surname_end(text, words, at)
        after = text[stop : stop + 24].lstrip()
        if _MAKES_PLACE.fullmatch(re.split(r"\W", after, maxsplit=1)[0] or "-"):
            continue
        if _bare(word[0]) in ALSO_WORDS and stop == word.end():
            continue
        if _bare(word[0]) in ALSO_WORDS and _starts_sentence(text, start) and len(word[0]) < 5:
            continue
        if before and (len(before[0]) == 1 or text[before.end() : word.start()] == ", "):
            is_caps = before[0].isupper() and not word[0].isupper()
            if len(before[0]) == 1 or (not is_caps and is_name_value(before[0], strict=True)):
                start = before.start()
        taken = stop
        yield start, stop


_CAPITALIZED = re.compile(r"(?<![\w@/])[A-Z\u00c0-\u00de](?:\w|['-](?=[^\W\d_]))*(?![@/\w])")
_SPACE = re.compile(
    r"\.?[ ](?:\"[\w. ]{1,16}\"[ ])?(?:(?:de|del|la|van|von|der|de la|y|da|di|vda\. de"
    r"|viuda de)[ ])?"
)


def _surname_end(text: str, words: list[re.Match[str]], at: int) -> int:
    end = words[at].end()
    for word in words[at + 1 : at + 4]:
        if not _SPACE.fullmatch(text, end, word.start()) or _bare(word[0]) in _NO_NAMES:
            break
        is_initial = len(word[0]) == 1
        if word[0].isupper() and not is_initial and not words[at][0].isupper():
            break
        if text[end] == "." and end - words[at].start() > 2 and text[end - 2 : end - 1].isalpha():
            break
        end = word.end()
    return end


def _starts_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 3) : at].rstrip(" ")
    return not before or before[-1] in ".!?\n:\u2022-"


# --- known names --------------------------------------------------------------------------------


def _patterns(names: Iterable[str]) -> list[re.Pattern[str]]:
    """What finds the given names in a text: whole, and each of their words on its own."""
    wholes: set[str] = set()
    words: set[str] = set()
    exact: set[str] = set()
    for name in list(names)[: 5 * MAX_NAMES]:
        if any(c.isdigit() for c in name) or "_" in name:  # what somebody calls himself
            exact.add(re.escape(name[:60]))
            continue
        parts = [part.strip("'.-") for part in _TOKEN.findall(name[:200])]
        if len(parts) > 1:
            wholes.add(r"[\s,.]{1,3}".join(map(re.escape, parts)))
        elif parts and parts[0].lower() not in _NO_NAMES:
            exact.add(re.escape(parts[0]))
        words |= {p for p in parts if len(p) > 2 and p.lower() not in _NO_NAMES | _COMMON}
        words |= {
            piece for p in parts if "-" in p for piece in p.split("-")
            if len(piece) > 3 and piece.lower() not in _NO_NAMES | _COMMON
        }  # fmt: skip
    patterns = []
    if wholes:
        patterns.append(_any_of(wholes, re.I))
    if exact:
        patterns.append(_any_of(exact))
    if words:
        forms = {form for w in words for form in (w, w.upper(), w.capitalize())}
        forms |= {w.lower() for w in words if len(w) > 3 and w.lower() not in ALSO_WORDS}
        patterns.append(_any_of(map(re.escape, forms)))
    return patterns


def _any_of(alternatives: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    joined = "|".join(sorted(alternatives, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{joined})(?:'s)?(?!\w)", flags)


def people_named(message: Message) -> tuple[str, ...]:
    """The names of people in the message, to be masked wherever they stand in it."""
    text = f"{message.subject}\n\n{message.text[:100_000]}"
    found = [text[start:stop].strip() for start, stop in _named(text)]
    forwarded = message.forwarded.sender if message.forwarded else None
    for person in (message.sender, message.reply_to, forwarded):
        if person is not None:
            found += _called(person)
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def _called(person: Address) -> Iterator[str]:
    """The name of a sender, and what a person calls himself at his provider."""
    name = (person.name or "").partition(" via ")[0].split("(")[0].strip()
    local = person.address.partition("@")[0]
    pieces = {piece for piece in re.split(r"[^a-z]+", local.lower()) if len(piece) > 2}
    is_own = any(_bare(word) in pieces for word in _TOKEN.findall(name))
    if name and (_is_person(name) or (is_own and is_name_value(name, strict=True))):
        yield name
    if len(local) > 4 and any(c.isdigit() for c in local) and not pieces & _NO_NAMES:
        yield local
