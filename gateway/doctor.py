"""The doctor: tries every configured part and says what to mend."""

import asyncio
import shutil
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway import channels, sending_domain, trackers
from gateway.config import RelaySettings, Settings, host_port
from gateway.doors.imap import try_mailbox
from gateway.errors import GatewayError
from gateway.parts import judge, letters
from gateway.serving import NO_WAY_IN
from gateway.store.database import Database, not_there
from gateway.store.schema import upgrade
from gateway.trust.dns import Unanswered
from gateway.understanding import understanding

SECONDS = 10.0
MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing tried: whether it is well, and what to do if not."""

    part: str
    is_well: bool
    detail: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Try each part in turn; never raises."""
    yield _try("store", lambda: _store(settings))
    yield _try("data", lambda: _data(settings))
    yield _try("letters", lambda: _templates(settings))
    yield _ways_in(settings)
    for name in ("smtp", "smtps", "lmtp", "console"):
        section = getattr(settings, name)
        if section is not None:
            listen = section.listen
            yield _try(f"[{name}] {listen}", lambda listen=listen: _can_listen(listen))  # type: ignore[misc]  # bound now
    for box in settings.imap:
        yield _try(f"[[imap]] {box.host}", lambda box=box: try_mailbox(box))  # type: ignore[misc]  # bound now
    if settings.relay is None:
        yield Finding("[relay]", True, "none: every letter is held until one is configured")
    else:
        relay = settings.relay
        yield _try(f"[relay] {relay.host}:{relay.port}", lambda: _relay(relay))
    for word, table in settings.trackers.items():
        yield _try(f"[trackers.{word}]", lambda one={word: table}: _tracker(one, settings.file))  # type: ignore[misc]  # bound now
    for word, table in settings.channels.items():
        yield _try(f"[channels.{word}]", lambda one={word: table}: _channel(one, settings.file))  # type: ignore[misc]  # bound now
    yield _try("[trust]", lambda: _trust(settings))
    for part, check in sending_domain.checks(settings):
        yield _try(part, check)


def _try(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, check())
    except (GatewayError, sending_domain.Mend) as error:
        return Finding(part, False, str(error))
    except Unanswered as error:
        return Finding(part, False, f"the DNS does not answer ({error}): set trust.resolvers")
    except Exception as error:
        return Finding(part, False, f"{type(error).__name__}: {error}")


def _store(settings: Settings) -> str:
    file = not_there(settings.store)
    if file is not None:
        if not file.parent.is_dir():
            raise OSError(f"there is no {file}, nor its folder: is its name right?")
        return f"there is none at {file} yet: what takes mail in makes it"
    database = Database(settings.store)
    try:
        upgrade(database)
    finally:
        database.close()
    if not settings.store.startswith("sqlite:///"):
        return "PostgreSQL answers; the schema is current"
    folder = Path(settings.store.removeprefix("sqlite:///")).parent
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise OSError(f"only {free >> 20} MB are free where the store lies: make room")
    return f"SQLite answers; the schema is current; {free >> 30} GB free"


def _data(settings: Settings) -> str:
    found = understanding(settings)
    found.read(b"Subject: a test\r\n\r\nIs it well?\r\n")
    return "services, sources, cues and severity table are sound"


def _templates(settings: Settings) -> str:
    letters(settings)
    return "every template is sound, and there is one of each kind in answers.language"


def _ways_in(settings: Settings) -> Finding:
    names = settings.ways_in
    return Finding("ways in", bool(names), ", ".join(names) or f"{settings.file}: {NO_WAY_IN}")


def _can_listen(listen: str) -> str:
    host, port = host_port(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            with socket.create_connection((host, port), SECONDS):
                return f"something listens there already (a running gateway?): {error.strerror}"
    return "free to listen on"


def _relay(relay: RelaySettings) -> str:
    context = ssl.create_default_context(cafile=str(relay.ca_file) if relay.ca_file else None)
    client: smtplib.SMTP = (
        smtplib.SMTP_SSL(relay.host, relay.port, timeout=SECONDS, context=context)
        if relay.tls
        else smtplib.SMTP(relay.host, relay.port, timeout=SECONDS)
    )
    with client:
        client.ehlo()
        if relay.starttls == "required" and not relay.tls:
            client.starttls(context=context)
            client.ehlo()
        if relay.user and relay.password:
            client.login(relay.user, relay.password.get_secret_value())
        return "it answers" + (" and lets us in" if relay.user else "")


def _trust(settings: Settings) -> str:
    found = judge(settings)
    if found.dns is not None:
        try:
            found.dns.asker(SECONDS).ask(".", "NS")
        except Unanswered as error:
            raise LookupError(
                f"the resolver does not answer ({error}): every sender would be unknown; "
                "set trust.resolvers"
            ) from error
        return "the DNS answers: senders are checked by SPF, DKIM and DMARC"
    if found.authserv:
        return f"senders are verified by {', '.join(found.authserv)}, and by nobody else"
    if settings.answers.to == "verified":
        return "no sender is checked, so none is answered: set trust.authserv or trust.dns"
    return "no sender is checked"


def _tracker(table: dict[str, dict[str, Any]], file: str) -> str:
    (tracker,) = trackers.load(table, file)
    return _checked(tracker)


def _channel(table: dict[str, dict[str, Any]], file: str) -> str:
    (wired,) = channels.load(table, file)
    return _checked(wired.channel)


def _checked(far: trackers.Tracker | channels.Channel) -> str:
    async def tried() -> str:
        try:
            async with asyncio.timeout(SECONDS):
                return await far.check()
        finally:
            await far.close()

    return asyncio.run(tried())
