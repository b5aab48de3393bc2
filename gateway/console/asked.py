"""What a page is asked, by whom, and how it answers: `show` for looking, `act` for doing.

A page is a plain function of `Asked`; it runs in a thread of the console's own, so that a slow
store holds up neither the doors nor the outbox, and after SLOW seconds the person is told so. A
form is taken only from our own pages (Origin, Fetch Metadata, a token of the session); if its
sender's session is over, what they typed waits until they have signed in again. What was done is
on the record.
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.config import Role
from gateway.console.guard import BODY
from gateway.console.people import Person
from gateway.errors import GatewayError, NotFound, is_temporary
from gateway.model import utcnow
from gateway.store.database import as_gateway_error

if TYPE_CHECKING:
    from gateway.console.desk import Desk
    from gateway.console.views import Views

SLOW = 10.0
FIELDS = 300
JUST_NOW = timedelta(minutes=5)  # for how long a page tells what was done before it
HIDDEN = ("csrf",)  # fields of ours that are not the person's words
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="console")


@dataclass(frozen=True, slots=True)
class Done:
    """What an act says when it is done: where to go, what to tell, and how to undo it."""

    to: str
    told: str
    target: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    undo: tuple[str, Mapping[str, str]] | None = None  # a form's path and fields


@dataclass(frozen=True, slots=True)
class Asked:
    """A request by somebody who may make it."""

    request: Request
    desk: "Desk"
    views: "Views"
    person: Person
    form: tuple[tuple[str, str], ...] = ()

    @property
    def who(self) -> str:
        """Who asks, for the history."""
        return self.person.who

    @property
    def origin(self) -> str:
        """From where."""
        return origin_of(self.request)

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.request.query_params.get(name, default).replace("\x00", "")

    def field(self, name: str, default: str = "") -> str:
        """A field of the form."""
        return next((value for key, value in self.form if key == name), default).strip()

    def fields(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.form if key == name]

    def page(self, template: str, status: int = 200, **facts: Any) -> Response:
        """A page; `asked` and `person` are known to every template."""
        text = self.views.render(
            template, asked=self, person=self.person, told=self._told(), **facts
        )
        return HTMLResponse(text, status)

    def _told(self) -> Any:
        """What was done just before, by the same person: a line of the record."""
        number = self.query("did")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return None
        row = self.desk.record.get(int(number))
        is_mine = row is not None and row.who == self.who and row.at > utcnow() - JUST_NOW
        return row if is_mine else None


Page = Callable[[Asked], Response]
Public = Callable[[Request, Mapping[str, str]], Response]
Act = Callable[[Asked], Done | Response]


def show(path: str, page: Page, role: Role = "reader") -> Route:
    """A page to look at."""

    async def endpoint(request: Request) -> Response:
        return await _in_time(request, lambda: _shown(request, page, role))

    return Route(path, endpoint, methods=["GET"])


def public(path: str, answer: Public, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A page for people who are not signed in."""

    async def endpoint(request: Request) -> Response:
        form = await form_of(request) if request.method == "POST" else ()
        if form is None or (request.method == "POST" and not is_from_here(request)):
            return trouble(request, 403, "This form did not come from here", "Nothing was done.")
        fields = dict(form)
        return await _in_time(request, lambda: answer(request, fields))

    return Route(path, endpoint, methods=list(methods))


def act(path: str, do: Act, what: str, role: Role = "triager") -> Route:
    """Something to do, by a form; `what` is what the record calls it."""

    async def endpoint(request: Request) -> Response:
        form = await form_of(request)
        if form is None:
            return trouble(request, 413, "That is more than a form may hold", "Shorten it.")
        return await _in_time(request, lambda: _done(request, form, do, what, role), form)

    return Route(path, endpoint, methods=["POST"])


async def _in_time(
    request: Request, work: Callable[[], Response], form: tuple[tuple[str, str], ...] = ()
) -> Response:
    loop = asyncio.get_running_loop()
    try:
        return await asyncio.wait_for(loop.run_in_executor(_threads, work), SLOW)
    except TimeoutError:
        why = (
            "What you asked for may still be done: look before you do it again."
            if form
            else "Nothing is lost. Try again in a moment."
        )
        return trouble(request, 503, f"The store has not answered within {SLOW:g} s", why, form)
    except (GatewayError, SQLAlchemyError) as error:
        found = as_gateway_error(error)
        if isinstance(found, NotFound):
            return trouble(request, 404, "There is no such thing", str(found), form)
        if is_temporary(found):
            why = f"{found}. Nothing is lost. Try again in a moment."
            return trouble(request, 503, "The store does not answer", why, form)
        return trouble(request, 409, "That cannot be done", f"{found}.", form)


def _shown(request: Request, page: Page, role: Role) -> Response:
    desk, views = request.app.state.desk, request.app.state.views
    person = desk.sessions.person(request.cookies.get(request.app.state.cookie))
    if person is None:
        if request.headers.get("hx-request"):
            # A fragment of a page that is still open: have the whole of it load again.
            return Response(status_code=401, headers={"HX-Refresh": "true"})
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'to': here})}", 303)
    if not person.may(role):
        return _forbidden(request, person, role)
    return page(Asked(request, desk, views, person))


def _done(
    request: Request, form: tuple[tuple[str, str], ...], do: Act, what: str, role: Role
) -> Response:
    desk, views = request.app.state.desk, request.app.state.views
    if not is_from_here(request):
        return trouble(request, 403, "This form did not come from here", "Nothing was done.")
    token = request.cookies.get(request.app.state.cookie)
    person = desk.sessions.person(token)
    if person is None:
        typed = [one for one in form if one[0] not in HIDDEN]
        kept = desk.sessions.keep(token, request.url.path, typed)
        to = "/kept" if kept else "/"
        return RedirectResponse(f"/sign-in?{urlencode({'to': to})}", 303)
    asked = Asked(request, desk, views, person, form)
    if not hmac.compare_digest(asked.field("csrf").encode(), person.csrf.encode()):
        why = "It is from an earlier session. Nothing was done; what you typed is below."
        return trouble(request, 403, "This form is not good any more", why, form)
    if not person.may(role):
        return _forbidden(request, person, role, form)
    done = do(asked)
    if isinstance(done, Response):
        return done
    facts: dict[str, Any] = {"told": done.told, **done.facts}
    if done.undo:
        facts["undo"] = {"path": done.undo[0], "fields": dict(done.undo[1])}
    number = desk.record.add(asked.who, what, done.target, asked.origin, **facts)
    parts = urlsplit(done.to)
    joined = "&" if parts.query else "?"
    mark = f"#{parts.fragment}" if parts.fragment else ""
    return RedirectResponse(f"{done.to.partition('#')[0]}{joined}did={number}{mark}", 303)


def _forbidden(
    request: Request, person: Person, role: Role, form: tuple[tuple[str, str], ...] = ()
) -> Response:
    why = f"It takes the role {role}; you, {person.who}, are {person.role}."
    return trouble(request, 403, "You may not do that", why, form)


def trouble(
    request: Request,
    status: int,
    what: str,
    why: str,
    form: tuple[tuple[str, str], ...] = (),
) -> Response:
    """A page that says plainly what went wrong, with what was typed. Asks no store."""
    typed = [(key, value) for key, value in form if key not in HIDDEN and value]
    text = request.app.state.views.render(
        "trouble.html", what=what, why=why, status=status, typed=typed, person=None, told=None,
        asked=None,
    )  # fmt: skip
    headers = {"Retry-After": "5"} if status == 503 else {}
    return HTMLResponse(text, status, headers)


async def form_of(request: Request) -> tuple[tuple[str, str], ...] | None:
    """The fields of a form; None for one that is too long or too many."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY:
            return None
    try:
        found = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS
        )
    except ValueError:
        return None
    # NUL is in no database's text; the line ends of forms are CRLF.
    return tuple((key, value.replace("\x00", "").replace("\r\n", "\n")) for key, value in found)


def is_from_here(request: Request) -> bool:
    """Whether a form was sent by one of our own pages, as far as the browser tells.

    Our pages send no referrer, so that a browser may say "null"; then the form's token decides.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin", "null")
    console = request.app.state.desk.settings.console
    ours = {request.headers.get("host"), urlsplit(console.url).netloc if console.url else None}
    return origin == "null" or urlsplit(origin).netloc in ours


def origin_of(request: Request) -> str:
    """From where a request comes."""
    return request.client.host if request.client else ""
