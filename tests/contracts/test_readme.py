"""What the README shows is true: its examples work as they stand there."""

import asyncio
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import cli, config, trackers
from gateway.understanding import Understanding

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DATA = ROOT / "data"


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found is not None, f"the README has no example {name}"
    return found[1]


def reading_with(overlay: Path, raw: bytes) -> object:
    return Understanding(DATA, overlay, "America/New_York").read(raw).reading


def test_the_example_of_a_source_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    alert = shutil.copy(DATA / "sources" / "alert.toml", tmp_path / "sources")
    raw = (
        b"From: Watcher <beat@heartbeat.example>\r\nSubject: HEARTBEAT LOST edge-17\r\n\r\n"
        b"edge-17 has not been heard of for ten minutes.\r\n"
    )
    assert reading_with(tmp_path, raw).source != "alert"
    with Path(alert).open("a", encoding="utf-8") as file:
        file.write("\n" + example("source"))
    assert reading_with(tmp_path, raw).source == "alert"


def test_the_example_of_a_service_is_found_in_mail(tmp_path: Path) -> None:
    raw = (
        b"From: Jo <jo@college.example>\r\nSubject: OPAC\r\n\r\n"
        b"The library catalogue is down, nobody can renew a loan.\r\n"
    )
    (tmp_path / "services").mkdir()
    assert "library" not in reading_with(tmp_path, raw).services
    (tmp_path / "services" / "library.toml").write_text(example("service"), encoding="utf-8")
    assert reading_with(tmp_path, raw).services == ("library",)


def test_the_example_of_a_tracker_is_loaded_by_its_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "board.py").write_text(example("tracker"), encoding="utf-8")
    monkeypatch.setattr(trackers, "__path__", [*trackers.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "gateway.trackers.board", raising=False)
    (board,) = trackers.load({"board": {}})
    now = datetime.now(UTC)
    ticket = trackers.TicketView(
        key="TG-1", title="ID.me is down", text="", state="new", event="outage", services=(),
        severity="critical", reach="all", people=None, hampered="blocked", windows=(),
        created_at=now, updated_at=now,
    )  # fmt: skip
    assert asyncio.run(board.put(ticket)) == "TG-1"
    assert asyncio.run(board.check()) == "1 cards"


def test_the_example_of_a_configuration_loads() -> None:
    (block,) = [b for b in re.findall(r"```toml\n(.*?)```", README, re.DOTALL) if "addresses" in b]
    settings = config.load(text=block)
    assert settings.authserv == ("mx.example.org",)


def test_every_call_in_the_table_is_a_command() -> None:
    known = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    known |= {group.name for group in cli.app.registered_groups}
    calls = set(re.findall(r"`triage ([\w-]+)", README))
    assert calls - known == set()


def test_every_file_of_the_map_is_there() -> None:
    house = re.search(r"## The rooms\n\n```\n(.*?)\nclassifiers/", README, re.DOTALL)
    assert house is not None
    named = re.findall(r"(?:^  |   )([a-z_]+(?:\.py|/))", house[1], re.MULTILINE)
    missing = [name for name in named if not (ROOT / "gateway" / name).exists()]
    assert missing == []
