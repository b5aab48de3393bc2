"""What every call has in common: who calls and what they may do, pages of a list, and once only."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gateway.console.api.problems import answer, status_of
from gateway.console.desk import Desk
from gateway.console.tokens import Caller, Scope
from gateway.errors import GatewayError, is_temporary
from gateway.model import utcnow
from gateway.store.tables import MAX_ID, ApiAnswerRow

KEPT = timedelta(days=1)  # for how long a key is remembered

T = TypeVar("T")
_bearer = HTTPBearer(auto_error=False, description="A token made by `triage tokens new`.")


class Given(BaseModel):
    """What a call is given: nothing else than it names, and no NUL in any text."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=20_000)


class Item(BaseModel):
    """Something as a call tells of it; it may have more fields than are named here."""

    model_config = ConfigDict(extra="allow")


class Page(BaseModel, Generic[T]):
    """A page of a list, the newest first; `next` is null on the last."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A request by a program that may make it. `key` is its Idempotency-Key."""

    request: Request
    desk: Desk
    caller: Caller
    key: str | None = None

    @property
    def who(self) -> str:
        """Who asks, for histories."""
        return self.caller.who

    @property
    def is_open(self) -> bool:
        """Whether it may see who people are and what they wrote."""
        return "personal" in self.caller.scopes

    def record(self, what: str, target: str) -> None:
        """A line of the record."""
        origin = self.request.client.host if self.request.client else ""
        self.desk.record.add(self.who, what, target, origin)

    def once(self, given: Given | None, do: Callable[[], Any]) -> Response:
        """Do it and answer with what it gives; see `once`."""
        return once(self, given.model_dump() if given else None, do)


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list."""

    limit: Annotated[int, Query(ge=1, le=200, description="Items on a page.")] = 50
    before: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Only those with a smaller id.")
    ] = None

    def of(self, call: Call, query: Any, table: Any, tell: Callable[[Any], Any]) -> Any:
        """What `query` selects of `table`, the newest first, as a page."""
        query = query.order_by(table.id.desc()).limit(self.limit + 1)
        if self.before:
            query = query.where(table.id < self.before)
        with call.desk.database.read() as session:
            rows = session.exec(query).all()
        return self.page(call, rows, tell)

    def page(self, call: Call, rows: Sequence[Any], tell: Callable[[Any], Any]) -> Any:
        """The rows (one more than the limit where there are more) as a page."""
        shown = rows[: self.limit]
        further = None
        if len(rows) > self.limit:
            url = call.request.url.include_query_params(before=shown[-1].id, limit=self.limit)
            further = f"{url.path}?{url.query}"
        return {"items": [tell(row) for row in shown], "next": further}


Pages = Annotated[Paging, Depends()]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same request is done once.",
    ),
]  # fmt: skip
Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _caller(request: Request, shown: HTTPAuthorizationCredentials | None, scope: Scope) -> Caller:
    """The caller, if its token has that scope."""
    desk: Desk = request.app.state.desk
    found = desk.tokens.caller(shown.credentials) if shown else None
    if found is None:
        raise HTTPException(
            401, "Send a token that is good: Authorization: Bearer tgw_... "
            "(triage tokens new makes one)",
        )  # fmt: skip
    if scope not in found.scopes:
        may = ", ".join(sorted(found.scopes))
        raise HTTPException(403, f"This token may {may}; this takes {scope}.")
    return found


def looks(scope: Scope) -> Any:
    """A call that changes nothing."""

    def call(request: Request, shown: Shown = None) -> Call:
        return Call(request, request.app.state.desk, _caller(request, shown, scope))

    return Depends(call)


def does(scope: Scope) -> Any:
    """A call that does something, once if it has a key."""

    def call(request: Request, shown: Shown = None, key: Key = None) -> Call:
        return Call(request, request.app.state.desk, _caller(request, shown, scope), key)

    return Depends(call)


Reading = Annotated[Call, looks("read")]
Personal = Annotated[Call, looks("personal")]
Intake = Annotated[Call, looks("intake")]
Triage = Annotated[Call, does("triage")]
Announce = Annotated[Call, does("announce")]


def once(call: Call, given: Any, do: Callable[[], Any]) -> Response:
    """Do it and answer with what it gives; the same key again gets the same answer.

    A call that was cut off between doing and keeping its answer is not done again: its key then
    says that nobody knows how it ended.
    """
    desk, caller, key = call.desk, call.caller, call.key
    if key is None:
        return JSONResponse(do())
    asked = json.dumps(
        [call.request.method, call.request.url.path, given], sort_keys=True, default=str
    )
    digest = hashlib.sha256(asked.encode()).hexdigest()
    known = _begin(desk, caller, key, digest)
    if known is not None:
        return _again(known, digest)
    try:
        status, body, media = 200, do(), "application/json"
    except GatewayError as error:
        if is_temporary(error):
            _forget(desk, caller, key)
            raise
        status, media = status_of(error), "application/problem+json"
        body = json.loads(bytes(answer(status, str(error)).body))
    except Exception:
        _forget(desk, caller, key)
        raise
    with desk.database.transaction() as session:
        row = session.get_one(ApiAnswerRow, (caller.token, key))
        row.status, row.body = status, body
        session.add(row)
    return JSONResponse(body, status, media_type=media)


def _begin(desk: Desk, caller: Caller, key: str, digest: str) -> ApiAnswerRow | None:
    """Note the key; what is known of it already."""
    with desk.database.transaction() as session:
        session.execute(delete(ApiAnswerRow).where(col(ApiAnswerRow.at) < utcnow() - KEPT))
    try:
        with desk.database.transaction() as session:
            session.add(ApiAnswerRow(token_id=caller.token, key=key, request=digest))
    except IntegrityError:
        with desk.database.read() as session:
            query = select(ApiAnswerRow).where(
                ApiAnswerRow.token_id == caller.token, ApiAnswerRow.key == key
            )
            return session.exec(query).first()
    return None


def _forget(desk: Desk, caller: Caller, key: str) -> None:
    with desk.database.transaction() as session:
        session.execute(
            delete(ApiAnswerRow).where(
                col(ApiAnswerRow.token_id) == caller.token, col(ApiAnswerRow.key) == key
            )
        )


def _again(known: ApiAnswerRow, digest: str) -> Response:
    if known.request != digest:
        return answer(409, "This Idempotency-Key stood for another request: take a new one.")
    if known.status is None:
        return answer(
            409, "A request with this Idempotency-Key is under way, or was cut off: look at what "
            "became of it before you send another.",
        )  # fmt: skip
    is_problem = known.status >= 400
    media = "application/problem+json" if is_problem else "application/json"
    return JSONResponse(known.body, known.status, {"Idempotent-Replayed": "true"}, media_type=media)
