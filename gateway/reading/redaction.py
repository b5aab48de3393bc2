"""Masks personal identifiers, so that a text may leave for a public tracker.

Three layers, each span decided once. What a label calls personal (SSN, birth date, name fields)
is masked always. Then what must stay readable is protected: ticket numbers, UUIDs, paths of
URLs, dates, toll-free help lines. The rest is masked by its form: addresses, phones, numbers of
9 or 10 digits, ICN, streets, IP addresses, names with a title, and the names given. Where in
doubt, masked; where masking fails, the whole text is (fail closed).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable

from gateway.reading.person_names import FIELD, SELF_NAMED, TITLED, is_name_value, name_patterns

MASK = "[REDACTED]"

_DASH = r"[-\u2010-\u2015\u2212]"
_SEPARATOR = rf"(?:{_DASH}|[.\s\u00a0/]|\s{_DASH}\s)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    r"|octubre|noviembre|diciembre)\.?"
)
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{2,4}}"
    rf"|{_MONTH}[\s-]\d{{1,2}}(?:st|nd|rd|th)?,?[\s-]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[\s-](?:de\s|of\s)?{_MONTH}(?:\sde(?:l)?)?,?[\s-]\d{{2,4}}"
    rf"|\d{{8}}|{_MONTH}\s\d{{4}})"
)
_GAP = r"(?:\s*(?:is|was|number|no\.?|num\.?|es|de|#|:|=|-|\||\(|,|\"|\*)\s*){0,4}\s*"

# Group 1 is what is masked.
_LABELLED = [
    rf"\b(?:dob|d\.o\.b\.?|date\s+of\s+birth|birth\s*-?date|birthday|birth|born(?:\s+on)?|b-?day"
    rf"|fecha\s+de\s+nacimiento|nacid[oa](?:\s+el)?|nacimiento){_GAP}({_DATE})",
    rf"\b(?:ssns?|ss#|s\.s\.n\.?|social\s+security(?:\s+(?:number|no\.?|card))?|social|itin|tin"
    rf"|seguro\s+social){_GAP}(\d[\d.\s\u00a0-]{{7,12}}\d)\b",
    rf"\b(?:ssns?|social(?:\s+security)?(?:\s+number)?|seguro\s+social){_GAP}(?:(?:ending|ends"
    rf"|terminad[oa])(?:\s+(?:in|with|en))?|last\s+(?:four|4)(?:\s+digits)?"
    rf"|[x*#\u2022]{{2,7}}){_GAP}(\d{{4}})\b",
    r"\b(?:last\s*-?\s*(?:four|4)|l4|[uú]ltimos\s+(?:cuatro"
    r"|4)(?:\s+d[ií]gitos)?)(?:\s+(?:digits?|numbers?|of|my|his|her|their|the|your|ssns?|social"
    r"|security|del?|su|mi|are|is|son)\b|\s*[:#=(\"-])*\s*(\d{4})\b",
    rf"\b(?:ssns?|social(?:\s+security)?(?:\s+number)?){_GAP}(\d{{4}})\b",
    rf"\b(?:edipi|dod\s*-?id|dod\s+(?:id\s+)?number|dodid|icn|mpi\s+id"
    rf"|mvi\s+id){_GAP}([\dV]{{6,20}})\b",
    rf"\b(?:participant\s*-?\s*id|corp\s*-?\s*id|pid|(?:va\s+)?(?:claims?\s+)?file\s+(?:number"
    rf"|no\.?|#)|c-?file|claim\s+(?:number|no\.?|id|#)|service\s+(?:number|no\.?)|member\s+id"
    rf"|(?:bank\s+)?account\s+(?:number|no\.?|#)|routing(?:\s+(?:number|no\.?))?|sec\s*id"
    rf"|vet(?:eran)?\s+id|patient\s+id|mrn|ien){_GAP}([A-Z]{{0,2}}-?\d[\d-]{{3,16}})\b",
    rf"\b(?:driver.?s?\s+licen[sc]e|licen[sc]e"
    rf"|passport){_GAP}((?=[A-Z0-9-]*\d)[A-Z0-9-]{{5,15}})\b",
    rf"\b(?:phone|cell|mobile|telephone|tel|call\s+(?:me|him|her|back)|tel[eé]fono|celular"
    rf"|fax)(?:\s+(?:number|no\.?|at|on|me))*{_GAP}(\+?\d[\d().\s-]{{5,18}}\d)\b",
    r"\b(?:address|mailing\s+address|street|home\s+address|domicilio"
    r"|direcci[oó]n)[ \t]*[:|][ \t]*((?=[^\n]*\d)[^\n]{4,120})",
    r"\b(?:pass(?:word|code)|contrase[ñn]a|pin)[ \t]*(?:is|[:=|])[ \t]*(\S{4,40})",
]  # fmt: skip

_PROTECTED = [
    r"\bhttps?://[^\s<>\"'?#]{1,2000}",
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    r"\b(?:CHG|INC|RLSE|RITM|REQ|PRB|SCTASK|CTASK|INCTASK|TASK|KB|LCT|SCR|TKT|SR|CS|MSG|HD"
    r"|WO)[-_ #]{0,2}(?:\d{4}-)?\d{4,12}\b",
    r"\bA-\d{8}-\d{3,8}\b",
    r"(?<![\d-])\d{6}-\d{6}(?![\d-])",
    r"\bV\d{6,9}\b",
    r"\bCAS-\d{4,9}-[A-Z0-9]{4,8}\b",
    r"\b(?!SSN|DOB|ICN|EDIPI|PID|PIN|TEL|FAX|CELL|X+-)[A-Z][A-Z0-9]{1,14}-\d{1,8}\b",
    r"\b(?:case|ticket|incident|inquiry|reference|ref|issue|request|response|change|conference"
    r"|meeting|order|build|release|version|monitor|event|alert|error|code|queue|job|batch|PR|id)"
    r"[ _-]?(?:id|number|no\.?|num"
    r"|code)?[ ]?[:=#|]{0,2}[ ]?#?(?!\d{3}[-. ]\d{2}[-. ]\d{4}\b)[A-Z]{0,6}-?\d[\dA-Z_-]{2,24}\b",
    r"\b(?:19|20)\d{2}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?",
    r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}\b",
    r"\bv(?:ersion)?[ .]?\d{1,4}(?:\.\d{1,5}){2,4}\b",
    r"(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]{0,2}\d{3}[-. ]?\d{4}\b",
    r"(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]{0,2}[A-Z0-9]{3}[-. ]?[A-Z]{4}\b",
]  # fmt: skip

_STREET_WORD = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|way"
    r"|place|pl|terrace|ter|trail|trl"
    r"|parkway|pkwy|highway|hwy|route|rte|loop|square|sq|crossing|xing|pike|alley|run|ridge|cove"
    r"|bend|point|pt)"
)
_TOWN = r",?\s[A-Z][A-Za-z.' -]{1,30},?\s[A-Z]{2}\.?\s\d{5}(?:-\d{4})?"
_ADDRESS = (
    r"[A-Za-z0-9!$%'+^_`{}~.\u00c0-\u024f-]{1,64}@(?:[A-Za-z0-9\u00c0-\u024f-]{1,63}\.){1,8}[A-Za-z\u00c0-\u024f]{2,24}"
    r"|[A-Za-z0-9._+-]{1,64}@(?:\[[0-9a-fA-F.:]{3,40}\]|localhost\b)"
)
_ANYWAY = [  # masked even inside what is protected
    _ADDRESS,
    r"\b[A-Za-z0-9._+-]{1,64}\s?(?:\(at\)|\[at\]|\{at\})\s?[A-Za-z0-9-]{1,64}(?:\s?(?:\.|\(dot\)"
    r"|\[dot\])\s?[A-Za-z0-9-]{2,20}){1,4}\b",
    r"\b\d{10}V\d{6}(?:\^\w{1,40})?\b",
    rf"(?<![\d.-])\d{{3}}{_DASH}\s?\d{{2}}{_DASH}\s?\d{{4}}(?![\d-])",
]
_BY_FORM = [
    rf"(?<![\d.-])\d{{3}}{_SEPARATOR}\d{{2}}{_SEPARATOR}\d{{4}}(?![\d-])",
    rf"(?<![A-Za-z0-9])[xX*#\u2022]{{3,5}}{_SEPARATOR}?[xX*#\u2022]{{2}}{_SEPARATOR}?\d{{4}}(?!\d)",
    r"(?<![A-Za-z0-9*])[xX*#\u2022]{3,12}[- ]?\d{4}(?!\d)",
    r"\bending\s+(?:in|with)\s+(?!(?:19|20)\d{2}\b)\d{4}\b",
    rf"(?<![\w.])(?:\+?1[-.\s]{{0,2}})?\(?\d{{3}}\)?\s?(?:{_DASH}|[.\s/])?\s?\d{{3}}\s?(?:{_DASH}"
    rf"|[.\s])\s?\d{{4}}(?:\s?(?:x|ext\.?|extension)\s?\d{{1,6}})?(?![\w-])",
    r"(?<![\w+])\+\d{1,3}[\s().-]{0,2}\d(?:[\s().-]{0,2}\d){6,12}(?!\d)",
    r"(?<![\w./:#-])\d{3}-\d{4}(?![\w-])",
    r"\bC-?\d{8,9}\b",
    r"(?<![\w.#/-])\d{9,10}(?![\w-]|\.\d)",
    r"(?<![\d-])(?:\d{4}[ -]){3}\d{4}(?![\d-])",
    r"(?<![\w-])\d{16}(?![\w-])",
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]\d|\w)",
    r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){4,7}(?::?[0-9a-fA-F]{1,4})(?![\w:])"
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}:?){1,6}(?![\w:])",
    rf"(?<![\w/:.-])\d{{1,6}}(?:-\d{{1,5}})?\s(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East"
    rf"|West)\.?\s)?(?:(?:[A-Z][A-Za-z.'\u2019-]{{0,24}}|\d{{1,3}}(?:st|nd|rd"
    rf"|th))\s){{1,4}}(?i:{_STREET_WORD})\b\.?(?:,?\s(?i:apt|apartment|unit|suite|ste|lot"
    rf"|#)\.?\s?#?[A-Za-z0-9-]{{1,8}})?"
    rf"(?:{_TOWN})?",
    r"\b[Pp]\.?\s?[Oo]\.?\s?[Bb]ox\s#?\d{1,6}\b"
    rf"(?:{_TOWN})?",
    r"\b(?:[A-Z][A-Za-z.'-]{1,20}\s){1,3}?,?\s?(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA"
    r"|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\s\d{5}(?:-\d{4})?\b",
    r"\b(?:Calle|Avenida|Ave\.|Carretera|Urb\."
    r"|Urbanizaci[oó]n)\s[A-Z\u00c0-\u00dc0-9][^\n,;]{2,40}?\s#?\d{1,5}\b",
    r"\b(?:0?[1-9]|1[0-2])[/.-](?:0?[1-9]|[12]\d|3[01])[/.-](?:19\d{2}|200[0-4])\b",
    r"\b(?:19\d{2}|200[0-4])-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b",
]  # fmt: skip

_LABELLED_RE = [re.compile(pattern, re.I) for pattern in _LABELLED]
_PROTECTED_RE = [
    re.compile(p, 0 if p.startswith(r"\b(?!SSN") or "[A-Z]{4}" in p else re.I) for p in _PROTECTED
]
_ANYWAY_RE = [re.compile(pattern) for pattern in _ANYWAY]
_BY_FORM_RE = [re.compile(pattern) for pattern in _BY_FORM]
_OLD_DATE = len(_BY_FORM) - 2  # the last two forms are dates: old ones are masked unprotected

Span = tuple[int, int]


def redact(text: str, names: Iterable[str] = ()) -> str:
    """`text` with every personal identifier, and the `names`, replaced by `[REDACTED]`.

    Never raises: where masking fails, all of the text is masked.
    """
    try:
        return _replaced(text, _spans(text, tuple(names)))
    except Exception:  # fail closed: unmasked text must never leave
        return MASK


def _spans(text: str, names: tuple[str, ...]) -> list[Span]:
    masked = [match.span(1) for pattern in _LABELLED_RE for match in pattern.finditer(text)]
    masked = [span for span in masked if not _is_toll_free(text[span[0] : span[1]])]
    masked += _found(text, _ANYWAY_RE) + _found(text, _BY_FORM_RE[_OLD_DATE:])
    known = list(names)
    for pattern in (FIELD, TITLED, SELF_NAMED):
        for match in pattern.finditer(text):
            if is_name_value(match["name"], strict=pattern is not FIELD):
                masked.append(match.span("masked"))
                known.append(match["name"])
    protected = _apart(_found(text, _PROTECTED_RE), masked)
    masked += _apart(_found(text, _BY_FORM_RE[:_OLD_DATE]), protected)
    masked += _apart(_found(text, name_patterns(known)), _found(text, _PROTECTED_RE[:1]))
    return masked


def _found(text: str, patterns: Iterable[re.Pattern[str]]) -> list[Span]:
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def _apart(spans: list[Span], others: list[Span]) -> list[Span]:
    """Those of `spans` that touch none of `others`."""
    taken = _merged(others)
    starts = [start for start, _ in taken]
    kept = []
    for start, stop in spans:
        before = bisect_left(starts, stop) - 1
        if before < 0 or taken[before][1] <= start:
            kept.append((start, stop))
    return kept


_TOLL_FREE = re.compile(r"\D{0,3}1?\D{0,2}8(?:00|33|44|55|66|77|88)\D{0,3}\d{3}\D?\d{4}\D{0,2}")


def _is_toll_free(value: str) -> bool:
    """Toll-free numbers are help lines of organizations, never a person's own."""
    return _TOLL_FREE.fullmatch(value) is not None


def _replaced(text: str, spans: list[Span]) -> str:
    pieces: list[str] = []
    end = 0
    for start, stop in _merged(spans):
        pieces += [text[end:start], MASK]
        end = stop
    return "".join([*pieces, text[end:]])


def _merged(spans: list[Span]) -> list[Span]:
    """Spans in order, overlapping and adjoining ones as one."""
    merged: list[Span] = []
    for start, stop in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
