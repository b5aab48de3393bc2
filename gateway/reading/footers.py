"""What machines put below and above a text: list footers, notices of virus scanners and free mail
services, mobile tails, disclaimers, subscription notes, banners about external mail, ticket
markers.

Most are told by two kinds of words that meet at the end of a text, so that a new wording in a
known language is known too. Each is cut only where something is left.
"""

import re
from collections.abc import Callable

from gateway.reading import footer_words, mail_words
from gateway.reading.footer_words import says

_MARKER_WITHIN = 400  # a ticket system writes it near the top
_LONG_RULE = 50
_ROUNDS = 8  # footers below footers
_LAST = 40  # lines at the end that may be footer

_BLANK_LINK = re.compile(r"^\s{0,4}[<(\[]{0,2}https?://[^\s]{1,400}[>)\]]{0,2}\s{0,4}$")

_NEXT_PART = re.compile(r"^-{8,20} next part -{8,20}$")
_LIST_RULE = re.compile(r"^[\s>]{0,3}[_\-=#*~.+,<]{4}[_\-=#*~.+,<>\s]*$")


def strip_marker(lines: list[str]) -> list[str]:
    """`lines` above a ticket system's "reply above this line"; without that line where it leads."""
    for number, line in enumerate(lines[:_MARKER_WITHIN]):
        if line.lstrip("> \t*")[:1] not in _MARKER_STARTS and "bove" not in line:
            continue
        if _is_marker(line):
            above = lines[:number]
            if any(text.strip() and not _is_marker_or_quote(text) for text in above):
                return above if line.lstrip()[:1] != ">" else lines
            return lines[number + 1 :]
    return lines


def _is_marker_or_quote(line: str) -> bool:
    return line.lstrip()[:1] == ">" or (
        says(line.lower(), footer_words.BELOW) and footer_words.MARKER_RUN.match(line) is not None
    )


def _is_marker(line: str) -> bool:
    return (
        len(line) <= 160
        and says(line.lower(), footer_words.ABOVE)
        and (
            footer_words.MARKER_RUN.match(line) is not None
            or footer_words.ASKS_ABOVE.match(line) is not None
        )
    )


def strip_armour(lines: list[str]) -> list[str]:
    """`lines` without what OpenPGP and list archives put around a text."""
    if not any(line.startswith("-----BEGIN PGP") or _NEXT_PART.match(line) for line in lines):
        return lines
    kept: list[str] = []
    number, signed = 0, False
    while number < len(lines):
        line = lines[number]
        if line.startswith("-----BEGIN PGP SIGNED"):
            signed = True
            number = _after(lines, number, lambda text: not text.strip())
        elif line.startswith("-----BEGIN PGP SIGNATURE"):
            number = _after(lines, number, lambda text: text.startswith("-----END PGP"))
        elif _NEXT_PART.match(line):
            below = next((text for text in lines[number + 1 :] if text.strip()), "")
            scrubbed = "scrubbed" in below
            number = (
                _after(lines, number, lambda text: not text.strip()) if scrubbed else number + 1
            )
        else:
            kept.append(line[2:] if signed and line.startswith("- ") else line)
            number += 1
    return kept


def _after(lines: list[str], number: int, ends: Callable[[str], bool]) -> int:
    """The line after the next that `ends`."""
    found = next((n for n in range(number + 1, len(lines)) if ends(lines[n])), len(lines))
    return found + 1


def strip_list_footer(lines: list[str]) -> list[str]:
    """`lines` without the footer that a mailing list added below them."""
    for number in range(max(len(lines) - _LAST, 1), len(lines)):
        if lines[number].lstrip()[:1] in _RULE_STARTS and _LIST_RULE.match(lines[number]):
            following = _first_paragraph(lines[number + 1 : number + 10])
            named = says(following.lower(), footer_words.LIST_WORDS)
            if named and _is_short(lines[number:]):
                return lines[: _above_advertisement(lines, number)]
    return lines


_MARKER_STARTS = frozenset("-#=_*~+<[({")
_RULE_STARTS = frozenset("_-=#*~.+,<")


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


def strip_banner(lines: list[str]) -> list[str]:
    """`lines` without a mail gateway's warning above them."""
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    paragraph = "\n".join(lines[start:end])
    is_banner = (
        end - start <= 6
        and footer_words.BANNER.match(paragraph)
        and footer_words.BANNER_WORDS.search(paragraph)
    ) or paragraph.strip().upper() in {"[EXTERNAL]", "EXTERNAL EMAIL", "[EXTERNAL EMAIL]"}
    return lines[end:] if is_banner and any(line.strip() for line in lines[end:]) else lines


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
    if footer_words.EXCUSE.match(line):
        return True
    told = (
        footer_words.SENT.match(line) is not None or footer_words.SENT_END.search(line) is not None
    )
    return told and footer_words.DEVICE.search(line) is not None and not _is_told(line)


# "Sent with the portal down, the mail ...": a sentence, not a tail.
_TOLD = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|ist|sind|wurde nicht|est|sont|es|son)\b|[,;:] ", re.I
)


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


_REPORTED = re.compile(
    r"\b(?:error|fails?|failing|broken|users|gives|they|he|she|cannot|can't|doesn't)\b", re.I
)


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
