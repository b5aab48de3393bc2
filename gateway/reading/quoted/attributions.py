"""Where a line such as "On ..., X wrote:" introduces quoted mail, in any language.

An attribution is at most four lines that end in a colon and hold two of: a verb of writing, an
address, a date. Before lines with quote marks one of them is enough; where the quotation has no
marks the attribution must be unmistakable, since all below it is taken for the other's.
"""

import re
from collections.abc import Sequence

from gateway.reading.quoted import mail_words

MAX_LINES = 4
MAX_LENGTH = 400
MAX_WORDS = 40

_VERB = mail_words.alternatives(mail_words.WROTE)
_OPENER = re.compile(rf"[\W_]{{0,3}}(?:{mail_words.OPENER})", re.I)
_ADDRESS = re.compile(r"[^\s<>@\"]@(?:[^\s<>@]|\.\.\.)|<news:|\bnews:|<mailto:")
_DATE = re.compile(
    r"\d{1,2}[:h.]\d\d\b|\b(?:19|20|25)\d\d\b|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d年|\d월"
    r"|\b\d{1,2}[. ]?[A-Z][a-z]{2}[.' ]"
)
_COLON = re.compile(r"[:：](?:[\s*_\])>|]{0,4}| \([^()\n]{6,60}\))$")
_FRAMED = re.compile(r"^-{3,} [^\n]{1,300} -{3,}$")
_OPEN_END = re.compile(r"(?:[\])>]|\.\.\.|[-_]{3}|\d|\b[A-Z]{3,4})[.\s]{0,2}$")
_VERB_END = re.compile(
    r"\b(?:wrote|writes|said|schrieb|geschrieben|écrit|escribió|escreveu|scritto|schreef|skrev"
    r"|napisał|napsal|írta|пишет|написал)$"
)
_ADDRESS_END = re.compile(r"@[^\s@]{1,120}?[>)\]][\s:：*_\])]{1,4}$")
# English sentences with "wrote" in them go on; an attribution ends there or says when or where.
_GOES_ON = re.compile(
    r"\b(?:wrote|writes?|said|says|asked|replied)\b(?!\s{0,2}[:(\[<])([^\n]*)$", re.I
)
_WHEN = re.compile(r"\d|\bto\b|following|\bin\b|thus", re.I)
_PLAIN_WORD = re.compile(r"(?<![\w@.])[^\W\d_A-Z]{4,}(?![\w@.])")
_OTHER_MARKS = frozenset("|:}#%=")
_GROUPWISE = re.compile(r"^>>> {0,2}\S[^\n]{1,200}\d[^\n]{0,40}>>>\s*$")
_SENTENCE = re.compile(r"[.!?][\"')]? +[A-Z][a-z]{2,}|[?!]")


def is_groupwise(line: str) -> bool:
    """True for ">>> Name 4/14/2006 10:02 AM >>>", which looks like a quotation and opens one."""
    return line.startswith(">>> ") and _GROUPWISE.match(line) is not None


def end_of(
    lines: Sequence[str], marked: Sequence[bool], number: int, *, answers: bool
) -> int | None:
    """The line after the attribution that begins at `number`, or None where none does.

    `marked` says which lines are quoted, `answers` that the message is a reply.
    """
    first = mail_words.visible(lines[number])
    if not first:
        return None
    if is_groupwise(lines[number]):
        return number + 1
    at_start = number == 0 or not lines[number - 1].strip() or marked[number - 1]
    opens = _OPENER.match(first) is not None
    joined = ""
    for at in range(number, min(number + (MAX_LINES if at_start or opens else 1), len(lines))):
        piece = mail_words.visible(lines[at])
        if not piece or marked[at]:
            return None
        joined = f"{joined} {piece}" if joined else piece
        if len(joined) > MAX_LENGTH:
            return None
        closes = piece[-1] in ":：" or _COLON.search(piece) is not None or _FRAMED.match(piece)
        if not closes and not _OPEN_END.search(piece) and not _VERB_END.search(piece):
            continue
        follows = (
            marked_below(lines, marked, at + 1)
            or _prefixed_below(lines, at + 1)
            or (answers and joined.count(" ") <= 8 and _indented_below(lines, at + 1))
        )
        if closes:
            found = _before_marks(joined, answers) if follows else _alone(joined, opens, answers)
        else:
            found = follows and _unclosed(joined, opens)
        if found:
            return None if _begins_later(lines[number : at + 1]) else at + 1
    return None


def _begins_later(lines: Sequence[str]) -> bool:
    """True where the first of `lines` is the end of a text above the attribution."""
    if len(lines) == 1:
        return False
    if lines[0].rstrip().endswith((".", "!", "?")) and not _OPENER.match(lines[0]):
        return True
    below = [mail_words.visible(line) for line in lines[1:]]
    return any(_OPENER.match(line) and _DATE.search(line) for line in below) and (
        not _DATE.search(lines[0])
    )


def _prefixed_below(lines: Sequence[str], number: int) -> bool:
    """True if the next two lines begin with the same mark of quotation other than ">"."""
    at = number + 1 if number < len(lines) and not lines[number].strip() else number
    if at + 1 >= len(lines):
        return False
    mark = lines[at].lstrip()[:1]
    return mark in _OTHER_MARKS and lines[at + 1].lstrip()[:1] == mark


def marked_below(lines: Sequence[str], marked: Sequence[bool], number: int) -> bool:
    """True if the next lines that say something are quoted."""
    for at in range(number, min(number + 4, len(lines))):
        if marked[at]:
            return True
        if lines[at].strip() and not lines[at].strip().startswith(("[", "(...", "...")):
            return False
    return False


def reads_like_one(line: str) -> bool:
    """True for a line that attributes whatever stands below it, marked or not."""
    line = mail_words.visible(line)
    return (
        len(line) <= MAX_LENGTH
        and _COLON.search(line) is not None
        and _VERB.search(line) is not None
        and _GOES_ON.sub("", line).count(" ") <= 12
        and not _sentence_goes_on(line)
    )


def _indented_below(lines: Sequence[str], number: int) -> bool:
    """True if the next two lines are set in by the same white space."""
    at = number + 1 if number < len(lines) and not lines[number].strip() else number
    if at + 1 >= len(lines):
        return False
    return all(line[:1] == "\t" or line[:4] == "    " for line in lines[at : at + 2])


def _before_marks(joined: str, answers: bool) -> bool:
    if joined.count(" ") > MAX_WORDS:
        return False
    said = _VERB.search(joined) is not None
    if not answers:  # "The page says:" tells what is not mail; "Jo wrote:" may well be
        said = joined.count(" ") <= 5 and _VERB_END.search(joined.rstrip(" :")) is not None
    return said or _ADDRESS.search(joined) is not None or _DATE.search(joined) is not None


def _unclosed(joined: str, opens: bool) -> bool:
    dated = _DATE.search(joined) is not None
    addressed = _ADDRESS.search(joined) is not None
    said = _VERB.search(joined) is not None
    return joined.count(" ") <= 20 and (
        (addressed and (dated or said)) or (dated and said and opens)
        or (dated and said and joined[-1] in "])")
    )  # fmt: skip


def _alone(joined: str, opens: bool, answers: bool) -> bool:
    """True where `joined` is unmistakable without any mark of quotation below it."""
    if joined.count(" ") > MAX_WORDS or _sentence_goes_on(joined):
        return False
    dated = _DATE.search(joined) is not None
    addressed = _ADDRESS.search(joined) is not None
    if _VERB.search(joined) is None:
        return (
            answers
            and dated
            and addressed
            and (_ADDRESS_END.search(joined) is not None or len(_PLAIN_WORD.findall(joined)) <= 4)
        )
    if dated and addressed:
        return True
    return (dated and (opens or answers)) or (addressed and answers)


def _sentence_goes_on(joined: str) -> bool:
    rest = _GOES_ON.search(joined)
    if rest is not None and len(rest[1].strip(" :*_-")) > 3 and not _WHEN.search(rest[1]):
        return True
    return _SENTENCE.search(joined) is not None and not _ADDRESS.search(joined)
