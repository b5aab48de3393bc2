"""What list managers ask and tell, and what people write that sounds like it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.reading import read

SET = Path(__file__).parents[2] / "reading_sets" / "list_notices.toml"
MAILS = tomllib.loads(SET.read_text())["mail"]


@pytest.mark.parametrize("mail", MAILS, ids=[f"{n}-{one['kind']}" for n, one in enumerate(MAILS)])
def test_a_notice_is_known_with_its_list_and_how_it_is_confirmed(mail: dict[str, Any]) -> None:
    message = read(mail["raw"].lstrip("\n").encode())
    notice = message.list_notice
    assert (notice.kind if notice else "") == mail["kind"]
    if notice is None:
        return
    assert message.is_auto, "nobody answers it by himself"
    assert notice.list == mail["list"]
    if "to" in mail:
        assert notice.mail_to.lower() == mail["to"].lower()
    if "link" in mail:
        assert notice.link == mail["link"]


def confirmed_by(name: str) -> tuple[str, str]:
    """Subject and body of the letter that confirms the request of that subject."""
    (mail,) = [one for one in MAILS if f"\nSubject: {name}" in one["raw"]]
    notice = read(mail["raw"].lstrip("\n").encode()).list_notice
    assert notice is not None
    return notice.mail_subject, notice.mail_body


def test_the_letter_that_confirms_says_what_the_manager_waits_for() -> None:
    assert confirmed_by("confirm 482913\n\nSomebody") == ("confirm 482913", "")
    assert confirmed_by("Command confirmation request") == (
        "Re: Command confirmation request (7A3F19C2)", "OK CONFIRM 7A3F19C2",
    )  # fmt: skip
    assert confirmed_by("Confirmation for subscribe") == (
        "", "auth 5d6e7f80 subscribe cranes triage@gateway.example",
    )  # fmt: skip
    assert confirmed_by("Ecartis")[1].splitlines() == [
        "// job", "appsub pulleys triage@gateway.example 4A5B6C7D:0001.1234abcd", "// eoj",
    ]  # fmt: skip
