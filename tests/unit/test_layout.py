"""Tables fold between words on a terminal, and are plain lines in a pipe."""

from io import StringIO

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from classifiers import Evidence, Reading
from gateway.layout import Column, Facts, Framed, Table
from gateway.model import Message
from gateway.shown import reading
from gateway.understanding import Understood

TITLE = "Nobody can sign in with Login.gov since nine this morning, and it is getting worse"
WORDS = set(TITLE.split())


def printed(what: RenderableType, width: int | None) -> list[str]:
    """On a terminal of that width, or for None into a pipe."""
    out = StringIO()
    console = Console(
        file=out, force_terminal=width is not None, width=width or 1_000_000, no_color=True,
        highlight=False, markup=False, legacy_windows=False,
    )  # fmt: skip
    console.print(what)
    return [line.rstrip() for line in out.getvalue().replace("\x1b[1m", "")
            .replace("\x1b[0m", "").splitlines()]  # fmt: skip


@pytest.fixture
def table() -> Table:
    made = Table("ref", "state", Column("services", folds=True, rank=1), Column("mails", rank=3),
                 Column("title", folds=True), Column("opened", rank=2))  # fmt: skip
    made.add_row("TG-1", "investigating", "logingov", "12", TITLE, "2026-11-24 23:13 EST")
    made.add_row("TG-2", "new", "-", "1", "Down", "2026-11-24 23:14 EST")
    return made


@pytest.mark.parametrize("width", [50, 60, 72, 80, 100, 200])
def test_no_word_is_broken_and_no_line_is_too_long(table: Table, width: int) -> None:
    lines = printed(table, width)
    assert all(len(line) <= width for line in lines)
    assert {word for line in lines for word in line.split()} >= {"investigating", *WORDS}


def test_what_matters_less_makes_room_first(table: Table) -> None:
    heads = {width: printed(table, width)[0].split() for width in (200, 80, 72, 50)}
    assert heads[200] == ["ref", "state", "services", "mails", "title", "opened"]
    assert heads[80] == ["ref", "state", "services", "title", "opened"]
    assert heads[72] == ["ref", "state", "services", "title"]
    assert heads[50] == ["ref", "state", "title"]


def test_a_pipe_gets_a_line_a_row_with_everything_on_it(table: Table) -> None:
    head, one, other = printed(table, None)
    assert head.split() == ["ref", "state", "services", "mails", "title", "opened"]
    assert one == f"TG-1  investigating  logingov  12     {TITLE}  2026-11-24 23:13 EST"
    assert other.index("Down") == one.index(TITLE)


@pytest.mark.parametrize("width", [80, None])
def test_strangers_words_paint_nothing_and_stay_in_their_row(width: int | None) -> None:
    table, facts = Table("a", Column("b", folds=True)), Facts()
    hostile = "[bold]x[/bold]\x1b[31m\u202e\ny"
    table.add_row("1", Text(hostile, style="bold red"))
    facts.add_row("subject", hostile)
    said = "\n".join(printed(Framed(hostile, table, facts), width))
    assert said.count("[bold]x[/bold]\N{MIDDLE DOT}[31m\N{MIDDLE DOT} y") == 3
    assert "\u202e" not in said


def test_a_frame_is_for_terminals_only() -> None:
    assert printed(Framed("TG-1", Text("a"), Text("b")), None) == ["TG-1", "", "a", "", "b", ""]
    on_screen = printed(Framed("TG-1", Text("a"), Text("b")), 20)
    assert "TG-1" in on_screen[0]
    assert all(len(line) == 20 for line in on_screen)


def test_a_reading_tells_each_reason_once_and_no_endless_subject() -> None:
    said = [Evidence(0, 7, "is down", "said to be down", "subject")] * 3
    understood = Understood(
        Message(raw_sha256="", subject="VBMS is down " * 900),
        Reading(event="outage", evidence={"event": (*said, Evidence(0, 4, "VBMS", "named"))}),
    )
    lines = printed(reading("a.eml", understood, "UTC"), None)
    (event,) = [line for line in lines if line.startswith("event")]
    assert (event.count("is down"), "'VBMS' (named)" in event) == (1, True)
    assert max(map(len, lines)) < 400
