"""Jira: one issue a ticket, by REST API 3 (Cloud) or 2 (Data Center).

An issue is ours by a label made of the ticket's key, by which it is found again. What we told last
is a property of the issue, changed in the same request as its text; a comment bears the number of
the line that it tells, so that none is written twice.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from gateway.errors import Permanent
from gateway.model import utcnow
from gateway.trackers import Heard, TicketView, TrackerSettings
from gateway.trackers._words import OVER, Page, changes, line, newest, stamp
from gateway.wire import Answer, Conflict, FarSide, FarUrl, Missing, Wire, rehearsed, secret

KEY = re.compile(r"[A-Za-z]{1,9}-\d{1,12}")
PROPERTY = "triage-gateway"
SAID = re.compile(r"\(triage-gateway [A-Z]+-\d+ line (\d+)\)")
PAGE = 50


class Settings(TrackerSettings, FarSide):
    """`[trackers.jira]`: `url` is the site; `user` and a token (Cloud), or a token alone.

    `resolve` and `reopen` are names of transitions there, `priorities` names by our severity;
    `fields` are set on each new issue, as they stand.
    """

    url: FarUrl
    project: str
    issue_type: str = "Task"
    api: Literal[2, 3] = 3
    user: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    labels: tuple[str, ...] = ("triage",)
    priorities: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    resolve: str = "Done"
    reopen: str = "To Do"
    comments: bool = True
    template: Path | None = None

    @field_validator("project")
    @classmethod
    def _a_key(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,49}", value):
            raise ValueError("must be the key of a project, for example OPS")
        return value

    @model_validator(mode="after")
    def _sound(self) -> "Settings":
        for label in self.labels:
            if not label or " " in label:
                raise ValueError("labels: a label has no space")
        return self


def make(settings: Settings) -> "Jira":
    """The project as a tracker; connects to nothing yet."""
    return Jira(settings)


class Jira:
    """Tickets as issues of one project."""

    name = "jira"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        token = secret(settings.token_file, settings.token_env, "trackers.jira.token")

        def headers() -> Mapping[str, str]:
            if settings.user is None:
                return {"Authorization": f"Bearer {token()}"}
            both = base64.b64encode(f"{settings.user}:{token()}".encode()).decode()
            return {"Authorization": f"Basic {both}"}

        self._wire = Wire(
            "jira", settings.url, settings, headers,
            mend="renew trackers.jira.token, and let it create and edit issues of "
                 f"{settings.project}",
        )  # fmt: skip
        self._page = Page("plain.txt", settings.template, "trackers.jira.template")
        self._api = f"/rest/api/{settings.api}"

    async def put(self, ticket: TicketView) -> str:
        """Create or renew the issue of a ticket; returns its key there."""
        if not KEY.fullmatch(ticket.key):
            raise Permanent(f"jira: {ticket.key[:40]!r} cannot stand in a query")
        try:
            return await self._put(ticket, ticket.reference)
        except Conflict:
            return await self._put(ticket, None)

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The requests that `put` would send."""
        return await rehearsed(self.put(ticket))

    async def check(self) -> str:
        """Whether the token may create issues there."""
        answer = await self._wire.ask(
            "GET", f"{self._api}/mypermissions",
            params={"projectKey": self.settings.project,
                    "permissions": "CREATE_ISSUES,EDIT_ISSUES,ADD_COMMENTS,TRANSITION_ISSUES"},
        )  # fmt: skip
        found = answer.get(dict, "permissions")
        missing = [name for name, one in found.items() if not one.get("havePermission")]
        if missing:
            raise Permanent(
                f"jira: in {self.settings.project} we lack {', '.join(sorted(missing))}: grant them"
            )
        return f"{self.settings.project} takes issues"

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    # --- the issue ---

    async def _put(self, ticket: TicketView, reference: str | None) -> str:
        key = reference or await self._find(ticket.key)
        if key is None:
            answer = await self._wire.ask(
                "POST", f"{self._api}/issue",
                {"fields": self._new(ticket), "properties": [_told(ticket, "open")]},
                instead={"key": "new"},
            )  # fmt: skip
            key = answer.get(str, "key")
            if ticket.state in OVER:
                await self._renew(key, {"told": newest(ticket), "state": "open"}, ticket)
            return key
        if not re.fullmatch(r"[A-Z0-9_]+-\d+|new", key):
            raise Permanent(f"jira: {key[:40]!r} is no key of an issue")
        told = await self._told(key)
        await self._comment(key, int(told.get("told", 0)), ticket)
        await self._renew(key, told, ticket)
        return key

    async def _find(self, key: str) -> str | None:
        jql = f'project = "{self.settings.project}" AND labels = "{_label(key)}" ORDER BY created'
        answer = await self._search({"jql": jql, "maxResults": 1, "fields": ["labels"]})
        rows = answer.rows("issues")
        return str(rows[0]["key"]) if rows else None

    async def _search(self, body: dict[str, Any]) -> Answer:
        path = "search/jql" if self.settings.api == 3 else "search"
        return await self._wire.ask("POST", f"{self._api}/{path}", body, instead={"issues": []})

    async def _told(self, key: str) -> dict[str, Any]:
        path = f"{self._api}/issue/{key}/properties/{PROPERTY}"
        try:
            return (await self._wire.ask("GET", path, instead={"value": {}})).get(dict, "value")
        except Missing:
            # The property is not there, or the issue is not: which of the two, shows at once.
            await self._wire.ask("GET", f"{self._api}/issue/{key}", params={"fields": "labels"})
            return {}

    def _new(self, ticket: TicketView) -> dict[str, Any]:
        ours = self.settings
        return {
            **ours.fields,
            "project": {"key": ours.project},
            "issuetype": {"name": ours.issue_type},
            "labels": [*ours.labels, PROPERTY, _label(ticket.key)],
            **self._words(ticket),
        }

    def _words(self, ticket: TicketView) -> dict[str, Any]:
        found: dict[str, Any] = {
            "summary": f"[{ticket.key}] {self._page.title(ticket)}"[:250],
            "description": self._document(self._page.body(ticket)),
        }
        if ticket.severity in self.settings.priorities:
            found["priority"] = {"name": self.settings.priorities[ticket.severity]}
        return found

    async def _renew(self, key: str, told: Mapping[str, Any], ticket: TicketView) -> None:
        state = "over" if ticket.state in OVER else "open"
        if state != told.get("state", "open"):
            await self._move(
                key, self.settings.resolve if state == "over" else self.settings.reopen
            )
        await self._wire.ask(
            "PUT", f"{self._api}/issue/{key}",
            {"fields": self._words(ticket), "properties": [_told(ticket, state)]},
        )  # fmt: skip

    async def _move(self, key: str, name: str) -> None:
        """By the transition of that name; where there is none, a person moved it already."""
        path = f"{self._api}/issue/{key}/transitions"
        answer = await self._wire.ask(
            "GET", path, instead={"transitions": [{"id": "0", "name": name, "to": {}}]}
        )
        rows = answer.rows("transitions")
        for row in rows:
            to = (row.get("to") or {}).get("name", "")
            if name.lower() in {str(row.get("name", "")).lower(), str(to).lower()}:
                await self._wire.ask("POST", path, {"transition": {"id": str(row["id"])}})
                return

    # --- comments ---

    async def _comment(self, key: str, told: int, ticket: TicketView) -> None:
        new = changes(ticket, told) if self.settings.comments else []
        if not new or await self._has_said(key, new[-1].id):
            return
        lines = [f"{stamp(one.at)}: {line(one.what)}" for one in new]
        lines.append(f"(triage-gateway {ticket.key} line {new[-1].id})")
        await self._wire.ask(
            "POST", f"{self._api}/issue/{key}/comment", {"body": self._document("\n".join(lines))}
        )

    async def _has_said(self, key: str, number: int) -> bool:
        answer = await self._wire.ask(
            "GET", f"{self._api}/issue/{key}/comment",
            params={"orderBy": "-created", "maxResults": PAGE}, instead={"comments": []},
        )  # fmt: skip
        said = (SAID.search(_text(row.get("body"))) for row in answer.rows("comments"))
        return any(found and int(found[1]) >= number for found in said)

    def _document(self, text: str) -> Any:
        """The text as Jira wants it: a document (3), or wiki markup in which none comes to life."""
        if self.settings.api == 2:
            return "{noformat}\n" + text.replace("{noformat}", "{ noformat }") + "\n{noformat}"
        rows = [[{"type": "text", "text": row}] if row else [] for row in text.split("\n")]
        content = [{"type": "paragraph", "content": row} for row in rows]
        return {"version": 1, "type": "doc", "content": content}

    # --- what people did there ---

    async def heard(self, cursor: str | None) -> tuple[list[Heard], str]:
        """Comments and closed issues since the cursor, a moment."""
        now = utcnow()
        if cursor is None:
            return [], now.isoformat()
        since = datetime.fromisoformat(cursor)
        minutes = int((now - since).total_seconds() // 60) + 5  # JQL counts in minutes
        jql = (
            f'project = "{self.settings.project}" AND labels = "{PROPERTY}" '
            f'AND updated >= "-{minutes}m" ORDER BY updated'
        )
        body = {"jql": jql, "maxResults": PAGE, "fields": ["status", "comment", "updated"],
                "properties": [PROPERTY]}  # fmt: skip
        rows = (await self._search(body)).rows("issues")
        found = [event for row in rows for event in _of_issue(row, since)]
        if len(rows) == PAGE:
            return found, max(_moment(rows[-1]["fields"].get("updated")), since).isoformat()
        return found, now.isoformat()


def _label(key: str) -> str:
    return f"{PROPERTY}-{key}"


def _told(ticket: TicketView, state: str) -> dict[str, Any]:
    return {"key": PROPERTY, "value": {"told": newest(ticket), "state": state}}


def _text(body: Any) -> str:
    """The words of a comment: a text, or the leaves of a document."""
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return (
            str(body.get("text", ""))
            + "".join(_text(one) for one in body.get("content") or ())
            + ("\n" if body.get("type") == "paragraph" else "")
        )
    return ""


def _of_issue(row: Mapping[str, Any], since: datetime) -> Iterator[Heard]:
    key, fields = str(row.get("key")), row.get("fields") or {}
    for one in (fields.get("comment") or {}).get("comments") or ():
        text, at = _text(one.get("body")).strip(), _moment(one.get("created"))
        if not SAID.search(text) and at >= since.replace(second=0, microsecond=0):
            who = str((one.get("author") or {}).get("displayName", ""))
            yield Heard(f"comment-{one.get('id')}", key, "comment", at, who, text)
    status = fields.get("status") or {}
    is_done = (status.get("statusCategory") or {}).get("key") == "done"
    told = (row.get("properties") or {}).get(PROPERTY) or {}
    if is_done and told.get("state") == "open":
        mark = json.dumps([key, told.get("told")])
        yield Heard(f"closed-{mark}", key, "closed", _moment(fields.get("updated")))


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return utcnow()
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
