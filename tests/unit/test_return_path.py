"""Return paths: one a letter, known again in any case, and nobody else can make one."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.doors.smtp_path import parse_path
from gateway.incidents.threads import tokens
from gateway.letters import ReturnPaths
from gateway.letters.return_path import Found
from gateway.model import Message, belongs_to

PATHS = ReturnPaths(b"k" * 32, "triage@gateway.example")
ELSEWHERE = ReturnPaths(b"other key", "triage@gateway.example")


def test_a_return_path_is_an_address_of_ours_that_was_never_used_before() -> None:
    one, two = PATHS.new(), PATHS.new()
    assert one != two
    assert belongs_to(one, "triage@gateway.example")
    assert parse_path(f"<{one}>") == (one, "")
    assert tokens(Message(raw_sha256=""), [one]) == []


def test_a_return_path_is_known_again_in_any_case() -> None:
    path = PATHS.new()
    assert PATHS.among([path.upper(), "ann@people.example"]) == Found((path,))


def test_what_others_signed_is_forged() -> None:
    assert PATHS.among([ELSEWHERE.new()]) == Found(forged=True)


@given(st.integers(0, 200), st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyz-+"))
def test_no_changed_return_path_is_taken_for_genuine(place: int, sign: str) -> None:
    path = PATHS.new()
    begin = path.index("+b-") + 3
    at = begin + place % (path.index("@") - begin)
    changed = path[:at] + sign + path[at + 1 :]
    assert (PATHS.among([changed]).genuine == ()) is (changed != path)


@given(st.text(max_size=120))
def test_other_addresses_are_no_return_paths(text: str) -> None:
    assert PATHS.among([text, f"triage+{text}@gateway.example"]).genuine == ()
