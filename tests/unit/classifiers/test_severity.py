from pathlib import Path

import pytest

from classifiers.severity import load_severity

DATA = Path(__file__).parents[3] / "data"


@pytest.mark.parametrize(
    ("event", "reach", "hampered", "word"),
    [
        ("outage", "all", "blocked", "critical"),
        ("outage", "many", "blocked", "critical"),
        ("degradation", "some", "blocked", "high"),
        ("degradation", "some", "partial", "medium"),
        ("degradation", "unknown", "unknown", "medium"),
        ("degradation", "all", "none", "low"),
        ("access_problem", "one", "blocked", "low"),
        ("maintenance", "all", "blocked", "planned"),
        ("cancelled", "unknown", "none", "planned"),
        ("resolved", "all", "blocked", "none"),
        ("noise", "unknown", "unknown", "none"),
    ],
)
def test_severity_is_reach_by_hampered(event, reach, hampered, word):
    assert load_severity(DATA, None).of(event, reach, hampered) == word


def test_a_site_ranks_on_its_own_scale(tmp_path: Path):
    shipped = (DATA / "severity.toml").read_text(encoding="utf-8")
    (tmp_path / "severity.toml").write_text(shipped.replace('"critical"', '"P1"'), encoding="utf-8")
    assert load_severity(DATA, tmp_path).of("outage", "all", "blocked") == "P1"


def test_an_empty_cell_is_named(tmp_path: Path):
    shipped = (DATA / "severity.toml").read_text(encoding="utf-8")
    text = shipped.replace('[table.one]\nnone = "low"', "[table.one]")
    (tmp_path / "severity.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"table\.one\.none: a text is needed"):
        load_severity(DATA, tmp_path)
