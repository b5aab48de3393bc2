"""Headless Chromium as people have it, and what is wrong with a page.

Tests that use it carry `pytest.mark.needs_server("chromium")`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
# 200 % zoom of a laptop's window is a window of half the width with letters of the same size.
ZOOMED = {"width": 683, "height": 384}
# Tables of figures and plots may scroll within themselves; nothing else does.
TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".scroll")]
  .filter(e => e.scrollWidth > e.clientWidth && !e.querySelector(":scope > :is(.matrix, .plot)"))
  .map(e => e.outerHTML.slice(0, 150))"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


class Visitor:
    """A page, and what its browser complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def flaws(self) -> list[str]:
        """What axe-core finds, in light and in dark, and what has to be scrolled sideways."""
        page, found = self.page, self._violations("light", {})
        found += self._violations("dark", COLOURS)  # nothing else depends on it
        page.emulate_media(color_scheme="light")
        for name, size in (("phone", PHONE), ("zoomed", ZOOMED), ("laptop", LAPTOP)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found += [
                f"{page.url} ({name}) has to be scrolled sideways: {what}"
                for what in page.evaluate(TOO_WIDE)
            ]
        return found

    def _violations(self, scheme: Any, options: dict[str, Any]) -> list[str]:
        self.page.emulate_media(color_scheme=scheme)
        asked = {"resultTypes": ["violations"], **options}
        return [
            f"{self.page.url} ({scheme}): {one['id']}: {node['html'][:200]}"
            for one in Axe().run(self.page, options=asked).response["violations"]
            for node in one["nodes"]
        ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser, for any number of visitors."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Visitor]:
    """Somebody with cookies of their own, at one page."""
    context = browser.new_context(**{"viewport": LAPTOP, **options})
    context.set_default_timeout(20_000)
    try:
        yield Visitor(context.new_page())
    finally:
        context.close()
