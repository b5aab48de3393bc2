"""Slack: a post for each incident and its news in the thread under it, by the web API.

When it is over, the first post says so too, and the last news shows in the channel. Whether a post
that was cut off had arrived is looked up by the key in its metadata. With an incoming webhook
instead, each piece of news is a post of its own, and what was cut off waits for a person.

Words of strangers stand in plain_text, where Slack knows no markup, mentions or links; the text
for notifications is escaped. The blocks are made and checked by slack-sdk; they go over
`gateway.wire`, since the client of slack-sdk would follow a redirect to another host with the
token.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator
from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, PlainTextObject, SectionBlock

from gateway.channels import ChannelSettings, News
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.wire import Answer, FarSide, FarUrl, Wire, rehearsed, secret

EVENT = "triage_news"
HEADER, SECTION = 150, 3000
PAGES, PAGE = 5, 200
SKEW = timedelta(minutes=5)
HEADS = {"opened": "New", "updated": "Update", "resolved": "Resolved"}
PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
BUSY = {"ratelimited", "rate_limited"}


class Settings(ChannelSettings, FarSide):
    """`[channels.slack]`: a bot's `token` and the id of a `channel`; or a `webhook`.

    The address of an incoming webhook is a secret, so that a file or the environment holds it.
    A post that may have arrived, where that cannot be looked up, is set aside (`after_crash`
    "hold") or posted again ("repeat").
    """

    url: FarUrl = "https://slack.com/api"
    token_file: Path | None = None
    token_env: str | None = None
    channel: str | None = None
    webhook_file: Path | None = None
    webhook_env: str | None = None
    after_crash: Literal["hold", "repeat"] = "hold"

    @model_validator(mode="after")
    def _one_way(self) -> "Settings":
        has_token = bool(self.token_file or self.token_env)
        if has_token == bool(self.webhook_file or self.webhook_env):
            raise ValueError("give token_file and channel, or webhook_file: one of the two")
        if has_token != bool(self.channel):
            raise ValueError("token_file and channel belong together")
        return self


def make(settings: Settings) -> "Slack | SlackWebhook":
    """The channel; connects to nothing yet."""
    if settings.channel:
        return Slack(settings, settings.channel)
    return SlackWebhook(settings)


class Slack:
    """One channel of a workspace, by the web API."""

    name = "slack"

    def __init__(self, settings: Settings, channel: str) -> None:
        token = secret(settings.token_file, settings.token_env, "channels.slack.token")
        self._channel = channel
        self._wire = Wire(
            "slack", settings.url, settings,
            lambda: {"Authorization": f"Bearer {token()}"}, mend="renew channels.slack.token",
        )  # fmt: skip

    async def post(self, news: News) -> str:
        """Post the news, under the ticket's first post if there is one; returns its ts."""
        found = await self._find(news) if news.is_doubtful else None
        if found is None:
            found = await self._say(news)
        if news.kind == "resolved" and news.previous:
            await self._ask(
                "chat.update",
                _message(news) | {"channel": self._channel, "ts": news.previous},
            )
        return found

    async def rehearse(self, news: News) -> list[str]:
        """The requests that `post` would send."""
        return await rehearsed(self.post(news))

    async def check(self) -> str:
        """Whether the token is taken and may post; whether the channel is there shows a post."""
        answer = await self._ask("auth.test", {})
        scopes = answer.headers.get("x-oauth-scopes", "")
        missing = [one for one in ("chat:write",) if scopes and one not in scopes]
        if missing:
            raise Permanent(f"slack: the token lacks {', '.join(missing)}: add it to the app")
        return f"it lets us in as {answer.value.get('user', 'a bot')}"

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _say(self, news: News) -> str:
        message = _message(news) | {
            "channel": self._channel,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT, "event_payload": {"key": news.key}},
        }
        if news.previous:
            message["thread_ts"] = news.previous
            message["reply_broadcast"] = news.kind == "resolved"
        answer = await self._ask("chat.postMessage", message, instead={"ok": True, "ts": "0"})
        return answer.get(str, "ts")

    async def _find(self, news: News) -> str | None:
        """The ts of that news, if it had been posted."""
        params: dict[str, str | int] = {
            "channel": self._channel,
            "oldest": f"{(news.at - SKEW).timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": PAGE,
        }
        method = "conversations.history"
        if news.previous:
            method, params["ts"] = "conversations.replies", news.previous
        for _ in range(PAGES):
            answer = self._good(await self._wire.ask(
                "GET", f"/{method}", params=params, instead={"ok": True, "messages": []},
            ))  # fmt: skip
            for row in answer.rows("messages"):
                data = row.get("metadata") or {}
                is_ours = data.get("event_type") == EVENT
                if is_ours and (data.get("event_payload") or {}).get("key") == news.key:
                    return str(row["ts"])
            cursor = (answer.value.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            params["cursor"] = cursor
        raise Permanent(
            "slack: too much was written since: whether it is there cannot be told; "
            "look, and triage posts retry"
        )

    async def _ask(self, method: str, body: Mapping[str, Any], instead: Any = None) -> Answer:
        instead = instead or {"ok": True}
        return self._good(await self._wire.ask("POST", f"/{method}", body, instead=instead))

    @staticmethod
    def _good(answer: Answer) -> Answer:
        """Slack says in a good answer what is wrong."""
        if answer.get(bool, "ok"):
            return answer
        error = str(answer.value.get("error", "unknown"))[:80]
        if error in BUSY:
            raise Temporary("slack: too many requests", is_refusal=True, seconds=60.0)
        if error in PASSING:
            raise Temporary(f"slack: {error}")
        raise Permanent(f"slack: {error}: check channels.slack: token, channel, rights of the app")


class SlackWebhook:
    """One channel of a workspace, by an incoming webhook."""

    name = "slack"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = secret(
            settings.webhook_file, settings.webhook_env, "channels.slack.webhook"
        )
        if not self._address().startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ConfigError("channels.slack.webhook: it must begin with https://")
        self._wire = Wire(
            "slack", self._address(), settings, dict, hides_path=True,
            mend="make a new incoming webhook, and renew channels.slack.webhook",
        )  # fmt: skip

    async def post(self, news: News) -> str | None:
        """Post the news; a webhook gives nothing to refer to."""
        if news.is_doubtful and self._settings.after_crash == "hold":
            raise Permanent(
                "slack: it may have been posted, and a webhook cannot tell: look, "
                "and triage posts retry"
            )
        await self._wire.ask("POST", "", _message(news), is_text=True)
        return None

    async def rehearse(self, news: News) -> list[str]:
        """The requests that `post` would send."""
        return await rehearsed(self.post(news))

    async def check(self) -> str:
        """A webhook cannot be tried without posting."""
        return "its address is there; whether it is right shows with the first post"

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()


def _message(news: News) -> dict[str, Any]:
    head = f"{HEADS[news.kind]}: [{news.ticket}] {news.title}"
    blocks: list[Block] = [HeaderBlock(text=_plain(head, HEADER))]
    if news.text.strip():
        blocks.append(SectionBlock(text=_plain(news.text, SECTION)))
    facts = [f"Services: {', '.join(news.services) or 'not known'}"]
    facts += [f"Severity: {news.severity}"] if news.severity else []
    facts += [f"State: {news.state}"] if news.state else []
    blocks.append(ContextBlock(elements=[_plain(" | ".join(facts), SECTION)]))
    return {"text": escaped(head)[:SECTION], "blocks": [one.to_dict() for one in blocks]}


def _plain(text: str, longest: int) -> PlainTextObject:
    cut = text if len(text) <= longest else text[: longest - 1] + "\u2026"
    return PlainTextObject(text=cut.strip() or "-", emoji=False)


def escaped(text: str) -> str:
    """Text in which nothing is a mention, a link or an entity of Slack's."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
