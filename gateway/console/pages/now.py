"""Now: what is open, what waits for a person, how the parts are."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console import overview
from gateway.console.asked import Asked, show
from gateway.console.desk import Desk
from gateway.console.pages import Place

PLACE = Place(10, "Now", "/")


def routes(_desk: Desk) -> list[Route]:
    """The page, and the part of it that keeps itself up to date."""
    return [show("/", _now), show("/now", _part)]


def _now(asked: Asked) -> Response:
    return asked.page("now.html", now=overview.now(asked.desk))


def _part(asked: Asked) -> Response:
    return asked.page("now_part.html", now=overview.now(asked.desk))
