from hypothesis import given
from hypothesis import strategies as st

from classifiers.words import cut, fold, plain


def test_contractions_are_written_out():
    assert plain("can't cant cannot won’t isn't I'm it's they've") == (
        ["can", "not"] * 3 + ["will", "not", "is", "not", "i", "am", "it", "is", "they", "have"]
    )


def test_possessives_hyphens_and_accents_fall_away():
    assert plain("BGS's sign-in está CAÍDO") == ["bgs", "sign", "in", "esta", "caido"]


def test_addresses_are_no_mentions():
    assert plain("see https://www.va.gov/x or mail help@va.gov now") == ["see", "or", "mail", "now"]


def test_form_numbers_and_thousands_stay_whole():
    assert plain("10-10EZ, 21P-527EZ and 1,204 users") == (
        ["10", "10ez", ",", "21p", "527ez", "and", "1,204", "users"]
    )


@given(st.text())
def test_folding_keeps_every_letter_in_its_place(text: str):
    assert len(fold(text)) == len(text)


@given(st.text())
def test_words_stand_where_they_say(text: str):
    folded = fold(text)
    row = cut(folded)
    places = row.places
    assert len(places) == len(row.words)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
