"""`triage doctor` on the domain that sends, asked of a real DNS server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import sending_domain
from gateway.config import (
    AnswerSettings,
    DkimSettings,
    RelaySettings,
    Settings,
    TrustSettings,
)
from gateway.doctor import _try
from gateway.outbox.signing import Key, new_key
from tests.integration.knot import Knot, running_knot, text

pytestmark = pytest.mark.needs_server("knot")
RELAY = "8.8.4.4"  # any address that is nobody's private one


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Key, Path]]:
    folder = tmp_path_factory.mktemp("dkim")
    return {
        name: (new_key("good.example", name, folder / f"{name}.pem", ed=name == "ed"),
               folder / f"{name}.pem")
        for name in ("now", "ed", "other", "gone", "none")
    }  # fmt: skip


@pytest.fixture(scope="module")
def knot(keys: dict[str, tuple[Key, Path]]) -> Iterator[Knot]:
    all_ = "v=spf1 ip4:8.8.4.4 -all"
    records = {
        "good.example": [text(all_)],
        "_dmarc.good.example": [text("v=DMARC1; p=reject; rua=mailto:d@good.example")],
        "now._domainkey.good.example": [text(keys["now"][0].record)],
        "ed._domainkey.good.example": [text(keys["ed"][0].record)],
        "other._domainkey.good.example": [text(keys["now"][0].record)],
        "gone._domainkey.good.example": [text("v=DKIM1; p=")],
        "relay.good.example": [f"A {RELAY}"],
        "4.4.8.8.in-addr.arpa": ["PTR relay.good.example."],
        "lost.good.example": ["A 1.1.1.1"],
        "odd.good.example": ["A 9.9.9.9"],
        "9.9.9.9.in-addr.arpa": ["PTR somewhere.example."],
        "open.example": [text("v=spf1 +all")],
        "_dmarc.open.example": [text("v=DMARC1; p=maybe")],
        "soft.example": [text("v=spf1 ip4:192.0.2.1 ?all")],
        "_dmarc.soft.example": [text("v=DMARC1; p=none"), text("v=DMARC1; p=reject")],
        "twice.example": [text(all_), text("v=spf1 -all")],
        "_dmarc.strict.example": [text("v=DMARC1; p=none; aspf=s; adkim=s")],
    }
    with running_knot(records) as knot:
        yield knot


def settings(
    knot: Knot, domain: str, *, relay: str = "relay.good.example", **more: object
) -> Settings:
    return Settings(
        store="sqlite:///unused.db",
        addresses=(f"triage@{domain}",),
        relay=RelaySettings(url=f"smtps://{relay}"),
        trust=TrustSettings(resolvers=(f"{knot.host}:{knot.port}",)),
        **more,  # type: ignore[arg-type]
    )


def found(asked: Settings) -> dict[str, tuple[bool, str]]:
    """What each check says, by the first word of its part; the relay's TLS is tried elsewhere."""
    checks: list[tuple[str, Callable[[], str]]] = list(sending_domain.checks(asked))
    said = [(part, _try(part, check)) for part, check in checks if "TLS" not in part]
    return {part.partition(" ")[2]: (one.is_well, one.detail) for part, one in said}


def test_a_domain_as_it_should_be_is_well(knot: Knot, keys: dict[str, tuple[Key, Path]]) -> None:
    both = tuple(
        DkimSettings(domain="good.example", selector=name, key_file=keys[name][1])
        for name in ("now", "ed")
    )
    asked = settings(knot, "good.example", dkim=both)
    said = [_try(part, check) for part, check in sending_domain.checks(asked) if "TLS" not in part]
    assert [one.part.partition(" ")[0] for one in said] == ["SPF", "DKIM", "DKIM", "DMARC", "PTR"]
    assert [one.is_well for one in said] == [True] * 5
    assert said[0].detail == f"the record is sound and names the relay, {RELAY}"
    assert said[3].detail == "p=reject; our letters are aligned by SPF and DKIM"


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        ("other", "another key is published than the one we sign with"),
        ("gone", "the key is withdrawn"),
        ("none", 'is not in the DNS: publish TXT "v=DKIM1; k=rsa; p='),
    ],
)
def test_a_key_that_is_not_the_published_one_is_found_out(
    knot: Knot, keys: dict[str, tuple[Key, Path]], selector: str, says: str
) -> None:
    one = DkimSettings(domain="good.example", selector=selector, key_file=keys[selector][1])
    is_well, detail = found(settings(knot, "good.example", dkim=(one,)))[
        f"{selector}._domainkey.good.example"
    ]
    assert not is_well
    assert says in detail


@pytest.mark.parametrize(
    ("domain", "spf", "dmarc"),
    [
        ("open.example", "anybody may send", "p= is missing or odd"),
        ("soft.example", "refuses nobody", "has 2 DMARC records"),
        ("twice.example", "has 2 SPF records", "has no DMARC record"),
        ("bare.example", "has no SPF record", "has no DMARC record"),
    ],
)
def test_what_is_wrong_with_a_domain_is_said_with_its_remedy(
    knot: Knot, domain: str, spf: str, dmarc: str
) -> None:
    checks = {
        part.partition(" ")[0]: _try(part, check)
        for part, check in sending_domain.checks(settings(knot, domain))
        if "TLS" not in part
    }
    assert not checks["SPF"].is_well
    assert spf in checks["SPF"].detail
    assert not checks["DMARC"].is_well
    assert dmarc in checks["DMARC"].detail
    assert checks["DKIM"].is_well
    assert "not signed here" in checks["DKIM"].detail


def test_letters_that_are_not_aligned_are_found_out(knot: Knot) -> None:
    answers = AnswerSettings(sender="news@strict.example")
    is_well, detail = found(settings(knot, "good.example", answers=answers))["strict.example"]
    assert not is_well
    assert "sign as strict.example" in detail


@pytest.mark.parametrize(
    ("relay", "says"),
    [("lost.good.example", "has no PTR record"), ("odd.good.example", "does not lead back")],
)
def test_a_relay_without_a_name_that_leads_back_is_found_out(
    knot: Knot, relay: str, says: str
) -> None:
    asked = settings(knot, "good.example", relay=relay)
    checks = [_try(part, check) for part, check in sending_domain.checks(asked) if "PTR" in part]
    assert [(one.is_well, says in one.detail) for one in checks] == [(False, True)]


def test_a_dns_that_does_not_answer_is_said_to_be_silent(knot: Knot) -> None:
    silent = settings(knot, "good.example").model_copy(
        update={"trust": TrustSettings(resolvers=("127.0.0.1:1",))}
    )
    checks = [_try(part, check) for part, check in sending_domain.checks(silent) if "SPF" in part]
    assert "the DNS does not answer" in checks[0].detail
