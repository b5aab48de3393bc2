"""The pages on which people ask for our news, say yes, change what they get, and leave.

They need no sign-in and no JavaScript. A GET only shows: scanners open every link of a letter. A
POST acts, also the one-click of RFC 8058, which comes without cookies from a mail provider. What a
page says never tells a stranger who subscribes: all who ask are told the same, come of it what may.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from gateway.errors import Permanent, Temporary
from gateway.incidents.subscribers import Choice, Rhythm, Wants
from gateway.letters.links import PAGES
from gateway.readership import Mine, Readership

LANGUAGES = ("en", "es")
MOST_BYTES = 64 * 1024  # of a form
MOST_FIELDS = 500
POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

Fields = Mapping[str, Sequence[str]]


class TooMuch(Exception):
    """A form that no page of ours sends."""


class News:
    """The pages. `folders` hold their templates, the most specific first."""

    def __init__(self, readership: Readership, folders: Sequence[Path], organization: str) -> None:
        self._readership = readership
        self._organization = organization
        self._services = sorted(readership.services.items(), key=lambda one: one[1].casefold())
        self._folders = tuple(folders)
        self._pages = Environment(
            loader=FileSystemLoader([str(one) for one in folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[BaseRoute]:
        """Below PAGES."""
        return [
            Route("/style.css", self._style),
            Route("/", self._form, methods=["GET", "HEAD"]),
            Route("/", self._ask, methods=["POST"]),
            Route("/link", self._send_link, methods=["POST"]),
            Route("/confirm/{token}", self._show_request, methods=["GET", "HEAD"]),
            Route("/confirm/{token}", self._confirm, methods=["POST"]),
            Route("/mine/{token}", self._show_mine, methods=["GET", "HEAD"]),
            Route("/mine/{token}", self._change, methods=["POST"]),
            Route("/unsubscribe/{token}", self._show_leaving, methods=["GET", "HEAD"]),
            Route("/unsubscribe/{token}", self._leave, methods=["POST"]),
        ]

    # --- asked for ---

    async def _form(self, request: Request) -> Response:
        return self._page(request, "subscribe", wrong="", given={})

    async def _ask(self, request: Request) -> Response:
        fields = await _fields(request)
        address = _one(fields, "address")
        choice, language = self._choice(fields), _language(request, fields)
        wrong = "services" if not choice.services else ""
        try:
            if not wrong:
                await asyncio.to_thread(self._readership.ask, address, choice, language)
        except Permanent:
            wrong = "address"
        except Temporary:
            return self._page(request, "later", 503, fields=fields)
        if wrong:
            given = {"address": address, "choice": choice}
            return self._page(request, "subscribe", 422, wrong=wrong, given=given, fields=fields)
        return self._page(request, "sent", fields=fields)

    async def _send_link(self, request: Request) -> Response:
        fields = await _fields(request)
        with suppress(Permanent):  # what is no address gets no letter, and nobody is told
            await asyncio.to_thread(self._readership.send_link, _one(fields, "address"))
        return self._page(request, "sent", fields=fields)

    # --- confirmed ---

    async def _show_request(self, request: Request) -> Response:
        row = await asyncio.to_thread(self._readership.waiting, request.path_params["token"])
        if row is None:
            return self._gone(request)
        page = "confirmed" if row.confirmed_at else "confirm"
        return self._page(request, page, wanted=row, names=self._named(row.services))

    async def _confirm(self, request: Request) -> Response:
        row = await asyncio.to_thread(self._readership.confirm, request.path_params["token"])
        if row is None:
            return self._gone(request)
        return self._page(request, "confirmed", wanted=row, names=self._named(row.services))

    # --- one's own ---

    async def _show_mine(self, request: Request) -> Response:
        mine = await asyncio.to_thread(self._readership.mine, request.path_params["token"])
        return self._mine(request, mine, saved=False)

    async def _change(self, request: Request) -> Response:
        fields = await _fields(request)
        try:
            mine = await asyncio.to_thread(
                self._readership.change, request.path_params["token"], self._choice(fields),
                _language(request, fields),
            )  # fmt: skip
        except Permanent:
            return self._gone(request)
        return self._mine(request, mine, saved=True, fields=fields)

    def _mine(
        self, request: Request, mine: Mine | None, *, saved: bool, fields: Fields | None = None
    ) -> Response:
        if mine is None:
            return self._gone(request)
        first = mine.rows[0] if mine.rows else None
        choice = Choice(
            tuple(row.service for row in mine.rows),
            first.wants if first else "all",  # type: ignore[arg-type]
            first.digest if first else "no",  # type: ignore[arg-type]
        )
        return self._page(
            request, "mine", mine=mine, saved=saved, shown=_masked(mine.address),
            given={"choice": choice}, token=request.path_params["token"], wrong="",
            fields=fields,
        )  # fmt: skip

    # --- left ---

    async def _show_leaving(self, request: Request) -> Response:
        mine = await asyncio.to_thread(self._readership.mine, request.path_params["token"])
        return self._leaving(request, mine)

    async def _leave(self, request: Request) -> Response:
        fields = await _fields(request)
        service = _one(fields, "service")
        if service and service not in self._readership.services:
            return self._gone(request)
        mine = await asyncio.to_thread(
            self._readership.leave_by_page, request.path_params["token"], service or None
        )
        return self._leaving(request, mine, fields=fields)

    def _leaving(
        self, request: Request, mine: Mine | None, fields: Fields | None = None
    ) -> Response:
        if mine is None:
            return self._gone(request)
        return self._page(
            request, "unsubscribe", mine=mine, shown=_masked(mine.address),
            names=self._named([row.service for row in mine.rows]),
            token=request.path_params["token"], fields=fields,
        )  # fmt: skip

    # --- parts ---

    async def _style(self, _request: Request) -> Response:
        for folder in self._folders:
            if (folder / "style.css").is_file():
                text = await asyncio.to_thread((folder / "style.css").read_bytes)
                keep = {
                    "Cache-Control": "public, max-age=3600",
                    "X-Content-Type-Options": "nosniff",
                }
                return Response(text, media_type="text/css", headers=keep)
        return Response(status_code=404)

    def _choice(self, fields: Fields) -> Choice:
        """What a form says; what it cannot say is left out."""
        services = [one for one in fields.get("service", ()) if one in self._readership.services]
        wants, digest = _one(fields, "wants"), _one(fields, "digest")
        return Choice(
            tuple(dict.fromkeys(services)),
            wants if wants in get_args(Wants) else "all",  # type: ignore[arg-type]
            digest if digest in get_args(Rhythm) else "no",  # type: ignore[arg-type]
        )

    def _named(self, services: Sequence[str]) -> list[tuple[str, str]]:
        return [(one, self._readership.services.get(one, one)) for one in services]

    def _gone(self, request: Request) -> Response:
        return self._page(request, "gone", 404)

    def _page(
        self,
        request: Request,
        name: str,
        status: int = 200,
        fields: Fields | None = None,
        **facts: Any,
    ) -> Response:
        language = _language(request, fields or {})
        text = self._pages.get_template(f"{name}.html").render(
            language=language,
            other=next(one for one in LANGUAGES if one != language),
            words=self._pages.get_template(f"_words.{language}.jinja").module,
            base=PAGES,
            path=f"{PAGES}{request.url.path.removeprefix(PAGES)}",
            is_answer=request.method == "POST",
            organization=self._organization,
            services=self._services,
            **facts,
        )
        return HTMLResponse(text, status, headers=SAFE | {"Content-Language": language})


def make(readership: Readership, folders: Sequence[Path], organization: str) -> Starlette:
    """The pages as an application, to be mounted at PAGES."""
    return Starlette(
        routes=News(readership, folders, organization).routes(),
        exception_handlers={TooMuch: _too_much},
    )


def routes(app: Starlette, guard: Callable[[Any], Any]) -> list[BaseRoute]:
    """Where it is mounted, behind the `guard` of all pages; also without the slash at the end."""

    async def to_the_front(_request: Request) -> Response:
        return RedirectResponse(f"{PAGES}/", 308)

    return [Route(PAGES, to_the_front), Mount(PAGES, guard(app))]


async def _too_much(_request: Request, _error: Exception) -> Response:
    return Response("This form is too large.\n", 413, media_type="text/plain", headers=SAFE)


async def _fields(request: Request) -> dict[str, list[str]]:
    """The fields of a form; of another kind of body none, as of a one-click sent in parts."""
    body = b""
    async for some in request.stream():
        body += some
        if len(body) > MOST_BYTES:
            raise TooMuch
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise TooMuch from error
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _one(fields: Fields, name: str) -> str:
    return (fields.get(name) or [""])[0].strip()[:320]


def _language(request: Request, fields: Fields) -> str:
    """The language that was chosen, else the first that the browser asks for and we speak."""
    asked = _one(fields, "lang") or request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for part in request.headers.get("accept-language", "").split(",")[:10]:
        word = part.partition(";")[0].strip().lower().partition("-")[0]
        if word in LANGUAGES:
            return word
    return LANGUAGES[0]


def _masked(address: str) -> str:
    """Enough of an address for its owner: letters are passed on with the links in them."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
