"""Marks of quotation, and the subjects of replies and forwards. Works on lines and only looks."""

import re
from collections.abc import Sequence

_MARKS = {">", "＞"}
_QUOTE_MARK = re.compile(r"^\s{0,4}[A-Z][A-Za-z]{0,3}>{1,5}(?:\s|$)")
_DIFF = re.compile(r"^\d{1,7}(?:,\d{1,7})?[acd]\d{1,7}(?:,\d{1,7})?$")
_PROMPTS = {"SQL>", "PHP>", "Tcl>", "Ftp>"}
_PROMPT = re.compile(r"^\s{0,3}>(?:>> |\s?[\d<=])")
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|enc|i|vs|vb|vl|pd|fs|doorst|továbbítás|转发"
    r"|轉寄|轉發|転送|전달|пересл|fwd?\[\d+\]|πρθ|ilt|vidare|yml|sv fwd)\s?[:：]",
    re.I,
)
_REPLY_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|antw|antwort|odp|res|rép|ref|rif|r|ynt|vá|回复"
    r"|回覆|答复|答覆"
    r"|返信|답장|отв|на|απ|σχετ|bls|atb|svar|vs|rsp|yan|תגובה|רד)\s?(?:\[\d+\]|\(\d+\))?\s?[:：]",
    re.I,
)


def is_quote(line: str) -> bool:
    """True for a line marked as quoted mail."""
    mark = line.lstrip()[:5]
    if mark[:1] in _MARKS or mark.startswith("&gt;"):
        return True
    return ">" in mark and _QUOTE_MARK.match(line) is not None and mark[:4] not in _PROMPTS


def unquoted(lines: Sequence[str]) -> set[int]:
    """Lines with a mark that are no quotation: a diff's new lines, ">From" in a sentence."""
    found: set[int] = set()
    in_diff = False
    for number, line in enumerate(lines):
        if line[:1].isdigit():
            in_diff = _DIFF.match(line) is not None
        elif not line.startswith(("<", ">", "---", "\\")):
            in_diff = False
        if line[:1] != ">":
            continue
        beside = [*lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2]]
        escaped = line.startswith(">From ") and not any(one[:1] == ">" for one in beside)
        if in_diff or escaped:
            found.add(number)
    return found


def may_be_prompt(line: str) -> bool:
    """True for a line that only looks quoted: a prompt, or "> 10 %"."""
    return _PROMPT.match(line) is not None


def is_forward_subject(subject: str) -> bool:
    """True for FW:, Fwd:, WG:, TR:, RV: and the like at the start of a subject."""
    return _FORWARD_SUBJECT.match(subject) is not None


def is_reply_subject(subject: str) -> bool:
    """True for Re:, AW:, SV: and the like at the start of a subject."""
    return _REPLY_SUBJECT.match(subject) is not None
