"""Letters and reader pages as a real browser shows them: readable, accessible, wide and narrow."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from gateway.app import Gateway
from gateway.cli import letters as command
from gateway.config import ConsoleSettings, Settings, shipped
from gateway.console.web import Console
from gateway.incidents import subscribers
from gateway.incidents.subscribers import Choice, Consent
from gateway.letters import Letters, Links
from gateway.serving import news_pages
from tests.integration.postfix import free_port

pytestmark = [pytest.mark.needs_server("chromium"), pytest.mark.xdist_group("chromium")]

# One of each shape: notice with times, answer, made of its text, with links, in both languages.
LETTERS = [
    "opened.en", "maintenance_planned.es", "acknowledgement.en", "digest.en",
    "subscription_help.es",
]  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every letter as `triage letters preview` writes it."""
    out = tmp_path_factory.mktemp("letters")
    writer = Letters(
        [shipped("templates")], sender="triage@gateway.example", name="Triage",
        organization="Example Agency", address="triage@gateway.example",
    )  # fmt: skip
    writer.links = Links(b"k", "triage@gateway.example", "https://triage.example")
    for name in LETTERS:
        kind, language = name.split(".")
        command._write(writer, kind, language, {"id": "idme", "name": "ID.me"}, out)
    return out


def faults(page: Page) -> list[str]:
    """What axe-core finds, contrast included, in light and in dark, and what has to be scrolled."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        results: dict[str, Any] = Axe().run(page).response
        found += [
            f"{scheme}: {one['id']}: {node['html'][:150]}"
            for one in results["violations"]
            for node in one["nodes"]
        ]
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"at {width} px it has to be scrolled sideways")
    return found


def contrast(page: Page) -> float:
    """The least contrast of any text on the page (WCAG 2.2), as the browser computes colours."""
    least: float = page.evaluate("""() => {
      const luminance = c => { const [r, g, b] = c.map(v => { v /= 255;
        return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
        return .2126 * r + .7152 * g + .0722 * b };
      const parts = text => text.match(/[\\d.]+/g).map(Number);
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const paper = element => { for (let e = element; e; e = e.parentElement) {
        const c = parts(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c.slice(0, 3) }
        return dark ? [18, 18, 18] : [255, 255, 255] };
      let least = 21;
      for (const e of document.querySelectorAll("body *")) {
        if (!e.textContent.trim() || e.offsetParent === null) continue;
        const a = luminance(parts(getComputedStyle(e).color).slice(0, 3)), b = luminance(paper(e));
        least = Math.min(least, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)) }
      return least }""")
    return least


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_readable_by_everybody(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    assert page.locator("h1").count() == 1
    assert len(page.inner_text("main")) > 200
    assert faults(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert contrast(page) >= 4.5


def test_a_letter_is_still_whole_at_twice_the_size(page: Page, folder: Path) -> None:
    """200 % zoom of a window of 1280 px is a window of 640 px with the same letters."""
    page.goto((folder / "opened.en.html").as_uri())
    page.set_viewport_size({"width": 640, "height": 400})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_command_makes_a_picture_that_shows_something(tmp_path: Path, page: Page) -> None:
    command._preview(
        tmp_path / "out",
        "update",
        lang="es",
        service="idme",
        pictures=True,
        path=_settings(tmp_path),
    )
    picture = tmp_path / "out" / "update.es.png"
    page.goto(picture.as_uri())
    shades = page.evaluate("""() => { const image = document.images[0];
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
      const draw = canvas.getContext("2d"); draw.drawImage(image, 0, 0);
      const part = (x, y) => { const data = draw.getImageData(x, y, 600, 300).data;
        const found = new Set(); for (let i = 0; i < data.length; i += 4) found.add(data[i]);
        return { least: Math.min(...found), most: Math.max(...found), many: found.size } };
      return [part(20, 20), part(760, 20)] }""")
    light, dark = shades
    assert (light["most"], light["least"] < 60, light["many"] > 20) == (255, True, True)
    assert (dark["most"] > 200, dark["least"] < 30, dark["many"] > 20) == (True, True, True)


def _settings(folder: Path) -> Path:
    file = folder / "triage.toml"
    file.write_text(f'store = "sqlite:///{folder / "s.db"}"\naddresses = ["t@gateway.example"]\n')
    return file


# --- the pages -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, str]]:
    """The pages, served as a gateway serves them."""
    port = free_port()
    console = ConsoleSettings(listen=f"127.0.0.1:{port}", url=f"http://127.0.0.1:{port}")
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    settings = Settings(store=store, addresses=("triage@gateway.example",), console=console)
    with Gateway(settings) as gateway:
        web = Console(console, gateway.standing.status, None, news_pages(gateway, console))
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(web.start(), loop).result(20)
        yield gateway, f"http://127.0.0.1:{port}/news"
        asyncio.run_coroutine_threadsafe(web.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_somebody_subscribes_changes_and_leaves_with_the_keyboard_and_without_scripts(
    page: Page, site: tuple[Gateway, str]
) -> None:
    gateway, base = site
    page.goto(base)
    assert faults(page) == []
    page.keyboard.press("Tab")  # the other language
    page.keyboard.press("Tab")
    page.keyboard.type("ada@people.example")
    page.get_by_label("ID.me", exact=True).press("Space")
    page.get_by_role("button", name="Subscribe").press("Enter")
    assert page.inner_text("h1") == "Look into your mailbox"
    assert faults(page) == []
    with gateway.database.transaction() as session:
        subscribers.subscribe(session, "ada@people.example", Choice(("idme",)), Consent("page"))
    token = gateway.links.token("ada@people.example")
    page.goto(f"{base}/mine/{token}")
    assert faults(page) == []
    assert page.get_by_label("ID.me", exact=True).is_checked()
    page.get_by_label("Only outages").press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    assert page.get_by_role("status").inner_text() == "Saved."
    assert page.get_by_label("Only outages").is_checked()
    page.goto(f"{base}/unsubscribe/{token}?lang=es")
    assert faults(page) == []
    page.get_by_role("button", name="Dejar de recibir todo").press("Enter")
    assert page.inner_text("h1") == "No recibirá más noticias"
    assert faults(page) == []
    with gateway.database.read() as session:
        assert subscribers.of(session, "ada@people.example") == []
