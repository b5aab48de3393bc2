"""What went wrong, as `application/problem+json` (RFC 9457): `title` and `status`, and in `detail`
what to do."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from gateway.errors import GatewayError, NotFound, is_temporary
from gateway.store.database import as_gateway_error

MEDIA = "application/problem+json"
TITLES = {421: "Misdirected Request", 422: "Unprocessable Content"}

log = structlog.get_logger()


class Problem(BaseModel):
    """RFC 9457."""

    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []


RESPONSES: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "content": {MEDIA: {}}, "description": why}
    for code, why in {
        400: "What was sent is no JSON, or not in UTF-8.",
        401: "There is no good token.",
        403: "The token may not do that.",
        404: "There is no such thing.",
        409: "That cannot be done as things stand, or its key stood for another request.",
        413: "That is too much.",
        415: "That kind of content is not taken.",
        422: "What was sent is not what is asked for.",
        503: "The store does not answer: nothing is lost, try again.",
    }.items()
}


def answer(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> JSONResponse:
    """A problem as a response."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    headers = {"Retry-After": "5"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="triage"'
    body = Problem(title=title, status=status, detail=detail, errors=errors or [])
    return JSONResponse(body.model_dump(), status, headers, MEDIA)


def status_of(error: Exception) -> int:
    """404 for what is not there, 503 for what may pass, 409 for what cannot be done."""
    if isinstance(error, NotFound):
        return 404
    return 503 if is_temporary(error) else 409


def install(app: FastAPI) -> None:
    """Have every error answered so."""

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        found = answer(error.status_code, str(error.detail))
        found.headers.update(error.headers or {})
        return found

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is not repeated: it may be somebody's words.
        errors = [
            {"where": [str(part)[:100] for part in one["loc"]], "what": one["msg"][:300]}
            for one in error.errors()
        ]
        first = errors[0]
        is_no_json = any(one["type"] == "json_invalid" for one in error.errors())
        where = ".".join(first["where"])
        return answer(400 if is_no_json else 422, f"{where}: {first['what']}", errors)

    @app.exception_handler(GatewayError)
    async def _gateway(_request: Request, error: GatewayError) -> JSONResponse:
        return answer(status_of(error), str(error))

    @app.exception_handler(SQLAlchemyError)
    async def _store(_request: Request, error: SQLAlchemyError) -> JSONResponse:
        found = as_gateway_error(error)
        return answer(status_of(found), str(found))

    @app.exception_handler(Exception)
    async def _unknown(request: Request, error: Exception) -> JSONResponse:
        log.exception("api.failed", error=type(error).__name__, method=request.method)
        return answer(500, "Something here is broken: it is in the log, with its place.")
