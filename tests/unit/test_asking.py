"""Asking back: only for what is needed to rank a report, once; the answer fills it in."""

from collections.abc import Iterator

import pytest

from gateway.incidents.asking import error_in
from gateway.model import Message
from tests.unit.test_pipeline import Desk, mail, open_desk, plain

BARE = "The claims page is broken for us.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield from open_desk(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")


def test_only_what_is_missing_is_asked_and_only_once(desk: Desk, who: str) -> None:
    known = "Login.gov is down since 9am. 40 people cannot sign in at all: error 503.\n"
    desk.take(
        mail(who, "Login.gov", known), mail(f"b{who}", "Login.gov is down", "Login.gov is down.\n")
    )
    everything, something = (plain(desk.letters_to(one)[0]) for one in (who, f"b{who}"))
    assert "If you can tell us" not in everything
    assert "since when" in something
    assert "exact words of the error message" in something
    assert "which services" not in something
    desk.take(
        mail(
            f"b{who}", "Re: x", "Hm.\n", References=f"<{desk.letters_to(f'b{who}')[0].message_id}>"
        )
    )
    assert len(desk.letters_to(f"b{who}")) == 1


def test_it_is_asked_in_the_senders_language(desk: Desk, who: str) -> None:
    body = "Login.gov no funciona. Nadie puede entrar con su cuenta, es un problema de todos.\n"
    desk.take(mail(who, "Login.gov no funciona", body))
    assert "desde cuándo" in plain(desk.letters_to(who)[0])


@pytest.mark.parametrize(
    ("body", "reach", "people", "since"),
    [
        ("about 40 of us, since 9am, error 503 on the claims page\n", "some", 40, True),
        ("About 40.\n", "some", 40, False),
        ("40 of us\n", "some", 40, False),
        ("250 users, I think\n", "many", 250, False),
    ],
)
def test_an_answer_fills_in_what_was_missing(
    desk: Desk, who: str, body: str, reach: str, people: int, since: bool
) -> None:
    (row,) = desk.take(mail(who, "Claims", BARE, Message_ID=f"<1.{who}>"))
    before = desk.ticket(row).summary.ticket
    assert (before.reach, before.people) == ("unknown", None)
    (letter,) = desk.letters_to(who)
    fields = {"In_Reply_To": f"<{letter.message_id}>", "Date": "Wed, 25 Nov 2026 10:00:00 -0500"}
    desk.take(mail(who, "Re: Claims", body, **fields))
    after = desk.ticket(row).summary.ticket
    assert (after.reach, after.people, bool(after.windows)) == (reach, people, since)
    assert "what was missing is told" in [line.what for line in desk.ticket(row).history]


def test_whoever_says_that_it_is_over_is_not_asked_what_the_error_was(desk: Desk, who: str) -> None:
    desk.take(mail(who, "Login.gov", "Login.gov is down. Nobody can sign in.\n"))
    desk.take(mail(f"b{who}", "Login.gov", "Login.gov works again, all of us can sign in.\n"))
    (letter,) = desk.letters_to(f"b{who}")
    assert "the problem is over" in plain(letter)
    assert "do not know yet" not in plain(letter)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('I get "You aren\'t authorized to use this".', "You aren't authorized to use this"),
        (
            "ERROR SAYS CONTACT YOUR ADMINISTRATOR. EVERYONE ELSE IS FINE",
            "CONTACT YOUR ADMINISTRATOR",
        ),
        ("It has been throwing 500s for an hour.", "throwing 500s"),
        ("It says 'file too big, try again' each time.", "file too big, try again"),
        ("It says it isn't working and can't load.", ""),
        ("We got 512 calls.", ""),
    ],
)
def test_the_words_of_an_error_are_known_as_people_write_them(text: str, error: str) -> None:
    assert error_in(Message(raw_sha256="", text=text, reply_text=text)) == error
