"""Strangers' words in a Markdown document are shown, and never obeyed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gateway.markdown import JOINER, Markdown, plain, quoted

RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render
EVIL = [
    "# Heading", "| a | b |", "[click](https://evil.example)", "![x](https://evil.example/p.png)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "`code`", "**bold** _em_ ~~s~~",
    "1. one", "- item", "> quote", "[x]: https://evil.example", "[^1]", "a\n\n# b", "&lt;b&gt;",
    "\\[x](y)", "line\r\n\r\n---\r\n", "---", "    indented", "<https://evil.example>", "$x$",
    "``` ```", "[x][y]", "\u202egnitset",
]  # fmt: skip


def shown(html: str) -> set[str]:
    """The tags of it."""
    return set(re.findall(r"<(/?[a-z0-9]+)", html))


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_a_title_is_markup(text: str) -> None:
    assert shown(RENDER(f"{plain(text)}\n")) <= {"p", "/p"}
    assert shown(RENDER(f"- a {plain(text)} b\n")) == {"ul", "/ul", "li", "/li"}
    row = RENDER(f"| a | b |\n|---|---|\n| {plain(text)} | end |\n")
    assert row.count("<td>") == 2
    assert "<td>end</td>" in row


@settings(max_examples=60)
@given(st.text())
def test_no_text_at_all_is_markup(text: str) -> None:
    said = plain(text)
    assert "\n" not in said
    assert shown(RENDER(f"x {said} y\n")) == {"p", "/p"}
    assert shown(RENDER(f"{said}\n")) <= {"p", "/p"}


@given(st.text(alphabet="ab <>|#*_[]()`!&@.1-", max_size=30))
def test_every_word_of_it_is_still_to_be_read(text: str) -> None:
    html = RENDER(f"x {plain(text)} y")
    read = re.sub("<[^>]*>", "", html).replace(JOINER, "")
    for escape, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        read = read.replace(escape, sign)
    assert " ".join(read.split()) == " ".join(f"x {text} y".split())


@pytest.mark.parametrize(
    ("text", "acts"),
    [("ask @octocat now", "@octocat"), ("fixes #12", "#12"), ("closes GH-12", "GH-12"),
     ("see https://evil.example", "https://"), ("at www.evil.example", "www."),
     ("ann@people.example", "ann@people"), ("merge !7", "!7"), ("@org/team", "@org")],
)  # fmt: skip
def test_nobody_is_mentioned_and_nothing_is_linked(text: str, acts: str) -> None:
    html = RENDER(plain(text))
    assert acts not in re.sub("<[^>]*>", "", html) or acts == "!7"
    assert plain("/close this").startswith("\\")


def test_what_is_markdown_already_is_left_as_it_is() -> None:
    assert plain(Markdown("**x**")) == "**x**"
    assert plain(plain("a*b")) == plain("a*b") == "a\\*b"


def test_a_text_of_several_lines_is_quoted_line_by_line() -> None:
    assert quoted("# one\n\n- two") == "> \\# one\n>\n> \\- two"
