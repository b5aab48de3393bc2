"""Stock sentences, and how to look for hundreds of them in a piece of text at next to no cost.

All of it is compared after `fold`, so that case, accents, apostrophes and line breaks do not
matter. Searching for plain strings is linear and cheaper than any pattern.
"""

import re
import unicodedata

_PLAIN = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "–": "-", "—": "-"})

_STARTS = re.compile(r"\b[^\W_]{1,3}")
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u3099\u309a]+")
_NO_WORDS = re.compile("[\u0590-\u06ff\u0e00-\u0eff\u1100-\u11ff\u3040-\u9fff\uac00-\ud7af©]")


def fold(text: str) -> str:
    """`text` in lower case, without accents, with single spaces and plain apostrophes."""
    text = " ".join(text.lower().split())
    if text.isascii():
        return text.replace("`", "'")
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return _ACCENTS.sub("", bare)


class Folded:
    """A piece of folded text, and how its words begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = frozenset(_STARTS.findall(text))
        self.has_other_scripts = not text.isascii() and _NO_WORDS.search(text) is not None


class Phrases:
    """Phrases to look for, from "one | another"; an underscore at an edge is a space.

    Only those that begin as a word of the text does are compared with it; but where scripts
    write words together, or their prefixes, all of these.
    """

    def __init__(self, written: str) -> None:
        self.all = tuple(dict.fromkeys(fold(one).replace("_", " ") for one in written.split("|")))
        self._anywhere = tuple(one for one in self.all if _NO_WORDS.search(one))
        self._by_start: dict[str, tuple[str, ...]] = {}
        for one in self.all:
            if one not in self._anywhere:
                start = _STARTS.findall(one)[0]
                self._by_start[start] = (*self._by_start.get(start, ()), one)
        self._starts = frozenset(self._by_start)

    def found_in(self, piece: Folded) -> list[str]:
        """Those that are there."""
        text = piece.text
        asked = [one for start in piece.starts & self._starts for one in self._by_start[start]]
        if piece.has_other_scripts:
            asked += self._anywhere
        return [one for one in asked if one in text]

    def are_in(self, piece: Folded) -> bool:
        """Whether one of them is there."""
        return bool(self.found_in(piece))

    def number_in(self, piece: Folded) -> int:
        """How many of them are there."""
        return len(self.found_in(piece))

    def stand_alone_in(self, text: str) -> bool:
        """Whether one, in a script without spaces, is in `text` with no letter beside it."""
        for one in self._anywhere:
            before, found, after = text.partition(one)
            if found and not (before[-1:].isalnum() or after[:1].isalnum()):
                return True
        return False
