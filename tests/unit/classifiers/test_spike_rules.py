"""`data/spikes.toml`: what it may say, and what is told where it is wrong."""

from pathlib import Path

import pytest

from classifiers.spikes import load_spikes
from gateway.config import shipped

SHIPPED = (shipped("data") / "spikes.toml").read_text()


def test_the_shipped_rules_can_be_used() -> None:
    found = load_spikes(shipped("data"), None, frozenset({"idme", "mhv", "own"}))
    assert set(found.usual) == {"idme", "mhv"}  # those of the catalogue in use
    assert len(found.hours) == 168
    assert sum(found.hours) == pytest.approx(1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [('"signin_help"', '"sign_in"', "sources: sign_in is no source"),
     ("at_least = 5", "at_least = 0", "at_least: a number from 1"),
     ("restlessness = 0.03", "restlessness = 3", "restlessness: a number from 0 to 1"),
     ("default = 4", "default = 0", r"usual\.default"),
     ("weekday = [4,", "weekday = [", r"hours\.weekday: a list of 24"),
     ("at_least", "at_leest", "did you mean at_least")],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SHIPPED
    (tmp_path / "spikes.toml").write_text(SHIPPED.replace(old, new))
    with pytest.raises(ValueError, match=told):
        load_spikes(shipped("data"), tmp_path, frozenset())
