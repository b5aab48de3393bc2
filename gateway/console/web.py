"""The console's listener: `/healthz` and `/readyz`, `/metrics` for Prometheus, and the site.

The first three tell numbers and names of parts, never a word of any message, and ask nobody who
they are. The site (`gateway.console.site`) is the pages.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from gateway.config import ConsoleSettings, host_port
from gateway.errors import ConfigError

START_SECONDS = 10.0
READY_SECONDS = 5.0


class Status(Protocol):
    """What the console shows."""

    @property
    def spool(self) -> dict[str, int]:
        """Messages by state."""

    @property
    def outbox(self) -> dict[str, int]:
        """Letters by state."""

    @property
    def tickets(self) -> int:
        """How many there are."""

    @property
    def needs_review(self) -> int:
        """How many of them a person should look at."""

    @property
    def windows_to_review(self) -> int:
        """How many maintenance windows wait for a person."""

    @property
    def oldest_unprocessed_s(self) -> float:
        """Seconds."""

    @property
    def doors(self) -> list[dict[str, Any]]:
        """Each with name and state."""

    @property
    def trackers(self) -> list[dict[str, Any]]:
        """Each with name and how many tickets wait or failed."""

    @property
    def channels(self) -> list[dict[str, Any]]:
        """Each with name and how many posts wait or failed."""

    @property
    def firewall(self) -> dict[str, Any]:
        """Since when answers are stopped, why, and how many it holds."""

    @property
    def outbox_health(self) -> dict[str, Any]:
        """State and detail."""

    @property
    def lists(self) -> dict[str, int]:
        """What mailing lists ask of the operator, by state."""

    @property
    def warnings(self) -> list[str]:
        """What a person should know of, while all else goes on."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""


class Console:
    """The web listener."""

    def __init__(
        self,
        settings: ConsoleSettings,
        status: Callable[[], Status],
        site: ASGIApp | None = None,
        news: Sequence[BaseRoute] = (),
        *,
        metrics: Collector | None = None,
        missing: Callable[[], list[str]] = list,
    ) -> None:
        self._site = site
        self._news = news
        self._proxies = list(settings.proxies)
        self._listen = host_port(settings.listen)
        self._status = status
        self._registry = CollectorRegistry(auto_describe=False)
        if metrics is not None:
            self._registry.register(metrics)
        self._missing = missing
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def app(self) -> Starlette:
        """The web application."""
        routes: list[BaseRoute] = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
            *self._news,
        ]
        return Starlette(routes=[*routes, *([Mount("/", self._site)] if self._site else [])])

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        if self._server is None or not self._server.servers:
            raise RuntimeError("the console is not started")
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen; ConfigError where the address is taken."""
        host, port = self._listen
        config = uvicorn.Config(
            self.app, host=host, port=port, log_config=None, access_log=False, lifespan="off",
            server_header=False, timeout_graceful_shutdown=2,
            proxy_headers=bool(self._proxies), forwarded_allow_ips=self._proxies,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # signals are the gateway's
        self._server = server
        self._task = asyncio.create_task(self._serve(server))
        async with asyncio.timeout(START_SECONDS):
            while not server.started:
                if self._task.done():
                    raise ConfigError(f"console.listen: {host}:{port} cannot be listened on")
                await asyncio.sleep(0.01)

    @staticmethod
    async def _serve(server: uvicorn.Server) -> None:
        try:
            await server.serve()
        except SystemExit:  # uvicorn's way of saying that the address is taken
            return

    async def stop(self) -> None:
        """Close the listener."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    async def _healthz(self, _request: Request) -> Response:
        """200 while the store answers and every door is open, else 503; says which is not."""
        try:
            status = await asyncio.to_thread(self._status)
        except Exception as error:
            return JSONResponse({"status": "failing", "store": type(error).__name__}, 503)
        doors = {door["name"]: door["state"] for door in status.doors}
        is_up = all(state == "up" for state in doors.values())
        body = {
            "status": "ok" if is_up else "degraded",
            "doors": doors,
            "outbox": status.outbox_health["state"],
            "waiting": status.spool["accepted"],
            "held": status.spool["held"],
            "oldest_unprocessed_s": status.oldest_unprocessed_s,
        }
        return JSONResponse(body, 200 if is_up else 503)

    async def _readyz(self, _request: Request) -> Response:
        """200 once the store answers and the workers run, else 503; says what is missing."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                missing = await asyncio.to_thread(self._missing)
        except TimeoutError:
            missing = [f"the store has not answered within {READY_SECONDS:g} s"]
        except Exception as error:
            missing = [f"the store: {type(error).__name__}"]
        body = {"status": "not ready" if missing else "ready", "missing": missing}
        return JSONResponse(body, 503 if missing else 200)

    async def _metrics(self, _request: Request) -> Response:
        text = await asyncio.to_thread(generate_latest, self._registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)
