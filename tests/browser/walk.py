"""Every page of the site, found as a person finds it: by the links of those seen before."""

from collections import deque
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error, Page
from starlette.routing import BaseRoute, Match, Mount, Route

ANOTHER_PAGE = ("in", "of", "letters")  # what of a query makes a page look different


def paths(routes: Sequence[BaseRoute], prefix: str = "") -> set[str]:
    """Every path that can be looked at, as the application names it."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Mount):
            found |= paths(route.routes, prefix + route.path)
        elif isinstance(route, Route) and "GET" in (route.methods or ()):
            found.add(prefix + route.path)
    return found


def path_of(routes: Sequence[BaseRoute], path: str) -> str:
    """Which of these paths that is."""
    scope = {"type": "http", "path": path, "method": "GET", "root_path": "", "headers": []}
    for route in routes:
        if route.matches(scope)[0] is not Match.FULL:
            continue
        if isinstance(route, Mount):
            return route.path + path_of(route.routes, path.removeprefix(route.path))
        return str(getattr(route, "path", path))
    return path


def walk(
    page: Page, base: str, seeds: Sequence[str], routes: Sequence[BaseRoute], reached: set[str]
) -> Iterator[None]:
    """Opens the seeds, then one of each kind of page that links lead to; stops at each.

    `reached` gets the paths that were asked for, also those of images.
    """
    page.on("request", lambda asked: reached.add(path_of(routes, urlsplit(asked.url).path)))
    kinds = set[str]()
    waiting = deque((url, True) for url in seeds)
    while waiting:
        url, is_seed = waiting.popleft()
        asked = parse_qs(urlsplit(url).query)
        kind = " ".join([path_of(routes, urlsplit(url).path), *filter(asked.get, ANOTHER_PAGE)])
        if kind in kinds and not is_seed:
            continue
        try:
            answer = page.goto(base + url)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            kinds.add(kind)
            continue
        if answer is not None and answer.ok:
            kinds.add(kind)
        links = page.evaluate(
            "[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"
        )
        yield
        waiting.extend((one.partition("#")[0], False) for one in links if one.startswith("/"))
