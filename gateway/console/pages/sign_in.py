"""Getting in and out: a one-time link (printed at start, or mailed), and the end of a session."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.config import ConsoleRoles
from gateway.console.asked import Asked, act, origin_of, public, show, trouble
from gateway.console.desk import Desk
from gateway.errors import Permanent

ASKS, ASKED_WITHIN = 10, 600  # links from one place, within so many seconds
MOST_ORIGINS = 10_000

log = structlog.get_logger()


def routes(_desk: Desk) -> list[Route]:
    """The pages of signing in."""
    return [
        public("/sign-in", _sign_in, ("GET", "POST")),
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


def _sign_in(request: Request, form: Mapping[str, str]) -> Response:
    desk: Desk = request.app.state.desk
    to = local(request.query_params.get("to", "/"))
    console = desk.settings.console
    ways: dict[str, Any] = {
        "by_mail": bool(console and console.roles != ConsoleRoles() and desk.settings.relay),
        "oidc": console.oidc.name if console and console.oidc else None,
    }
    if request.method == "GET":
        return _render(request, step="ask", to=to, **ways)
    if not _asks.may(origin_of(request)):
        why = f"From where you are it was asked {ASKS} times within {ASKED_WITHIN // 60} minutes."
        return trouble(request, 429, "That is too often", f"{why} Wait a little.")
    # The same answer for whoever asks, and as fast: the letter is written afterwards.
    answer = _render(request, step="sent", to=to, **ways)
    address = form.get("address", "").strip()[:254]
    if ways["by_mail"] and address:
        answer.background = BackgroundTask(_mail_link, request, address, to)
    return answer


def _mail_link(request: Request, address: str, to: str) -> None:
    """A link to an address that has a role, and not too often; else nothing."""
    desk: Desk = request.app.state.desk
    console = desk.settings.console
    role = console.roles.of(address) if console else None
    if console is None or role is None or not desk.sessions.may_have_link(address.lower()):
        log.info("console.no_link", known=role is not None)
        return
    token = desk.sessions.link(address.lower(), role, "mail")
    base = console.url or f"http://{request.headers['host']}"
    body = (
        f"This link signs you in at the triage console, once, within {console.link_minutes:g} "
        f"minutes:\n\n{base}/sign-in/{token}?to={quote(to)}\n\n"
        "If you did not ask for it, do nothing: nobody else can use it."
    )
    letter = desk.letters.private(
        address, kind="sign_in", subject="Your link to the triage console", body=body,
        key=f"sign_in:{secrets.token_hex(16)}",
    )  # fmt: skip
    with desk.database.transaction() as session:
        desk.outbox.enqueue(session, [letter])
    desk.outbox.wake()
    desk.record.add(address.lower(), "asked for a link", "", origin_of(request))


class _Asks:
    """How often links were asked for, from where."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def may(self, origin: str) -> bool:
        """Whether another one may be asked for; it counts."""
        now = time.monotonic()
        with self._lock:
            if len(self._times) > MOST_ORIGINS:
                self._times.clear()
            times = self._times.setdefault(origin, deque(maxlen=ASKS))
            if len(times) == ASKS and times[0] > now - ASKED_WITHIN:
                return False
            times.append(now)
            return True


_asks = _Asks()


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
