"""Headless Chromium as people have it, and what axe-core finds wrong on a page.

Tests that use it carry `pytest.mark.needs_server("chromium")`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"


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

    def violations(self) -> list[str]:
        """What axe-core finds, in light and in dark."""
        found = []
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            results = Axe().run(self.page).response["violations"]
            found += [
                f"{self.page.url} ({scheme}): {one['id']}: {node['html'][:200]}"
                for one in results
                for node in one["nodes"]
            ]
        return found


@contextmanager
def visitor(**options: object) -> Iterator[Visitor]:
    """Chromium with one page."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            context = chromium.new_context(**options)  # type: ignore[arg-type]
            context.set_default_timeout(20_000)
            yield Visitor(context.new_page())
        finally:
            chromium.close()
