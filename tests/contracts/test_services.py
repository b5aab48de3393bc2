"""Every row of data/services keeps the contract: a new service is tested without a test edit."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc

import classifiers
from classifiers import Document
from classifiers.passages import read_passages
from classifiers.services import Catalogue, load_catalogue

DATA = Path(__file__).parents[2] / "data"
NLP = spacy.blank("en")
CATALOGUE = load_catalogue(NLP.vocab, DATA, None)
SERVICES = list(CATALOGUE.services.values())
SHIPPED = classifiers.load(DATA)


def named(catalogue: Catalogue, text: str) -> list[str]:
    passages = read_passages(Document(text=text))
    doc = Doc(NLP.vocab, words=passages.words)
    return [mention.id for mention in catalogue.mentions(doc, passages)]


def test_the_catalogue_knows_a_hundred_services():
    assert len(SERVICES) == 100
    assert sum(service.kind == "tracked" for service in SERVICES) == 72


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_has_a_name_features_and_known_needs(service):
    assert service.name
    assert service.features
    assert set(service.depends_on) <= set(CATALOGUE.services)
    assert service.id not in service.depends_on


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_field_with_its_id_names_it(service):
    text = (
        f"Service: {service.id}\nStatus: Triggered\nUrgency: High\nOpened On: today\n\nIt is down."
    )
    seen = Document(subject="[FIRING:1] Down", text=text, from_address="alertmanager@ops.example")
    assert service.id in SHIPPED.read(seen).services


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_every_name_of_a_service_is_found(service):
    for alias in service.aliases:
        found = named(CATALOGUE, f"The thing is {alias}.")
        assert found, alias


@pytest.mark.parametrize(
    "text",
    ["The benefits office", "Global warming", "we search for it", "an appointment", "es un dia",
     "the sc and the nod", "a coe of some vis"],
)  # fmt: skip
def test_everyday_words_are_no_services_that_are_down(text: str):
    whole = f"{text} is on my mind. VBMS is down."
    assert SHIPPED.read(Document(text=whole, reply_text=whole)).services == ("vbms",)


@pytest.mark.parametrize(
    ("written", "service"),
    [("Ebenifits", "ebenefits"), ("My Healthy Vet", "mhv"), ("MyHealtheVet", "mhv"),
     ("logingov", "logingov"), ("Login gov", "logingov"), ("ID me", "idme"), ("DSLogon", "dslogon"),
     ("va-profile", "vet360"), ("VANotify", "va_notify"), ("vacolls", ""), ("VBMS's", "vbms")],
)  # fmt: skip
def test_spellings_of_a_name(written: str, service: str):
    assert named(CATALOGUE, f"{written} again") == ([service] if service else [])


def test_another_organization_brings_its_own_services(tmp_path: Path):
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "va.toml").write_text(
        '[[service]]\nid = "payroll"\nname = "Payroll"\naliases = ["PayDay"]\n', encoding="utf-8"
    )
    classifier = classifiers.load(DATA, tmp_path)
    text = "PayDay is down. So is VBMS."
    assert classifier.read(Document(text=text, reply_text=text)).services == ("payroll",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[service]]\nname = "x"', "id: a text is needed"),
        ('[[service]]\nid = "x"\nname = "x"\n' * 2, "x stands twice"),
        ('[[service]]\nid = "x"\nname = "x"\ndepends_on = ["y"]', "no service y"),
        ('[[service]]\nid = "x"\nname = "x"\nkind = "z"', "tracked"),
        ('[[service]]\nid = "x"\nname = "x"\nalias = ["z"]', "did you mean aliases"),
        ('[[service]]\nid = "x"\nname = "x"\naliases = "z"', "a list of texts is needed"),
        ("service = 1", "tables are needed"),
    ],
)
def test_a_wrong_row_is_named_with_its_remedy(tmp_path: Path, text: str, complaint: str):
    (tmp_path / "services").mkdir()
    file = tmp_path / "services" / "zz.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as raised:
        load_catalogue(NLP.vocab, DATA, tmp_path)
    assert str(file) in str(raised.value)
