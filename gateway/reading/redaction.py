"""Masks personal identifiers, so that a text may leave for a public tracker.

Each span is decided once. What a label calls personal (SSN, birth date, name fields) is masked
always. Then what must stay readable is protected: ticket numbers, UUIDs, paths of URLs, dates,
toll-free help lines and what the organization publishes. The rest is masked by its form: phones,
numbers of 9 or 10 digits, streets, IP addresses, and the names of people. Masks keep the kind:
`[SSN]`, `[NAME]`. Where in doubt, masked; where masking fails, the whole text is (fail closed).

All is looked for in a plain form of the text: without invisible characters, with ASCII digits,
dashes and spaces, and with what HTML escapes resolved; what is masked is cut from the text itself.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator

from gateway.reading import identifiers as forms
from gateway.reading.person_names import name_spans

WITHHELD = "[REDACTED]"  # in place of a text that could not be masked
Span = tuple[int, int, str]


def redact(text: str, names: Iterable[str] = (), published: Collection[str] = ()) -> str:
    """`text` with every personal identifier, and the `names`, replaced by masks of their kind.

    `published` are phone numbers, addresses and handles of the organization, in lower case; they
    stay. Never raises: where masking fails, all of the text is withheld.
    """
    try:
        return _replaced(text, _spans(text, tuple(names), published))
    except Exception:  # fail closed: unmasked text must never leave
        return WITHHELD


# --- the plain form -----------------------------------------------------------------------------

_SAME_LENGTH: dict[int, str | int | None] = {
    **dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
                             "\u2009\u200a\u202f\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
                             "\u02d7\u30fc\u2500\u2501"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4\u02b9"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d"), '"'),
    **{0xFF01 + at: chr(0x21 + at) for at in range(94) if 0xFF01 + at != 0xFF0D},
    ord("\u0130"): "I", ord("\u2024"): ".", ord("\u3002"): ".", ord("\uff61"): ".",
}  # fmt: skip
for _zero in (0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6):
    _SAME_LENGTH |= {_zero + digit: str(digit) for digit in range(10)}
_INVISIBLE = "[\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
_HIDDEN = re.compile(rf"{_INVISIBLE}|&(?:#\d{{2,6}}|#[xX][0-9a-fA-F]{{2,5}}|[a-zA-Z]{{2,8}});")
_PIECE = tuple[int, int, int, int]  # plain start and length, start and length in the text


def _plain(text: str) -> tuple[str, list[_PIECE]]:
    """The plain form, and which of its pieces comes from where; [] if all is in its place."""
    seen = text if text.isascii() else text.translate(_SAME_LENGTH)
    if seen.isascii() and "&" not in seen:
        return seen, []
    parts: list[str] = []
    pieces: list[_PIECE] = []
    at = length = 0

    def add(part: str, start: int, stop: int) -> None:
        nonlocal length
        if part:
            parts.append(part)
            pieces.append((length, len(part), start, stop - start))
            length += len(part)

    for match in _HIDDEN.finditer(seen):
        add(seen[at : match.start()], at, match.start())
        said = html.unescape(match[0]) if match[0][0] == "&" else ""
        add(said.translate(_SAME_LENGTH)[:1], *match.span())
        at = match.end()
    if not parts and at == 0:
        return seen, []
    add(seen[at:], at, len(seen))
    return "".join(parts), pieces


def _in_text(spans: Iterable[Span], pieces: list[_PIECE]) -> list[Span]:
    """Spans of the plain form as spans of the text itself."""
    if not pieces:
        return list(spans)
    starts = [piece[0] for piece in pieces]

    def place(at: int, is_end: bool) -> int:
        plain, plain_length, start, length = pieces[bisect_right(starts, at - is_end) - 1]
        if plain_length == length:
            return start + at - plain
        return start + length if is_end else start

    return [(place(start, False), place(stop, True), kind) for start, stop, kind in spans]


# --- what is found ------------------------------------------------------------------------------

_Found = tuple[str, re.Pattern[str]]


def _compiled(table: list[tuple[str, str]], flags: int = 0) -> list[_Found]:
    return [(kind, re.compile(pattern, flags)) for kind, pattern in table]


def _labels(table: list[tuple[str, str, str]]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<k{at}>{label})" for at, (_, label, _) in enumerate(table))
    return re.compile(rf"(?<![^\W_])(?:{groups})(?![^\W\d_])")


_LABELS = _labels(forms.LABELLED)
_VALUES = [(kind, re.compile(value)) for kind, _, value in forms.LABELLED]
_ASSIGNED = _labels(forms.ASSIGNED)
_ASSIGNED_VALUES = [(kind, re.compile(value)) for kind, _, value in forms.ASSIGNED]
_SIGN = re.compile(r"[\"'*]{0,3}[ \t]{0,20}(?:[:=|]|->|\t|  )[ \t\"'*]{0,20}")
_IS = re.compile(r" (?:is|was|es|ist|est):?[ \"'*]{1,3}(?=[^\s]{0,30}\d)")
_ANYWAY = _compiled(forms.ANYWAY)
_EMAIL_SAID = _compiled([("EMAIL", forms.EMAIL_SAID)])
_BY_FORM = _compiled(forms.BY_FORM)
_CASED = _compiled(forms.CASED)
_OLD_DATES = _compiled(forms.OLD_DATES)
_SPELLED = _compiled(forms.SPELLED)
_HANDLES = _compiled(forms.HANDLES)
_PROTECTED = [re.compile(pattern) for pattern in forms.PROTECTED]
_PROTECTED_CASED = [re.compile(pattern) for pattern in forms.PROTECTED_CASED]
_TOLL_FREE = re.compile(forms.TOLL_FREE)
_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?: \d{1,4})?")
_DIGIT = re.compile(r"\d")


def _spans(text: str, names: tuple[str, ...], published: Collection[str]) -> list[Span]:
    plain, pieces = _plain(text)
    low = plain.lower()
    if len(low) != len(plain):  # a letter whose lower case is longer: case is given up
        low = plain
    masked = [*_labelled(low), *_assigned(low), *_found(low, _ANYWAY)]
    has_digits = _DIGIT.search(low) is not None
    if has_digits:
        masked += _found(low, _OLD_DATES)
    protected = [m.span() for pattern in _PROTECTED for m in pattern.finditer(low)]
    protected += [m.span() for pattern in _PROTECTED_CASED for m in pattern.finditer(plain)]
    protected = _apart(protected, masked)
    urls = [m.span() for m in _PROTECTED[0].finditer(low)]
    if has_digits:
        masked += _outside([*_found(low, _BY_FORM), *_found(plain, _CASED)], protected)
    if "@" in low or " at " in low or "arroba" in low or "(at)" in low or "[at]" in low:
        masked += _outside(_found(low, _EMAIL_SAID), protected)
    masked += _found(low, _SPELLED)
    masked += _outside(_found(low, _HANDLES), urls)
    masked += _outside([(*span, "NAME") for span in name_spans(plain, names)], urls)
    if published:
        masked = [span for span in masked if not _is_published(low[span[0] : span[1]], published)]
    return _in_text(_merged(plain, masked), pieces)


def _labelled(low: str) -> Iterator[Span]:
    for label in _LABELS.finditer(low):
        kind, value = _VALUES[int(str(label.lastgroup)[1:])]
        gap = forms.GAP.match(low, label.end())
        for at in (gap.end() if gap else label.end(), label.end()):
            found = value.match(low, at)
            if found:
                start, stop = found.span("mask" if "mask" in value.groupindex else 0)
                if kind != "PHONE" or _is_private_phone(low[start:stop]):
                    yield start, stop, kind
                break


def _assigned(low: str) -> Iterator[Span]:
    for label in _ASSIGNED.finditer(low):
        kind, value = _ASSIGNED_VALUES[int(str(label.lastgroup)[1:])]
        sign = _SIGN.match(low, label.end()) or _IS.match(low, label.end())
        found = value.match(low, sign.end()) if sign else None
        if found:
            yield *found.span("mask" if "mask" in value.groupindex else 0), kind


def _found(text: str, patterns: Iterable[_Found]) -> list[Span]:
    spans = []
    for kind, pattern in patterns:
        group = "mask" if "mask" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            if "luhn" not in pattern.groupindex or _is_card(match[0]):
                spans.append((*match.span(group), kind))
    return spans


def _is_card(digits: str) -> bool:
    """Whether the last digit is the check digit of Luhn."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_private_phone(value: str) -> bool:
    """Toll-free numbers are help lines of organizations, never a person's own."""
    if not _DIGIT.search(value):
        return True  # said in words
    enough = sum(character.isdigit() for character in value) >= 7
    return enough and not _A_DATE.fullmatch(value) and not _TOLL_FREE.match(value)


def _is_published(value: str, published: Collection[str]) -> bool:
    digits = re.sub(r"\D", "", value)
    return value in published or (len(digits) >= 7 and digits[-10:] in published)


# --- spans --------------------------------------------------------------------------------------


def _outside(spans: list[Span], others: list[tuple[int, int]]) -> list[Span]:
    """Those of `spans` that touch none of `others`."""
    taken = _united(others)
    starts = [start for start, _ in taken]
    kept = []
    for span in spans:
        before = bisect_left(starts, span[1]) - 1
        if before < 0 or taken[before][1] <= span[0]:
            kept.append(span)
    return kept


def _apart(spans: list[tuple[int, int]], others: list[Span]) -> list[tuple[int, int]]:
    kept = _outside([(*span, "") for span in spans], [span[:2] for span in others])
    return [span[:2] for span in kept]


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


_BETWEEN = re.compile(r"[ .,'\"-]{0,3}")


def _merged(plain: str, spans: list[Span]) -> list[Span]:
    """Spans in order; overlapping ones as one, and so names that only a space divides."""
    merged: list[Span] = []
    for start, stop, kind in sorted((s for s in spans if s[1] > s[0]), key=lambda s: (s[0], -s[1])):
        if merged and (
            start < merged[-1][1]
            or (kind == merged[-1][2] == "NAME" and _BETWEEN.fullmatch(plain, merged[-1][1], start))
        ):
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, stop, kind))
    return merged


def _replaced(text: str, spans: list[Span]) -> str:
    pieces: list[str] = []
    end = 0
    for start, stop, kind in spans:
        pieces += [text[end:start], f"[{kind}]"]
        end = stop
    return "".join([*pieces, text[end:]])
