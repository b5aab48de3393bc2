"""HTML to the text a person sees, with quoted mail marked by "> " as in plain text.

What is not shown (styles, scripts, comments, hidden previews) is left out, and the page gets the
shape that mail means: Outlook's paragraphs without margins are lines, tables that only place things
on the page are blocks, tables of data keep their columns, a blockquote is quoted mail. Size, number
and depth of elements are bounded; what is beyond them is read without layout.
"""

import html as entities
import re

import lxml.etree  # type: ignore[import-untyped] # it has no types

from gateway.reading.structure import charsets
from gateway.reading.text import page

MAX_CHARACTERS = 400_000

_PARSER = lxml.etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
_MARKUP = re.compile(r"<[!?][^<>]*+>")
_ENDS = re.compile(r"</(?:body|html)\s{0,20}>", re.I)
_DATA_URI = re.compile(r"data:[a-z/+.-]{1,60};base64,[A-Za-z0-9+/=\s]++", re.I)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^>]{0,500}+>", re.I)
_TAG = re.compile(r"<[^<>]*+>?")
_LOOSE_SIGN = re.compile(r"<(?=[\s\d=<])")
_NO_BREAK = re.compile("\xa0")
_JOINERS = re.compile(r"(?<![^\W_])\u200c|\u200c(?![^\W_])|\u034f|\u2007(?=[\u2007\s])")
_BLANK_RUN = re.compile(r"\n{3,}")
_UNSHOWN = ["style", "script", "title"]


def to_text(html: str) -> str:
    """The readable text of an HTML document or fragment. Never raises."""
    html = html[: 4 * MAX_CHARACTERS]
    if "base64," in html:
        html = _DATA_URI.sub("", html)
    if "<!" in html or "<?" in html:
        html = _MARKUP.sub(" ", _without(html, "<!--", "-->"))
    html = _ENDS.sub("", _LOOSE_SIGN.sub("&lt;", html[:MAX_CHARACTERS]))
    try:
        tree = lxml.etree.HTML(html, _PARSER)
        lines = [] if tree is None else page.lines(tree)
    except (ValueError, RecursionError, lxml.etree.LxmlError, AssertionError, TypeError):
        return _without_layout(html)
    return _finish("\n".join(lines))


def _without_layout(html: str) -> str:
    for tag in _UNSHOWN:
        html = _without(html, f"<{tag}", f"</{tag}>")
    return _finish(entities.unescape(_TAG.sub("", _BREAK.sub("\n", html))))


def _without(html: str, opening: str, closing: str) -> str:
    """Leave out what stands between `opening` and `closing`; one look at each character."""
    lower = html.lower()
    if len(lower) != len(html):  # a letter that changes its length in lower case
        lower = html
    kept: list[str] = []
    end = 0
    while (start := lower.find(opening, end)) >= 0:
        stop = lower.find(closing, start + len(opening))
        if stop < 0:
            break
        kept.append(html[end:start])
        end = stop + len(closing)
    kept.append(html[end:])
    return " ".join(kept) if len(kept) > 1 else html


def _finish(text: str) -> str:
    text = charsets.clean(text)
    if not text.isascii():
        text = _JOINERS.sub("", _NO_BREAK.sub(" ", text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_RUN.sub("\n\n", text).strip("\n")
