"""Tells a web address of one's own of each ticket: a POST, signed, safe against replay.

Headers and signature are those of Standard Webhooks: `webhook-id` is the same for the same content
(who gets it twice does nothing twice), `webhook-timestamp` is when it was sent (refuse what is
old), `webhook-signature` is v1 and HMAC-SHA256 of "id.timestamp.body" in base64.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

from gateway.model import utcnow
from gateway.trackers import TicketView, TrackerSettings
from gateway.trackers._words import line, plain
from gateway.wire import FarSide, FarUrl, Wire, rehearsed, secret


class Settings(TrackerSettings, FarSide):
    """`[trackers.webhook]`: `url` is told; the secret signs what it is told."""

    url: FarUrl
    secret_file: Path | None = None
    secret_env: str | None = None


def make(settings: Settings) -> "Webhook":
    """The address as a tracker; connects to nothing yet."""
    return Webhook(settings)


class Webhook:
    """Tickets as signed messages."""

    name = "webhook"

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = lambda: utcnow().timestamp()
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._key = secret(settings.secret_file, settings.secret_env, "trackers.webhook.secret")
        self._wire = Wire(
            "webhook", settings.url, settings, dict,
            mend="let it take what is signed with trackers.webhook.secret",
        )  # fmt: skip

    async def put(self, ticket: TicketView) -> str:
        """Tell of the ticket as it is now; returns its key."""
        body = json.dumps(_told(ticket), ensure_ascii=False).encode("utf-8")
        id_ = f"{ticket.key}.{hashlib.sha256(body).hexdigest()[:24]}"
        at = str(int(self._clock()))
        signature = sign(self._key(), id_, at, body)
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{signature}",
        }
        await self._wire.ask("POST", "", content=body, headers=headers)
        return ticket.key

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The requests that `put` would send."""
        return await rehearsed(self.put(ticket))

    async def check(self) -> str:
        """Whether somebody answers there; what, is their own business."""
        await self._wire.reach()
        return "it answers"

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()


def sign(key: str, id_: str, at: str, body: bytes) -> str:
    """The signature; a key `whsec_...` is base64, any other is taken as it is."""
    raw = key.encode()
    if key.startswith("whsec_"):
        raw = base64.b64decode(key.removeprefix("whsec_"))
    signed = b".".join([id_.encode(), at.encode(), body])
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()


def _told(ticket: TicketView) -> dict[str, object]:
    return {
        "type": "ticket.changed",
        "timestamp": ticket.updated_at.isoformat(timespec="seconds"),
        "data": {
            "key": ticket.key,
            "title": line(ticket.title),
            "text": plain(ticket.text),
            "state": ticket.state,
            "event": ticket.event,
            "severity": ticket.severity,
            "services": [{"id": one.id, "name": one.name} for one in ticket.services],
            "reach": ticket.reach,
            "people": ticket.people,
            "hampered": ticket.hampered,
            "windows": [{"start": start, "end": end} for start, end in ticket.windows],
            "created_at": ticket.created_at.isoformat(timespec="seconds"),
            "history": [{"at": one.at.isoformat(timespec="seconds"), "what": line(one.what)}
                        for one in ticket.history],
        },
    }  # fmt: skip
