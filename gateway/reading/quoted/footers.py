"""What machines put below a text: list footers, notices of virus scanners and free mail services,
mobile tails, disclaimers, subscription notes.

Most are told by two kinds of words that meet at the end of a text, so that a new wording in a
known language is known too. Each is cut only where something is left.
"""

import re
from collections.abc import Callable

from gateway.reading.quoted import footer_words, mail_words
from gateway.reading.quoted.footer_words import says

_LONG_RULE = 50
_ROUNDS = 8  # footers below footers
_LAST = 40  # lines at the end that may be footer
# Where a program put a picture, or hid what it quoted.
_PLACEHOLDER = re.compile(r"^\[(?:image|cid|inline image|quoted text)\b[^\]\n]{0,160}\]$", re.I)
_BLANK_LINK = re.compile(r"^\s{0,4}[<(\[]{0,2}https?://[^\s]{1,400}[>)\]]{0,2}\s{0,4}$")
_LIST_RULE = re.compile(r"^[\s>]{0,3}[_\-=#*~.+,<]{4}[_\-=#*~.+,<>\s]*$")
_RULE_STARTS = frozenset("_-=#*~.+,<")
# "Sent with the portal down, the mail ...": a sentence, not a tail.
_TOLD = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|ist|sind|wurde nicht|est|sont|es|son)\b|[,;:] ", re.I
)
_SLOGAN = re.compile(
    r"^\W{0,4}(?:get |do you |join |send |try |check out|sign up|discover|rediscover|find "
    r"|express|enjoy|chat |add |protect|stop |start |share |see |need |want |never |be |a |the "
    r"|your |invite"
    r"|looking |looking for|yahoo|hotmail|msn|windows|jetzt|testen|machen|erweitern|sie "
    r"|découvrez|créez|passa |scopri|prova |descubr|consigue|obt|accede|llama|voc)",
    re.I,
)
_HOME = re.compile(
    r"https?://(?:\w+\.)?(?:yahoo|hotmail|msn|juno|live|aol|mail|gmx|web|netscape|lycos|excite)\b"
    r"|yahoo!",
    re.I,
)
_REPORTED = re.compile(
    r"\b(?:error|fails?|failing|broken|users|gives|they|he|she|cannot|can't|doesn't)\b", re.I
)


def strip_list_footer(lines: list[str]) -> list[str]:
    """`lines` without the footer that a mailing list added below them."""
    for number in range(max(len(lines) - _LAST, 1), len(lines)):
        if lines[number].lstrip()[:1] in _RULE_STARTS and _LIST_RULE.match(lines[number]):
            following = _first_paragraph(lines[number + 1 : number + 10])
            named = says(following.lower(), footer_words.LIST_WORDS)
            if named and _is_short(lines[number:]):
                return lines[: _above_advertisement(lines, number)]
    return lines


def _above_advertisement(lines: list[str], number: int) -> int:
    """Where a list's footer at `number` begins with the advertisement above it."""
    if not _BLANK_LINK.match(lines[number - 1]):
        return number
    for start in range(number - 1, max(number - 12, 0), -1):
        if not lines[start].strip():
            break
        if len(lines[start]) >= _LONG_RULE and _LIST_RULE.match(lines[start]):
            return start
    return number


def _first_paragraph(lines: list[str]) -> str:
    """The first few lines that say something, up to a blank one."""
    said: list[str] = []
    for line in lines:
        if not line.strip() and said:
            break
        if line.strip() and not _LIST_RULE.match(line):
            said.append(line)
    return "\n".join(said[:4])


def _said(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip() and not _LIST_RULE.match(line)]


def _is_short(lines: list[str]) -> bool:
    """True where no paragraph goes on like a text."""
    return sum(len(line) for line in lines) <= 2500


def cut(lines: list[str]) -> list[str]:
    """`lines`, trimmed, without the footers at their end."""
    for _ in range(_ROUNDS):
        before = len(lines)
        for cutter in _CUTTERS:
            lines = trimmed(cutter(lines)) or lines
        if len(lines) == before:
            break
    return lines


def trimmed(lines: list[str]) -> list[str]:
    """`lines` without blank lines and bare rules at their ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end] if (start, end) != (0, len(lines)) else lines


def is_tail(line: str) -> bool:
    """True for "Sent from my iPhone" and its kind."""
    line = mail_words.visible(line)
    if not line or len(line) > 120 or line.count(" ") > 16 or line.endswith("?"):
        return False
    if footer_words.EXCUSE.match(line) or _PLACEHOLDER.match(line):
        return True
    told = (
        footer_words.SENT.match(line) is not None or footer_words.SENT_END.search(line) is not None
    )
    return told and footer_words.DEVICE.search(line) is not None and not _is_told(line)


def _is_told(line: str) -> bool:
    rest = line[12:]
    return (
        line.count(" ") > 7 and _TOLD.search(rest) is not None
        and not re.match(r"^\W*(?:sent (?:from|via|on)|diese |this )", line, re.I)
    )  # fmt: skip


def _cut_tails(lines: list[str]) -> list[str]:
    end = len(lines)
    first = max(0, end - _LAST)
    while end > first and (not lines[end - 1].strip() or is_tail(lines[end - 1])):
        end -= 1
    if end == len(lines) and end > 1 and _BLANK_LINK.match(lines[-1]) and is_tail(lines[-2]):
        end -= 2  # the link of "Get Outlook for iOS" on a line of its own
    return lines[:end]


def _last_paragraph(lines: list[str]) -> int:
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    return start


def _cut_notice(lines: list[str]) -> list[str]:
    """Without a last paragraph in which a virus scanner or a free mail service speaks."""
    start = _last_paragraph(lines)
    first = next(
        (n for n in range(max(start, len(lines) - 12), len(lines)) if _LIST_RULE.match(lines[n])),
        start,
    )
    while first > 0 and start - first < 12 and not _LIST_RULE.match(lines[first]):
        first -= 1  # a rule may stand in a paragraph above
        if first < start - 1 and not lines[first].strip() and not lines[first + 1].strip():
            break
    for begin in (start,) if first == start else (start, first):
        said = _said(lines[begin:])
        text = "\n".join(said)
        ruled = begin < len(lines) and _LIST_RULE.match(lines[begin]) is not None
        if not said or len(said) > 8 or len(text) > 900:
            continue
        lower = text.lower()
        if (ruled or len(said) <= 4) and _is_scan_notice(lower, ruled):
            return lines[:begin]
        if (ruled or (len(said) <= 2 and _is_slogan(text))) and (
            says(lower, footer_words.SERVICE) and says(lower, footer_words.SELLING)
        ):
            return lines[:begin]
    return lines


def _is_scan_notice(lower: str, ruled: bool) -> bool:
    if says(lower, footer_words.NOTICE):
        return True
    linked = ruled or "www." in lower or "http" in lower
    return says(lower, footer_words.SCANNER) and (linked or says(lower, footer_words.SCANNED))


def _is_slogan(text: str) -> bool:
    return _SLOGAN.match(text) is not None and (_HOME.search(text) is not None or "!" in text)


def _cut_disclaimer(lines: list[str]) -> list[str]:
    """Without a disclaimer and what stands below it."""
    lower = "\n".join(lines[1:][-_LAST:]).lower()
    if not says(lower, footer_words.SECRET) and not says(lower, footer_words.ENVIRONMENT):
        return lines
    for number in range(max(1, len(lines) - _LAST), len(lines)):
        if lines[number - 1].strip() and not _LIST_RULE.match(lines[number - 1]) and not (
            footer_words.DISCLAIMER_HEAD.match(lines[number])
        ):  # fmt: skip
            continue
        if not lines[number].strip():
            continue
        end = next((n for n in range(number, len(lines)) if not lines[n].strip()), len(lines))
        if is_disclaimer(" ".join(lines[number:end]), " ".join(lines[end : end + 12])):
            start = number
            while start > 1 and (
                not lines[start - 1].strip() or _LIST_RULE.match(lines[start - 1])
            ):
                start -= 1
            return lines[:start]
    return lines


def is_disclaimer(paragraph: str, below: str = "") -> bool:
    """True for words about who may read a message, or about printing it."""
    paragraph = paragraph[:3000]
    lower = paragraph.lower()
    if footer_words.DISCLAIMER_HEAD.match(paragraph):
        return len(paragraph) + len(below) > 60 and (
            says(lower, footer_words.SECRET) or says(below[:1000].lower(), footer_words.SECRET)
        )
    if says(lower, footer_words.SECRET) and not lower.rstrip().endswith("?"):
        return (
            says(lower, footer_words.MEANT)
            and says(lower, footer_words.MESSAGE)
            and footer_words.OF_ITSELF.search(lower) is not None
        )
    return (
        len(lower) <= 220
        and says(lower, footer_words.ENVIRONMENT)
        and says(lower, footer_words.PRINTING)
        and says(lower, footer_words.CONSIDER)
    )


def _cut_subscription(lines: list[str]) -> list[str]:
    """Without the last paragraphs, as long as they are short and speak of a subscription."""
    end = len(lines)
    while end > 1:
        start = end
        while start and lines[start - 1].strip():
            start -= 1
        if not 0 < start < end or end - start > 7:
            break
        words = "\n".join(_said(lines[start:end]))
        if words and not (_is_subscription(words) or footer_words.GROUP_TAIL.match(words)):
            break
        # What stands above the note in a longer paragraph is no part of it.
        if end - start > 2:
            while start < end - 1 and not _is_note(lines[start]):
                start += 1
        end = start
        while end and not lines[end - 1].strip():
            end -= 1
    return lines[:end]


def _is_note(line: str) -> bool:
    return _is_subscription(line) or footer_words.GROUP_TAIL.match(line) is not None


def _is_subscription(words: str) -> bool:
    """True for a note to the reader, not for a sentence about subscriptions."""
    return says(words.lower(), footer_words.SUBSCRIPTION) and (
        "http" in words or "@" in words or not _REPORTED.search(words)
    )


_CUTTERS: tuple[Callable[[list[str]], list[str]], ...] = (
    strip_list_footer,
    _cut_tails,
    _cut_notice,
    _cut_disclaimer,
    _cut_subscription,
)
