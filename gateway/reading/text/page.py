"""A tree of HTML elements to lines of text, as a browser would lay them out.

One walk over the tree. A block begins on a line of its own, a paragraph stands apart by a blank
line, white space collapses, list items are marked, cells of a data table stand in columns.
"""

import re
from typing import Any

MAX_ELEMENTS = 12_000
MAX_DEPTH = 120
MAX_COLUMN = 60  # a longer cell does not widen its column
LAYOUT_CELL = 240  # a cell with more text than this is a place on the page, not a datum

_UNSHOWN = {"style", "script", "title", "head", "svg", "template", "object", "xml", "datalist",
            "meta", "link", "noembed", "iframe", "math"}  # fmt: skip
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {
    "div", "center", "address", "section", "article", "header", "footer", "main", "nav", "aside",
    "figure", "figcaption", "fieldset", "legend", "details", "summary", "form", "dl", "dt", "dd",
    "option", "body", "html", "caption", "tbody", "thead", "tfoot", "tr", "td", "th", "textarea",
    "dir", "menu",
}  # fmt: skip
_ROWS = {"tbody", "thead", "tfoot", "tr", "form"}
_WHITE = re.compile(r"[ \t\n\r\f]+")
_HIDDEN = re.compile(
    r"display\s{0,9}:\s{0,9}none|mso-hide\s{0,9}:\s{0,9}all|visibility\s{0,9}:\s{0,9}hidden"
    r"|(?<![\w-])(?:opacity|max-height|max-width)\s{0,9}:\s{0,9}0(?:px|pt|em|%)?\s{0,9}(?:;|!|\Z)",
    re.I,
)
_NO_SIZE = re.compile(r"font-size\s{0,9}:\s{0,9}0(?:px|pt|em|%)?\s{0,9}(?:;|!|\Z)", re.I)
_INDENTED = re.compile(r"border\s{0,9}:\s{0,9}none", re.I)
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?\s{0,9}:\s{0,9}0(?![.\d])", re.I)


class TooLarge(ValueError):
    """More elements, or deeper ones, than are laid out."""


def lines(tree: Any) -> list[str]:
    """The lines of the page; raises TooLarge beyond the bounds."""
    flow = _Flow(_Count())
    flow.element(tree, 1)
    return flow.finished()


class _Count:
    elements = 0


class _Flow:
    """Text that flows into lines: a page, a cell or a quotation."""

    def __init__(self, count: _Count) -> None:
        self.count = count
        self.lines: list[str] = []
        self.words: list[str] = []
        self.is_apart = False
        self.marker = ""
        self.indent = ""
        self.lists: list[int | None] = []
        self.is_pre = False
        self.has_table = False

    def finished(self) -> list[str]:
        self.flush()
        return self.lines

    def text(self, text: str) -> None:
        if self.is_pre and "\n" in text:
            first, *rest = text.split("\n")
            self.words.append(first)
            for line in rest:
                self.flush(force=True)
                self.words.append(line)
        else:
            self.words.append(text)

    def flush(self, *, force: bool = False) -> None:
        """End the line; `force` ends an empty one too."""
        if not self.words and not force:
            return
        line = "".join(self.words)
        line = line.rstrip() if self.is_pre else _collapsed(line)
        self.words.clear()
        if not line:
            if force and not self.is_apart and self.lines:
                self.lines.append("")
            return
        if self.is_apart and self.lines and self.lines[-1]:
            self.lines.append("")
        self.is_apart = False
        if self.marker:
            line, self.marker = f"{self.indent}{self.marker}{line}", ""
        elif self.lists and self.indent:
            line = f"{self.indent}   {line}"
        self.lines.append(line)

    def apart(self) -> None:
        """A blank line before what follows."""
        self.flush()
        self.is_apart = True

    def element(self, element: Any, depth: int) -> None:
        """What an element shows, without the text behind it."""
        self.count.elements += 1
        if depth > MAX_DEPTH or self.count.elements > MAX_ELEMENTS:
            raise TooLarge
        tag = element.tag
        if not isinstance(tag, str) or tag in _UNSHOWN or _is_hidden(element):
            return
        how = _HOW.get(tag, _Flow.inside)
        how(self, element, depth)

    def line_break(self, _element: Any, _depth: int) -> None:
        self.flush(force=True)

    def block(self, element: Any, depth: int) -> None:
        if self.words:
            self.flush()
        self.inside(element, depth)
        if self.words:
            self.flush()

    def paragraph(self, element: Any, depth: int) -> None:
        is_line = (element.get("class") or "").startswith("Mso") or _NO_MARGIN.search(
            element.get("style") or ""
        )
        if self.words:
            self.flush()
        self.is_apart = self.is_apart or not is_line
        self.inside(element, depth)
        if self.words:
            self.flush()
        self.is_apart = self.is_apart or not is_line

    def rule(self, _element: Any, _depth: int) -> None:
        self.flush()
        self.words.append("_" * 32)
        self.flush()

    def inside(self, element: Any, depth: int) -> None:
        """The text and the elements in `element`."""
        if text := element.text:
            if self.is_pre:
                self.text(text)
            else:
                self.words.append(text)
        for child in element:
            self.element(child, depth + 1)
            if child.tail:
                self.text(child.tail)

    def pre(self, element: Any, depth: int) -> None:
        self.flush()
        before, self.is_pre = self.is_pre, True
        self.inside(element, depth)
        self.flush()
        self.is_pre = before

    def listing(self, element: Any, depth: int) -> None:
        if self.lists:
            self.flush()
        else:
            self.apart()
        start = element.get("start") or "1"
        self.lists.append(int(start) if start.isdecimal() and len(start) < 7 else 1)
        if element.tag == "ul":
            self.lists[-1] = None
        before, self.indent = self.indent, "    " * (len(self.lists) - 1) + " "
        self.inside(element, depth)
        self.flush()
        self.lists.pop()
        self.indent = before
        if not self.lists:
            self.apart()

    def item(self, element: Any, depth: int) -> None:
        self.flush()
        number = self.lists[-1] if self.lists else None
        self.marker = " * " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1
        self.inside(element, depth)
        self.flush()
        self.marker = ""

    def quotation(self, element: Any, depth: int) -> None:
        """Quoted mail: its lines with a mark; what is only set in has none."""
        if _INDENTED.search(element.get("style") or ""):
            self.block(element, depth)
            return
        self.flush()
        quoted = _Flow(self.count)
        quoted.inside(element, depth)
        found = quoted.finished()
        while found and not found[-1]:
            found.pop()
        if found and self.is_apart and self.lines and self.lines[-1]:
            self.lines.append("")
        self.is_apart = self.is_apart and not found
        self.lines += [f">{line}" if line[:1] in {">", ""} else f"> {line}" for line in found]

    def table(self, element: Any, depth: int) -> None:
        """Data in columns, or places on the page one below the other."""
        self.flush()
        self.has_table = True
        rows: list[list[list[str]]] = []
        is_layout = self.cells(element, depth, rows)
        found = _blocks(rows) if is_layout else _columns(rows)
        is_apart, self.is_apart = self.is_apart, bool(found) and not found[-1]
        while found and not found[-1]:
            found.pop()
        if found and is_apart and self.lines and self.lines[-1]:
            self.lines.append("")
        self.is_apart = self.is_apart or (is_apart and not found)
        self.lines += found

    def cells(self, element: Any, depth: int, rows: list[list[list[str]]]) -> bool:
        """Add the cells in `element` to `rows`, each as lines; True if some only place things."""
        is_layout = False
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in _UNSHOWN or _is_hidden(child):
                continue
            if tag in _ROWS:
                if depth > MAX_DEPTH:
                    raise TooLarge
                if tag == "tr" or not rows:
                    rows.append([])
                is_layout = self.cells(child, depth + 1, rows) or is_layout
                continue
            if not rows:
                rows.append([])
            if not len(child):  # most cells of data hold a few words alone
                self.count.elements += 1
                word = _collapsed(child.text or "")
                rows[-1].append([word] if word else [])
                is_layout = is_layout or len(word) > LAYOUT_CELL
                continue
            cell = _Flow(self.count)
            cell.element(child, depth + 1)
            content = cell.finished()
            rows[-1].append(content)
            is_layout = is_layout or cell.has_table or sum(map(len, content)) > LAYOUT_CELL
        return is_layout


_HOW = {
    "br": _Flow.line_break, "table": _Flow.table, "ul": _Flow.listing, "ol": _Flow.listing,
    "li": _Flow.item, "blockquote": _Flow.quotation, "hr": _Flow.rule, "pre": _Flow.pre,
    "listing": _Flow.pre, "xmp": _Flow.pre, "plaintext": _Flow.pre,
    **dict.fromkeys(_APART, _Flow.paragraph), **dict.fromkeys(_BLOCKS, _Flow.block),
}  # fmt: skip


def _collapsed(line: str) -> str:
    """`line` with each run of white space one space."""
    if "\n" in line or "  " in line or "\t" in line or "\r" in line or "\f" in line:
        line = _WHITE.sub(" ", line)
    return line.strip(" ")


def _is_hidden(element: Any) -> bool:
    names = element.keys()
    if not names:
        return False
    if "hidden" in names:
        return True
    style = element.get("style")
    if not style or ":" not in style:
        return False
    if _HIDDEN.search(style):
        return True
    # Nothing in it may have a size again, as the places of a responsive layout have.
    return _NO_SIZE.search(style) is not None and not any(
        "font" in (inside.get("style") or "") for inside in element.iterdescendants()
    )


def _blocks(rows: list[list[list[str]]]) -> list[str]:
    """The cells of a table that only places things, below each other, long ones apart."""
    found: list[str] = []
    for row in rows:
        for cell in row:
            if len(cell) > 1 and found and found[-1]:
                found.append("")
            found += cell
            if len(cell) > 1:
                found.append("")
    return found


def _columns(rows: list[list[list[str]]]) -> list[str]:
    """The cells of a data table, side by side, each column as wide as its widest cell."""
    widths: list[int] = []
    for row in rows:
        for number, cell in enumerate(row):
            width = min(max(map(len, cell), default=0), MAX_COLUMN)
            if number == len(widths):
                widths.append(width)
            widths[number] = max(widths[number], width)
    found: list[str] = []
    for row in rows:
        for at in range(max(map(len, row), default=0)):
            pieces = [
                (cell[at] if at < len(cell) else "").ljust(width)
                for cell, width in zip(row, widths, strict=False)
            ]
            found.append("  ".join(pieces).rstrip())
    return found
