"""A part of each scripted night, taken in by the real way: grouped well, and nothing wrongly.

`python -m tests.night` has the figures of the whole ones.
"""

from pathlib import Path

import pytest

from tests.night.measure import run
from tests.night.script import FOLDER, scenes

NIGHTS = {"va": (0.94, 0.3), "city": (0.94, 1.0)}  # the least F1, and the share of people


@pytest.mark.parametrize("name", NIGHTS)
def test_a_night_is_grouped_and_nothing_is_merged_wrongly(name: str, tmp_path: Path) -> None:
    least, share = NIGHTS[name]
    data = FOLDER / name
    found, _ = run(scenes(name, share=share), tmp_path, data if data.is_dir() else None)
    assert found.wrong == 0
    assert found.f1 >= least


def test_a_night_is_the_same_each_time_and_large_enough() -> None:
    found = scenes("va")
    assert found == scenes("va")
    assert len(found) >= 300
    assert len({one.truth for one in found if not one.truth.startswith("alone")}) >= 8
