"""Links to our pages and reply addresses: sealed for one reader, and known again by us alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.letters.links import Links

KEY = b"k" * 32
OURS = "triage@gateway.example"


@pytest.fixture(scope="module")
def links() -> Links:
    return Links(KEY, OURS, "https://news.example/")


def test_a_token_leads_to_its_reader_and_hides_who_that_is(links: Links) -> None:
    token = links.token("Ada@People.example")
    assert links.reader(token) == "ada@people.example"
    assert "ada" not in token.lower()
    assert token == links.token("ada@people.example") != links.token("bob@people.example")
    assert links.ways("ada@people.example").manage == f"https://news.example/news/mine/{token}"


def test_the_token_of_another_gateway_leads_nowhere(links: Links) -> None:
    foreign = Links(b"j" * 32, OURS)
    assert links.reader(foreign.token("ada@people.example")) is None
    assert links.number_of(foreign.new_request()) is None


@given(st.integers(0, 70), st.sampled_from("AZaz09-_"))
def test_a_token_that_was_changed_leads_nowhere(at: int, letter: str) -> None:
    links = Links(KEY, OURS)
    token = links.token("ada@people.example")
    changed = token[:at] + letter + token[at + 1 :]
    assert changed == token or links.reader(changed) is None


@given(st.text(max_size=300))
def test_what_strangers_write_is_no_token(text: str) -> None:
    links = Links(KEY, OURS)
    assert links.reader(text) is links.number_of(text) is links.reader_in(text) is None


def test_a_token_is_found_among_the_words_of_a_subject(links: Links) -> None:
    token = links.token("ada@people.example")
    assert links.reader_in(f"Re: unsubscribe {token}") == "ada@people.example"


def test_a_request_fits_a_reply_address_whatever_servers_do_to_its_case(links: Links) -> None:
    token = links.new_request()
    address = links.reply_address(token)
    assert len(address.partition("@")[0]) <= 64
    assert links.confirmed_at(address.upper()) == links.number_of(token) == token[:16]
    forged = address.replace("+c-", "+c-0" if address[9] != "0" else "+c-1")
    assert links.confirmed_at(forged) is None
    assert links.confirmed_at("triage+k7w2m5@gateway.example") is None


def test_without_a_page_there_are_only_ways_by_mail() -> None:
    links = Links(KEY, OURS)
    ways = links.ways("ada@people.example")
    token = links.token("ada@people.example")
    assert ways.unsubscribe_mail == f"mailto:{OURS}?subject=unsubscribe%20{token}"
    assert ways.manage == ways.unsubscribe == links.page == links.confirm_page("x") == ""
