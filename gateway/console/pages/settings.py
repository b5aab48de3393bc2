"""Settings as they are in force, with where each comes from; they are changed in the file."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console import settings_shown
from gateway.console.asked import Asked, show
from gateway.console.desk import Desk
from gateway.console.pages import Place

PLACE = Place(80, "Settings", "/settings", "administrator")


def routes(_desk: Desk) -> list[Route]:
    """The page."""
    return [show("/settings", _page, role="administrator")]


def _page(asked: Asked) -> Response:
    settings = asked.desk.settings
    found = settings_shown.tables(settings)
    return asked.page(
        "settings.html", tables=found, file=settings.file,
        is_read=settings_shown.is_read(settings),
    )  # fmt: skip
