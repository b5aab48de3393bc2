"""Raw bytes to bytes that any parser can read in bounded time: the one place where mail is mended.

Leading blank lines, an mbox separator and junk in the header block go, every good field stays;
base64 runs of large attachments are shortened; size, lines, fields and nested parts are bounded.
The bytes as they came are kept elsewhere: nothing is lost by what is left out here.
"""

import re

MAX_BYTES = 3_000_000
MAX_LINES = 60_000
MAX_BASE64_LINES = 4_000
MAX_FIELDS = 1_000
MAX_HEADER = 262_144
MAX_CONTENT_FIELD = 2_048
MAX_BOUNDARIES = 64

_BASE64_RUN = re.compile(rb"^(?:[A-Za-z0-9+/=]{40,998}+\r?\n)++", re.M)
_BOUNDARY = re.compile(rb"boundary(?=[*=0-9])", re.I)
_CONTENT_FIELD = re.compile(
    rb"^content-(?:type|disposition)[ \t]*:[^\n]*+(?:\n[ \t][^\n]*+)*+", re.I | re.M
)
_FIELDS = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)*+")
_FIELD_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_KNOWN = (
    rb"(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|mime-version|sender"
    rb"|reply-to|references|in-reply-to|precedence|auto-submitted|authentication-results"
    rb"|dkim-signature|content-[a-z-]+|list-[a-z]+|x-[a-z0-9-]+)[ \t]*:"
)
_KNOWN_FIELD = re.compile(_KNOWN, re.I)
_KNOWN_LINE = re.compile(b"^" + _KNOWN, re.I | re.M)


def mend(raw: bytes) -> tuple[bytes, list[str]]:
    """`raw` bounded and with a header block that parsers can read; and what was done."""
    defects: list[str] = []
    data = _bounded(raw, defects)
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    if b"\r\r\n" in data:
        data = data.replace(b"\r\r\n", b"\r\n")
    start = data.lstrip(b"\xef\xbb\xbf\r\n\t ")
    if len(start) != len(data):
        defects.append("blank lines before the header")
    if start.startswith((b"From ", b">From ")):  # an mbox's separator
        start = start.partition(b"\n")[2]
    return _mended_header(start, defects), defects


def _bounded(raw: bytes, defects: list[str]) -> bytes:
    data = raw
    if len(raw) > MAX_BASE64_LINES * 40:
        data = _BASE64_RUN.sub(_shortened, raw)
    if len(data) > MAX_BYTES:
        data = data[:MAX_BYTES]
        defects.append("too large: read in part")
    if data.count(b"\n") + data.count(b"\r") > 2 * MAX_LINES:
        data = b"".join(data.splitlines(keepends=True)[:MAX_LINES])
        defects.append("too many lines: read in part")
    lower = data.lower()
    if lower.count(b"boundary") > MAX_BOUNDARIES and (
        len(_BOUNDARY.findall(data)) > MAX_BOUNDARIES
    ):
        cut = list(_BOUNDARY.finditer(data))[MAX_BOUNDARIES].start()
        data = data[:cut] + _BOUNDARY.sub(b"x-too-many", data[cut:])
        defects.append("too many nested parts: read in part")
    if _has_long_content_field(lower):
        data = _CONTENT_FIELD.sub(lambda m: m[0][:MAX_CONTENT_FIELD], data)
        defects.append("content field too long: read in part")
    return data


def _has_long_content_field(lower: bytes) -> bool:
    """A first look that costs little: only a long stretch without another field can be one."""
    at = lower.find(b"content-")
    while 0 <= at < len(lower) - MAX_CONTENT_FIELD:
        field = _CONTENT_FIELD.match(lower, at)
        if field and field.end() - at > MAX_CONTENT_FIELD:
            return True
        at = lower.find(b"content-", at + 8)
    return False


def _shortened(match: re.Match[bytes]) -> bytes:
    run = match[0]
    if run.count(b"\n") <= MAX_BASE64_LINES:
        return run
    return b"".join(run.splitlines(keepends=True)[:MAX_BASE64_LINES])


def _mended_header(data: bytes, defects: list[str]) -> bytes:
    fields = _FIELDS.match(data)
    end = fields.end() if fields else 0
    sound = 0 < end <= MAX_HEADER and (
        end == len(data)
        or (data.startswith((b"\n", b"\r\n"), end) and data.count(b"\n", 0, end) <= MAX_FIELDS)
    )
    # Words with a colon at the start of a text without any header are no field.
    if sound and _KNOWN_LINE.search(data, 0, end):
        return data
    return _rebuilt_header(data, defects)


def _rebuilt_header(data: bytes, defects: list[str]) -> bytes:
    """The same message with only the good lines of its header, and a blank line after them."""
    blank = re.search(rb"^[ \t]*\r?$", data[:MAX_HEADER], re.M)
    block = data[: blank.start() if blank else MAX_HEADER]
    lines = block.splitlines(keepends=True)
    last_known = max((i for i, line in enumerate(lines) if _KNOWN_FIELD.match(line)), default=-1)
    if last_known < 0:
        defects.append("no header")
        return b"\n" + data
    kept: list[bytes] = []
    end = 0
    for number, line in enumerate(lines):
        is_field = _FIELD_LINE.match(line) is not None
        if not is_field and number > last_known and not line.startswith((b" ", b"\t")):
            break  # the body begins without a blank line
        if is_field or (kept and line.startswith((b" ", b"\t"))):
            kept.append(line)
        end += len(line)
    if len(kept) < sum(1 for _ in lines):
        defects.append("damaged header")
    rest = data[end:]
    if not rest.startswith((b"\n", b"\r\n")):
        rest = b"\n" + rest.lstrip(b" \t")
    return b"".join(kept[:MAX_FIELDS]) + rest
