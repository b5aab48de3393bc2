"""The folder: each ticket a file, whole or not there, and no markup of strangers alive in it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Permanent, Temporary
from gateway.trackers import TicketView
from gateway.trackers.folder import Settings, make, page
from tests.contracts.trackers.bench import TICKET


def put(folder: Path, ticket: TicketView = TICKET) -> Path:
    name = asyncio.run(make(Settings(path=folder)).put(ticket))
    assert name
    return folder / name


def front(text: str) -> dict[str, Any]:
    start, _, rest = text.partition("---\n")
    assert start == ""
    lines = rest.partition("---\n")[0].splitlines()
    return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in lines)}


def test_the_front_matter_carries_the_labels(tmp_path: Path) -> None:
    found = front(put(tmp_path).read_text(encoding="utf-8"))
    assert found == {
        "ref": "TG-17",
        "title": "Nobody can sign in",
        "state": "new",
        "event": "outage",
        "services": ["logingov"],
        "severity": "major",
        "reach": "all",
        "people": None,
        "hampered": "blocked",
        "windows": [{"start": "2026-11-03T09:00:00Z", "end": None}],
        "created_at": "2026-11-03T09:30:00+00:00",
        "updated_at": "2026-11-03T09:30:00+00:00",
    }


def test_the_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    assert put(tmp_path / "a" / "b").is_file()


def test_an_unchanged_ticket_is_not_written_again(tmp_path: Path) -> None:
    file = put(tmp_path)
    before = file.stat()
    put(tmp_path)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_changed_file_is_another_one_so_that_readers_see_a_whole_one(tmp_path: Path) -> None:
    file = put(tmp_path)
    with file.open(encoding="utf-8") as reading:
        put(tmp_path, replace(TICKET, state="resolved"))
        assert front(reading.read())["state"] == "new"
    assert front(file.read_text(encoding="utf-8"))["state"] == "resolved"
    assert [one.name for one in tmp_path.iterdir()] == ["TG-17.md"]


def test_what_a_crash_left_half_written_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / ".TG-17.md.new").write_text("---\nref: half", encoding="utf-8")
    put(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["TG-17.md"]


def test_the_mail_cannot_leave_its_fence() -> None:
    text = page(replace(TICKET, text="a\n~~~~~\n# big\n<script>\n~~~\nb"))
    lines = text.splitlines()
    fences = [n for n, line in enumerate(lines) if line.startswith("~~~~~~")]
    assert len(fences) == 2
    assert lines[fences[0] + 1 : fences[1]] == ["a", "~~~~~", "# big", "<script>", "~~~", "b"]


def test_a_title_cannot_break_out_of_front_matter_or_heading(tmp_path: Path) -> None:
    evil = 'a"\n---\n\n# b <img src="x"> [c](http://d.example)\x1b[31m\u202e'
    text = put(tmp_path, replace(TICKET, title=evil)).read_text(encoding="utf-8")
    assert front(text)["title"] == 'a" --- # b <img src="x"> [c](http://d.example)[31m'
    heading = next(line for line in text.splitlines() if line.startswith("# TG-17: "))
    assert '\\<img src\\="x"\\> \\[c\\](http\u2060://d.example)\\[31m' in heading


@pytest.mark.parametrize("key", ["../TG-1", "", ".hidden", "a/b", "TG-1\n"])
def test_a_key_that_is_no_file_name_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(Permanent, match="cannot be the name of a file"):
        put(tmp_path / "board", replace(TICKET, key=key))
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_for_a_person(tmp_path: Path) -> None:
    wrong = tmp_path / "board"
    wrong.write_text("a file", encoding="utf-8")
    with pytest.raises(Permanent, match="make it a folder"):
        put(wrong)
    with pytest.raises(Permanent, match="no folder"):
        asyncio.run(make(Settings(path=wrong)).check())


def test_a_full_disk_is_temporary_and_harms_nothing(tmp_path: Path) -> None:
    file = put(tmp_path)
    before = file.read_bytes()
    (tmp_path / ".TG-17.md.new").symlink_to("/dev/full")
    with pytest.raises(Temporary, match="No space left"):
        put(tmp_path, replace(TICKET, state="resolved"))
    assert file.read_bytes() == before
