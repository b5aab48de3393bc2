"""Where news is posted beside letters: a chat, a status page. One file a channel.

`[channels.slack]` names the module `gateway/channels/slack.py`; with `kind = "slack"` the table may
have a name of its own, so that there can be several. Such a module defines `Settings`
(a `gateway.channels.ChannelSettings`, the keys of its table) and `make(settings) -> Channel`, which
opens no connection and writes nothing. A secret never stands in the file: `..._file` or `..._env`
says where it is. What a channel is given has been masked before (`gateway.posting`).
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal, Protocol

from gateway.errors import ConfigError
from gateway.section import Section, checked

__all__ = ["Channel", "ChannelSettings", "News", "NewsKind", "Wired", "known", "load"]

NewsKind = Literal["opened", "updated", "resolved"]


class ChannelSettings(Section):
    """What every `[channels.<word>]` may say: which news it gets, and whether it is tried out.

    News of a ticket is posted there from the moment its severity is one of `severities` (none
    named: any), where one of its services is among `services` (none named: all). With `dry_run`
    nothing is sent or kept for later. `kind` is the file that is meant, if not the word.
    """

    kind: str | None = None
    severities: tuple[str, ...] = ("high", "critical")
    services: tuple[str, ...] = ()
    dry_run: bool = False

    def wants(self, severity: str, services: list[str]) -> bool:
        """Whether a ticket of that severity and those services is news here."""
        is_ranked = not self.severities or severity in self.severities
        return is_ranked and (not self.services or not set(self.services).isdisjoint(services))


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news as it may leave the house: words whose identifiers are masked.

    `key` names it for ever: the same key is the same news. `ticket` is the reference (TG-17) under
    which earlier news stands; `text` is plain, without markup. `previous` is the reference of the
    ticket's first post there. `is_doubtful`: it may have been posted already, since an earlier
    attempt was cut off.
    """

    key: str
    kind: NewsKind
    ticket: str
    title: str
    text: str
    at: datetime
    previous: str | None = None
    services: tuple[str, ...] = ()
    severity: str = ""
    state: str = ""
    is_doubtful: bool = False


class Channel(Protocol):
    """A place where people read news.

    Duties: one post a key, however often it is given; news of one ticket stands together where
    the place allows; words of strangers stay words (no mentions, no markup, no links come to
    life); nothing of it is logged.
    """

    name: str

    async def post(self, news: News) -> str | None:
        """Post `news` and return its reference there.

        Of `news.is_doubtful` it looks first whether it is there; where the place cannot tell, it
        raises Permanent, or posts again if its settings say so. Raises Temporary, which is tried
        again with growing waits, or Permanent, which is set aside for a person.
        """

    async def rehearse(self, news: News) -> list[str]:
        """What `post` would send, in full, secrets masked. Sends nothing."""

    async def check(self) -> str:
        """Try the channel without posting; says what is well, raises what to mend."""

    async def close(self) -> None:
        """Give back what is held. May be called twice, and `post` may follow."""


@dataclass(frozen=True, slots=True)
class Wired:
    """A channel and what its table says of the news it gets."""

    channel: Channel
    settings: ChannelSettings


def known() -> list[str]:
    """The words that may stand in the configuration: the files of this folder."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


def load(tables: Mapping[str, Mapping[str, Any]], file: str = "triage.toml") -> tuple[Wired, ...]:
    """The channels that the tables `[channels.<word>]` of `file` describe, in their order.

    Raises ConfigError for an unknown word or a table that its module does not accept.
    """
    return tuple(_made(word, table, file) for word, table in tables.items())


def _made(word: str, table: Mapping[str, Any], file: str) -> Wired:
    words, kind = known(), str(table.get("kind", word))
    if kind not in words:
        near = get_close_matches(kind, words, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"{file}: channels.{word}: unknown channel {kind}.{hint} Known: {', '.join(words)}"
        )
    module = import_module(f"{__name__}.{kind}")
    settings = checked(module.Settings, table, file, "channels", word)
    channel: Channel = module.make(settings)
    channel.name = word
    return Wired(channel, settings)
