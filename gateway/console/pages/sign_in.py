"""Getting in and out: a one-time link (printed at start, or mailed), and the end of a session."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.console.asked import Asked, Done, act, origin_of, public, show, trouble
from gateway.console.desk import Desk
from gateway.errors import Permanent


def routes(_desk: Desk) -> list[Route]:
    """The pages of signing in."""
    return [
        public("/sign-in", _sign_in),
        public("/sign-in/{token}", _by_link, ("GET", "POST")),
        act("/sign-out", _sign_out, "signed out", role="reader"),
        show("/kept", _kept),
    ]


def local(path: str) -> str:
    """`path`, if it is one of this site; else the first page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if is_ours and path.isprintable() else "/"


def _render(request: Request, status: int = 200, **facts: object) -> Response:
    text = request.app.state.views.render(
        "sign_in.html", asked=None, person=None, told=None, **facts
    )
    return HTMLResponse(text, status)


def _sign_in(request: Request, _form: Mapping[str, str]) -> Response:
    return _render(request, step="ask", to=local(request.query_params.get("to", "/")))


def _by_link(request: Request, _form: Mapping[str, str]) -> Response:
    """Looking shows a button, pressing it signs in: a scanner that follows links uses up none."""
    desk: Desk = request.app.state.desk
    token = request.path_params["token"]
    to = local(request.query_params.get("to", "/"))
    if request.method == "GET":
        if not desk.sessions.is_good(token):
            return _render(request, 410, step="over", to=to)
        action = f"/sign-in/{quote(token)}?to={quote(to)}"
        return _render(request, step="press", action=action, to=to)
    origin, agent = origin_of(request), request.headers.get("user-agent", "")
    try:
        new, who = desk.sessions.use(token, origin, agent)
    except Permanent:
        return _render(request, 410, step="over", to=to)
    desk.record.add(who, "signed in", "", origin, how="link")
    return entered(request, new, to)


def entered(request: Request, token: str, to: str) -> Response:
    """The cookie of a new session, on the way to where they wanted."""
    desk: Desk = request.app.state.desk
    console = desk.settings.console
    answer = RedirectResponse(to, 303)
    answer.set_cookie(
        request.app.state.cookie, token, path="/", httponly=True, samesite="lax",
        secure=bool(console and console.is_secure),
        max_age=int(console.session_hours * 3600) if console else None,
    )  # fmt: skip
    return answer


def _sign_out(asked: Asked) -> Response:
    asked.desk.sessions.end_number(asked.person.session, asked.who)
    asked.desk.record.add(asked.who, "signed out", "", asked.origin)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(asked.request.app.state.cookie, path="/")
    return answer


def _kept(asked: Asked) -> Response:
    """What was typed before the session was over, to be sent after all."""
    found = asked.desk.sessions.kept(asked.who)
    if found is None:
        return RedirectResponse("/", 303)
    return asked.page("kept.html", path=found["path"], fields=found["fields"])


__all__ = ["Done", "entered", "local", "routes", "trouble"]
