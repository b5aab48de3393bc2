"""What stands before every page: known hosts only (DNS rebinding), and headers that bind browsers.

Nothing is loaded from elsewhere, nothing here is shown in another's frame, no script but our files
runs, no address leaks by Referer.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.config import LOOPBACK, ConsoleSettings, host_port

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
A_YEAR = "max-age=31536000"
BODY = 512 * 1024  # bytes that a form may have


class Guard:
    """The wall around the pages."""

    def __init__(self, app: ASGIApp, settings: ConsoleSettings) -> None:
        self._app = app
        self._secure = settings.is_secure
        self._hosts = hosts(settings)

    @property
    def routes(self) -> list[BaseRoute]:
        """What is behind the wall."""
        return getattr(self._app, "routes", [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse a host that is not ours."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {"Content-Security-Policy": POLICY, **SECURITY}.items():
                    headers.setdefault(name, value)
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", A_YEAR)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if _name(host) not in self._hosts:
            text = "This console does not go by that name: see console.url in the configuration.\n"
            await PlainTextResponse(text, 421)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def hosts(settings: ConsoleSettings) -> set[str]:
    """The names that the console goes by."""
    found = set(LOOPBACK) if settings.on_loopback else {host_port(settings.listen)[0]}
    if settings.url:
        found.add(_name(settings.url.split("://", 1)[1].split("/", 1)[0]))
    return found


def _name(host: str) -> str:
    """A Host header without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
