"""Any other place that the library Apprise knows: Teams, Matrix, Telegram, ntfy and a hundred more.

One address a table: what failed for one place must not be repeated at another. It tells only
whether it worked, never whether a post is there already: what was cut off waits for a person,
unless `after_crash` says to repeat it.
"""

import asyncio
from pathlib import Path
from typing import Literal

from gateway.channels import ChannelSettings, News
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.wire import secret

HEADS = {"opened": "New", "updated": "Update", "resolved": "Resolved"}
KINDS = {"opened": "warning", "updated": "info", "resolved": "success"}
# Places that run a program or write to this machine are none.
REFUSED = {"syslog", "dbus", "glib", "gnome", "kde", "macosx", "windows", "qt"}


class Settings(ChannelSettings):
    """`[channels.<word>]` with `kind = "apprise"`: the Apprise address, which holds secrets."""

    url_file: Path | None = None
    url_env: str | None = None
    after_crash: Literal["hold", "repeat"] = "hold"


def make(settings: Settings) -> "Apprise":
    """The place; connects to nothing yet."""
    return Apprise(settings)


class Apprise:
    """One place."""

    name = "apprise"

    def __init__(self, settings: Settings) -> None:
        import apprise  # noqa: PLC0415  # it knows a hundred places, which takes a while

        self._settings = settings
        address = secret(settings.url_file, settings.url_env, "channels.apprise.url")()
        self._there = apprise.Apprise()
        self._scheme = address.partition("://")[0].lower()
        if self._scheme in REFUSED or not self._there.add(address) or len(self._there) != 1:
            raise ConfigError("channels.apprise.url: it is no one address that Apprise knows")
        self._format = apprise.NotifyFormat.TEXT

    async def post(self, news: News) -> str | None:
        """Post the news; the library gives nothing to refer to."""
        if news.is_doubtful and self._settings.after_crash == "hold":
            raise Permanent(
                f"{self.name}: it may have been posted, and Apprise cannot tell: look, "
                "and triage posts retry"
            )
        title, body = _words(news)
        if not await asyncio.to_thread(self._notify, title, body, KINDS[news.kind]):
            raise Temporary(f"{self.name}: Apprise could not post it: check its address")
        return None

    def _notify(self, title: str, body: str, kind: str) -> bool:
        return bool(
            self._there.notify(
                body=body, title=title, notify_type=kind, body_format=self._format,
                interpret_escapes=False,
            )
        )  # fmt: skip

    async def rehearse(self, news: News) -> list[str]:
        """What `post` would hand to the library."""
        title, body = _words(news)
        return [f"{self._scheme}://***\n\n{title}\n\n{body}"]

    async def check(self) -> str:
        """The library cannot try a place without posting."""
        return "its address is one that Apprise knows; whether it works shows with the first post"

    async def close(self) -> None:
        """The library holds no connection."""


def _words(news: News) -> tuple[str, str]:
    facts = [f"Services: {', '.join(news.services) or 'not known'}"]
    facts += [f"Severity: {news.severity}"] if news.severity else []
    title = f"{HEADS[news.kind]}: [{news.ticket}] {news.title}"
    return _quiet(title), _quiet("\n\n".join([*([news.text] if news.text else []), *facts]))


def _quiet(text: str) -> str:
    """Nobody is called by it, whatever the place takes for a mention."""
    return text.replace("@", "@\u2060").replace("<!", "<\u2060!")
