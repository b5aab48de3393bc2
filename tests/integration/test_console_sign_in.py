"""Signing in by a letter and by an OpenID provider, as browsers do it."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlmodel import select
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleRoles, ConsoleSettings, OidcSettings, RelaySettings, Settings
from gateway.console import site
from gateway.console.pages import sign_in
from gateway.store.tables import LetterRow
from tests.integration.oidc_provider import Provider, oidc_provider

ORIGIN = "http://127.0.0.1:8025"


def opened(folder: Path, console: ConsoleSettings) -> Gateway:
    return Gateway(
        Settings(
            store=f"sqlite:///{folder / 'store.db'}",
            console=console,
            relay=RelaySettings(url="smtp://127.0.0.1:1"),
        )
    )


def browser(gateway: Gateway) -> TestClient:
    assert gateway.settings.console is not None
    app = site.make(gateway.desk(), gateway.settings.console)
    return TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN}, follow_redirects=False)


# --- by a letter --------------------------------------------------------------------------------


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr(sign_in, "_asks", sign_in._Asks())
    roles = ConsoleRoles(triager=("tri@house.example",))
    with opened(tmp_path, ConsoleSettings(roles=roles)) as made:
        yield made


def letters(gateway: Gateway) -> list[str]:
    with gateway.database.read() as session:
        rows = session.exec(select(LetterRow).order_by(LetterRow.id)).all()  # type: ignore[arg-type]
    found = [message_from_bytes(row.raw, policy=default) for row in rows]
    return [one.get_content() for one in found]


def test_a_link_is_mailed_to_an_address_that_has_a_role(gateway: Gateway) -> None:
    client = browser(gateway)
    answer = client.post("/sign-in?to=/search", data={"address": "Tri@House.example"})
    (text,) = letters(gateway)
    link = re.search(r"http://\S+", text)
    assert link is not None
    assert client.get(link[0]).status_code == 200
    entered = client.post(link[0])
    assert entered.headers["location"] == "/search"
    assert "tri@house.example" in client.get("/").text
    nobody = client.post("/sign-in?to=/search", data={"address": "nobody@evil.example"})
    assert nobody.text == answer.text
    assert len(letters(gateway)) == 1


def test_no_address_is_flooded_with_links(gateway: Gateway) -> None:
    client = browser(gateway)
    for _ in range(8):
        client.post("/sign-in", data={"address": "tri@house.example"})
    assert len(letters(gateway)) == 5


def test_who_asks_too_often_is_told(gateway: Gateway) -> None:
    client = browser(gateway)
    found = [client.post("/sign-in", data={"address": f"{n}@x.example"}) for n in range(11)]
    assert [one.status_code for one in found] == [200] * 10 + [429]


# --- by a provider ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc_provider() as found:
        yield found


@pytest.fixture
def trusting(tmp_path: Path, provider: Provider) -> Iterator[TestClient]:
    provider.claims = {"sub": "7", "email": "ann@house.example", "groups": ["triage", "other"]}
    provider.spoil, provider.signs_with = {}, provider.key
    oidc = OidcSettings(
        issuer=provider.issuer, client_id="desk", triager=("triage",), administrator=("boss",)
    )
    with opened(tmp_path, ConsoleSettings(oidc=oidc)) as made:
        yield browser(made)


def come_back(client: TestClient) -> httpx.Response:
    begun = client.get("/oidc/begin?to=/search")
    assert begun.status_code == 303, begun.text
    there = httpx.get(begun.headers["location"])
    return client.get(there.headers["location"].removeprefix(ORIGIN))


def test_a_provider_signs_people_in(trusting: TestClient) -> None:
    answer = come_back(trusting)
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")
    page = trusting.get("/").text
    assert "ann@house.example" in page
    assert 'title="triager: who is signed in"' in page


def test_who_has_no_role_is_told_so(trusting: TestClient, provider: Provider) -> None:
    provider.claims = {"sub": "7", "email": "eve@house.example", "groups": ["other"]}
    answer = come_back(trusting)
    assert answer.status_code == 403
    assert "gives you no role" in answer.text
    assert trusting.get("/").status_code == 303


@pytest.mark.parametrize(
    "spoil",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "old"}, {"exp": 1}],
)
def test_a_token_that_is_not_for_us_signs_nobody_in(
    trusting: TestClient, provider: Provider, spoil: dict[str, object]
) -> None:
    provider.spoil = spoil
    assert come_back(trusting).status_code == 502
    assert trusting.get("/").status_code == 303


def test_a_token_of_another_key_signs_nobody_in(trusting: TestClient, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(trusting).status_code == 502


def test_what_another_browser_began_is_not_finished_here(
    trusting: TestClient, provider: Provider
) -> None:
    begun = trusting.get("/oidc/begin")
    there = httpx.get(begun.headers["location"])
    trusting.cookies.clear()
    back = trusting.get(there.headers["location"].removeprefix(ORIGIN))
    assert back.status_code == 502
    assert "begun elsewhere" in back.text
