"""The signature below a text: under a mark or a rule, under the writer's name, after a closing.

A first name as a sign-off and a closing stay; a block of telephone, title and address goes. It is
cut only where something is left above it.
"""

import re

from gateway.reading.quoted import footers, signature_words

_MARK = re.compile(r"^\s{0,2}(?:--|—|–|- -|---|__{1,3}|-- ?-)\s*$")
_RULE = re.compile(
    r"^\s{0,8}(?:[_\-=~*#+.:─—━◇◆☆★]{5,}|[-=~*_+]{2,4}|(?:[-=~*_+.]{1,3} ){3,}[-=~*_+.]{0,3})\s*$"
)
_PHONE = re.compile(r"\(?\+?\d[\d\s().\-/]{5,18}\d")
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-?\d{6,}\b")  # a ticket number is no part of a signature
_MAX_SIGNATURE = 25
_MAX_NAMED = 16
_NAME_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_NAME = r"(?:[^\W\d_a-z][\w'’.-]*|de|von|van|der|den|la|le|da|dos|di|bin|al|ter|y|e)"
_NAME_LINE = re.compile(
    rf"^[\s*_]{{0,4}}(?:(?:Dr|Mr|Ms|Mrs|Prof)\.? )?{_NAME}(?:,? {_NAME}){{1,4}}[\s*_,]{{0,4}}$"
)
_SENTENCE_END = (".", "!", "?", "。", "！", "？", ":")


def strip(lines: list[str], sender_name: str = "") -> list[str]:
    """A stretch of one's own text without what hangs below it; the input where nothing is left."""
    kept = footers.trimmed(lines)
    if not kept:
        return kept
    wanted = _name_words(sender_name)
    for _ in range(3):
        kept = footers.cut(kept)
        before = len(kept)
        for cutter in _CUTTERS:
            if len(kept) > 1:
                kept = footers.trimmed(cutter(kept, wanted)) or kept
        if len(kept) == before:
            break
    return kept


def strip_below(lines: list[str], sender_name: str = "") -> list[str]:
    """A stretch below a quotation, of which nothing is left where it is signature or footer."""
    above = ["(quoted)", ""]
    kept = footers.cut([*above, *lines])
    for cutter in (_cut_mark, _cut_ruled):
        kept = cutter(kept, _name_words(sender_name))
    return strip(kept[len(above) :], sender_name)


def _cut_mark(lines: list[str], wanted: set[str]) -> list[str]:
    for number in range(max(1, len(lines) - _MAX_SIGNATURE - 1), len(lines)):
        if _MARK.match(lines[number]):
            below = lines[number + 1 :]
            sure = lines[number].strip() in {"--", "—", "–", "- -"}
            if sure and not _is_prose(below):
                return lines[:number]
            if not sure and _is_signature(below, wanted):
                return lines[:number]
    return lines


def _is_prose(lines: list[str]) -> bool:
    """True for paragraphs that go on like a text; a quotation in a signature is short."""
    text = [line for line in lines if line.strip()]
    if (
        len(text) < 4
        or sum(map(len, text)) < 350
        or any(map(signature_words.STRONG_CUE.search, text))
    ):
        return False
    return sum(len(line) > 60 for line in text) >= 3


def _is_signature(lines: list[str], wanted: set[str]) -> bool:
    """True for a few short lines that name the writer or how to reach one."""
    text = [line for line in lines if line.strip() and not _RULE.match(line)]
    if not text or len(text) > _MAX_NAMED or not all(map(_is_signature_line, text)):
        return False
    if any(_is_statement(line) or line.rstrip().endswith((":", "：")) for line in text):
        return False
    named = len(wanted) > 1 and any(wanted <= _name_words(line) for line in text[:3])
    return named or any(
        signature_words.STRONG_CUE.search(line) or _is_phone_line(line) for line in text
    )


def _is_statement(line: str) -> bool:
    """True for a sentence that says nothing of how to reach anyone."""
    ends = line.rstrip().endswith(_SENTENCE_END) and line.count(" ") >= 2
    return ends and not signature_words.CUE.search(line) and not _PHONE.search(line)


def _is_phone_line(line: str) -> bool:
    found = _PHONE.search(line)
    return found is not None and sum(c.isdigit() for c in found[0]) >= 7


def _cut_ruled(lines: list[str], wanted: set[str]) -> list[str]:
    """Without a signature under a rule, or between two."""
    for number in range(max(1, len(lines) - _MAX_NAMED - 4), len(lines) - 1):
        # A rule right below a line underlines a heading.
        heads = lines[number - 1].strip() and len(lines[number - 1]) < len(lines[number]) + 20
        if heads and not lines[number - 1].rstrip().endswith(_SENTENCE_END):
            continue
        if _RULE.match(lines[number]) and _is_signature(lines[number + 1 :], wanted):
            return lines[:number]
    return lines


def _cut_named(lines: list[str], wanted: set[str]) -> list[str]:
    """Without the block under (and with) a line that is the sender's full name."""
    if len(wanted) < 2:
        return lines
    if _is_name_and_contact(lines[-1], wanted) and not lines[-2].rstrip().endswith(","):
        return lines[:-1]
    for number in range(max(1, len(lines) - _MAX_NAMED - 1), len(lines) - 1):
        line = lines[number].strip()
        folded = line.casefold()
        if len(line) > 80 or not all(word in folded for word in wanted):
            continue
        if not wanted <= _name_words(line) or len(line.split()) > len(wanted) + 4:
            continue
        below = lines[number + 1 :]
        if all(map(_is_signature_line, below)) and not any(map(_is_statement, below)):
            return lines[: number + 1] if _closes(lines, number) else lines[:number]
    return lines


def _is_name_and_contact(line: str, wanted: set[str]) -> bool:
    """True for "-- Jo Doe, Desk" and "Jo Doe | Desk | 555-0137"."""
    if len(line) > 140 or not wanted <= _name_words(line) or _is_statement(line):
        return False
    if line.startswith("--"):
        return True
    if line.split(maxsplit=1)[0].endswith(":"):
        return False  # "Reviewed-by: Jo Doe <...>" is no signature
    if signature_words.STRONG_CUE.search(line) is not None:
        return True
    return len(line.split()) > len(wanted) + 1 and signature_words.CUE.search(line) is not None


def _closes(lines: list[str], number: int) -> bool:
    """True where the name at `number` stands under "Regards,"."""
    above = lines[number - 1].strip()
    if not above and number > 1 and lines[number - 2].rstrip().endswith(","):
        above = lines[number - 2].strip()
    return 0 < len(above) <= 80 and signature_words.CLOSINGS.match(above) is not None


def _cut_after_closing(lines: list[str], _wanted: set[str]) -> list[str]:
    """Without what follows the name under "Regards,"."""
    for number in range(max(1, len(lines) - _MAX_NAMED - 4), len(lines) - 1):
        if not 1 < len(lines[number]) <= 60 or not signature_words.CLOSINGS.match(lines[number]):
            continue
        name = next((i for i in range(number + 1, len(lines)) if lines[i].strip()), number)
        if signature_words.CLOSINGS.match(lines[name]):
            continue
        rest = [line for line in lines[name + 1 :] if line.strip()]
        cued = any(signature_words.CUE.search(line) or _is_phone_line(line) for line in rest)
        if (
            rest
            and cued
            and all(map(_is_signature_line, rest))
            and not any(map(_is_statement, rest))
        ):
            return lines[: name + 1]
    return lines


def _cut_contact(lines: list[str], _wanted: set[str]) -> list[str]:
    """Without a last paragraph that is a name and how to reach it."""
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    if not 0 < start <= len(lines) - 3 or len(lines) - start > _MAX_NAMED:
        return lines
    above = next(lines[n] for n in range(start - 1, -1, -1) if lines[n].strip())
    if above.rstrip().endswith((":", "：", ",")) or not _NAME_LINE.match(lines[start]):
        return lines
    rest = lines[start + 1 :]
    cues = sum(1 for line in rest if signature_words.CUE.search(line) or _is_phone_line(line))
    if cues >= 2 and all(map(_is_signature_line, rest)) and not any(map(_is_statement, rest)):
        return lines[:start]
    return lines


def _name_words(name: str) -> set[str]:
    bare = re.sub(r"\([^()]*\)|\bvia\b.*", " ", name)
    return {word.strip(".").casefold() for word in _NAME_WORD.findall(bare) if len(word) > 1}


def _is_signature_line(line: str) -> bool:
    words = line.split()
    is_sentence = (
        len(words) > 9
        and line.rstrip().endswith((".", "?", "!"))
        and not signature_words.CUE.search(line)
    )
    is_company = signature_words.COMPANY.search(line) is not None
    if (_REFERENCE.search(line) and not is_company) or line.rstrip().endswith("?"):
        return False
    return len(line) <= 140 and not is_sentence


def _cut_company(lines: list[str], _wanted: set[str]) -> list[str]:
    """Without a last paragraph of a company's particulars, as the law of some countries asks."""
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    words = " ".join(lines[start:])
    if start > 0 and len(words) <= 600 and len(signature_words.COMPANY.findall(words)) > 1:
        return lines[:start]
    return lines


_CUTTERS = (_cut_company, _cut_mark, _cut_ruled, _cut_named, _cut_after_closing, _cut_contact)
