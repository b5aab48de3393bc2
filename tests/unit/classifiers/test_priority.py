"""What is to be done, by the first rule that fits; and what a file of rules may not say."""

from pathlib import Path
from typing import Any

import pytest

from classifiers import House, Labels, load_house

DATA = Path(__file__).parents[3] / "data"
RULES = """
scale = ["critical", "high", "medium", "low", "planned", "none"]
[dispositions]
now = "now"
later = "later"
[words.smoke]
phrases = ["smoke ... room"]
but_not = ["drill"]
"""
ALL = '[[rule]]\nname = "all"\ndisposition = "later"\nwhy = "so"\n'


@pytest.fixture(scope="module")
def house() -> House:
    return load_house(DATA)


def loaded(folder: Path, rules: str) -> House:
    (folder / "priority.toml").write_text(RULES + rules, encoding="utf-8")
    return load_house(DATA, folder)


def rule(name: str, when: str, disposition: str = "now") -> str:
    head = f'[[rule]]\nname = "{name}"\nwhen = {{ {when} }}\n'
    return f'{head}disposition = "{disposition}"\nwhy = "w"\n'


@pytest.mark.parametrize(
    ("labels", "disposition", "name"),
    [
        (Labels("critical", "outage", services=("idme",)), "fix_now", "signing in is down"),
        (Labels("critical", "outage", services=("vbms",)), "fix_now", "critical"),
        (Labels("high", "outage", owner="vbms"), "hand_off", "high, of another team"),
        (Labels("high", "outage", owner="platform", ours=True), "fix_now", "high, at the platform"),
        (Labels("high", "outage"), "fix_now", "high"),
        (Labels("low", "access_problem", "one"), "answer_only", "one person's access"),
        (Labels("low", "access_problem", "some", 5), "backlog", "everything else"),
        (Labels("none", "question"), "answer_only", "a question"),
        (Labels("planned", "maintenance", "all"), "keep", "planned work"),
        (Labels("medium", "degradation", owner="bgs"), "hand_off", "medium, of another team"),
        (Labels("medium", "degradation"), "backlog", "everything else"),
    ],
)
def test_the_shipped_rules_decide_as_the_first_user_does(
    house: House, labels: Labels, disposition: str, name: str
) -> None:
    decided = house.priority.decide(labels)
    assert (decided.disposition, decided.rule) == (disposition, name)
    assert decided.why


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("I can see another Veteran’s prescriptions in my account.", ("another_person",)),
        ("When I open it, someone else's name and address show up.", ("another_person",)),
        ("Veo los datos de otra persona en mi cuenta.", ("another_person",)),
        ("Passwords of our users were leaked on a forum.", ("intrusion",)),
        ("Our gateway was hacked last night.\nPII was exposed.", ("another_person", "intrusion")),
        ("No PII was exposed, it was only slow.", ()),
        ("Nobody can see someone else's data.", ()),
        ("This year's training: what to do after a data breach.", ()),
        ("I uploaded my file on behalf of another veteran's widow.", ()),
        ("My own records are missing.", ()),
    ],
)
def test_words_of_a_breach_are_seen_and_denials_of_one_are_not(
    house: House, text: str, signs: tuple[str, ...]
) -> None:
    assert set(house.priority.signs("", text)) == set(signs)


@pytest.mark.parametrize(
    ("word", "officer"), [("another_person", "privacy_officer"), ("intrusion", "security_officer")]
)
def test_an_officer_comes_before_everything_and_is_told(
    house: House, word: str, officer: str
) -> None:
    decided = house.priority.decide(Labels("low", "access_problem", "one", words=(word,)))
    worst = house.priority.decide(Labels("critical", "outage", "all", 90_000))
    assert (decided.disposition, decided.tell) == (officer, officer)
    assert decided.priority > worst.priority
    assert house.priority.decide(Labels("none", "noise", words=(word,))).disposition == "keep"


def test_severity_comes_first_and_then_how_many(house: House) -> None:
    rank = house.priority.rank
    order = [
        rank("critical", "one", None), rank("high", "all", None), rank("high", "many", None),
        rank("high", "some", 99), rank("high", "some", 12), rank("high", "unknown", None),
        rank("low", "all", 2**31), rank("none", "unknown", None),
    ]  # fmt: skip
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == len(order)


def test_the_first_rule_that_fits_decides_and_every_condition_counts(tmp_path: Path) -> None:
    both = rule("both", 'event = ["outage"], people_from = 10, needs_review = false')
    rules = loaded(tmp_path, both + rule("one", 'event = ["outage", "info"]', "later") + ALL)
    decide = rules.priority.decide
    assert decide(Labels("low", "outage", people=10)).rule == "both"
    assert decide(Labels("low", "outage", people=9)).rule == "one"
    assert decide(Labels("low", "outage", people=10, needs_review=True)).rule == "one"
    assert decide(Labels("low", "info")).rule == "one"
    assert decide(Labels("low", "noise")).rule == "all"


def test_words_may_stand_apart_in_one_sentence(tmp_path: Path) -> None:
    signs = loaded(tmp_path, rule("s", 'words = ["smoke"]') + ALL).priority.signs
    assert signs("There is smoke in the server room!") == ("smoke",)
    assert signs("Smoke alarm. The room is fine.") == ()
    assert signs("A drill: smoke fills the room") == ()


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (rule("x", 'event = ["outrage"]') + ALL, 'rule "x": when.event: outrage is none of outage'),
        (rule("x", 'severity = ["worst"]') + ALL, "worst is none of critical, high"),
        (rule("x", 'services = ["nope"]') + ALL, "when.services: nope is none of"),
        (rule("x", 'owner = ["nobody"]') + ALL, "when.owner: nobody is none of"),
        (rule("x", 'words = ["fire"]') + ALL, "when.words: fire is none of smoke"),
        (rule("x", "evnt = []") + ALL, "when.evnt: unknown key: did you mean event?"),
        (rule("x", "event = []") + ALL, "the list is empty"),
        (rule("x", 'people_from = "ten"') + ALL, "when.people_from: a whole number is needed"),
        (rule("x", "ours = 1") + ALL, "when.ours: true or false is needed"),
        (rule("x", 'event = ["info"]', "soon") + ALL, "disposition: soon is none of now, later"),
        (rule("x", 'event = ["info"]'), "the last rule must fit all"),
        (ALL + rule("x", 'event = ["info"]') + ALL, 'it is never asked: "all"'),
        (rule("all", 'event = ["info"]') + ALL, '"all" stands twice'),
        (ALL.replace("why", 'tell = "x"\nwhy'), "tell: no owner x is in"),
        ("", "the last rule must fit all"),
    ],
)
def test_a_mistake_is_told_with_the_file_the_rule_the_key_and_what_is_allowed(
    tmp_path: Path, rules: str, told: str
) -> None:
    with pytest.raises(ValueError, match=r"priority\.toml: ") as error:
        loaded(tmp_path, rules)
    assert told in str(error.value)


def test_another_organization_with_a_catalogue_of_its_own_needs_no_rules_of_its_own(
    tmp_path: Path,
) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "own.toml").write_text(
        '[[service]]\nid = "library"\nname = "Library"\n', encoding="utf-8"
    )
    house = load_house(DATA, tmp_path)
    assert house.priority.decide(Labels("critical", "outage", services=("library",))).disposition
    assert house.owners.of(["library"]) is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "a", "name": "A", "services": ["nope"]}, "no service nope is in the catalogue"),
        ({"id": "A team", "name": "A"}, "A team is no word"),
        ({"id": "a", "name": "A", "addresses": ["team"]}, "team is no address"),
        ({"id": "a", "name": "A", "adress": ["x@y"]}, "unknown key: did you mean addresses?"),
        ({"id": "a"}, "name: a text is needed"),
    ],
)
def test_an_owner_that_cannot_be_is_told(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    lines = "".join(f"{key} = {value!r}\n" for key, value in row.items())
    (tmp_path / "owners.toml").write_text(f"[[owner]]\n{lines}", encoding="utf-8")
    (tmp_path / "priority.toml").write_text(RULES + ALL, encoding="utf-8")
    with pytest.raises(ValueError, match=r"owners\.toml: ") as error:
        load_house(DATA, tmp_path)
    assert told in str(error.value)


def test_a_service_has_one_owner(tmp_path: Path, house: House) -> None:
    owner = house.owners.of(["vis", "idme", "vbms"])
    assert owner is not None
    assert (owner.id, house.owners.of(["vis"])) == ("identity", None)
    (tmp_path / "owners.toml").write_text(
        '[[owner]]\nid = "a"\nname = "A"\nservices = ["idme"]\n'
        '[[owner]]\nid = "b"\nname = "B"\nservices = ["idme"]\n',
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="idme is owned by a already"):
        load_house(DATA, tmp_path)


def test_words_that_a_window_never_explains_must_exist_where_the_organization_wrote_both(
    tmp_path: Path,
) -> None:
    shipped = loaded(tmp_path, ALL).maintenance.never
    assert shipped == frozenset(), "the shipped file's groups are not this organization's"
    (tmp_path / "windows.toml").write_text('confidence = 0.8\nnever = ["smok"]\n')
    with pytest.raises(ValueError, match=r"windows\.toml: never: no words smok .*known are smoke"):
        loaded(tmp_path, ALL)
