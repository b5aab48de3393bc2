"""A catalogue's names are tried: what is read as another service's is told, with its remedy."""

from pathlib import Path

import pytest

from classifiers.collisions import find_collisions
from classifiers.rulebook import Rulebook

DATA = Path(__file__).parents[3] / "data"


def findings(folder: Path, *rows: str) -> list[tuple[str, str, str, bool]]:
    (folder / "services").mkdir()
    text = "\n".join(f"[[service]]\n{row}\n" for row in rows)
    (folder / "services" / "own.toml").write_text(text, encoding="utf-8")
    found = find_collisions(Rulebook(DATA, folder))
    return [(one.service, one.name, one.problem, one.risk) for one in found]


@pytest.mark.parametrize("organization", ["", "isp", "hospital", "university", "city"])
def test_the_shipped_catalogues_have_no_collision(organization: str):
    overlay = DATA / "corpus" / "catalogues" / organization if organization else None
    assert [one for one in find_collisions(Rulebook(DATA, overlay)) if not one.risk] == []


def test_a_name_of_two_services_is_told_for_both(tmp_path: Path):
    found = findings(
        tmp_path,
        'id = "library"\nname = "Library"\naliases = ["OPAC"]',
        'id = "archive"\nname = "Archive"\naliases = ["Opac"]',
    )
    assert ("library", "OPAC", "archive has this name too", False) in found
    assert ("archive", "Opac", "library has this name too", False) in found


def test_a_name_that_is_read_as_another_service_is_told(tmp_path: Path):
    found = findings(
        tmp_path,
        'id = "meals"\nname = "Meal plans"\naliases = ["card office"]',
        'id = "cards"\nname = "Cards"\naliases = ["card office is down"]',
    )
    assert ("meals", "card office", "it is read as cards", False) in found


def test_a_name_without_a_word_is_told(tmp_path: Path):
    found = findings(tmp_path, 'id = "www"\nname = "Website"\naliases = ["www.town.example"]')
    assert ("www", "www.town.example", "it has no word in it", False) in found


def test_services_that_need_each_other_are_told(tmp_path: Path):
    found = findings(
        tmp_path,
        'id = "radius"\nname = "Radius"\ndepends_on = ["campusnet"]',
        'id = "campusnet"\nname = "Campus network"\ndepends_on = ["radius"]',
    )
    assert [one[:3] for one in found if not one[3]] == [
        ("campusnet", "campusnet", "it needs itself in the end"),
        ("radius", "radius", "it needs itself in the end"),
    ]


def test_an_everyday_word_and_a_near_name_are_risks(tmp_path: Path):
    found = findings(
        tmp_path,
        'id = "intranet"\nname = "Intranet"\naliases = ["portal"]',
        'id = "internet"\nname = "Internet"',
    )
    assert ("intranet", "portal", "it is a word of every day", True) in found
    assert ("internet", "internet", "it is nearly intranet, a name of intranet", True) in found
    assert all(risk for *_, risk in found)
