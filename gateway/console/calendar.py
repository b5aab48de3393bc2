"""The calendars of published maintenance windows, to subscribe to: /calendar/all.ics, or a service.

Calendars cannot sign in, so nobody is asked who they are: what is published stands here, and
nothing else.
"""

import asyncio
import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.errors import NotFound

ALL = "all"
Feed = Callable[[str | None], bytes]


def routes(feed: Feed) -> list[BaseRoute]:
    """The routes; `feed` gives the calendar of a service, or for None of all."""

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            content = await asyncio.to_thread(feed, None if name == ALL else name)
        except NotFound:
            return PlainTextResponse("There is no such calendar.\n", 404)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="maintenance.ics"'
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    return [Route("/calendar/{name}.ics", answer)]
