"""Names of people in a message: form fields, titles, greetings, signatures, "my name is".

A name is known by what stands before it (a label, a title, a relative, a closing), or by a given
name that people have (`words/given_names.txt`) with what follows it in capitals. Once known, its
words are masked wherever they stand. A role, a team, a place and "(not answered)" are nobody's
name; a word that is also an everyday word counts only where its surroundings say so.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from gateway.model import Address, Message
from gateway.reading.personal.words import words

MAX_NAMES = 50
MOST_WORDS = 7  # of a name
GIVEN = words("given_names")
ALSO_WORDS = words("also_words")
_SMALL_GIVEN = GIVEN - ALSO_WORDS
_EVERYDAY = words("everyday") | words("no_names") | ALSO_WORDS

_CAPITAL = r"[A-Z\u00c0-\u00de]"
_PARTICLES = r"(?:de|del|la|las|los|van|von|der|den|da|di|bin|al|y|e|vda\.|viuda|ibn|el|san)"
_WORD = rf"{_CAPITAL}[\w'.-]{{0,30}}"
_QUOTED = r"(?:\"[\w'. -]{1,20}\"|\([\w'. -]{1,20}\)|'[\w. -]{1,20}')"
_NAME = (
    rf"{_WORD}(?:[ \t](?:{_PARTICLES}[ \t]){{0,2}}(?:{_WORD}|{_QUOTED}(?=[ ]{_CAPITAL}))){{0,4}}"
)
_RANK = words("ranks")

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
    r"|sponsor|(?:case |ticket |record )?owner|from|to|cc|bcc|de|para|von|an|à"
    r"|enviado por|on behalf of|user|owner|client|cliente"
    r"|paciente|on-?call|approver|approved by|updated by|closed by|resolved by|analyst"
    r"|interviewer|respondent|reviewer|assignee)"
)
# Of the lower-case text with a line break put before it; the value is looked at in the text itself.
_AHEAD = (
    r"[\n|;,({<>\"'?&\t .!:](?:(?<=\n)[ \t>*\u2022\"'-]{0,8}|(?<=[|;,({<>\"'?&\t])[\"'* ]{0,3}"
    r"|(?<=[|;,(>.!:][ ])[\"'*]{0,2}|(?<=[ ]{2})[\"'*]{0,2})(?:\d{1,2}[.)][ ])?"
)
_AFTER_LABEL = r"[ \t\"'*]{0,4}(?:[:|=]|->|\.{3,60}|\t|[ ]{2})[ \t\"'*.:]{0,40}"
_NEXT_LINE = r"(?P<next>[ \t]{0,4}:?[ \t]{0,4}\n[ \t>]{0,8}(?=[^\n:]{2,60}(?:\n|$)))"
_VALUE = r"(?P<name>[^\n:|;()<>@{}\[\]]{2,80}(?:\([\w'. -]{1,16}\)[ ][^\n:|;()<>@{}\[\]]{2,40})?)"
_FIELD_SURE = re.compile(rf"{_AHEAD}(?:{_SURE})(?:{_AFTER_LABEL}|{_NEXT_LINE})(?={_VALUE})")
_FIELD_MAYBE = re.compile(
    rf"{_AHEAD}(?:{_MAYBE})(?:{_AFTER_LABEL}|(?P<bracket>[ ]\()|{_NEXT_LINE})(?={_VALUE})"
)
_TAG = re.compile(r"<(?i:(?:\w{1,20}[_-]?)?name)>(?P<name>[^<>\n]{2,60})</")
_OF = words("relatives")
_MAY_NAME = words("openings")
_MAY_NAME_TWO = frozenset(
    ["this is", "i am", "i'm", "a nombre", "de parte", "nombre de", "parte de", "it is", "it's"]
)
_SELF = re.compile(
    r"(?<!\w)(?:(?i:maiden name(?: is| was|:)?)[ ](?=[A-Z\u00c0-\u00de])"
    r"|(?i:(?:my|whose|the|her|his|their|\w{2,12}'s)(?: full"
    r"| legal)? name(?:'s| is"
    r"| was|:)|i am called|they call me|people call me|me llamo|mi nombre es|se llama|ich heiße"
    r"|mein name ist|je m'appelle)[ ])(?P<name>[\w][\w'.-]{1,30}(?:[ ][\w][\w'.-]{0,30}){0,3})"
)
_GREETED = re.compile(
    r"\n[ \t>]{0,8}(?i:hi|hello|hey|dear|hola|estimad[oa]s?|querid[oa]|buenos días"
    r"|buenas"
    r"(?: tardes| noches)?|good (?:morning|afternoon|evening|day)|morning|bonjour|hallo|liebe[r]?"
    r"|sehr geehrte[r]?(?: herr| frau)?|cher|chère|greetings|aloha),?[ ]"
    rf"(?P<name>{_NAME})(?=[ ]?[,:;.!\u2026-]|[ ]?\n|$)"
)
_CLOSED = re.compile(
    r"[\n.!?][ \t>]{0,8}(?i:(?:many |with |best |kind |warm |very |yours "
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
    rf"[\n.!?][ \t>]{{0,8}}[-~\u2013*]{{0,2}}[ ]?(?P<name>{_NAME}"
    r"(?:, ?(?:Jr|Sr|II|III|MD|RN|PhD|LCSW|USN|USMC|USA|USAF|Ret)\.?){0,2})[ \t]{0,4}(?=\n|$)"
)
_HEADER = re.compile(
    r"\n[ \t>*]{0,8}(?i:from|to|cc|sender|reply-to|de|para|von|an|à"
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

# "Dee here", "I am Cordell, the son", "Okafor, J.", "J. Okafor", "Re: Okafor, James".
_HERE = re.compile(rf"[\n.,!][ ]?(?P<name>{_WORD}) here(?=[ .,;!]|$)")
_I_AM = re.compile(
    rf"(?<!\w)(?i:i am|i'm|this is|soy) (?P<name>{_WORD})(?=,| from| with| and| again)"
)
_INITIAL = re.compile(
    rf"(?<![\w.'])(?P<name>{_WORD}, (?:{_WORD} )?[A-Z]\.(?:[ ]?[A-Z]\.)?(?![\w])"
    rf"|(?:[A-Z]\.[ ]?){{1,2}}[A-Z][a-z][\w'-]{{1,30}})"
)
_FAMILY = re.compile(rf"(?<!\w)(?i:the) (?P<name>{_WORD})(?= family\b)")
_ABOUT = re.compile(
    rf"(?i:\b(?:re|fwd?|about|subject)): (?P<name>{_WORD}, {_WORD}(?: [A-Z]\.)?)(?![\w.])"
)

_SPEAKER = re.compile(rf"\n[ \t>]{{0,8}}(?P<name>{_NAME})(?=:[ ])")
# In small letters, as people type: "my client deb strand", "its ruthann".
_SMALL_CUES = tuple(
    f"{cue} "
    for cue in (*_OF, "w/", "with", "ask", "asked", "told", "let", "call", "to", "this is", "its",
                "it's", "im", "i'm", "i am", "thanks,", "thanks", "thx", "thx,", "ty", "soy", "hi",
                "hey", "hello", "hola")
)  # fmt: skip
_SMALL_WORD = re.compile(r"[a-z][a-z'-]{2,20}")
_SMALL_NEXT = re.compile(r"[ ]([a-z][a-z'-]{1,20})(?!\w)")

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
    r"(?:gi|st|saint|san|santa|santo|fort|ft|mount|mt|lake|port|new|hurricane|storm|camp|cape|point"
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
    return [*found, *_known(text, known)]


def _named(text: str) -> Iterator[Place]:
    led = f"\n{text}"  # every line begins behind a line break
    low = led.lower()
    for start, stop in (*_fields(led, low if len(low) == len(led) else led), *_in_lines(led)):
        yield start - 1, stop - 1
    if "@" in text:
        for match in _BEFORE_ADDRESS.finditer(text):
            yield from _strict(text, match)
    for match in _SELF.finditer(text):
        yield from _self_named(text, match)
    yield from _small(text)
    yield from _by_what_is_before(text)


def _in_lines(led: str) -> Iterator[Place]:
    for pattern in (_GREETED, _CLOSED, _HERE, _I_AM, _INITIAL, _FAMILY, _ABOUT):
        for match in pattern.finditer(led):
            yield from _strict(led, match)
    for pattern in (_ALONE, _WROTE, _SPEAKER):
        for match in pattern.finditer(led):
            signs = pattern is _ALONE and _is_strange(match["name"])
            if signs or _is_person(match["name"], known=pattern is _SPEAKER):
                yield from _strict(led, match)


def _fields(led: str, low: str) -> Iterator[Place]:
    finders = [(_FIELD_MAYBE, low, True), (_HEADER, led, True)]
    if "name" in low or "nombre" in low or "apellido" in low or "prénom" in low:
        finders += [(_FIELD_SURE, low, False), (_TAG, led, False)]
        yield from _columns(led, low)
    for pattern, where, strict in finders:
        for match in pattern.finditer(where):
            start, stop = match.span("name")
            is_apart = pattern.groups > 1 and (match["next"] or (strict and match["bracket"]))
            if is_apart and not led[start : start + 1].isupper():
                continue
            for part_start, part_stop in _parts(led, start, stop):
                value = led[part_start:part_stop]
                if is_name_value(value, strict) and (not strict or _is_person(value)):
                    yield part_start, part_stop


_HEADING = re.compile(
    rf"\n(?P<line>[^\n]{{0,200}}(?<![^\n,;|\t\"' ])(?:{_SURE})(?![^\n,;|\t\"' ])"
    r"[^\n]{0,300})(?=\n)"
)
_CELL = re.compile(rf"[ \t\"'*]*(?:{_SURE})[ \t\"'*]*")


def _columns(led: str, low: str) -> Iterator[Place]:
    """Names in the columns of a table with a heading: CSV, or with bars or tabs."""
    done = 0
    for heading in _HEADING.finditer(low):
        if heading.start() < done:  # a row of the table before
            continue
        line = heading["line"]
        sign = max(",;|\t", key=line.count)
        many = line.count(sign)
        columns = [at for at, cell in enumerate(line.split(sign)) if _CELL.fullmatch(cell)]
        start = heading.end() + 1
        # "Name | Jo" is a line of a form.
        is_table = many > 1 or (many == 1 and len(columns) == 2)
        while is_table and columns and start < len(led):
            stop = led.find("\n", start)
            stop = stop if stop >= 0 else len(led)
            cells = led[start:stop].split(sign)
            if len(cells) != many + 1:
                break
            for at in columns:
                left = start + sum(len(cell) + 1 for cell in cells[:at])
                value = cells[at].strip(" \t\"'*")
                left += cells[at].find(value)
                if is_name_value(value):
                    yield left, left + len(value)
            done = start = stop + 1


def _self_named(text: str, match: re.Match[str]) -> Iterator[Place]:
    found = list(_TOKEN.finditer(text, *match.span("name")))
    count = 0
    while count < len(found) and _bare(found[count][0]) not in _NO_NAMES:
        count += 1
        if len(found[count - 1][0]) > 2 and _ENDS.match(text, found[count - 1].end()):
            break
    while count and _bare(found[count - 1][0]) in _LINKS:
        count -= 1
    if count:
        yield match.start("name"), found[count - 1].end()


def _small(text: str) -> Iterator[Place]:
    names = _SMALL_GIVEN.intersection(_SMALL_WORD.findall(text))
    if not names:
        return
    for match in re.finditer(rf"(?<![\w@.])(?:{'|'.join(sorted(names))})(?![\w@])", text):
        start, stop = match.span()
        if text[max(0, start - 16) : start].lower().endswith(_SMALL_CUES):
            after = _SMALL_NEXT.match(text, stop)
            word = after[1] if after else "is"
            if word not in _NO_NAMES and not word.endswith(("ed", "n't", "nt")):
                stop += 1 + len(word)
            yield start, stop


_FIELD_END = re.compile(
    r"[ ]{2,}|\t|[\"',]{0,2}[,}][ ]?[\"'&]|&|[\"']|,[ ]?(?=[a-z0-9+])|[ ][-/][ ]"
)


def _parts(text: str, start: int, stop: int) -> Iterator[Place]:
    """The names in a field's value: up to the next field, and each of "A and B"."""
    end = _FIELD_END.search(text, start, stop)
    if end and end.start() > start and not _is_nickname(text, end.start(), stop):
        stop = end.start()
    if text[stop : stop + 1] == ":":  # the last word is the next field's label
        stop = max(start, text.rfind(" ", start, stop))
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


_RANKS = re.compile(rf"(?i:{'|'.join(sorted(_RANK))})(?:\.[ ]?|[ ])(?=[A-Z])")
# Surnames of nobody in particular, and words of roles otherwise.
_ANYBODY = frozenset(["public", "veteran", "citizen", "sample", "example"])
_SHORT = frozenset(
    ["thos", "wm", "geo", "chas", "jas", "jos", "robt", "edw", "jno", "ma"]
)  # Thos. Winfrey
_ENDS = re.compile(r"[;:!?]|\.[ \n]")


def _stop(text: str, start: int, stop: int) -> int:
    """Where the name ends: before the first word that is nobody's; `start` if it is none."""
    end = start
    for word in _TOKEN.finditer(text, start, stop):
        bare = _bare(word[0])
        if (
            (bare in _NO_NAMES and not (bare in _ANYBODY and end > start))
            or _CAMEL.search(word[0])
            or (word[0][0].islower() and bare not in _COMMON)
        ):
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


_CAMEL = re.compile(r"\b(?!Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz)[A-Z][a-z]+[A-Z]|\b[A-Z]{2,}[a-z]")


def _is_person(value: str, known: bool = False) -> bool:
    """Whether capitalized words, in a place where a team might stand too, name a person.

    `known` asks for a given name among them.
    """
    words = [
        word for word in _TOKEN.findall(value) if _bare(word) not in _COMMON or _is_given(word)
    ]
    if not 1 <= len(words) <= 5 or _CAMEL.search(value):
        return False
    if any(_bare(word) in _NO_NAMES for word in words):
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


# In German every noun has a capital: two of them are no name.
_GERMAN = re.compile(r"(?<!\w)(?:und|der|die|das|nicht|ist|wird|ein|eine|mit|von|zum|zur)(?!\w)")
GERMAN_WORDS = 4


def _by_what_is_before(text: str) -> Iterator[Place]:
    """Names in running text: behind a title or a relative, and by a given name.

    A given name takes the capitalized words after it, an initial or "Surname, " before it.
    """
    taken = -1
    before: re.Match[str] | None = None
    has_plain_nouns = len(list(islice(_GERMAN.finditer(text), GERMAN_WORDS))) < GERMAN_WORDS
    found = list(_CAPITALIZED.finditer(text))
    for at, word in enumerate(found):
        before = found[at - 1] if at else None
        start = word.start()
        if start < taken or (word[0].lower() in _RANK and _RANKS.match(text, start)):
            continue
        stop = _announced(text, start)
        if stop <= start and _is_given(word[0]):
            start, stop = _with_given(text, found, at, before)
        elif stop <= start and has_plain_nouns and _is_strange(word[0]):
            stop = _strangers_end(text, found, at)
        if stop > start:
            taken = stop
            yield start, stop


_OF_PEOPLE = frozenset(["call", "ask", "told", "saw", "asked", "meet", "thanks"])
_SECOND_WORDS = frozenset(cue.partition(" ")[2] or cue for cue in _MAY_NAME_TWO)
_CUES = _RANK | _OF | _MAY_NAME | _SECOND_WORDS


def _announced(text: str, start: int) -> int:
    """Where the name ends that begins at `start` behind a title, a relative or "this is"."""
    at = text.rfind(" ", max(0, start - 20), max(0, start - 1)) + 1 or max(0, start - 20)
    said = text[at:start].lower()
    if said == "(":  # "the vet (Quintrell)"
        at = text.rfind(" ", max(0, at - 20), max(0, at - 1)) + 1
        said = text[at : start - 1].lower()
    if said == "(ret.) ":
        start_of_it = at
        at = text.rfind(" ", max(0, at - 20), max(0, at - 1)) + 1 or max(0, at - 20)
        said = text[at:start_of_it].lower()
    if said[-1:] not in {" ", "\t", "."}:
        return start
    said = said.rpartition("\n")[2]
    word = said.strip(" \t.,:(\"'*>")
    if word not in _CUES or (word in _COMMON and word not in _RANK | _OF):
        return start
    is_sure = word in _RANK or (word in _OF and "." not in said)
    if not is_sure and word not in _MAY_NAME:
        before = text[max(0, at - 12) : at].lower().split()
        if (
            word not in _MAY_NAME_TWO
            and f"{before[-1] if before else ''} {word}" not in _MAY_NAME_TWO
        ):
            return start
    name = _NAME_HERE.match(text, start)
    if not name:
        return start
    if not is_sure and not _is_person(name[0]):
        is_meant = word in _OF_PEOPLE and _is_given(name[0]) and _bare(name[0]) not in _COMMON
        return name.end() if is_meant and " " not in name[0] else start
    return _stop(text, start, name.end())


def _is_strange(word: str) -> bool:
    """Whether a capitalized word is none of everyday's, so that two of them are a name."""
    return (
        len(word) > 2
        and word[1:].islower()
        and "'" not in word[2:]
        and not _PLACE_BEFORE.fullmatch(_bare(word))
        and _bare(word) not in _EVERYDAY
        and _bare(word).rstrip("s") not in _EVERYDAY
    )


def _strangers_end(text: str, found: list[re.Match[str]], at: int) -> int:
    """Where the name ends that two strange words are, or a strange word and a given name."""
    after = found[at + 1] if at + 1 < len(found) else None
    if after is None or text[found[at].end() : after.start()] != " ":
        return found[at].start()
    stop = _surname_end(text, found, at)
    is_place = _MAKES_PLACE.fullmatch(
        re.split(r"\W", text[stop : stop + 24].lstrip(), maxsplit=1)[0]
    )
    if is_place or not (_is_strange(after[0]) or _is_given(after[0])):
        return found[at].start()
    return stop


def _with_given(
    text: str, found: list[re.Match[str]], at: int, before: re.Match[str] | None
) -> Place:
    word = found[at]
    nothing = (word.start(), word.start())
    start, stop = word.start(), _surname_end(text, found, at)
    bare = _bare(word[0])
    if word[0].isupper() and len(word[0]) < 5:  # an acronym, rather
        return nothing
    if bare in ALSO_WORDS and (
        stop == word.end() or (_starts_sentence(text, start) and len(bare) < 5)
    ):
        return nothing
    if _MAKES_PLACE.fullmatch(
        re.split(r"\W", text[stop : stop + 24].lstrip(), maxsplit=1)[0] or "-"
    ):
        return nothing
    words_before = text[max(0, start - 12) : start].split()
    if words_before and _PLACE_BEFORE.fullmatch(words_before[-1].strip(".,").lower()):
        return nothing
    if before and before.end() + 2 >= start:
        is_caps = before[0].isupper() and not word[0].isupper()
        if len(before[0]) == 1 or (
            text[before.end() : start] == ", " and not is_caps and is_name_value(before[0], True)
        ):
            start = before.start()
    return start, stop


_NAME_HERE = re.compile(_NAME)
_CAPITALIZED = re.compile(r"(?<![\w@/])[A-Z\u00c0-\u00de](?:\w|['-](?=[^\W\d_]))*(?![@/\w])")
_SPACE = re.compile(
    r"\.?[ ](?:\"[\w. ]{1,16}\"[ ])?(?:(?:de|del|la|van|von|der|de la|y|da|di|vda\. de"
    r"|viuda de)[ ])?"
)


def _surname_end(text: str, words: list[re.Match[str]], at: int) -> int:
    end = words[at].end()
    for word in words[at + 1 : at + 4]:
        is_nobody = _bare(word[0]) in _NO_NAMES and _bare(word[0]) not in _ANYBODY
        if is_nobody or not _SPACE.fullmatch(text, end, word.start()):
            break
        is_label = text[word.end() : word.end() + 1] == ":"
        if is_label and (len(word[0]) < 4 or _bare(word[0]) in _EVERYDAY):  # of the next field
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


_NEVER_ALONE = _NO_NAMES | _COMMON


def _known(text: str, names: Iterable[str]) -> Iterator[Place]:
    """Where the given names stand: whole, and each of their words on its own."""
    wholes: dict[str, set[tuple[str, ...]]] = {}
    forms: set[str] = set()
    brief: set[str] = set()  # "Al": a name where it signs, a word elsewhere
    for name in list(names)[: 5 * MAX_NAMES]:
        if any(c.isdigit() for c in name) or "_" in name:  # what somebody calls himself
            yield from (
                m.span() for m in re.finditer(rf"(?<!\w){re.escape(name[:60])}(?!\w)", text)
            )
            continue
        parts = [part.strip("'-") for part in _TOKEN.findall(name[:200])]
        if len(parts) > 1:
            wholes.setdefault(parts[0].lower(), set()).add(tuple(p.lower() for p in parts))
        elif parts and len(parts[0]) > 1 and parts[0].lower() not in _NO_NAMES:
            forms.add(parts[0])
        is_sure = len(parts) == 1 or any(map(_is_given, parts))
        pieces = [piece for part in parts if "-" in part for piece in part.split("-")]
        brief |= {re.escape(part) for part in parts if len(part) == 2 and part[0].isupper()}
        for part in (*parts, *(piece for piece in pieces if len(piece) > 3)):
            if len(part) > 2 and part.lower() not in _NEVER_ALONE:
                forms |= {part, part.upper(), part.capitalize()}
                if is_sure and len(part) > 3 and part.lower() not in ALSO_WORDS:
                    forms.add(part.lower())
    if wholes or forms:
        yield from _standing(text, wholes, forms)
    if brief:
        alone = rf"^[ \t>*-]{{0,8}}({'|'.join(sorted(brief))})[.,!]?[ \t]{{0,8}}$"
        yield from (match.span(1) for match in re.finditer(alone, text, re.MULTILINE))


def _standing(
    text: str, wholes: dict[str, set[tuple[str, ...]]], forms: set[str]
) -> Iterator[Place]:
    found = list(_TOKEN.finditer(text))
    for at, word in enumerate(found):
        said = word[0].removesuffix("'s")
        if said in forms or ("-" in said and not forms.isdisjoint(said.split("-"))):
            yield word.span()
        if said.lower() in wholes:
            known = wholes[said.lower()]
            here = [w[0].removesuffix("'s").lower() for w in found[at : at + MOST_WORDS]]
            for count in range(2, len(here) + 1):
                if tuple(here[:count]) in known:
                    yield word.start(), found[at + count - 1].end()


def people_named(message: Message) -> tuple[str, ...]:
    """The names of people in the message, to be masked wherever they stand in it."""
    text = f"{message.subject}\n\n{message.text[:100_000]}"
    forwarded = message.forwarded.sender if message.forwarded else None
    found: list[str] = []
    for person in (message.sender, message.reply_to, forwarded):
        if person is not None:
            found += _called(person, by_machine=message.is_auto or message.is_bulk)
    found += [text[start:stop].strip() for start, stop in _named(text)]
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


_USER_NAME = re.compile(r"(?<!\w)[a-z][a-z._-]{2,20}\d{2,4}(?!\w)")  # dquintrell58


def _called(person: Address, *, by_machine: bool) -> Iterator[str]:
    """The name of a sender, and what a person calls himself at his provider."""
    name = (person.name or "").partition(" via ")[0].split("(")[0].strip()
    local = person.address.partition("@")[0]
    pieces = {piece for piece in re.split(r"[^a-z]+", local.lower()) if len(piece) > 1}
    is_own = not by_machine and any(_bare(word) in pieces for word in _TOKEN.findall(name))
    pieces = {piece for piece in pieces if len(piece) > 2}
    if name and (_is_person(name) or (is_own and is_name_value(name, strict=True))):
        yield name
    yield from _USER_NAME.findall(person.name or "")
    if len(local) > 4 and any(c.isdigit() for c in local) and not pieces & _NO_NAMES:
        yield local
