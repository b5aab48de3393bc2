"""What the organization publishes of itself."""

from pathlib import Path

import pytest

from classifiers import load_house, load_published

DATA = Path(__file__).parents[3] / "data"


def test_the_shipped_file_has_the_help_lines_in_the_form_that_is_compared() -> None:
    published = load_published(DATA, None)
    assert "8006982411" in published
    assert load_house(DATA).published == published


def test_an_overlay_replaces_it(tmp_path: Path) -> None:
    text = 'phones = ["+1 (202) 555-0173"]\naddresses = ["Help@Agency.example"]\n'
    (tmp_path / "published.toml").write_text(text, encoding="utf-8")
    assert load_published(DATA, tmp_path) == {"2025550173", "help@agency.example"}


def test_a_number_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "published.toml").write_text('phones = ["911"]\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"published\.toml: phones"):
        load_published(DATA, tmp_path)
