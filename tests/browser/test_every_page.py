"""Every page of the console and for readers of news, with hostile and with much in it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update
from sqlmodel import select

from gateway.app import Gateway
from gateway.incidents.subscribers import Choice
from gateway.model import utcnow
from gateway.store.tables import ConsoleSessionRow, LetterRow
from tests.browser.furnished import ADA, furnish
from tests.browser.serving import serving, settings_of
from tests.browser.visitors import LAPTOP, Visitor, visiting
from tests.browser.walk import paths, walk

pytestmark = [pytest.mark.needs_server("chromium"), pytest.mark.xdist_group("chromium")]

NO_PAGES = {
    "/healthz", "/readyz", "/metrics",  # for machines
    "/api/v1/openapi.json", "/calendar/{name}.ics", "/message/{trace}/raw",  # files
    "/announce/{id}/letter/{nth}", "/message/{trace}/html",  # strangers' HTML, in a frame
    "/news",  # leads on
}  # fmt: skip
FRAGMENTS = ["/now", "/announce/{id}/progress"]  # of pages that keep themselves up to date
LARGEST = 200_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str, str]]:
    """A furnished gateway, its address, and the reference of the outage in it."""
    folder = tmp_path_factory.mktemp("furnished")
    with Gateway(settings_of(f"sqlite:///{folder / 'store.db'}")) as gateway:
        outage = furnish(gateway, folder)
        with serving(gateway) as base:
            yield gateway, base, outage


@pytest.fixture(scope="module")
def ann(browser: Browser, house: tuple[Gateway, str, str]) -> Iterator[Visitor]:
    """An administrator, at Now."""
    gateway, base, _ = house
    with visiting(browser) as at:
        at.page.goto(gateway.console_link("ann@house.example", "administrator", base))
        at.page.get_by_role("button", name="Sign in").click()
        at.page.wait_for_url(f"{base}/")
        yield at


def news_links(gateway: Gateway) -> list[str]:
    """The pages that letters to readers of our news lead to."""
    gateway.readership.ask("new@people.example", Choice(("idme",)), "en")
    with gateway.database.read() as session:
        query = select(LetterRow).where(LetterRow.recipient == "new@people.example")
        raw = session.exec(query).one().raw.decode()
    (token,) = re.findall(r"\+c-([0-9a-z-]{30})@", raw)[:1]
    mine = gateway.links.token(ADA)
    return ["/news/", f"/news/confirm/{token}", f"/news/mine/{mine}", f"/news/unsubscribe/{mine}"]


def test_a_lost_session_loses_no_words_and_goes_on(
    ann: Visitor, house: tuple[Gateway, str, str]
) -> None:
    gateway, base, outage = house
    page = ann.page
    page.goto(f"{base}/incident/{outage}")
    page.locator("summary", has_text="Note").click()
    page.get_by_label("Note").fill("A long thought.\nIn two lines.")
    with gateway.database.transaction() as session:
        session.execute(update(ConsoleSessionRow).values(seen_at=utcnow() - timedelta(hours=3)))
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/sign-in?to=%2Fkept")
    assert ann.flaws() == []
    page.goto(gateway.console_link("ann@house.example", "administrator", base) + "?to=/kept")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_label("text").input_value() == "A long thought.\nIn two lines."
    assert ann.flaws() == []
    page.get_by_role("button", name="Do it now").click()
    page.get_by_text("Noted on").wait_for()


@pytest.mark.parametrize("path", ["/", "/search", "/spool", "/outbox"])
def test_thirty_rows_have_room_on_a_laptop(
    ann: Visitor, house: tuple[Gateway, str, str], path: str
) -> None:
    ann.page.goto(house[1] + path)
    ann.page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    rows = ann.page.locator("[data-rows] tbody tr")
    first, last = rows.first.bounding_box(), rows.last.bounding_box()
    assert first is not None
    assert last is not None
    mean = (last["y"] + last["height"] - first["y"]) / rows.count()
    assert first["y"] + 30 * mean <= LAPTOP["height"]


def test_every_page_is_for_everybody(ann: Visitor, house: tuple[Gateway, str, str]) -> None:
    """axe-core finds nothing, in light and dark; on a phone and at 200 % nothing is cut off."""
    gateway, base, outage = house
    page, routes = ann.page, gateway.console.app.routes  # type: ignore[union-attr]
    spool = gateway.spool.listing(limit=100)
    (evil,) = [row.trace for row in spool if "owned" in (row.subject or "")]
    page.goto(f"{base}/message/{evil}")
    page.get_by_role("button", name="Show identifiers").click()
    seeds = ["/", f"/incident/{outage}", f"/message/{evil}", "/search?in=messages&q=site",
             "/announce/1?letters=1", "/no/such/page", "/sign-in", "/sign-in/over", "/kept",
             *news_links(gateway)]  # fmt: skip
    flaws, reached = [], set[str]()
    for _ in walk(page, base, seeds, routes, reached):
        flaws += ann.flaws()
        size = len(page.content().encode())
        assert size < LARGEST, (page.url, size)
        assert "owned" not in page.title().replace("'owned'", "")
        assert page.locator("h1").count() == 1, page.url
    assert flaws == []
    assert paths(routes) - reached - NO_PAGES - {*FRAGMENTS} == set()
    assert [one for one in ann.complaints if "Failed to load" not in one] == []
