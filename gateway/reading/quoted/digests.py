"""A list's digest, split into its messages: multipart/digest, and the forms in plain text.

RFC 1153 and Mailman, Listserv, Yahoo and Google Groups: a rule, then a header of its own (From
with Date or Subject), then the text up to the next such rule.
"""

import re
from collections.abc import Sequence
from email.message import Message

from gateway.model import Forwarded
from gateway.reading.quoted import forwards, header_blocks, mail_words
from gateway.reading.structure import dates, mime

MAX_MESSAGES = 200
MAX_DEPTH = 3

_MASTHEAD = re.compile(
    r"^[\s>]{0,8}(?:Send [^\n]{1,120} (?:mailing list )?(?:submissions|posts) to\s*$"
    r"|There (?:is|are) \d{1,5} messages?[^\n]{0,80}(?:in this (?:issue|digest)|lines)"
    r"|Topics (?:in this digest|of the day):|Today's Topics:|Topic \(messages \d)",
    re.I,
)
_NUMBERED = re.compile(r"^\s{0,4}(?:Message: \d{1,5}|-{5,}\s?\d{1,4} of \d{1,4}\s?-{5,})\s*$", re.I)
_END = re.compile(
    r"^\s{0,4}(?:Subject: Digest Footer|End of [^\n]{1,120}(?:Digest|Vol|Issue|\bList)[^\n]{0,80}"
    r"|-{3,} ?End of [^\n]{1,80})\s*$",
    re.I,
)
_TITLE = re.compile(r"^\s{0,4}\d{1,3}[a-z]?\. (?P<subject>\S[^\n]{0,300})$")
_POSTER = re.compile(r'"(?P<name>[^"\n]{0,100})" (?P<address>[^\s@]{1,64}@[^\s@]{1,200})')
_RULE = re.compile(r"^\s{0,4}(?:[-_=*]{10,}|-{5,}\s?\d{1,4} of \d{1,4}\s?-{5,})\s*$")


def is_multipart(message: Message, depth: int = 0) -> bool:
    """True where the messages attached to `message` are those of a digest (RFC 2046, 5.1.5)."""
    if mime.content_type(message) == "multipart/digest":
        return True
    return depth < MAX_DEPTH and any(
        is_multipart(part, depth + 1)
        for part in mime.children(message)
        if part.get_content_maintype() == "multipart"
    )


def masthead(lines: Sequence[str]) -> int | None:
    """The line with which a digest begins that stands whole in `lines`, or None."""
    for number, line in enumerate(lines):
        if line[:1] in "ST \t>" and line and _MASTHEAD.match(line):
            return number
    return None


def split(text: str, offset: int | None = None) -> tuple[Forwarded, ...]:
    """The messages of the digest `text`, or nothing where it is none.

    `offset`: minutes east of UTC, for dates that name no zone.
    """
    if "From:" not in text or not ("---" in text or "___" in text or "===" in text):
        return ()
    lines = text.split("\n")
    heads = _heads(lines)
    if not heads or (len(heads) < 2 and masthead(lines[:60]) is None):
        return ()
    found = []
    for (_, body, fields), following in zip(heads, [*heads[1:], None], strict=True):
        end = _end(lines, body, following[0] if following else len(lines))
        found.append(
            Forwarded(
                forwards.sender_of(fields["from"]),
                fields.get("subject", ""),
                dates.parse(fields.get("date") or fields.get("sent") or "", offset),
                "\n".join(lines[body:end]).strip(),
            )
        )
    return tuple(found)


def _heads(lines: Sequence[str]) -> list[tuple[int, int, dict[str, str]]]:
    """Of each message: the rule above it, where its text begins, its header."""
    heads: list[tuple[int, int, dict[str, str]]] = []
    number = 0
    while number < len(lines) and len(heads) < MAX_MESSAGES:
        if not (lines[number].lstrip()[:1] in {"-", "_", "=", "*"} and _RULE.match(lines[number])):
            number += 1
            continue
        at = number + 1
        while at < len(lines) and at < number + 6 and (
            not lines[at].strip() or _NUMBERED.match(lines[at]) or _RULE.match(lines[at])
        ):  # fmt: skip
            at += 1
        fields, body = _header(lines, at)
        if "from" in fields and len(fields) > 1:
            heads.append((number, body, fields))
            number = body
        else:
            number += 1
    return heads


def _header(lines: Sequence[str], number: int) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    last = ""
    while number < len(lines) and lines[number].strip():
        line = lines[number]
        labelled = header_blocks.label_of(line)
        if labelled is not None and labelled[0] == "posted by":  # Yahoo
            poster = _POSTER.search(labelled[1])
            last = "from"
            fields[last] = f"{poster['name']} <{poster['address']}>" if poster else labelled[1]
        elif not fields and (title := _TITLE.match(line)) is not None:
            last = "subject"
            fields[last] = title["subject"]
        elif labelled is not None and " " not in labelled[0]:
            last = mail_words.LABELS.get(labelled[0], "other")
            fields.setdefault(last, labelled[1])
        elif line[:1] in " \t" and last:
            fields[last] = f"{fields[last]} {line.strip()}"
        else:
            break
        number += 1
    return fields, number


def _end(lines: Sequence[str], body: int, end: int) -> int:
    """Where a message ends: before the next one's topic, and the words that end the digest."""
    end = next((n for n in range(body, end) if _ends(lines, n)), end)
    while end > body and (not lines[end - 1].strip() or _RULE.match(lines[end - 1])):
        end -= 1
    return end


def _ends(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    is_topic = line.startswith("Topic: ") and _RULE.match(lines[number - 1]) is not None
    return is_topic or _END.match(line) is not None
