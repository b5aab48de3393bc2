"""The pages for readers of our news: a GET shows, a POST acts, and a stranger learns nothing."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleSettings, Settings
from gateway.console.web import Console
from gateway.incidents import subscribers
from gateway.incidents.subscribers import Choice, Consent
from gateway.serving import news_pages
from gateway.store.tables import LetterRow, NewsRequestRow

ADA = "ada@people.example"
CONSOLE = ConsoleSettings(url="https://news.example")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    settings = Settings(store=store, addresses=("triage@gateway.example",), console=CONSOLE)
    with Gateway(settings) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> TestClient:
    app = Console(CONSOLE, gateway.standing.status, None, news_pages(gateway, CONSOLE)).app
    return TestClient(app, base_url="https://news.example")


@pytest.fixture
def token(gateway: Gateway) -> str:
    with gateway.database.transaction() as session:
        subscribers.welcome_back(session, ADA)
        subscribers.unsubscribe(session, ADA)
        subscribers.subscribe(session, ADA, Choice(("idme", "vbms")), Consent("page"))
    return gateway.links.token(ADA)


def gets(gateway: Gateway, address: str = ADA) -> list[str]:
    with gateway.database.read() as session:
        return [row.service for row in subscribers.of(session, address)]


def refused(gateway: Gateway) -> bool:
    with gateway.database.read() as session:
        return bool(subscribers.refused(session, [ADA]))


def request_token(gateway: Gateway, address: str) -> str:
    with gateway.database.read() as session:
        (row,) = session.exec(select(LetterRow).where(LetterRow.recipient == address)).all()
    found = re.search(r"\+c-([0-9a-z-]{30})@", row.raw.decode())
    assert found
    return found[1]


def test_whoever_subscribes_by_page_is_asked_back_and_confirms_there(
    client: TestClient, gateway: Gateway
) -> None:
    assert "Subscribe" in client.get("/news").text
    form = {"address": "New@people.example", "service": ["idme", "nonesuch"], "wants": "outages",
            "digest": "weekly", "lang": "en"}  # fmt: skip
    assert "Look into your mailbox" in client.post("/news/", data=form).text
    assert gets(gateway, "new@people.example") == []
    page = f"/news/confirm/{request_token(gateway, 'new@people.example')}"
    for _ in range(2):  # a scanner opens every link
        assert "Do you want our news?" in client.get(page).text
    assert gets(gateway, "new@people.example") == []
    assert "You will get our news" in client.post(page).text
    assert gets(gateway, "new@people.example") == ["idme"]
    assert "You will get our news" in client.get(page).text


def test_a_stranger_is_told_the_same_whoever_subscribes(client: TestClient, token: str) -> None:
    asked = {"service": "idme", "lang": "en"}
    pages = [
        client.post("/news/", data=asked | {"address": ADA}).text,
        client.post("/news/", data=asked | {"address": "nobody@people.example"}).text,
        client.post("/news/", data=asked | {"address": ADA}).text,  # asked back already
        client.post("/news/link", data={"address": ADA, "lang": "en"}).text,
        client.post("/news/link", data={"address": "nobody@people.example", "lang": "en"}).text,
        client.post("/news/link", data={"address": "no address", "lang": "en"}).text,
    ]
    assert len(set(pages)) == 1


@pytest.mark.parametrize(
    ("address", "services", "says"),
    [("ada", ["idme"], "not an e-mail address"), (ADA, [], "at least one service")],
)
def test_a_form_that_cannot_be_used_comes_back_with_what_was_typed(
    client: TestClient, address: str, services: list[str], says: str
) -> None:
    answer = client.post("/news/", data={"address": address, "service": services, "lang": "en"})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{address}"' in answer.text
    assert answer.text.count("checked") == 2 + len(services)


def test_one_click_unsubscribes_and_looking_does_not(
    client: TestClient, gateway: Gateway, token: str
) -> None:
    page = f"/news/unsubscribe/{token}"
    for method in ("GET", "HEAD"):
        assert client.request(method, page).status_code == 200
    assert (gets(gateway), refused(gateway)) == (["idme", "vbms"], False)
    answer = client.post(page, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert (gets(gateway), refused(gateway)) == ([], True)
    assert client.post(page, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_one_click_works_in_parts_too(client: TestClient, gateway: Gateway, token: str) -> None:
    answer = client.post(
        f"/news/unsubscribe/{token}", files={"List-Unsubscribe": (None, "One-Click")}
    )
    assert answer.status_code == 200
    assert refused(gateway)


def test_one_service_is_left_and_what_one_gets_is_changed(
    client: TestClient, gateway: Gateway, token: str
) -> None:
    assert "Saved." in client.post(f"/news/unsubscribe/{token}", data={"service": "idme"}).text
    assert (gets(gateway), refused(gateway)) == (["vbms"], False)
    form = {"service": ["idme", "evss"], "wants": "maintenance", "digest": "daily", "lang": "es"}
    answer = client.post(f"/news/mine/{token}", data=form)
    assert "Guardado." in answer.text
    assert ADA not in answer.text
    assert "a…@people.example" in answer.text
    assert gets(gateway) == ["evss", "idme"]


@pytest.mark.parametrize("page", ["confirm", "mine", "unsubscribe"])
@pytest.mark.parametrize(
    "token", ["x", "A" * 90, "0123456789abcdef-aaaaaaaaaaaaa", "..%2f..%2fetc"]
)
def test_a_link_that_is_none_of_ours_leads_nowhere(
    client: TestClient, page: str, token: str
) -> None:
    assert client.get(f"/news/{page}/{token}").status_code == 404
    assert client.post(f"/news/{page}/{token}", data={"service": "idme"}).status_code == 404


def test_the_token_of_a_request_opens_nobodys_page(client: TestClient, gateway: Gateway) -> None:
    token = gateway.links.new_request()
    for page in ("mine", "unsubscribe", "confirm"):
        assert client.get(f"/news/{page}/{token}").status_code == 404


def test_pages_speak_the_readers_language_and_say_so(client: TestClient) -> None:
    spanish = client.get("/news/", headers={"Accept-Language": "fr, es-MX;q=0.8, en;q=0.5"})
    assert '<html lang="es">' in spanish.text
    assert spanish.headers["Content-Language"] == "es"
    assert (
        '<html lang="en">' in client.get("/news/?lang=en", headers={"Accept-Language": "es"}).text
    )


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(client: TestClient, token: str) -> None:
    for path in ("/news/", f"/news/mine/{token}", f"/news/unsubscribe/{token}", "/news/mine/x"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script|style=|\son\w+=|https?://", answer.text)
    assert client.get("/news/style.css").headers["Content-Type"].startswith("text/css")


def test_what_people_type_is_never_markup(client: TestClient) -> None:
    evil = '"><script>alert(1)</script>@x.example'
    answer = client.post("/news/", data={"address": evil, "service": "idme", "lang": "en"})
    assert "<script" not in answer.text


def test_a_form_without_end_is_refused(client: TestClient) -> None:
    assert client.post("/news/", data={"address": "a" * 100_000}).status_code == 413
    many = "&".join(f"service={number}" for number in range(5000))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/news/", content=many, headers=kind).status_code == 413


def test_another_host_is_refused(gateway: Gateway) -> None:
    app = Console(CONSOLE, gateway.standing.status, None, news_pages(gateway, CONSOLE)).app
    assert TestClient(app, base_url="https://evil.example").get("/news/").status_code == 421


def test_requests_keep_no_more_than_is_needed(gateway: Gateway) -> None:
    with gateway.database.read() as session:
        for row in session.exec(select(NewsRequestRow)):
            assert row.address == row.address.lower()
            assert "nonesuch" not in row.services
