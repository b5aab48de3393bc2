"""Every file of data/sources keeps the contract: a new file is tested without a test edit."""

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from classifiers.contract import Document, Source
from classifiers.sources import find_source, load_sources

DATA = Path(__file__).parents[2] / "data"
FILES = sorted((DATA / "sources").glob("*.toml"))
FORMS = load_sources(DATA, None)


def test_every_source_has_its_file():
    assert {file.stem for file in FILES} == set(get_args(Source))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_source_says_what_it_tells_and_whether_it_is_answered(file: Path):
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    assert table["tells"].strip()
    assert table["answers"]["to"] in {"from", "reply_to", "never"}


def test_machines_are_never_answered():
    answered = {form.word for form in FORMS if form.answers_to != "never"}
    assert answered == {"stakeholder", "signin_help"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.word)
def test_a_source_can_be_told_by_its_form(form):
    assert form.default or form.signatures
    names = [signature.name for signature in form.signatures]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.word)
def test_a_person_who_only_writes_prose_is_no_machine(form):
    seen = Document(
        subject="lunch", text="See you at noon.", reply_text="See you at noon.",
        from_address="kit.moss@office.example",
    )  # fmt: skip
    assert (find_source(FORMS, seen).form.word == form.word) == form.default


def test_what_a_person_passes_on_is_theirs():
    inside = "***** Nagios *****\nNotification Type: PROBLEM\nService: HTTP\nState: CRITICAL"
    seen = Document(
        subject="FW: ** PROBLEM Service Alert: web1/HTTP is CRITICAL **",
        text=f"please look\n\n{inside}", reply_text="please look", forwarded_text=inside,
        from_address="kit.moss@office.example",
    )  # fmt: skip
    assert find_source(FORMS, seen).form.word == "stakeholder"


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ("X-PagerDuty-Account", "alert"),
        ("X-Sentry-Project", "error_tracker"),
        ("X-ServiceNow-Generated", "service_desk"),
        ("X-Slack-Signature", "chat_relay"),
        ("X-SFDC-User", "contact_center"),
        ("X-Medallia-Id", "survey"),
        ("X-Sprout-Id", "social"),
        ("X-Autoreply", "other"),
    ],
)
def test_the_header_of_a_program_tells_its_source(header: str, source: str):
    seen = Document(
        subject="INC0012345" if source == "service_desk" else "hello",
        text="hello", headers=((header, "x"),), from_address="someone@office.example",
    )  # fmt: skip
    assert find_source(FORMS, seen).form.word == source


def write(folder: Path, name: str, text: str) -> None:
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / name).write_text(text, encoding="utf-8")


def test_another_organization_replaces_a_source_by_a_file_of_its_name(tmp_path: Path):
    write(
        tmp_path, "survey.toml",
        '[answers]\nto = "reply_to"\nlanguage = "es"\n\n'
        "[[signature]]\nname = \"Rivertown\"\nsubject = ['^Opinion \\d+']\n",
    )  # fmt: skip
    forms = load_sources(DATA, tmp_path)
    seen = Document(subject="Opinion 12", text="hm", from_address="a@b.example")
    form = find_source(forms, seen).form
    assert (form.word, form.answers_to, form.language) == ("survey", "reply_to", "es")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("carrier.toml", "", "no source is called carrier"),
        ("survey.toml", "event = 'fire'", "event: one of"),
        ("survey.toml", "[answers]\nto = 'all'", "answers.to"),
        ("survey.toml", "[[signature]]\nname = 'x'\nsubject = ['(']", "not a regular expression"),
        ("survey.toml", "[[signature]]\nname = 'x'", "looks at nothing"),
        ("survey.toml", "[[signature]]\nname = 'x'\nsubjects = ['a']", "did you mean subject"),
        ("survey.toml", "default = true", "exactly one file"),
        ("survey.toml", "nonsense", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_remedy(
    tmp_path: Path, name: str, text: str, complaint: str
):
    write(tmp_path, name, text)
    with pytest.raises(ValueError, match=complaint) as raised:
        load_sources(DATA, tmp_path)
    assert str(tmp_path) in str(raised.value)
