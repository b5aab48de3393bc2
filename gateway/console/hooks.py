"""What trackers tell by webhook: `POST /hooks/<tracker>`, signed, and taken from nobody else.

No session: the signature decides, and the tracker's own code looks at it. Whoever is refused often
is refused unread for the rest of the minute, so that guessing costs the store nothing.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.errors import GatewayError, NotFound, NotSigned, is_temporary
from gateway.store.database import as_gateway_error

BODY = 1024 * 1024  # bytes; the comments and issues of the known trackers are far shorter
BODY_SECONDS = 10.0
PER_MINUTE = 120  # from one address
ADDRESSES = 1000  # of which we know how often they came
AT_ONCE = 4

Received = Callable[[str, bytes, Mapping[str, str]], int]

log = structlog.get_logger()


class Rate:
    """How often each address came within the minute; of many addresses the oldest is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Whether that address may come once more."""
        now = self._clock()
        began, count = self._seen.pop(address, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        self._seen[address] = (began, count + 1)
        while len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)
        return count < PER_MINUTE


class Hooks:
    """The listener's side of the trackers' webhooks. `received` verifies, and takes them down."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._rate = Rate()
        self._turn = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """Where trackers call."""
        return [Route("/hooks/{tracker}", self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        if not self._rate.may(request.client.host if request.client else ""):
            return _said(429, "too many from there: try again in a minute", {"Retry-After": "60"})
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return _said(408, f"the body did not come within {BODY_SECONDS:g} s")
        if body is None:
            return _said(413, f"more than {BODY} bytes")
        tracker = request.path_params["tracker"]
        try:
            async with self._turn:
                new = await asyncio.to_thread(self._received, tracker, body, dict(request.headers))
        except (GatewayError, SQLAlchemyError) as error:
            return _refused(as_gateway_error(error))
        log.info("hook.taken", tracker=tracker, new=new)
        return JSONResponse({"new": new})


def _refused(error: GatewayError) -> Response:
    """Why not, without what is of the house; a tracker asks again where it may work later."""
    log.warning("hook.refused", error=type(error).__name__)
    if isinstance(error, NotFound):
        return _said(404, "no tracker of that name takes webhooks here")
    if isinstance(error, NotSigned):
        return _said(401, "not signed with the secret that is configured here")
    if is_temporary(error):
        return _said(503, "the store does not answer: try again", {"Retry-After": "30"})
    return _said(400, str(error))


def _said(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status, headers)


async def _body(request: Request) -> bytes | None:
    """The bytes; None for more than BODY."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > BODY:
        return None
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > BODY:
            return None
    return bytes(found)
