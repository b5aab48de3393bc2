"""Where in a text another message begins with its header: separators, header blocks.

Works on lines and only looks. A header block must say From and Subject, or From, Sent and To,
or stand under a separator or a rule: a form's "Date:", "From:" and "To:" lines are no quoted mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.reading.quoted import mail_words, quoting

MAX_BLOCK_LINES = 30
MAX_LABEL = 40
WRAPPED = 55  # a line of a header that long may go on below
MAX_SEPARATOR = 140
NOTES_WITHIN = 12
MAX_TRIES = 5_000  # lines that look like a header; logs have more of them
_RULE_STARTS = frozenset(mark * 2 for mark in "-_=*#—─")
_CLOSES = (":", "：", ".", "す")
_RULERS = ("-", "_", "=", "*", "#", "—", "─")
_FORWARD = mail_words.alternatives(mail_words.FORWARD)
_ORIGINAL = re.compile(mail_words.ORIGINAL, re.I)
_SO_CALLED = re.compile(r"\b(?:original|previous|earlier|replied)\b", re.I)
_BEGIN_FORWARD = re.compile(
    rf"^[\s>*-]{{0,12}}(?:{mail_words.BEGIN_FORWARD})\s?[:：.]?[\s*-]{{0,12}}$", re.I
)
_END_FORWARD = re.compile(
    r"^-{2,20} ?(?:end (?:of )?(?:the )?(?:forwarded|included|original|attached|quoted)"
    r"|ende der weitergeleiteten|fin du message (?:trans"
    r"|réexp)|fin del mensaje reenv|конец пересыл)[^\n]{0,60}$",
    re.I,
)
_RULE = re.compile(r"^[\s>]{0,8}[_\-=─—*]{5,}\s*$")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_YEAR_OR_TIME = re.compile(r"\b(?:19|20|25)\d\d\b|\d{1,2}[:.]\d\d|\d/\d")
_ONE_LINE = re.compile(r"[^\s:：*][^\s:：*]{0,15}(?: [^\s:：*]{1,10})?[*\s]?[:：]")
_DATED_ADDRESS = re.compile(
    r"^[\s>]{0,4}(?P<date>\d[^\"<@]{5,40}), {0,2}(?P<sender>[^\n@]{0,100}<[^<>\s]{3,200}>):$"
)
_NOTES_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b")
_LONE_ADDRESS = re.compile(r"^\s{0,4}<?[^\s<>@]{1,64}@[^\s<>@]{1,200}>?\s*$")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A quoted header: lines `start` to `body` (its separator included), and what it says.

    `fields` holds the values by kind: from, date, to, cc, subject. `forward` is True under a
    separator that says so, `original` under one that says "Original Message".
    """

    start: int
    body: int
    fields: dict[str, str]
    forward: bool = False
    original: bool = False

    @property
    def is_weak(self) -> bool:
        """True where the block says little: a form that asks for From and Subject does too."""
        dated = "sent" in self.fields or "date" in self.fields
        told = "subject" in self.fields or "to" in self.fields
        return not (self.forward or (dated and told) or (self.original and self.fields))


def is_rule(line: str) -> bool:
    """True for a line of dashes, underscores and the like."""
    return line.lstrip("> \t")[:1] in _RULERS and _RULE.match(line) is not None


def forward_end(lines: Sequence[str], number: int) -> int | None:
    """The line after "--- End of forwarded message ---" below `number`, or None."""
    for at in range(number, len(lines)):
        if lines[at][:1] == "-" and _END_FORWARD.match(lines[at]):
            return at + 1
    return None


def find_header_block(
    lines: Sequence[str], quoted: bool = False, first: int = 0
) -> HeaderBlock | None:
    """The first quoted header from line `first` on; one behind quote marks only if `quoted`."""
    tries = 0
    for number in range(first, len(lines)):
        line = lines[number]
        if not line or (not quoted and line.lstrip()[:1] == ">"):
            continue
        head = line[:60]  # most lines are told apart by this alone
        if (
            ":" not in head
            and "：" not in head
            and head.lstrip("> \t*\\")[:1] not in _RULERS
            and not line.endswith(("To", "To "))
            and not line.startswith("To  ")
        ):
            continue
        tries += 1
        if tries > MAX_TRIES:
            break
        block = _block_at(lines, number, first)
        if block is not None:
            return block
    return None


def label_of(line: str) -> tuple[str, str] | None:
    """The label of a line, lower case, and its value; None where it has none."""
    bare = line.strip("> \t*_|\xa0")
    cut = min(
        (at for at in (bare.find(":", 0, MAX_LABEL), bare.find("：", 0, MAX_LABEL)) if at > 0),
        default=-1,
    )
    if cut < 0:
        return None
    label = bare[:cut].translate(mail_words.UNSEEN).strip("* \t_\xa0").casefold()
    return (label, bare[cut + 1 :].strip("* \t\xa0")) if label else None


def _block_at(lines: Sequence[str], number: int, first: int) -> HeaderBlock | None:
    line = lines[number].replace("&nbsp;", " ")
    if line.lstrip("> \t*\\")[:1] in _RULERS or line.rstrip("* \t-")[-1:] in _CLOSES:
        found = _separated(lines, number, line)
        if found is not None:
            return found
    return _bare_block_at(lines, number, first)


def _bare_block_at(lines: Sequence[str], number: int, first: int) -> HeaderBlock | None:
    """The header that begins at `number` without a separator."""
    line = lines[number]
    if not line.strip("-_=*#> \t—─"):
        return _under_rule(lines, number)
    if line.rstrip().endswith("To") or line.startswith("To  "):
        return _notes_table(lines, number, first)
    here = label_of(line)
    if here is None:
        return None
    kind = mail_words.LABELS.get(here[0])
    if kind is None or kind in {"other", "cc", "bcc"}:
        return None
    if kind == "from" and (one := _on_one_line(lines, number)) is not None:
        return one
    fields, body = _fields(lines, number)
    if not _is_header(kind, fields):
        if kind in {"to", "from"} and "subject" in fields and "to" in fields:
            return _notes_header(lines, number, fields, body, first)
        return None
    return HeaderBlock(_with_rule(lines, number, first), body, fields)


def _separated(lines: Sequence[str], number: int, line: str) -> HeaderBlock | None:
    forward = _separates(line)
    if forward is None:
        return None
    if "---" in line.strip("-_=*#:—─> \t") and (one := _on_one_line(lines, number)) is not None:
        return HeaderBlock(number, one.body, one.fields, forward, not forward)
    fields, body = _fields(lines, number + 1, lenient=True)
    if not fields and forward and (named := _named_below(lines, number + 1)) is not None:
        return HeaderBlock(number, named[0], named[1], True)
    if not fields and forward:  # Notes names the sender in lines of its own
        below = range(number + 1, min(number + NOTES_WITHIN, len(lines)))
        for at in below:
            if _separates(lines[at]) is not None:
                return None
            block = _bare_block_at(lines, at, number + 1)
            if block is not None:
                return HeaderBlock(number, block.body, block.fields, True)
        return None
    return HeaderBlock(number, body, fields, forward, not forward)


def _named_below(lines: Sequence[str], number: int) -> tuple[int, dict[str, str]] | None:
    """Yandex writes one line below the separator: the date, the name, the address."""
    while number < len(lines) and not lines[number].strip():
        number += 1
    line = lines[number][:400] if number < len(lines) else ""
    found = _DATED_ADDRESS.match(line)
    if found is None:
        return None
    return number + 1, {"from": found["sender"], "date": found["date"]}


def _separates(line: str) -> bool | None:
    """True for "--- Forwarded message ---", False for "--- Original Message ---", else None."""
    bare = line.strip("> \t|*\\")
    words = bare.strip("-_=*#:—─ ").partition("---")[0].rstrip("- ")
    if not 3 <= len(words) <= MAX_SEPARATOR:
        return None
    if bare[:2] in _RULE_STARTS:
        if _FORWARD.search(words) is not None:
            return True
        called = _ORIGINAL.fullmatch(words) or (len(words) < 60 and _SO_CALLED.search(words))
        return False if called else None
    return True if len(bare) <= 80 and _BEGIN_FORWARD.match(line) else None


def _is_header(kind: str, fields: dict[str, str]) -> bool:
    sender = fields.get("from")
    if sender is None:
        return False
    dated = "sent" in fields or "date" in fields
    if kind == "from":
        return (
            "subject" in fields
            or ("sent" in fields and "to" in fields)
            or (dated and "to" in fields and _ADDRESS.search(sender) is not None)
            or _YEAR_OR_TIME.search(fields.get("sent", "")) is not None
        )
    return "subject" in fields and dated and ("to" in fields or "@" in sender)


def _with_rule(lines: Sequence[str], number: int, first: int) -> int:
    """The start of the block at `number` with the rule or the lone address above it."""
    start = number
    while start > first and number - start < 6 and not lines[start - 1].strip():
        start -= 1
    if start > first and (is_rule(lines[start - 1]) or _LONE_ADDRESS.match(lines[start - 1])):
        return start - 1
    above = lines[start - 1].strip() if start > first else ""
    return start - 1 if above in {"----------", "---", "____"} else number


def _under_rule(lines: Sequence[str], number: int) -> HeaderBlock | None:
    """A header in a language that is not known, under a rule: its form tells it."""
    if not is_rule(lines[number]):
        return None
    at = number + 1
    while at < len(lines) and at < number + 3 and not lines[at].strip():
        at += 1
    labelled: list[tuple[str, str]] = []
    end = at
    while end < len(lines) and len(labelled) < 8:
        found = label_of(lines[end])
        if found is None or len(found[0].split()) > 3:
            break
        labelled.append(found)
        end += 1
    if not 3 <= len(labelled) <= 7 or not _ADDRESS.search(labelled[0][1]):
        return None
    if not any(_YEAR_OR_TIME.search(value) for _, value in labelled[1:3]):
        return None
    if any(mail_words.LABELS.get(label) for label, _ in labelled):
        fields, body = _fields(lines, at)
        if _is_header(mail_words.LABELS.get(labelled[0][0], ""), fields):
            return HeaderBlock(number, body, fields)
    fields = {"from": labelled[0][1], "sent": labelled[1][1], "subject": labelled[-1][1]}
    return HeaderBlock(number, end, fields)


def _on_one_line(lines: Sequence[str], number: int) -> HeaderBlock | None:
    """A header whose fields all stand on one line."""
    line = lines[number][:1000].strip("> \t").rpartition("---")[2]
    places = []
    for match in _ONE_LINE.finditer(line):
        kind, size = _label_kind(match[0])
        if kind is not None:
            places.append((match.end() - size, match.end(), kind))
    kinds = {kind for _, _, kind in places}
    if not ({"from", "subject"} <= kinds and kinds & {"sent", "date"}):
        return None
    fields: dict[str, str] = {}
    for (_, begin, kind), following in zip(places, [*places[1:], None], strict=True):
        end = following[0] if following else len(line)
        fields.setdefault(kind, line[begin:end].strip("* \t"))
    return HeaderBlock(number, number + 1, fields)


def _label_kind(text: str) -> tuple[str | None, int]:
    """The kind of the label at the end of `text`, and how much of it that is."""
    words = text.rstrip("*:： \t")
    for label in (words.lstrip("* "), words.rpartition(" ")[2]):
        kind = mail_words.LABELS.get(label.casefold())
        if kind not in {None, "other"}:
            return kind, len(label) + len(text) - len(words)
    return None, 0


def _notes_header(
    lines: Sequence[str], number: int, fields: dict[str, str], body: int, first: int
) -> HeaderBlock | None:
    """Notes: the sender and the date stand above the labels To, cc and Subject."""
    start, above = _lines_above(lines, number, first)
    dated = next((line for line in above if _NOTES_DATE.search(line)), None)
    if dated is None:
        return None
    sender = above[0].partition(" on ")[0].strip()
    return HeaderBlock(start, body, {**fields, "from": sender, "date": dated})


def _notes_table(lines: Sequence[str], number: int, first: int) -> HeaderBlock | None:
    """Notes as a table: "To", "cc" and "Subject" end lines of their own, values stand below."""
    ends = {"cc": -1, "Subject": -1}
    for at in range(number + 1, min(number + 16, len(lines))):
        words = lines[at].split()
        key = next((word for word in (*words[:1], *words[-1:]) if word in ends), "")
        if key and ends[key] < 0:
            ends[key] = at
    if not number < ends["cc"] < ends["Subject"]:
        return None
    start, above = _lines_above(lines, number, first)
    if len(above) == 1 and _NOTES_DATE.search(above[0]):  # the sender stands apart above the date
        higher, names = _lines_above(lines, start, first)
        if any("@" in name or "/" in name for name in names[-2:]):
            start, above = higher, [*names, *above]
    near = [*above, *lines[number : ends["Subject"]]]
    dated = next((line.strip() for line in near if _NOTES_DATE.search(line)), None)
    if dated is None or not above:
        return None
    beside = lines[ends["Subject"]].strip().removeprefix("Subject").strip()
    body = ends["Subject"] + (0 if beside else 1)
    while body < len(lines) and not lines[body].strip():
        body += 1
    subject = beside or (lines[body].strip() if body < len(lines) else "")
    fields = {"from": " ".join(line.strip() for line in above if not _NOTES_DATE.search(line)),
              "date": dated, "subject": subject}  # fmt: skip
    return HeaderBlock(start, min(body + 1, len(lines)), fields)


def _lines_above(lines: Sequence[str], number: int, first: int) -> tuple[int, list[str]]:
    """The last few lines above `number`, blank ones skipped, and where they begin."""
    start = number
    while start > first and number - start < 4 and not lines[start - 1].strip():
        start -= 1
    end = start
    while start > first and end - start < 4 and lines[start - 1].strip():
        start -= 1
    return start, [line.strip() for line in lines[start:end]]


def _fields(lines: Sequence[str], number: int, lenient: bool = False) -> tuple[dict[str, str], int]:
    """The labelled lines from `number` on, and the first line after them.

    `lenient`: labels that are not known are skipped, as under a separator.
    """
    found: dict[str, str] = {}
    end, last, blanks = number, "", 0
    first = next((line for line in lines[number : number + 4] if line.strip()), "")
    quoted = quoting.is_quote(first)
    for at in range(number, min(number + MAX_BLOCK_LINES, len(lines))):
        if found and not quoted and lines[at][:1] == ">":
            break
        line = lines[at].replace("&nbsp;", " ").strip("> \t*\xa0")
        labelled = label_of(line)
        kind = mail_words.LABELS.get(labelled[0]) if labelled else None
        if labelled is not None and kind is not None:
            if kind in found and kind in {"from", "subject"}:
                break
            found.setdefault(kind, labelled[1])
            end, last, blanks = at + 1, kind, 0
        elif not line:
            blanks += 1
            # HTML turned into text may put blank lines between the fields; two end the block.
            if blanks > 1 and found:
                break
        elif last and blanks == 0 and _continues(lines[at - 1], lines[at], last, labelled, lenient):
            if last in found and kind is None and labelled is None:
                found[last] = f"{found[last]} {line}"
            end = at + 1
        else:
            break
    return found, end


def _continues(
    above: str, line: str, last: str, labelled: tuple[str, str] | None, lenient: bool
) -> bool:
    """True for a line that goes on with the value above it."""
    if labelled is not None and " " not in labelled[0]:
        return lenient and last != "subject" and "@" not in labelled[0]
    if last not in {"to", "cc", "bcc", "subject", "from"}:
        return False
    wrapped = len(above) >= WRAPPED or above.rstrip().endswith((",", ";", "<"))
    return wrapped or line[:1] in " \t"
