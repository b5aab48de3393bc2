"""The running gateway: doors, workers, outbox and console, started and stopped in order."""

import asyncio
import getpass
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from gateway.app import Gateway
from gateway.config import ConsoleSettings, host_port, shipped

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from gateway.console.web import Console

NO_WAY_IN = "nothing can come in: give [smtp], [smtps], [lmtp] or [[imap]]"

log = structlog.get_logger()


async def serve(
    gateway: Gateway,
    stop: asyncio.Event,
    ready: asyncio.Event | None = None,
    *,
    invites: bool = True,
) -> None:
    """Run doors, workers, outbox and console until `stop` is set; then finish what is half done.

    `invites`: say how to get in at the console, where nobody is named who may.
    """
    loop = asyncio.get_running_loop()
    working = gateway.work()
    console = gateway.console = console_of(gateway)
    await loop.run_in_executor(None, working.__enter__)
    opened: list[Any] = []
    try:
        for part in _parts(gateway, console):
            await part.start()
            opened.append(part)
        if not gateway.settings.ways_in:
            log.error("gateway.no_way_in", why=f"{gateway.settings.file}: {NO_WAY_IN}")
        await asyncio.to_thread(gateway.digests.set_timers)
        for warning in await asyncio.to_thread(gateway.standing.warnings):
            log.warning("gateway.warning", why=warning)
        log.info("gateway.ready", doors=[door.name for door in gateway.standing.doors])
        publishing = asyncio.create_task(gateway.standing.publish())
        if console is not None and invites:
            await asyncio.to_thread(_invite, gateway, console.port)
        if ready is not None:
            ready.set()
        await stop.wait()
        log.info("gateway.stopping")
        publishing.cancel()
    finally:
        # Doors first: nothing new comes in while the rest is finished.
        for part in reversed(opened):
            await part.stop()
        await loop.run_in_executor(None, working.__exit__, None, None, None)
        await asyncio.to_thread(gateway.standing.withdraw)


def console_of(gateway: Gateway) -> "Console | None":
    """The web console, where one is configured."""
    from gateway.console import calendar, site  # noqa: PLC0415
    from gateway.console.hooks import Hooks  # noqa: PLC0415
    from gateway.console.metrics import Gauging, Metrics  # noqa: PLC0415
    from gateway.console.web import Console  # noqa: PLC0415

    settings = gateway.settings.console
    if settings is None:
        return None
    pages = site.make(gateway.desk(), settings) if settings.has_pages else None
    calendars = calendar.routes(gateway.calendars.feed) if settings.has_pages else []
    news = [*news_pages(gateway, settings), *calendars]
    hooks = Hooks(gateway.mirroring.received).routes()
    return Console(
        settings, gateway.standing.status, pages, [*news, *hooks],
        metrics=Metrics(gateway.standing.status, Gauging(gateway.database)),
        missing=gateway.standing.missing,
    )  # fmt: skip


def news_pages(gateway: Gateway, settings: ConsoleSettings) -> "list[BaseRoute]":
    """The pages for readers of our news, where people can reach them."""
    from gateway.console import subscriptions  # noqa: PLC0415
    from gateway.console.guard import Guard  # noqa: PLC0415

    if not settings.has_pages:
        return []
    own = gateway.settings.templates
    folders = [one / "news" for one in (own, shipped("templates")) if one]
    app = subscriptions.make(
        gateway.readership,
        [one for one in folders if one.is_dir()],
        gateway.settings.answers.organization,
    )
    return subscriptions.routes(app, lambda app: Guard(app, settings))


def _invite(gateway: Gateway, port: int) -> None:
    """Where nobody else could sign in: a link for whoever started us, on this machine alone.

    To the terminal and not to the log, since it is a secret, if for minutes only.
    """
    settings = gateway.settings.console
    if settings is None or not settings.on_loopback or settings.names_people:
        return
    host = host_port(settings.listen)[0]
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if not sys.stderr.isatty():  # it may be a log
        log.info("console.ready", url=settings.url or base, sign_in="triage console link")
        return
    link = gateway.console_link(getpass.getuser(), "administrator", settings.url or base)
    sys.stderr.write(
        f"Console: {link}\n(signs in once, within {settings.link_minutes:g} minutes; "
        "for another: triage console link)\n"
    )
    sys.stderr.flush()


def _parts(gateway: Gateway, console: "Console | None") -> Sequence[Any]:
    return [
        gateway.outbox,
        gateway.fan_out,
        gateway.mirroring,
        gateway.timers,
        gateway.posting,
        *([console] if console else []),
        *gateway.make_doors(),
    ]
