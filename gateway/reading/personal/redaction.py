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

from gateway.model import Message
from gateway.reading.personal import identifiers as forms
from gateway.reading.personal.person_names import name_spans, people_named

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


def masks(text: str, names: Iterable[str] = (), published: Collection[str] = ()) -> list[Span]:
    """What `redact` would mask, as spans of `text` with the kind of each; fails closed as well."""
    try:
        return _spans(text, tuple(names), published)
    except Exception:  # fail closed: all of it
        return [(0, len(text), "REDACTED")] if text else []


def redacted(message: Message, published: Collection[str] = ()) -> dict[str, str]:
    """Subject and text of a message as they may leave; never raises, like `redact`."""
    try:
        names = people_named(message)
    except Exception:  # fail closed: without the names nothing may leave
        return {"subject": WITHHELD, "text": WITHHELD}
    return {
        "subject": redact(message.subject, names, published),
        "text": redact(message.text, names, published),
    }


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


class _Forms:
    """The patterns of a table as one, behind `lead`; the first of them that fits counts."""

    def __init__(self, table: Iterable[tuple[str, str]], lead: str = "") -> None:
        table = list(table)
        self._kinds = [kind for kind, _ in table]
        parts = [
            f"(?P<f{at}>{pattern.replace('(?P<mask>', f'(?P<m{at}>')})"
            for at, (_, pattern) in enumerate(table)
        ]
        self._pattern = re.compile(f"{lead}(?:{'|'.join(parts)})")
        self._masks = {f"f{at}": f"m{at}" for at, (_, p) in enumerate(table) if "?P<mask>" in p}
        self._luhn = "luhn" if "luhn" in self._pattern.groupindex else None

    def finditer(self, text: str) -> Iterator[Span]:
        """The spans in `text` that are to be masked."""
        for match in self._pattern.finditer(text):
            form = self._form(match)
            if self._luhn and match[self._luhn] and not _is_card(match[0]):
                continue
            yield *match.span(self._masks.get(form, form)), self._kinds[int(form[1:])]

    @staticmethod
    def _form(match: re.Match[str]) -> str:
        return next(
            n for n, found in match.groupdict().items() if n[0] == "f" and found is not None
        )


def _labels(table: list[tuple[str, str, str]]) -> re.Pattern[str]:
    groups = "|".join(f"(?P<k{at}>{label})" for at, (_, label, _) in enumerate(table))
    return re.compile(rf"(?<![^\W_])(?:{groups})(?![^\W\d_])")


_LABELS = _labels(forms.LABELLED)
_VALUES = [(kind, re.compile(value)) for kind, _, value in forms.LABELLED]
_ASSIGNED = _labels(forms.ASSIGNED)
_ASSIGNED_VALUES = [(kind, re.compile(value)) for kind, _, value in forms.ASSIGNED]
_SIGN = re.compile(r"[\"'*]{0,3}[ \t]{0,20}(?:[:=|]|->|\t|  )[ \t\"'*]{0,20}")
_IS = re.compile(r" (?:(?:is|was|es|ist|est):? )?[\"'*]{0,3}(?=[^\s]{0,30}\d)")

_DIGITS = r"(?=[\d(+-])"
_EMAIL = _Forms([("EMAIL", forms.EMAIL)])
_ANYWAY = [(hint, _Forms([(kind, pattern)])) for kind, hint, pattern in forms.ANYWAY]
_ANYWAY_IN_DIGITS = _Forms(forms.ANYWAY_IN_DIGITS, r"(?=\d)")
_ANYWAY_IN_WORDS = _Forms(forms.ANYWAY_IN_WORDS, r"\b")
_IN_DIGITS = _Forms(forms.IN_DIGITS, _DIGITS)
_IN_WORDS = _Forms(forms.IN_WORDS, r"\b")
_IN_HEX = _Forms(forms.IN_HEX, r"(?<![\w:-])")
_HIDDEN_SSN = _Forms(forms.HIDDEN_SSN, r"(?<![\w*])")
_CASED = _Forms(forms.CASED, r"(?=[\dA-ZÄÖÜ])")
_SPELLED = _Forms(forms.SPELLED)
_HANDLES = _Forms(forms.HANDLES)
_PROTECTED = re.compile(rf"\b(?:{'|'.join(forms.PROTECTED)})")
_PROTECTED_IN_DIGITS = re.compile(rf"{_DIGITS}(?:{'|'.join(forms.PROTECTED_IN_DIGITS)})")
_PROTECTED_CASED = re.compile(rf"(?=[\[\d(+A-Z])(?:{'|'.join(forms.PROTECTED_CASED)})")
_URL = re.compile(forms.PROTECTED[0])
_STATE_ZIP = re.compile(forms.STATE_ZIP)
_TOWN_BEFORE = re.compile(forms.TOWN_BEFORE)
_AT_SAID = re.compile(forms.AT_SAID)
_BEFORE_AT = re.compile(forms.BEFORE_AT)
_PLAINLY_SAID = re.compile(forms.PLAINLY_SAID)
_SENTENCE_END = re.compile(forms.SENTENCE_END)
_FOUR_BEHIND = re.compile(r"[ ,(/-]{1,3}(?!(?:19[3-9]|20[0-4])\d)(\d{4})(?![\w:.,-]\w|\w)")
_TOLL_FREE = re.compile(forms.TOLL_FREE)
_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?: \d{1,4})?")
_DIGIT = re.compile(r"\d")
_NUMBER_WORD = re.compile(
    r"(?:two|three|four|five|six|seven|eight|nine|teen|dos|tres|cuatro|cinco)"
)


def _spans(text: str, names: tuple[str, ...], published: Collection[str]) -> list[Span]:
    plain, pieces = _plain(text)
    low = plain.lower()
    if len(low) != len(plain):  # a letter whose lower case is longer: case is given up
        low = plain
    has_digits = _DIGIT.search(low) is not None
    # Of two that begin and end alike the first gives the mask its kind: a label knows best.
    masked = list(_labelled(low)) if has_digits or _NUMBER_WORD.search(low) else []
    masked += [*_assigned(low), *_SPELLED.finditer(low), *_anyway(low, has_digits)]
    urls = [match.span() for match in _URL.finditer(low)] if "://" in low else []
    if has_digits:
        protected = [match.span() for match in _protected(plain, low)]
        protected = _apart([*protected, *urls], masked)
        masked += _outside([*_by_form(plain, low)], protected)
    masked += _outside([*_said_addresses(low)], urls)
    if "@" in low or "u/" in low:
        masked += _outside(list(_HANDLES.finditer(low)), urls)
    named = _outside([(*span, "NAME") for span in name_spans(plain, names)], urls)
    masked += named
    if has_digits:
        masked += [found for _, stop, _ in named for found in _last_four(low, stop)]
    if published:
        masked = [span for span in masked if not _is_published(low[span[0] : span[1]], published)]
    return _in_text(_merged(plain, masked), pieces)


def _last_four(low: str, stop: int) -> Iterator[Span]:
    """The last four digits of the number of whom a name that ends at `stop` names."""
    match = _FOUR_BEHIND.match(low, stop)
    if match:
        yield *match.span(1), "SSN"


def _anyway(low: str, has_digits: bool) -> Iterator[Span]:
    if "@" in low or "%40" in low:
        yield from _EMAIL.finditer(low)
    for hint, form in _ANYWAY:
        if hint in low:
            yield from form.finditer(low)
    if has_digits:
        yield from _ANYWAY_IN_DIGITS.finditer(low)
        yield from _ANYWAY_IN_WORDS.finditer(low)


def _protected(plain: str, low: str) -> Iterator[re.Match[str]]:
    yield from _PROTECTED.finditer(low)
    yield from _PROTECTED_IN_DIGITS.finditer(low)
    yield from _PROTECTED_CASED.finditer(plain)


def _by_form(plain: str, low: str) -> Iterator[Span]:
    yield from _IN_DIGITS.finditer(low)
    yield from _IN_WORDS.finditer(low)
    yield from _CASED.finditer(plain)
    if "xx" in low or "**" in low or "##" in low or "••" in low:
        yield from _HIDDEN_SSN.finditer(low)
    if ":" in low or "-" in low or "." in low:
        yield from _IN_HEX.finditer(low)
    for match in _STATE_ZIP.finditer(plain):
        town = _TOWN_BEFORE.search(plain, max(0, match.start() - 70), match.start())
        if town:
            yield town.start(), match.end(), "ADDRESS"


def _said_addresses(low: str) -> Iterator[Span]:
    """Addresses as people say them: "jo at post dot example", "jo [at] post.example"."""
    for match in _AT_SAID.finditer(low):
        before = _BEFORE_AT.search(low, max(0, match.start() - 200), match.start())
        if before and (_PLAINLY_SAID.search(match[0]) or _may_be_mailbox(before[0], match[0])):
            yield before.start(), match.end(), "EMAIL"


def _may_be_mailbox(local: str, said: str) -> bool:
    """Whether "jo12 at post.example" is one; "3 at midnight. If" is a time and a new sentence."""
    has_both = bool(_DIGIT.search(local)) and any(map(str.isalpha, local))
    return has_both and not _SENTENCE_END.search(said)


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
        sign = _SIGN.match(low, label.end())
        if sign is None and kind != "ADDRESS":
            sign = _IS.match(low, label.end())
        found = value.match(low, sign.end()) if sign else None
        if found:
            yield *found.span("mask" if "mask" in value.groupindex else 0), kind


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
