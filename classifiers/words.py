"""Cuts text into words as the matchers see them, each with its place in the original text.

Words are lower case and without accents; contractions are written out ("can't", "cant" and
"cannot" are all `can not`), possessives, hyphens and underscores fall away, and web and mail
addresses are left out, so that VA.gov in an address is not a mention. Of punctuation only what
ends a clause stays; a percent sign behind a number is a word.
"""

import re
import unicodedata
from dataclasses import dataclass, field

_WORD = (
    r"(?:https?://|www\.)\S+|(?<!\S)/[\w-][\w/-]+"
    r"|(\d{1,3}(?:,\d{3})+(?!\d)|[^\W_]+(?:['&][^\W_]+)*|(?<=\d)\s?%)"
    r"|((?<![.!?…])[.!?…]++(?=[\s\"'”»)*_]|$)|[;()|]|[,:](?=\s|$)|\s[-–—]++\s|—)"
)
_TOKEN = re.compile(_WORD)
_TOKEN_OR_ADDRESS = re.compile(
    r"[\w.+-]{1,64}@[\w.-]{1,255}\w|" + _WORD
)  # slower: only where there is an @
_NOT = {
    "can": "cant", "do": "dont", "does": "doesnt", "did": "didnt", "is": "isnt", "are": "arent",
    "was": "wasnt", "were": "werent", "will": "wont", "could": "couldnt", "would": "wouldnt",
    "should": "shouldnt", "have": "havent", "has": "hasnt", "had": "hadnt",
}  # fmt: skip
_WRITTEN_OUT = {short: (verb, "not") for verb, short in _NOT.items()}
_WRITTEN_OUT |= {short[:-1] + "'t": (verb, "not") for verb, short in _NOT.items()}
_WRITTEN_OUT |= {"cannot": ("can", "not"), "im": ("i", "am"), "ive": ("i", "have")}
_ENDINGS = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_SUBJECTS_OF_IS = {"it", "that", "there", "he", "she", "what", "who", "here", "where", "how"}


def _plain_letter(code: int) -> str:
    letter = chr(code).lower()
    base = unicodedata.normalize("NFKD", letter)[:1]
    return base if len(letter) == 1 and base.isalpha() else letter[:1]


# Latin-1 and Latin Extended-A and B letter by letter, so that folding keeps every place.
_FOLDED = {chr(code): _plain_letter(code) for code in range(0xC0, 0x250)}
_FOLDED |= {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u0130": "i"}
_TO_FOLD = re.compile("[\u00c0-\u024f\u2018\u2019\u02bc]")


@dataclass(slots=True)
class Row:
    """Words and clause marks in order, and for each its place in the text it came from."""

    words: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)


def fold(text: str) -> str:
    """`text` in lower case, without accents, with plain apostrophes, each letter in its place."""
    if text.isascii():
        return text.lower()
    folded = _TO_FOLD.sub(lambda letter: _FOLDED[letter[0]], text)
    lowered = folded.lower()
    return lowered if len(lowered) == len(folded) else folded


def cut(folded: str, start: int = 0, end: int | None = None, row: Row | None = None) -> Row:
    """The words of `folded` (see `fold`) between two places, put behind those of `row`."""
    row = row or Row()
    end = len(folded) if end is None else end
    pattern = _TOKEN if folded.find("@", start, end) < 0 else _TOKEN_OR_ADDRESS
    for match in pattern.finditer(folded, start, end):
        word = match[1]
        if word is None:
            if match[2] is None:
                continue
            word = match[2].strip()[0]
        elif word[-1] == "%":
            word = "percent"
        elif "'" in word or word in _WRITTEN_OUT:
            *before, word = _write_out(word)
            row.words += before
            row.places += [match.span()] * len(before)
        row.words.append(word)
        row.places.append(match.span())
    return row


def plain(text: str) -> list[str]:
    """The bare words of `text`."""
    return cut(fold(text)).words


def _write_out(word: str) -> tuple[str, ...]:
    known = _WRITTEN_OUT.get(word)
    if known:
        return known
    stem, _, ending = word.rpartition("'")
    if ending == "s":
        return (stem, "is") if stem in _SUBJECTS_OF_IS else (stem,)
    full = _ENDINGS.get(ending)
    return (stem, full) if full else (stem, ending)
