"""PagerDuty: maintenance windows by its REST API, and incidents by its Events API v2.

A window is ours by the key that begins its description; of that, users are shown only what follows
`USER_MESSAGE:`. It is moved, and ended or deleted, with the window here. Tickets trigger nothing
unless `severities` names theirs; then the ticket's key is the dedup_key, and who was triggered
is resolved with the ticket.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from gateway.errors import NotFound, NotSigned, Permanent
from gateway.model import utcnow
from gateway.trackers import Heard, TicketView, TrackerSettings, WindowView
from gateway.trackers._words import OVER, line, plain
from gateway.wire import Answer, FarSide, FarUrl, Missing, Wire, rehearsed, secret

PAGE = 100
ENDED = {"COMPLETED", "CANCELLED"}
LEVELS = {"critical": "critical", "high": "error", "medium": "warning"}  # Events API v2


class Settings(TrackerSettings, FarSide):
    """`[trackers.pagerduty]`: a `token` for windows, a `routing_key` for incidents, or both.

    `services` are ids there by ours, beside those of the catalogue. `sender` is the address of the
    account in whose name windows are made. `severities` says which tickets trigger: none by itself.
    """

    url: FarUrl = "https://api.pagerduty.com"
    events_url: FarUrl = "https://events.pagerduty.com"
    token_file: Path | None = None
    token_env: str | None = None
    routing_key_file: Path | None = None
    routing_key_env: str | None = None
    webhook_secret_file: Path | None = None
    webhook_secret_env: str | None = None
    sender: str | None = None
    services: dict[str, str] = Field(default_factory=dict)
    severities: tuple[str, ...] = ()
    open_end_hours: float = Field(24.0, gt=0)
    marker: str = "USER_MESSAGE:"

    @model_validator(mode="after")
    def _sound(self) -> "Settings":
        has_token = bool(self.token_file or self.token_env)
        has_key = bool(self.routing_key_file or self.routing_key_env)
        if not has_token and not has_key:
            raise ValueError("give token_file (windows), routing_key_file (incidents), or both")
        if has_token and not self.sender:
            raise ValueError("token_file needs sender: the address of an account there")
        if self.severities and not has_key:
            raise ValueError("severities needs routing_key_file")
        return self


def make(settings: Settings) -> "PagerDuty":
    """The account as a tracker; connects to nothing yet."""
    return PagerDuty(settings)


class PagerDuty:
    """Windows, and incidents where they are asked for."""

    name = "pagerduty"

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utcnow) -> None:
        self.settings = settings
        self._clock = clock
        self._ids = dict(settings.services)
        where = "trackers.pagerduty"
        self._token = self._key = self._secret = None
        if settings.token_file or settings.token_env:
            self._token = secret(settings.token_file, settings.token_env, f"{where}.token")
        if settings.routing_key_file or settings.routing_key_env:
            self._key = secret(
                settings.routing_key_file, settings.routing_key_env, f"{where}.routing_key"
            )
        if settings.webhook_secret_file or settings.webhook_secret_env:
            self._secret = secret(
                settings.webhook_secret_file, settings.webhook_secret_env, f"{where}.webhook_secret"
            )
        self._rest = Wire(
            "pagerduty", settings.url, settings, self._headers,
            mend=f"renew {where}.token (a REST API key with write access), and check sender",
        )  # fmt: skip
        self._events = Wire(
            "pagerduty events", settings.events_url, settings, dict,
            mend=f"renew {where}.routing_key",
        )  # fmt: skip

    def know_services(self, ids: Mapping[str, str]) -> None:
        """Ids there by ours, as the catalogue has them; those of the settings win."""
        self._ids = dict(ids) | self.settings.services

    def _headers(self) -> Mapping[str, str]:
        if self._token is None:
            raise Permanent("trackers.pagerduty.token_file: windows need it: give one")
        return {"Authorization": f"Token token={self._token()}"}

    # --- incidents ---

    async def put(self, ticket: TicketView) -> str | None:
        """Trigger or resolve the incident of a ticket, where the settings ask for one."""
        is_asked_for = ticket.severity in self.settings.severities
        if self._key is None or not (ticket.reference or is_asked_for):
            return None
        is_over = ticket.state in OVER
        event = {"routing_key": self._key(), "dedup_key": ticket.key}
        event |= {"event_action": "resolve"} if is_over else _trigger(ticket)
        await self._events.ask("POST", "/v2/enqueue", event, hides=("routing_key",))
        return ticket.key

    # --- windows ---

    async def put_window(self, window: WindowView) -> str | None:
        """Make, move or end the maintenance window; returns its id there."""
        now = self._clock()
        end = window.end or max(window.start, now) + timedelta(hours=self.settings.open_end_hours)
        found = await self._find(window)
        if window.status in ENDED:
            if found is not None and _moment(found.get("end_time")) > now:
                await self._end(str(found["id"]))
            return str(found["id"]) if found else window.reference
        if end <= now:
            return str(found["id"]) if found else window.reference
        wanted = self._wanted(window, end)
        if found is None:
            answer = await self._ask(
                "POST", "/maintenance_windows", {"maintenance_window": wanted},
                instead={"maintenance_window": {"id": "new"}},
            )  # fmt: skip
            return answer.get(str, "maintenance_window", "id")
        if not _is_as(found, wanted, is_open=window.end is None):
            await self._ask(
                "PUT", f"/maintenance_windows/{found['id']}", {"maintenance_window": wanted}
            )
        return str(found["id"])

    async def _end(self, id_: str) -> None:
        """Delete a window that lies ahead, end one that is on: both is DELETE there."""
        try:
            await self._ask("DELETE", f"/maintenance_windows/{id_}")
        except Missing:
            return

    def _wanted(self, window: WindowView, end: datetime) -> dict[str, Any]:
        ids = [self._ids[one.id] for one in window.services if one.id in self._ids]
        if not ids:
            named = ", ".join(one.id for one in window.services) or "no service"
            raise Permanent(
                f"pagerduty: {window.key}: no id there of {named}: set trackers.pagerduty.services"
            )
        said = f"{window.key}: {line(window.title)}\n{self.settings.marker} {plain(window.text)}"
        return {
            "type": "maintenance_window",
            "start_time": _iso(window.start),
            "end_time": _iso(end),
            "description": said.strip(),
            "services": [{"id": id_, "type": "service_reference"} for id_ in sorted(set(ids))],
        }

    async def _find(self, window: WindowView) -> dict[str, Any] | None:
        if window.reference:
            try:
                answer = await self._ask(
                    "GET", f"/maintenance_windows/{window.reference}",
                    instead={"maintenance_window": {"id": window.reference,
                             "end_time": _iso(self._clock() + timedelta(days=1))}},
                )  # fmt: skip
                return answer.get(dict, "maintenance_window")
            except Missing:
                pass  # somebody deleted it there: it is made again, unless it is over
        for offset in range(0, PAGE * 10, PAGE):
            answer = await self._ask(
                "GET", "/maintenance_windows",
                params={"query": window.key, "limit": PAGE, "offset": offset},
                instead={"maintenance_windows": []},
            )  # fmt: skip
            rows = answer.rows("maintenance_windows")
            for row in rows:
                if str(row.get("description") or "").startswith(f"{window.key}: "):
                    return row
            if len(rows) < PAGE:
                break
        return None

    async def _ask(self, method: str, path: str, body: Any = None, **further: Any) -> Answer:
        headers = {"Accept": "application/vnd.pagerduty+json;version=2"}
        if method in {"POST", "PUT", "DELETE"}:
            headers["From"] = self.settings.sender or ""
        return await self._rest.ask(method, path, body, headers=headers, **further)

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The requests that `put` would send."""
        return await rehearsed(self.put(ticket))

    async def check(self) -> str:
        """Whether the token is taken, and the services are there. Events cannot be tried."""
        if self._token is None:
            return "a routing key is there; whether it is right shows with the first incident"
        wanted = set(self.settings.services.values())
        await self._ask("GET", "/maintenance_windows", params={"limit": 1})
        for id_ in sorted(wanted):
            try:
                await self._ask("GET", f"/services/{id_}")
            except Missing as error:
                raise Permanent(f"pagerduty: services: no service {id_} there") from error
        return "it lets us in" + (f"; {len(wanted)} services are there" if wanted else "")

    async def close(self) -> None:
        """Give the connections back."""
        await self._rest.close()
        await self._events.close()

    # --- what people did there ---

    async def heard(self, cursor: str | None) -> tuple[list[Heard], str]:
        """What people (not integrations) resolved and noted since the cursor, a moment."""
        if cursor is None or self._token is None or not self.settings.severities:
            return [], _iso(self._clock())
        answer = await self._ask(
            "GET", "/log_entries",
            params={"since": cursor, "limit": PAGE, "include[]": "incidents",
                    "time_zone": "UTC"},
        )  # fmt: skip
        rows = answer.rows("log_entries")
        ends = [_iso(_moment(row.get("created_at"))) for row in rows]
        return list(_of_log(rows)), max([*ends, cursor])

    def received(self, body: bytes, headers: Mapping[str, str]) -> list[Heard]:
        """What a signed webhook tells; see `received`."""
        if self._secret is None:
            raise NotFound(
                "trackers.pagerduty.webhook_secret_file: none is given: nothing is taken"
            )
        return received(body, headers, self._secret())


def _trigger(ticket: TicketView) -> dict[str, Any]:
    names = ", ".join(one.name for one in ticket.services) or "not known"
    return {
        "event_action": "trigger",
        "client": "Triage Gateway",
        "payload": {
            "summary": f"[{ticket.key}] {line(ticket.title)}"[:1024],
            "source": line(names)[:255],
            "severity": LEVELS.get(ticket.severity, "info"),
            "timestamp": _iso(ticket.created_at),
            "class": ticket.event,
            "custom_details": {
                "text": plain(ticket.text),
                "state": ticket.state,
                "severity": ticket.severity,
                "services": [one.name for one in ticket.services],
                "reach": ticket.reach,
                "people": ticket.people,
                "hampered": ticket.hampered,
            },
        },
    }


def _is_as(found: Mapping[str, Any], wanted: Mapping[str, Any], *, is_open: bool) -> bool:
    """Whether the window there says all that is wanted; an open one need not move all the time."""
    ids = {one.get("id") for one in found.get("services") or () if isinstance(one, dict)}
    same_end = _moment(found.get("end_time")) == _moment(wanted["end_time"])
    start = _moment(found.get("start_time"))
    return (
        found.get("description") == wanted["description"]
        and ids == {one["id"] for one in wanted["services"]}
        and (same_end or is_open)
        # One that was made after it began has begun there when it was made.
        and (start == _moment(wanted["start_time"]) or _moment(wanted["start_time"]) < start
             <= utcnow())
    )  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return utcnow()
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _of_log(rows: list[dict[str, Any]]) -> Iterator[Heard]:
    for row in rows:
        agent, incident = row.get("agent") or {}, row.get("incident") or {}
        reference = str(incident.get("incident_key") or "")
        if agent.get("type") not in {"user_reference", "user"} or not reference:
            continue
        who, at = str(agent.get("summary") or ""), _moment(row.get("created_at"))
        if row.get("type", "").startswith("resolve_log_entry"):
            yield Heard(f"closed-{incident.get('id')}", reference, "closed", at, who)
        elif row.get("type", "").startswith("annotate_log_entry"):
            channel = row.get("channel") or {}
            text = str(channel.get("summary") or row.get("summary") or "")
            yield Heard(f"comment-{row.get('id')}", reference, "comment", at, who, text)


def received(body: bytes, headers: Mapping[str, str], key: str) -> list[Heard]:
    """What a webhook (v3) of PagerDuty tells of incidents that people resolved or reopened. Pure.

    NotSigned where none of its signatures is made with `key`.
    """
    named = {name.lower(): value for name, value in headers.items()}
    ours = "v1=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    theirs = [one.strip() for one in named.get("x-pagerduty-signature", "").split(",")]
    given = (one.encode("utf-8", "replace") for one in theirs)
    if not any(hmac.compare_digest(ours.encode(), one) for one in given):
        raise NotSigned("pagerduty: the webhook is not signed with webhook_secret")
    try:
        event = json.loads(body)["event"]
        agent, data = event.get("agent") or {}, event["data"]
        if agent.get("type") not in {"user_reference", "user"}:
            return []  # an integration: we ourselves, mostly
        reference, who = str(data.get("incident_key") or ""), str(agent.get("summary") or "")
        at, kind = _moment(event.get("occurred_at")), event.get("event_type")
        if reference and kind == "incident.resolved":
            return [Heard(f"closed-{data['id']}", reference, "closed", at, who)]
        if reference and kind == "incident.reopened":
            return [Heard(f"reopened-{event['id']}", reference, "reopened", at, who)]
        return []
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Permanent("pagerduty: the webhook is not of the form that is documented") from error
