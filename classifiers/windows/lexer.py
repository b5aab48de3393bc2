"""Cut a text into the tokens that dates and times are made of, each with its span.

One regular expression, whose alternatives each begin differently and are bounded, so the work
grows with the length of the text only. What looks like a number but is none of ours (URLs,
telephone, ticket and release numbers) becomes `opaque`.
"""

import re

from classifiers.windows.readers import MONTH_NAMES, READERS, opaque
from classifiers.windows.tokens import Token
from classifiers.windows.zones import (
    CAPITALS,
    IN_PLACE,
    LOCAL_PHRASE,
    PLACE_PHRASE,
    TOWN_PHRASE,
    place_zone,
    zone_of,
)

_HALF = r"(?:\s?[ap]\.?\s?m\b\.?|(?-i:[ap])\b(?![.'’]))"

_PLACE = re.compile(
    rf"(?P<town>{TOWN_PHRASE})|(?P<local>{LOCAL_PHRASE})|(?P<place>{PLACE_PHRASE})"
    rf"|(?P<there>{IN_PLACE})",
    re.IGNORECASE,
)
_PLACE_HINT = re.compile(r"time|local|zeit|hora|heure|or[aá]rio|\b[ie]n [A-Z]", re.IGNORECASE)
_TOKEN = re.compile(
    rf"""
    (?P<url>https?://\S{{1,2000}})
  | (?P<compact>\b\d{{8}}T\d{{4}}(?:\d\d)?Z?\b)
  | (?P<stamp>\b\d{{4}}-\d\d-\d\d[T_]\d\d:?\d\d(?::?\d\d(?:[.,]\d{{1,9}})?)?
        (?:Z\b|\s?[+-]\d\d:?\d\d\b)?)
  | (?P<ymd>\b(?:19|20)\d\d(?P<s1>[-/.])\d{{1,2}}(?P=s1)\d{{1,2}}\b)
  | (?P<ymd8>\b20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b
        (?=[ ,]{{1,2}}(?:from[ ]|at[ ])?\d{{1,2}}:?\d\d\b))
  | (?P<ymon>\b(?:19|20)\d\d[-/.](?:{MONTH_NAMES})[a-z]{{0,6}}[-/.]\d{{1,2}}\b)
  | (?P<phone>(?:\(\d{{3}}\)\s?|\b\d{{3}}[-.\s])\d{{3}}[-.\s]\d{{4}}\b)
  | (?P<named>\b\d{{1,2}}[-./]?(?:{MONTH_NAMES})[a-z]{{0,6}}[-./]?(?:\d{{4}}|\d\d)?\b)
  | (?P<cjk>\b\d{{4}}年\d{{1,2}}月\d{{1,2}}日)
  | (?P<dtg>\b(?:\d\d/\d{{4}}|\d{{6}})Z\b)
  | (?P<us>(?<![\d/])\d{{1,2}}/\d{{1,2}}(?:/(?:\d{{4}}|\d\d))?(?![\d/])
        | \b\d{{1,2}}-\d{{1,2}}-\d{{4}}\b)
  | (?P<dmy>\b\d{{1,2}}\.\d{{1,2}}\.\d{{4}}\b | \b\d\d\.\d\d\.\d\d\b)
  | (?P<dm>\b\d{{1,2}}\.\d{{1,2}}\.(?=,|\s(?:\d|von|um|ab|bis|zwischen|ist|war)))
  | (?P<clock>\b\d{{1,2}}:\d\d(?P<seconds>:\d\d(?:[.,]\d{{1,9}})?)?(?!:?\d)
        {_HALF}?(?(seconds)(?:\s?[+-]\d\d:?\d\d\b)?))
  | (?P<hour>\b(?:\d{{1,2}}(?:\.[0-5]\d)?|\d{{3,4}}){_HALF}
        | (?<=\d[ap][-–])\d{{1,2}}(?-i:[ap])\b)
  | (?P<ish>\b\d{{1,2}}-?ish\b)
  | (?P<dotted>\b\d{{1,2}}\.[0-5]\d(?=\s?(?:uhr|h\b|hrs\b|this\ |tonight|in\ the|UTC|GMT|BST|CES?T
        |eastern|central|[ECMP][SD]?T\b|[-–]\ ?\d{{1,2}}\.[0-5]\d)))
  | (?P<range_end>(?:(?<=\d\.\d\d\ -\ )|(?<=\d\.\d\d-))\d{{1,2}}\.[0-5]\d\b)
  | (?P<hhmm>\b\d{{4}}(?:\s?(?:hours|hrs?|h|Z|Zulu)|L)\b)
  | (?P<hour_h>\b\d{{1,2}}(?:h(?:\d\d)?|\sh\s\d\d)\b)
  | (?P<reference>\b(?-i:(?!(?:[A-Z]{{1,2}}[SD]?T|UTC|GMT)/)[A-Z]{{2,8}})[-/]
        (?:[A-Z\d]{{1,8}}[-/]){{0,3}}
        \d{{3,12}}\w{{0,8}}(?:[-/]\w{{1,12}}){{0,3}}\b)
  | (?P<opaque>[\#$€£]\s?\d[\d,.]* | \b\d+(?:\.\d+)+\w*
        | \b\d{{1,3}}(?:,\d{{3}})+(?!\d) | \b\d+\s?%)
  | (?P<number>(?<![\w.])(?<![a-z]{{4}}-)\d+(?:st|nd|rd|th|[º°ª])?(?!\w))
  | (?P<zone>\b(?:US|America|Europe|Asia|Pacific|Australia|Africa|Atlantic|Etc)
        /[A-Za-z_]{{2,30}}(?:/[A-Za-z_]{{2,30}})? | \b(?:UTC|GMT)[+\-−]\d{{1,2}}(?::?\d\d)?\b
        | (?-i:\bIST\b) | \b[ECMP]\.[SD]?\.?T\b\.?)
  | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*(?:-(?:feira|noite|dia|five)\b)?)
  | (?P<serial>\w+)
  | (?P<line>\n)
  | (?P<arrow>[-=]{{1,40}}> | → | (?<=\s)\.\.\.?(?=\s))
  | (?P<punctuation>[^\w\s])
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: How a line of prose goes on in the next: with no label, number of a list or capital.
_ONWARD = re.compile(r"(?![^\n]{0,40}:(?:\s|$)|\d+[.)] )[a-zß-ÿ\d(]")
_WRAPPED = 50  # characters of a line that may have been wrapped
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DIGIT = re.compile(r"\d")
#: What a line with a part of a time in it has, if no digit: names of days, hours and zones.
_HINT = re.compile(
    r"(?:day|noon|midnight|morning|night|evening)\b|\bto(?:morrow|nite)\b|\b(?:mon|tue|wed"
    r"|thu|fri|sat|sun)\b"
    r"|\b(?:[ap]\.?m|[ecmph][sd]?t|ak[sd]t|utc|gmt|zulu|eastern|central|mountain|pacific)\b|\b(?:lun|mart"
    r"|mi[eé]rcol|juev|viern)es\b"
    r"|\b(?:s[aá]bado|domingo|hoy|ma[nñ]ana|ayer|noche|tarde|medianoche|mediod[ií]a)\b"
    r"|tag\b|\b(?:mi?ttwoch|heute|gestern|morgen|nacht|mitternacht|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|demain|minuit|midi|matin|soir|hoje|amanh[ãa]|ontem)\b|feira\b"
    r"|\b(?:o['’]clock|uhr|local|time|hora|heure|hour|half|past|quarter|since|desde|seit|depuis|on)\b",
    re.I,
)


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text`, in order; blank space between them is dropped.

    A long line in which no time can stand is one `serial`.
    """
    tokens: list[Token] = []
    for line in _LINE.finditer(text):
        start, end = line.span()
        if end - start > 30 and not (
            _DIGIT.search(text, start, end) or _HINT.search(text, start, end)
        ):
            tokens.append(Token("serial", start, end))
            if text[end - 1] == "\n":
                tokens.append(Token("line", end - 1, end, "\n"))
            continue
        if _PLACE_HINT.search(text, start, end):
            for phrase in _PLACE.finditer(text, start, end):
                if phrase["town"] and not place_zone(phrase.group()):
                    continue  # "Start Time"
                tokens += _tokens(text, start, phrase.start())
                tokens.append(_phrase(phrase))
                start = phrase.end()
        tokens += _tokens(text, start, end)
        if _is_wrapped(text, *line.span()) and tokens[-1].kind == "line":
            tokens.pop()
    return tokens


def _is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether a line is of prose that goes on in the next one, not of a table or a list."""
    if end - start <= _WRAPPED or not _ONWARD.match(text, end):
        return False
    line = text[start:end].strip()
    is_open = line[-1:].isalnum() or line[-1:] in (",", "(")
    return is_open and not any(mark in line for mark in ("  ", "|", "\t"))


def _is_beside_time(text: str, at: int, tokens: list[Token]) -> bool:
    """Whether what stands at `at` follows a time or opens a bracket."""
    is_after = bool(tokens) and tokens[-1].kind in ("clock", "number")
    return is_after or text[at - 1 : at] == "("


def _phrase(found: re.Match[str]) -> Token:
    """A phrase that names a clock: a zone, or one that is a zone only beside a time."""
    zone = place_zone(found.group())
    kind = "zone" if zone and not found["there"] else "local"
    return Token(kind, found.start(), found.end(), zone or "local")


def _tokens(text: str, start: int, end: int) -> list[Token]:
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text, start, end):
        kind = found.lastgroup or "opaque"
        if kind in ("word", "punctuation", "line", "arrow", "serial"):
            value: object = found.group()
            if value in CAPITALS and _is_beside_time(text, found.start(), tokens):
                kind, value = "zone", zone_of(found.group())
            elif kind == "word":
                value = found.group().lower().removesuffix("'s").removesuffix("’s")
                if value == "est" != found.group() and not _is_beside_time(
                    text, found.start(), tokens
                ):
                    kind = "serial"  # a verb in French
            tokens.append(Token(kind, found.start(), found.end(), value))
        else:
            read = READERS.get(kind, opaque)
            tokens += read(found.group(), found.start(), found.end())
    return tokens
