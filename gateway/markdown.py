"""Strangers' words in Markdown: nothing in them is markup, a link, a mention or a command.

What was written by others (subjects, names, notices) goes through `plain` before it stands in a
document: on one line, with every sign escaped that Markdown or a tracker's dialect of it could take
for its own. Mentions, references to issues and bare addresses are found by trackers in the text
as it is shown, where an escape is gone: a word joiner (U+2060), which nobody sees, breaks them.
"""

import re
import unicodedata

JOINER = "\u2060"
_SIGNS = re.compile(r"([\\`*_\[\]<>|~&$!{}^=])")
_FIRST = re.compile(r"^(?=[#+\-/>:])|^(\d{1,9})(?=[.)])")
# What a tracker links or acts on by itself: @somebody, #12, GH-12, !12, http://, www., commands.
_ACTS = re.compile(
    r"@(?=[\w-])|#(?=\w)|\bGH-(?=\d)|(?<=[a-z])(?=://)|\bwww(?=\.)|(?<=\bmailto)(?=:)",
    re.IGNORECASE,
)


class Markdown(str):
    """Text that is Markdown already, and is left as it is."""

    __slots__ = ()


def plain(text: object) -> Markdown:
    """`text` on one line, as words that Markdown shows and never obeys."""
    if isinstance(text, Markdown):
        return text
    kept = "".join(
        " " if c.isspace() else "" if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} else c
        for c in str(text)
    )
    line = " ".join(kept.split())
    line = _SIGNS.sub(r"\\\1", line)
    line = _ACTS.sub(lambda match: f"{match[0]}{JOINER}", line)
    return Markdown(_FIRST.sub(lambda match: f"{match[1]}\\" if match[1] else "\\", line))


def quoted(text: str) -> Markdown:
    """Text of several lines as a block quote, each line `plain`."""
    return Markdown("\n".join(f"> {plain(line)}".rstrip() for line in text.splitlines()))
