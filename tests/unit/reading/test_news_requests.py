"""Requests for news by mail: understood in two languages, and no report is taken for one."""

import pytest

from gateway.reading.lists.news_requests import Names, Request, request_in

NAMES = Names(
    {"idme": "ID.me", "logingov": "Login.gov", "vet360": "VA Profile (formerly Vet360)",
     "lhb": "Lighthouse Benefits", "lhf": "Lighthouse Facilities"},
    {"idme": ["ID me", "IDme"], "logingov": ["Login gov"], "lhb": ["Lighthouse"],
     "lhf": ["Lighthouse"]},
)  # fmt: skip


def asked(subject: str, text: str = "") -> Request | None:
    return request_in(subject, text, NAMES, "Ada Muster ada people example")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("subscribe idme", Request("subscribe", ("idme",))),
        ("SUBSCRIBE ID.me, Login.gov", Request("subscribe", ("idme", "logingov"))),
        ("Please subscribe me to ID me", Request("subscribe", ("idme",))),
        ("subscribe to ID me and VA Profile", Request("subscribe", ("idme", "vet360"))),
        ("subscribe idme only outages weekly",
         Request("subscribe", ("idme",), "outages", "weekly")),
        ("Suscribir idme mantenimiento diario",
         Request("subscribe", ("idme",), "maintenance", "daily", language="es")),
        ("Suscripción a Login.gov", Request("subscribe", ("logingov",), language="es")),
        ("unsubscribe", Request("unsubscribe")),
        ("Unsubscribe all", Request("unsubscribe")),
        ("unsubscribe idme", Request("unsubscribe", ("idme",))),
        ("Darme de baja", Request("unsubscribe", language="es")),
        ("Baja de ID.me, por favor", Request("unsubscribe", ("idme",), language="es")),
        ("Cancelar suscripción", Request("unsubscribe", language="es")),
        ("list", Request("list")),
        ("lista", Request("list", language="es")),
        ("Help!", Request("help")),
        ("Ayuda", Request("help", language="es")),
        ("subscribe", Request("subscribe")),
    ],
)  # fmt: skip
def test_a_line_is_understood_as_subject_and_as_first_line(
    line: str, wanted: Request | None
) -> None:
    assert asked(line) == wanted
    assert asked("(no subject)", f"\n{line}\n\nAda Muster\n") == wanted
    assert asked(f"Re: {line} [TG-17]") == wanted


def test_an_unknown_name_is_met_with_what_may_be_meant() -> None:
    found = asked("subscribe idmee")
    assert found is not None
    (unknown,) = found.unknown
    assert (unknown.word, unknown.near) == ("idmee", ("ID.me (idme)",))
    several = asked("subscribe lighthouse")
    assert several is not None
    assert set(several.unknown[0].near) == {
        "Lighthouse Benefits (lhb)",
        "Lighthouse Facilities (lhf)",
    }
    assert asked("subscribe zzz") is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Help", "I cannot sign in to ID.me since this morning, it says error 500."),
        ("Ayuda", "No puedo iniciar sesión con ID.me desde esta mañana, por favor."),
        ("help me sign in", ""),
        ("Subscribe button on the claims page does not work", ""),
        ("Unsubscribe link in your letter leads to an empty page", ""),
        ("list of claims is empty", ""),
        ("Listing", ""),
        ("subscribe form broken", "The form for news shows an error when I press the button."),
        ("subscriptions are not loading for many users", ""),
        ("ID.me is down", "Nobody here can sign in."),
        ("Helpdesk", ""),
        ("", ""),
        ("Help", "ID.me is down"),
        ("help", "Login.gov broken"),
        ("HELP!!", "cannot log in"),
        ("Re: help", "still down"),
        ("", "help\nVA Profile is slow"),
        ("", "Help\nThanks,\nLogin.gov"),
        ("help", "Thanks,\nAda Muster\nnothing works"),
        ("Ayuda", "Todo caído"),
        ("list", "see the screenshot"),
        ("Fwd: help", ""),
        ("FW: Help", "Please see below."),
        ("RV: ayuda", ""),
        ("Fwd: unsubscribe", ""),
        ("Fwd: subscribe idme", "FYI"),
        ("Unsubscribe fails", ""),
        ("unsubscribe button broken", ""),
        ("subscribe idme broken", ""),
        ("subscribe idmee", "It is down."),
        ("alta disponibilidad perdida en el servidor de ID.me", "Todo caído."),
    ],
)
def test_a_report_stays_a_report(subject: str, text: str) -> None:
    assert asked(subject, text) is None


@pytest.mark.parametrize(
    "text",
    ["", "Thanks!", "Hello,", "Kind regards,\nAda Muster", "Ada", "Thank you\nA. N. Other",
     "Sent from my iPhone", "Muchas gracias,\nAda"],
)  # fmt: skip
def test_a_greeting_and_a_name_are_no_report(text: str) -> None:
    assert asked("help", text) == Request("help")


def test_a_report_around_a_request_is_read() -> None:
    for subject, text in (
        ("unsubscribe", "ID.me is down"),
        ("ID.me is down", "unsubscribe"),
        ("", "unsubscribe\nIt is broken."),
    ):
        found = asked(subject, text)
        assert found is not None
        assert found.says_more, (subject, text)


def test_a_request_with_a_report_below_says_that_there_is_more_to_read() -> None:
    found = asked("", "unsubscribe idme\nBy the way, Login.gov has been down for an hour here.")
    assert found == Request("unsubscribe", ("idme",), says_more=True)
    assert asked("unsubscribe", "Thank you,\nAda Muster") == Request("unsubscribe")


def test_a_line_without_end_is_no_request() -> None:
    assert asked("subscribe " + "idme " * 10_000) is None
    assert asked("unsubscribe " + "x" * 100_000) is None
