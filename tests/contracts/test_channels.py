"""Every channel module defines what the contract asks; an example shows that this is checked."""

import asyncio
import inspect
import pkgutil
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gateway import channels
from gateway.channels import News
from gateway.config import Section

NEWS = News("TG-1:opened", "opened", "TG-1", "ID.me is down", "", datetime.now(UTC))
MODULES = [
    import_module(f"gateway.channels.{found.name}")
    for found in pkgutil.iter_modules(channels.__path__)
]


class Board:
    """The smallest channel: posts by key."""

    name = "board"

    def __init__(self) -> None:
        self.posts: dict[str, str] = {}

    async def post(self, news: News) -> str | None:
        return self.posts.setdefault(news.key, f"post-{len(self.posts)}")

    async def check(self) -> str:
        return "well"

    async def close(self) -> None:
        self.posts = dict(self.posts)


class Forgetful(Board):
    """Breaks the first duty."""

    async def post(self, news: News) -> str | None:
        self.posts[f"{news.key} {len(self.posts)}"] = "post"
        return f"post-{len(self.posts)}"


def must_define_a_channel(module: ModuleType | SimpleNamespace) -> None:
    assert issubclass(module.Settings, Section)
    assert callable(module.make)
    assert module.__doc__


def must_post_a_key_once(channel: Any) -> None:
    async def twice() -> tuple[str | None, str | None]:
        return await channel.post(NEWS), await channel.post(NEWS)

    first, second = asyncio.run(twice())
    assert first == second


def test_every_channel_file_defines_settings_and_make_and_a_bare_one_is_found_out() -> None:
    for module in MODULES:
        must_define_a_channel(module)
    with pytest.raises(AttributeError):
        must_define_a_channel(SimpleNamespace(__doc__="says its job"))


def test_a_key_is_posted_once_and_a_channel_that_forgets_is_found_out() -> None:
    must_post_a_key_once(Board())
    with pytest.raises(AssertionError):
        must_post_a_key_once(Forgetful())


def test_the_contract_says_its_duties() -> None:
    for duty in (channels.Channel.post, channels.Channel.check, channels.Channel.close):
        assert inspect.getdoc(duty)
    assert "Duties" in (inspect.getdoc(channels.Channel) or "")
