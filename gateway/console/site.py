"""The site: every page behind the guard, with its errors said plainly."""

from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from gateway.config import ConsoleSettings, shipped
from gateway.console import api, pages
from gateway.console.asked import trouble
from gateway.console.desk import Desk
from gateway.console.guard import Guard
from gateway.console.views import Views

WHAT = {404: "There is no such page", 405: "That is not how this page is asked"}
API = "/api/v1"

log = structlog.get_logger()


def make(desk: Desk, settings: ConsoleSettings) -> ASGIApp:
    """The web application of the pages."""
    own = desk.settings.templates
    folders = [Path(shipped("templates")) / "console"]
    if own is not None and (own / "console").is_dir():
        folders.insert(0, own / "console")
    found = list(pages.modules())
    places = sorted(module.PLACE for module in found if hasattr(module, "PLACE"))
    views = Views(folders, desk.settings.zone, desk.service_names, places=places)
    routes: list[BaseRoute] = [
        Route("/static/{tag}/{name}", views.assets.answer),
        Mount(API, api.make(desk)),
    ]
    for module in found:
        routes += module.routes(desk)
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http, Exception: _unknown},
    )
    app.state.desk, app.state.views = desk, views
    app.state.cookie = "__Host-triage" if settings.is_secure else "triage"
    return Guard(app, settings)


def _http(request: Request, error: Any) -> Response:
    if request.url.path.startswith(API):
        return api.problems.answer(error.status_code, str(error.detail))
    what = WHAT.get(error.status_code, str(error.detail))
    return trouble(request, error.status_code, what, "Look at the address, or begin at Now.")


def _unknown(request: Request, error: Exception) -> Response:
    log.exception("console.failed", path=request.url.path.split("/")[1], error=type(error).__name__)
    return trouble(request, 500, "Something here is broken", "It is in the log, with its place.")
