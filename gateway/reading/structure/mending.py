"""A message as it came to one that can be read: line ends, what precedes the header, the header.

Nothing good is given up for something bad beside it: blank lines, separators of an mbox and junk
before the header go; in a damaged header block every good field stays, pieces that lost their
folding go back to their field, and the body begins where the fields end, blank line or not. The
bytes as they came are kept elsewhere: nothing is lost by what is left out here.
"""

import codecs
import re

MAX_BYTES = 40_000_000
MAX_FIELDS = 1_000
MAX_FIELDS_SEEN = 20_000
MAX_HEADER = 2_000_000
MAX_SEPARATORS = 100
MAX_JUNK = 2_000

Fields = list[tuple[str, str]]

_FIELDS = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+)*+")
_FIELD = re.compile(r"^([!-9;-~]++)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?+", re.M)
_FIELD_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_LINE_OF_FIELD = re.compile(rb"^[!-9;-~]", re.M)
_KNOWN = (
    rb"(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|mime-version|sender"
    rb"|reply-to|references|in-reply-to|precedence|auto-submitted|authentication-results"
    rb"|dkim-signature|organization|user-agent|errors-to|resent-[a-z-]+|content-[a-z-]+|list-[a-z]+"
    rb"|x-[a-z0-9-]+)[ \t]*:"
)
_KNOWN_FIELD = re.compile(_KNOWN, re.I)
_KNOWN_LINE = re.compile(b"^" + _KNOWN, re.I | re.M)
_TRACE_LINE = re.compile(
    rb"^(?:received|message-id|mime-version|date|return-path)[ \t]*:", re.I | re.M
)
_BLANK_LINE = re.compile(rb"^[ \t]*+\r?+(?:\n|\Z)", re.M)
_SEPARATOR = re.compile(
    rb"[\r\n]*+>?From (?![ \t]*:)[^\n]{0,500}"
    rb"(?:\d\d:\d\d[^\n]{0,100}\n|\n(?=[!-9;-~]{1,80}[ \t]?:))"
)
_LOST_FOLD = (b"=?", b"<")  # how a continuation begins that lost its leading space
# Fields that are taken however many others came before them.
_NEEDED = {
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "sender", "references",
    "in-reply-to", "mime-version", "content-type", "content-transfer-encoding",
    "content-disposition",
}  # fmt: skip


def mend(raw: bytes) -> tuple[bytes, list[str]]:
    """`raw` with sound line ends and nothing before the header; and what was done."""
    defects: list[str] = []
    data = raw
    if len(data) > MAX_BYTES:
        data = data[:MAX_BYTES]
        defects.append("too large: read in part")
    if b"\0" in data[:200]:
        data = _of_wide(data, defects)
    if b"\r" in data:
        data = _with_line_ends(data, defects)
    start = data.lstrip(b"\xef\xbb\xbf\r\n\t ")
    if len(start) != len(data):
        defects.append("blank lines before the header")
    at = 0
    for _ in range(MAX_SEPARATORS):
        separator = _SEPARATOR.match(start, at)
        if separator is None:
            break
        at = separator.end()
    return _without_junk(start[at:], defects), defects


def _of_wide(data: bytes, defects: list[str]) -> bytes:
    """A whole message that was saved as UTF-16, as UTF-8."""
    marks = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    codec = marks.get(data[:2])
    if codec is None and b"\0" not in data[:60:2] and not data[1:60:2].strip(b"\0"):
        codec = "utf-16-le"
    elif codec is None and b"\0" not in data[1:60:2] and not data[:60:2].strip(b"\0"):
        codec = "utf-16-be"
    if codec is None:
        return data
    defects.append("the whole message was UTF-16")
    return data.decode(codec, "replace").encode("utf-8", "replace")


def _with_line_ends(data: bytes, defects: list[str]) -> bytes:
    """Line ends of LF or CRLF; a CR alone ends a line where it is all there is, or in the body."""
    if b"\r\r\n" in data:
        data = data.replace(b"\r\r\n", b"\r\n")
    if data.count(b"\r") == data.count(b"\r\n"):
        return data
    if b"\n" not in data[:4_000]:
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.replace(b"\r\n", b"\n")
    head, blank, body = data.partition(b"\n\n")
    if b"\r" in head.rstrip(b"\r"):
        defects.append("a bare CR in the header")
    return head.replace(b"\r", b" ") + blank + body.replace(b"\r", b"\n")


def _without_junk(data: bytes, defects: list[str]) -> bytes:
    """The message without a few lines of something else and a blank line before its header."""
    blank = _BLANK_LINE.search(data, 0, MAX_JUNK)
    if blank is None or _KNOWN_LINE.search(data, 0, blank.start()):
        return data
    fields = _FIELDS.match(data, blank.end())
    end = fields.end() if fields else 0
    if end <= blank.end() or not _TRACE_LINE.search(data, blank.end(), end):
        return data
    if len(_KNOWN_LINE.findall(data, blank.end(), end)) < 3:
        return data
    defects.append("words before the header")
    return data[blank.end() :]


def header(data: bytes, start: int, end: int) -> tuple[Fields, int, str]:
    """The fields of the block at `start`, where its body begins, and what was wrong or ""."""
    match = _FIELDS.match(data, start, end)
    stop = match.end() if match else start
    if stop == start and data.startswith((b"\n", b"\r\n"), start):
        return [], start + (1 if data[start : start + 1] == b"\n" else 2), ""
    is_whole = stop == end or data.startswith((b"\n", b"\r\n"), stop)
    # Words with a colon at the start of a text without any header are no field.
    if stop > start and is_whole and _KNOWN_LINE.search(data, start, stop):
        return fields(data, start, stop), _after_blank(data, stop, end), ""
    return _damaged(data, start, end)


def fields(data: bytes, start: int, end: int) -> Fields:
    """The fields of a sound block; of very many, those that are needed and the first ones."""
    text = data[start : min(end, start + MAX_HEADER)].decode("ascii", "surrogateescape")
    if "\r" in text:
        text = text.replace("\r\n", "\n").rstrip("\r")
    found: Fields = []
    for number, match in enumerate(_FIELD.finditer(text)):
        if number >= MAX_FIELDS and match[1].lower() not in _NEEDED:
            if number > MAX_FIELDS_SEEN:
                break
            continue
        found.append((match[1], match[2]))
    return found


def field_groups(data: bytes, start: int, end: int, most: int) -> list[Fields]:
    """Blocks of fields with blank lines between them, as delivery reports hold them."""
    groups: list[Fields] = []
    for _ in range(MAX_FIELDS_SEEN):
        first = _LINE_OF_FIELD.search(data, start, end)
        match = _FIELDS.match(data, first.start(), end) if first else None
        if match is None or len(groups) == most:
            break
        if match.end() > match.start():
            groups.append(fields(data, match.start(), match.end()))
            start = match.end()
        else:  # words that are no field
            line_end = data.find(b"\n", match.start(), end)
            start = end if line_end < 0 else line_end + 1
    return groups


def _after_blank(data: bytes, stop: int, end: int) -> int:
    if data.startswith(b"\n", stop):
        return stop + 1
    return min(stop + 2, end)


def _damaged(data: bytes, start: int, end: int) -> tuple[Fields, int, str]:
    """The good fields of a block that is damaged or has no blank line after it."""
    lines = _lines(data, start, end)
    known = [n for n, line in enumerate(lines) if _KNOWN_FIELD.match(line)]
    if not known:
        return [], start, "no header"
    kept: list[bytes] = []
    at, is_good = start, False
    for number, line in enumerate(lines):
        is_field = _FIELD_LINE.match(line) is not None
        is_folded = is_good and line.startswith((b" ", b"\t", *_LOST_FOLD))
        if number > known[-1] and not is_field and not is_folded and line.strip():
            if number == len(lines) - 1 and at + len(line) < end and b" " not in line.strip():
                at += len(line)
                break  # a word alone right above the blank line
            return _kept(kept), at, "no blank line after the header"
        if is_field or is_folded:
            kept.append(b" " + line if is_folded else line)
        is_good = is_field or is_folded
        at += len(line)
    blank = _BLANK_LINE.match(data, at, end)
    return _kept(kept), blank.end() if blank else at, "damaged header"


def _kept(lines: list[bytes]) -> Fields:
    block = b"".join(
        line if line.endswith(b"\n") else line + b"\n" for line in lines if line.strip()
    )
    return fields(block, 0, len(block))


def _lines(data: bytes, start: int, end: int) -> list[bytes]:
    """The lines from `start` to the first blank one, which a line of spaces may not be."""
    found: list[bytes] = []
    while start < end and len(found) < MAX_FIELDS_SEEN:
        stop = data.find(b"\n", start, end)
        stop = end if stop < 0 else stop + 1
        line = data[start:stop]
        if not line.strip() and (
            line in {b"\n", b"\r\n"} or not _KNOWN_FIELD.match(data, stop, end)
        ):
            break
        found.append(line)
        start = stop
    return found
