"""Who gets in at the console: links that work once, sessions that end, forms that are ours."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleRoles, ConsoleSettings
from gateway.console.sessions import Sessions
from gateway.errors import InvalidState, Permanent
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import ConsoleSessionRow
from tests.unit.console.people import ORIGIN, Opened, app_of

ROLES = ConsoleRoles(reader=("rea@house.example",), triager=("tri@house.example",))
CONSOLE = ConsoleSettings(roles=ROLES)


@pytest.fixture
def sessions(store: Database) -> Sessions:
    return Sessions(store, CONSOLE, b"key")


def test_a_link_signs_in_once(sessions: Sessions) -> None:
    link = sessions.link("ann@house.example", "triager", "link")
    assert sessions.is_good(link)
    token, who = sessions.use(link, "127.0.0.1", "a browser")
    person = sessions.person(token)
    assert person is not None
    assert (who, person.who, person.role) == ("ann@house.example", "ann@house.example", "triager")
    assert not sessions.is_good(link)
    with pytest.raises(Permanent, match="used"):
        sessions.use(link, "127.0.0.1", "a browser")


def test_a_link_that_is_too_old_signs_nobody_in(store: Database) -> None:
    sessions = Sessions(store, ConsoleSettings(link_minutes=1e-9), b"key")
    link = sessions.link("ann@house.example", "triager", "link")
    assert not sessions.is_good(link)
    with pytest.raises(Permanent):
        sessions.use(link, "127.0.0.1", "a browser")


def test_no_secret_is_in_the_store(sessions: Sessions, store: Database) -> None:
    link = sessions.link("ann@house.example", "triager", "link")
    token, _ = sessions.use(link, "127.0.0.1", "a browser")
    with store.read() as session:
        dump = "".join(map(str, session.connection().connection.iterdump()))  # type: ignore[attr-defined]
    assert "ann@house.example" in dump
    assert link not in dump
    assert token not in dump


@pytest.mark.parametrize(
    "change",
    [
        {"seen_at": utcnow() - timedelta(hours=3)},
        {"expires_at": utcnow() - timedelta(seconds=1)},
        {"ended_at": utcnow()},
        {"role": "king"},
    ],
)
def test_a_session_ends(sessions: Sessions, store: Database, change: dict[str, object]) -> None:
    token = sessions.begin("ann@house.example", "triager", "oidc", "", "")
    assert sessions.person(token) is not None
    assert len(sessions.listing()) == 1
    with store.transaction() as session:
        session.execute(update(ConsoleSessionRow).values(**change))
    assert sessions.person(token) is None


def test_who_is_taken_off_the_list_is_out_at_once(store: Database) -> None:
    token = Sessions(store, CONSOLE, b"key").begin("tri@house.example", "triager", "mail", "", "")
    assert Sessions(store, CONSOLE, b"key").person(token) is not None
    assert Sessions(store, ConsoleSettings(), b"key").person(token) is None


def test_a_session_is_ended_once(sessions: Sessions) -> None:
    sessions.begin("ann@house.example", "triager", "oidc", "", "")
    (row,) = sessions.listing()
    assert sessions.end_number(row.id or 0, "bob").ended_by == "bob"
    with pytest.raises(InvalidState):
        sessions.end_number(row.id or 0, "bob")


# --- by the browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gateway(opened: Opened) -> Gateway:
    return opened(console=CONSOLE)


@pytest.fixture(scope="module")
def app(gateway: Gateway) -> Any:
    return app_of(gateway)


@pytest.fixture
def browser(app: Any) -> TestClient:
    return TestClient(app, base_url=ORIGIN, follow_redirects=False)


def signed_in(browser: TestClient, gateway: Gateway, role: str = "administrator") -> str:
    """Sign in by a link; the token that forms carry."""
    link = gateway.console_link("ann", role, "")  # type: ignore[arg-type]
    answer = browser.post(link, headers={"Origin": ORIGIN})
    assert answer.status_code == 303, answer.text
    return browser.get("/").text.partition('name="csrf" value="')[2].partition('"')[0]


def test_nobody_sees_a_page_without_signing_in(browser: TestClient) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=%2F")
    assert browser.get("/now", headers={"HX-Request": "true"}).status_code == 401


def test_looking_at_a_link_does_not_use_it_up(browser: TestClient, gateway: Gateway) -> None:
    link = gateway.console_link("ann", "reader", "")
    for _ in range(3):
        assert browser.get(link).status_code == 200
    assert browser.post(link, headers={"Origin": ORIGIN}).status_code == 303
    assert browser.post(link, headers={"Origin": ORIGIN}).status_code == 410
    assert browser.get(link).status_code == 410


def test_a_cookie_is_kept_from_scripts_and_other_sites(
    browser: TestClient, gateway: Gateway
) -> None:
    answer = browser.post(gateway.console_link("ann", "reader", ""), headers={"Origin": ORIGIN})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_where_one_goes_after_signing_in_is_on_this_site(
    browser: TestClient, gateway: Gateway
) -> None:
    for to, goes in (("/search?q=x", "/search?q=x"), ("//evil.example", "/"),
                     ("https://evil.example", "/"), ("/\\evil.example", "/")):  # fmt: skip
        link = gateway.console_link("ann", "reader", "")
        answer = browser.post(link, params={"to": to}, headers={"Origin": ORIGIN})
        assert answer.headers["location"] == goes


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"Origin": ORIGIN}, True, 303),
        ({"Origin": "null"}, True, 303),
        ({"Origin": ORIGIN}, False, 403),
        ({"Origin": "https://evil.example"}, True, 403),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
    ],
)
def test_a_form_must_be_ours(
    browser: TestClient, gateway: Gateway, headers: dict[str, str], token: bool, status: int
) -> None:
    csrf = signed_in(browser, gateway)
    data = {"csrf": csrf if token else "0" * 40}
    assert browser.post("/sign-out", data=data, headers=headers).status_code == status


def test_another_host_is_refused(browser: TestClient) -> None:
    answer = browser.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert browser.get("/sign-in", headers={"Host": "localhost:8025"}).status_code == 200


def test_every_answer_binds_the_browser(browser: TestClient) -> None:
    for path in ("/", "/sign-in", "/nothing"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_files_are_kept_for_good_by_their_content(browser: TestClient) -> None:
    page = browser.get("/sign-in").text
    path = page.partition('href="')[2].partition('href="/static')[2]
    sheet = "/static" + page.partition('href="/static')[2].partition('"')[0]
    answer = browser.get(sheet)
    assert path
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert browser.get("/static/0000000000000000/console.css").status_code == 404


def test_who_signed_out_is_out(browser: TestClient, gateway: Gateway) -> None:
    csrf = signed_in(browser, gateway)
    answer = browser.post("/sign-out", data={"csrf": csrf}, headers={"Origin": ORIGIN})
    assert answer.status_code == 303
    assert browser.get("/").status_code == 303
    what = [line.what for line in gateway.desk().record.listing(limit=2)]
    assert what == ["signed out", "signed in"]


def test_a_form_that_is_too_long_is_refused(browser: TestClient, gateway: Gateway) -> None:
    signed_in(browser, gateway)
    answer = browser.post("/sign-out", data={"csrf": "x" * 600_000}, headers={"Origin": ORIGIN})
    assert answer.status_code == 413


def test_a_store_that_is_away_is_said_plainly(
    browser: TestClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(browser, gateway)
    monkeypatch.setattr("gateway.console.asked.SLOW", 0.0)
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "has not answered" in answer.text
    assert "retry-after" in answer.headers


def test_who_is_signed_in_is_listed_and_can_be_ended(app: Any, gateway: Gateway) -> None:
    clients = {}
    for who, role in (("boss", "administrator"), ("rea", "reader")):
        client = TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN})
        client.post(gateway.console_link(who, role, ""))  # type: ignore[arg-type]
        clients[who] = client
    rows = {row.who: row.id for row in gateway.desk().sessions.listing()}
    theirs = clients["rea"].get("/sessions").text
    assert f"/sessions/{rows['rea']}/end" in theirs
    assert f"/sessions/{rows['boss']}/end" not in theirs

    def end(who: str, whose: str) -> int:
        csrf = clients[who].get("/sessions").text.partition('name="csrf" value="')[2][:40]
        path = f"/sessions/{rows[whose]}/end"
        return clients[who].post(path, data={"csrf": csrf}).status_code

    assert end("rea", "boss") == 404
    assert end("boss", "rea") == 200
    assert clients["rea"].get("/sessions", follow_redirects=False).status_code == 303
