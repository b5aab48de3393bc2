"""Every classifier keeps the contract of its room: never raises, is pure, shows its words."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import LABELS, Classifier, Document, Reading, load
from gateway.reading import read
from gateway.understanding import document_of

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "data" / "samples").glob("*.eml"))
CLASSIFIERS: dict[str, Classifier] = {"rules": load(ROOT / "data")}
DOCUMENTS = [document_of(read(file.read_bytes())) for file in SAMPLES]

TEXTS = st.text(max_size=300)


@pytest.fixture(params=CLASSIFIERS)
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return CLASSIFIERS[request.param]


def must_be_sound(reading: Reading, document: Document) -> None:
    places = {"text": document.text, "subject": document.subject}
    for label, found in reading.evidence.items():
        assert label in LABELS
        for evidence in found:
            assert evidence.why
            shown = places[evidence.field][evidence.start : evidence.end]
            assert shown == evidence.text, "a span in the text or the subject, or empty"
    assert all(0 <= sure <= 1 for sure in reading.confidence.values())
    assert all(w.end is None or w.end > w.start for w in reading.windows)
    assert reading.doubts or not reading.needs_review, "a person should look, but why?"


@pytest.mark.parametrize("document", DOCUMENTS, ids=[file.stem for file in SAMPLES])
def test_a_reading_of_ordinary_mail_is_sound_and_shows_its_words(
    classifier: Classifier, document: Document
) -> None:
    reading = classifier.read(document)
    must_be_sound(reading, document)
    if reading.event not in {"info", "noise", "question"}:
        assert reading.evidence.get("event"), "an event without the words that led to it"


@pytest.mark.parametrize("document", DOCUMENTS, ids=[file.stem for file in SAMPLES])
def test_the_same_document_gives_the_same_reading(
    classifier: Classifier, document: Document
) -> None:
    first = classifier.read(document)
    for other in DOCUMENTS[:3]:
        classifier.read(other)
    assert classifier.read(replace(document)) == first


@settings(max_examples=60, deadline=None)
@given(subject=TEXTS, text=TEXTS, header=TEXTS, is_auto=st.booleans())
def test_no_document_makes_one_raise(subject: str, text: str, header: str, is_auto: bool) -> None:
    document = Document(
        subject=subject, text=text, reply_text=text, headers=(("X-Any", header),), is_auto=is_auto
    )
    for classifier in CLASSIFIERS.values():
        must_be_sound(classifier.read(document), document)
