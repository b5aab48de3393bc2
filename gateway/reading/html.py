"""HTML to the text a person sees, with quoted mail marked by "> " as in plain text.

inscriptis lays the text out; before it, the tree loses what is not shown (styles, scripts, hidden
previews) and gets the shape that mail means: Outlook's paragraphs without margins are lines,
tables that only place things on the page are blocks, a blockquote is quoted mail. Size, number
and depth of elements are bounded; what is beyond them is read without layout.
"""

import html as entities
import re

import lxml.etree  # type: ignore[import-untyped] # it has no types
import lxml.html  # type: ignore[import-untyped] # it has no types
from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

MAX_CHARACTERS = 400_000
MAX_ELEMENTS = 12_000
MAX_DEPTH = 120

# Private-use characters that frame a quotation until the layout is done.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_images=False)
_UNSHOWN = ["style", "script", "title", "svg", "noscript"]
_MARKUP = re.compile(r"<[!?][^>]{0,2000}+>")
_DATA_URI = re.compile(r"data:[a-z/+.-]{1,60};base64,[A-Za-z0-9+/=\s]++", re.I)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.I)
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0(?![.\d])", re.I)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^>]{0,500}+>", re.I)
_TAG = re.compile(r"<[^<>]*+>?")
_ZERO_WIDTH = re.compile("[\u200b\u200c\u2060\ufeff\u00ad\u034f]")
_BLANK_RUN = re.compile(r"\n{3,}")
_CELL = re.compile(r"\S {3,}(?=\S)")
_LAYOUT_CELL = 240  # a cell with more text than this is a place on the page, not a datum


def to_text(html: str) -> str:
    """The readable text of an HTML document or fragment. Never raises."""
    html = _DATA_URI.sub("", html[: 4 * MAX_CHARACTERS])
    html = _MARKUP.sub(" ", _visible(html))[:MAX_CHARACTERS]
    html = html.replace(_OPEN, "").replace(_CLOSE, "")
    try:
        tree = lxml.html.fromstring(html)
        if not isinstance(tree.tag, str) or not _shape(tree):
            return _without_layout(html)
        text = Inscriptis(tree, _CONFIG).get_text()
    except (
        ValueError,
        RecursionError,
        lxml.etree.LxmlError,
        AssertionError,
        IndexError,
        TypeError,
    ):
        return _without_layout(html)
    return _finish(text)


def _visible(html: str) -> str:
    """`html` without comments and the elements that are never shown."""
    lower = html.lower()
    if len(lower) != len(html):  # a letter that changes its length in lower case
        lower = html
    for opening, closing in [("<!--", "-->"), *((f"<{t}", f"</{t}>") for t in _UNSHOWN)]:
        if opening not in lower:
            continue
        html, lower = _cut(html, lower, opening, closing)
    return html


def _cut(html: str, lower: str, opening: str, closing: str) -> tuple[str, str]:
    """Leave out what stands between `opening` and `closing`; one look at each character."""
    kept: list[tuple[int, int]] = []
    end = 0
    while (start := lower.find(opening, end)) >= 0:
        stop = lower.find(closing, start + len(opening))
        if stop < 0:
            break
        kept.append((end, start))
        end = stop + len(closing)
    kept.append((end, len(html)))
    return " ".join(html[a:b] for a, b in kept), " ".join(lower[a:b] for a, b in kept)


def _without_layout(html: str) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", html))
    return _finish(entities.unescape(text))


def _finish(text: str) -> str:
    text = _ZERO_WIDTH.sub("", text.replace("\xa0", " "))
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        opened, closed = line.count(_OPEN), line.count(_CLOSE)
        depth = min(depth + opened, 20)
        bare = line.replace(_OPEN, "").replace(_CLOSE, "").rstrip()
        if bare or not (opened or closed):
            lines.append((">" * depth + " " + bare.strip()).rstrip() if depth else bare)
        depth = max(depth - closed, 0)
    return _BLANK_RUN.sub("\n\n", "\n".join(lines)).strip("\n")


def _shape(tree: lxml.html.HtmlElement) -> bool:
    """Prepare the tree for layout; False where it is too large or too deep for it."""
    depths = {tree: 0}
    tables: list[lxml.html.HtmlElement] = []
    gone: list[lxml.html.HtmlElement] = []
    quotes: list[lxml.html.HtmlElement] = []
    for element in tree.iter(lxml.etree.Element):
        parent = element.getparent()
        depth = depths[element] = depths.get(parent, 0) + 1
        if depth > MAX_DEPTH or len(depths) > MAX_ELEMENTS:
            return False
        tag, style = element.tag, element.get("style")
        if style and element is not tree and _HIDDEN.search(style):
            gone.append(element)
        elif tag == "p":
            if (element.get("class") or "").startswith("Mso") or _NO_MARGIN.search(style or ""):
                element.tag = "div"
        elif tag == "table":
            tables.append(element)
        elif tag == "blockquote":
            quotes.append(element)
        elif tag == "hr":
            element.tag, element.text = "div", "_" * 32
    for element in gone:
        element.drop_tree()
    for element in [e for table in tables if _is_layout(table) for e in _own_elements(table)]:
        element.tag = "div"
    for quote in quotes:
        _frame(quote)
    return True


def _is_layout(table: lxml.html.HtmlElement) -> bool:
    if any(inner is not table for inner in table.iter("table")):
        return True
    return any(len(cell.text_content()) > _LAYOUT_CELL for cell in table.iter("td", "th"))


def _own_elements(table: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """The table and its rows and cells, not those of tables inside it."""
    inside = table.iter("tbody", "thead", "tr", "td", "th")
    return [table, *(e for e in inside if next(e.iterancestors("table"), None) is table)]


def _frame(quote: lxml.html.HtmlElement) -> None:
    quote.tag = "div"
    first, last = lxml.html.Element("div"), lxml.html.Element("div")
    first.text, last.text = _OPEN, _CLOSE
    first.tail, quote.text = quote.text, None
    quote.insert(0, first)
    quote.append(last)
