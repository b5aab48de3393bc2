"""Every channel keeps the contract, against a far side that takes only what is documented."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway import channels
from gateway.channels import Channel, ChannelSettings, News
from gateway.errors import ConfigError, Permanent, Temporary
from tests.contracts.trackers.bench import secret_file
from tests.contracts.trackers.server import FAULTS, Answered, Asked, Server, server

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
NEWS = News("TG-1:0:opened", "opened", "TG-1", "ID.me is down", "Since nine.", AT,
            services=("ID.me",), severity="high", state="new")  # fmt: skip
HOSTILE = replace(
    NEWS, title="<!channel> & <@U1> *x* " + "y" * 400, text="<http://evil.example|ok> @here" * 200
)
LASTING = {"401", "403", "404", "422", "redirect"}


@dataclass
class Workspace:
    """What the far side keeps: posts by ts, in the order they came."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str = ""

    def answer(self, asked: Asked) -> Answered:
        if asked.path in {"/hook", "/services/T1/B1/x"}:
            self.posts[self._ts()] = asked.body
            return 200, b"ok"
        if self.error:
            return 200, {"ok": False, "error": self.error}
        method = asked.path.rpartition("/")[2]
        if method == "chat.postMessage":
            ts = self._ts()
            self.posts[ts] = asked.body
            return 200, {"ok": True, "channel": "C1", "ts": ts}
        if method == "chat.update":
            self.posts[asked.body["ts"]] |= asked.body
        rows = [{"ts": ts, **post} for ts, post in self.posts.items()]
        return 200, {"ok": True, "messages": rows, "user": "triage"}

    def _ts(self) -> str:
        return f"17000000{len(self.posts):02}.000000"


@dataclass(frozen=True)
class Bench:
    table: dict[str, Any]
    there: Workspace
    server: Server
    looks_up: bool = False


@contextmanager
def opened(word: str, folder: Path) -> Iterator[Bench]:
    vendor = "apprise" if word == "apprise" else "slack"
    far, there = server(vendor), Workspace()
    far.reset(there.answer)
    if word == "slack":
        table = {"kind": "slack", "url": f"{far.url}/api", "channel": "C1", "token_file":
                 secret_file(folder)}  # fmt: skip
    elif word == "hook":
        table = {
            "kind": "slack",
            "webhook_file": secret_file(folder, f"{far.url}/services/T1/B1/x"),
        }
    else:
        url = far.url.replace("http://", "json://")
        table = {"kind": "apprise", "url_file": secret_file(folder, f"{url}/hook")}
    yield Bench(table, there, far, looks_up=word == "slack")
    assert far.wrong == []


@pytest.fixture(params=["slack", "hook", "apprise"])
def word(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(word: str, tmp_path: Path) -> Iterator[Bench]:
    with opened(word, tmp_path) as found:
        yield found


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[Bench]:
    with opened("slack", tmp_path) as found:
        yield found


def with_channel(bench: Bench, act: Callable[[Channel], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        (wired,) = channels.load({"chat": bench.table})
        try:
            return await act(wired.channel)
        finally:
            await wired.channel.close()
            await wired.channel.close()

    return asyncio.run(main())


def test_every_channel_file_defines_settings_and_make_and_is_tested_here(word: str) -> None:
    assert channels.known() == ["apprise", "slack"]
    for name in channels.known():
        module = import_module(f"gateway.channels.{name}")
        assert module.__doc__
        assert module.make.__doc__
        assert issubclass(module.Settings, ChannelSettings)
        assert module.Settings.__doc__ != ChannelSettings.__doc__


def test_news_is_posted_with_all_that_it_says(bench: Bench) -> None:
    with_channel(bench, lambda channel: channel.post(NEWS))
    (post,) = bench.there.posts.values()
    for said in ("TG-1", "ID.me is down", "Since nine.", "high"):
        assert said in repr(post)


def test_its_name_is_the_word_of_its_table(bench: Bench) -> None:
    (wired,) = channels.load({"chat": bench.table})
    assert wired.channel.name == "chat"


def test_words_of_strangers_stay_words(bench: Bench) -> None:
    with_channel(bench, lambda channel: channel.post(HOSTILE))
    (post,) = bench.there.posts.values()
    for one in post.get("blocks", []):
        for text in [one.get("text"), *one.get("elements", [])]:
            assert text is None or text["type"] == "plain_text"
    told = post.get("text", "") + post.get("message", "") + post.get("title", "")
    for alive in ("<!channel>", "<@U1>", "@here"):
        assert alive not in told


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_is_for_now_or_for_good(bench: Bench, word: str, fault: str) -> None:
    if word == "apprise" and fault in {"redirect", "half", "timeout", "garbage"}:
        pytest.skip("the library's own business")
    if fault == "timeout":
        bench.table["timeout"] = 0.2

    async def act(channel: Channel) -> None:
        bench.server.faults = [fault]
        lasting = fault in LASTING and word != "apprise"
        if word == "hook" and fault in {"garbage", "half"}:
            lasting = False
        if word == "hook" and fault == "garbage":
            await channel.post(NEWS)  # its answer says nothing
            return
        with pytest.raises(Permanent if lasting else Temporary) as raised:
            await channel.post(NEWS)
        assert "Since nine" not in str(raised.value)
        if fault in {"429", "503"} and word != "apprise":
            assert isinstance(raised.value, Temporary)
            assert raised.value.is_refusal
            assert raised.value.seconds

    with_channel(bench, act)


def test_what_may_have_arrived_is_looked_for_or_left_to_a_person(bench: Bench) -> None:
    doubtful = replace(NEWS, is_doubtful=True)
    first = with_channel(bench, lambda channel: channel.post(NEWS))
    if bench.looks_up:
        assert with_channel(bench, lambda channel: channel.post(doubtful)) == first
    else:
        with pytest.raises(Permanent, match="may have been posted"):
            with_channel(bench, lambda channel: channel.post(doubtful))
    assert len(bench.there.posts) == 1
    if not bench.looks_up:
        bench.table["after_crash"] = "repeat"
    other = replace(doubtful, key="TG-2:0:opened")
    with_channel(bench, lambda channel: channel.post(other))
    assert len(bench.there.posts) == 2


def test_what_would_be_sent_is_shown_without_secrets_and_nothing_is_sent(
    bench: Bench, tmp_path: Path
) -> None:
    shown = "\n".join(with_channel(bench, lambda channel: channel.rehearse(NEWS)))
    assert "Since nine." in shown
    assert (tmp_path / "secret").read_text().strip() not in shown
    assert bench.server.seen == []


def test_the_check_posts_nothing(bench: Bench) -> None:
    assert with_channel(bench, lambda channel: channel.check())
    assert bench.there.posts == {}


def test_news_of_an_incident_is_a_thread_and_its_end_changes_the_first_post(slack: Bench) -> None:
    async def act(channel: Channel) -> None:
        first = await channel.post(NEWS)
        assert first
        update = replace(NEWS, key="2", kind="updated", text="We know why.", previous=first)
        await channel.post(update)
        await channel.post(replace(update, key="3", kind="resolved", text="It is over."))

    with_channel(slack, act)
    first, second, third = slack.there.posts.values()
    assert first["text"] == "Resolved: [TG-1] ID.me is down"
    assert {second["thread_ts"], third["thread_ts"]} == {next(iter(slack.there.posts))}
    assert (second["reply_broadcast"], third["reply_broadcast"]) == (False, True)


@pytest.mark.parametrize(
    ("error", "kind"),
    [("invalid_auth", Permanent), ("channel_not_found", Permanent), ("ratelimited", Temporary),
     ("internal_error", Temporary)],
)  # fmt: skip
def test_slack_says_in_a_good_answer_what_is_wrong(
    slack: Bench, error: str, kind: type[Exception]
) -> None:
    slack.there.error = error
    with pytest.raises(kind, match=r"slack: "):
        with_channel(slack, lambda channel: channel.post(NEWS))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"kind": "slak"}, r"channels\.chat: unknown channel slak\. Did you mean slack\?"),
        ({"kind": "slack"}, "give token_file and channel, or webhook_file"),
        ({"kind": "slack", "token_file": "x"}, "token_file and channel belong together"),
        ({"kind": "apprise", "url": "x"}, "url: unknown key"),
    ],
)
def test_a_table_that_cannot_work_is_an_error_that_says_why(
    table: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        channels.load({"chat": table})


def test_the_contract_says_its_duties() -> None:
    for duty in (Channel.post, Channel.rehearse, Channel.check, Channel.close):
        assert inspect.getdoc(duty)
    assert "Duties" in (inspect.getdoc(Channel) or "")
