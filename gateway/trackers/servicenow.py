"""ServiceNow: one record a ticket by the Table API, its correlation_id the ticket's key.

`correlation_display` says what we told last: it changes in the same request as the work note, so
that none is written twice, and what a person did there stays as they left it.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from gateway.errors import Permanent, Temporary
from gateway.model import utcnow
from gateway.trackers import Heard, TicketView, TrackerSettings
from gateway.trackers._words import OVER, Page, changes, line, newest, stamp
from gateway.wire import Answer, Conflict, FarSide, FarUrl, Wire, rehearsed, secret

KEY = re.compile(r"[A-Za-z]{1,9}-\d{1,12}")
TOLD = re.compile(r"triage-gateway (?P<told>\d+) (?P<state>open|over)")
NOTE = "[triage-gateway "
FIELDS = "sys_id,number,state,correlation_id,correlation_display"
TIME = "%Y-%m-%d %H:%M:%S"
PAGE = 100


class Settings(TrackerSettings, FarSide):
    """`[trackers.servicenow]`: `url` is the instance; user and password, or a token.

    `states`, `impact` and `urgency` say which value a word of ours has there; `fields` are set on
    each new record, as they stand.
    """

    url: FarUrl
    table: str = "incident"
    user: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    token_file: Path | None = None
    token_env: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    states: dict[str, str] = Field(
        default_factory=lambda: {
            "new": "1", "triaged": "2", "investigating": "2", "handed_off": "2", "resolved": "6",
            "closed": "7",
        }
    )  # fmt: skip
    impact: dict[str, str] = Field(
        default_factory=lambda: {"critical": "1", "high": "2", "medium": "3", "low": "3"}
    )
    urgency: dict[str, str] = Field(
        default_factory=lambda: {"critical": "1", "high": "1", "medium": "2", "low": "3"}
    )
    close_code: str = "Solved (Permanently)"
    journal: bool = True
    template: Path | None = None

    @field_validator("table")
    @classmethod
    def _a_name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,79}", value):
            raise ValueError("must be the name of a table, for example incident")
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> "Settings":
        has_password = bool(self.password_file or self.password_env)
        if bool(self.user) != has_password:
            raise ValueError("user and password_file or password_env belong together")
        if bool(self.user) == bool(self.token_file or self.token_env):
            raise ValueError("give user and password_file, or token_file: one of the two")
        return self


def make(settings: Settings) -> "ServiceNow":
    """The instance as a tracker; connects to nothing yet."""
    return ServiceNow(settings)


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of ours as it is there."""

    sys_id: str
    state: str
    told: int
    written: str

    @staticmethod
    def of(row: Mapping[str, Any], answer: Answer) -> "_Record":
        answer = Answer(answer.of, row)
        display = TOLD.fullmatch(str(row.get("correlation_display") or ""))
        return _Record(
            answer.get(str, "sys_id"),
            str(row.get("state") or ""),
            int(display["told"]) if display else 0,
            display["state"] if display else "open",
        )


class ServiceNow:
    """Tickets as records of one table."""

    name = "servicenow"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        where = "trackers.servicenow"
        if settings.user:
            password = secret(settings.password_file, settings.password_env, f"{where}.password")
            user = settings.user

            def headers() -> Mapping[str, str]:
                both = base64.b64encode(f"{user}:{password()}".encode()).decode()
                return {"Authorization": f"Basic {both}"}
        else:
            token = secret(settings.token_file, settings.token_env, f"{where}.token")

            def headers() -> Mapping[str, str]:
                return {"Authorization": f"Bearer {token()}"}

        mend = f"renew the credentials of {where}, and let them read and write {settings.table}"
        self._wire = Wire("servicenow", settings.url, settings, headers, mend=mend)
        self._page = Page("plain.txt", settings.template, f"{where}.template")
        self._table = f"/api/now/table/{settings.table}"

    async def put(self, ticket: TicketView) -> str:
        """Create or renew the record of a ticket; returns its sys_id."""
        if not KEY.fullmatch(ticket.key):
            raise Permanent(f"servicenow: {ticket.key[:40]!r} cannot stand in a query")
        try:
            return await self._put(ticket, ticket.reference)
        except Conflict:
            return await self._put(ticket, None)

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The requests that `put` would send."""
        return await rehearsed(self.put(ticket))

    async def check(self) -> str:
        """Whether the table can be read; that it can be written shows with the first ticket."""
        await self._wire.ask(
            "GET", self._table, params={"sysparm_limit": 1, "sysparm_fields": "sys_id"}
        )
        return f"{self.settings.table} can be read"

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    # --- the record ---

    async def _put(self, ticket: TicketView, reference: str | None) -> str:
        found = await self._get(reference) if reference else await self._find(ticket.key)
        if found is None:
            values = self._new(ticket) | (self._over(ticket) if ticket.state in OVER else {})
            answer = await self._wire.ask(
                "POST", self._table, values, params={"sysparm_fields": FIELDS},
                instead={"result": {"sys_id": "new"}},
            )  # fmt: skip
            return answer.get(str, "result", "sys_id")
        values = self._changed(found, ticket)
        await self._wire.ask(
            "PATCH", f"{self._table}/{found.sys_id}", values, params={"sysparm_fields": FIELDS}
        )
        return found.sys_id

    async def _get(self, reference: str) -> _Record:
        if not re.fullmatch(r"\w{1,64}", reference, re.ASCII):
            raise Permanent(f"servicenow: {reference[:40]!r} is no sys_id")
        answer = await self._wire.ask(
            "GET", f"{self._table}/{reference}", params={"sysparm_fields": FIELDS},
            instead={"result": {"sys_id": reference}},
        )  # fmt: skip
        return _Record.of(answer.get(dict, "result"), answer)

    async def _find(self, key: str) -> _Record | None:
        query: dict[str, str | int] = {
            "sysparm_query": f"correlation_id={key}^ORDERBYsys_created_on",
            "sysparm_limit": 1,
            "sysparm_fields": FIELDS,
        }
        answer = await self._wire.ask("GET", self._table, params=query, instead={"result": []})
        rows = answer.rows("result")
        # An instance ignores a condition that it does not know, and gives any record.
        if rows and rows[0].get("correlation_id") != key:
            raise Permanent(
                "servicenow: it does not search by correlation_id: let the credentials read it"
            )
        return _Record.of(rows[0], answer) if rows else None

    def _new(self, ticket: TicketView) -> dict[str, str]:
        return {
            **self.settings.fields,
            "correlation_id": ticket.key,
            **self._labels(ticket),
        }

    def _labels(self, ticket: TicketView) -> dict[str, str]:
        """What is renewed with each change."""
        ours = self.settings
        state = "over" if ticket.state in OVER else "open"
        found = {
            "short_description": f"[{ticket.key}] {self._page.title(ticket)}"[:160],
            "description": self._page.body(ticket)[:4000],
            "correlation_display": f"triage-gateway {newest(ticket)} {state}",
        }
        for name, words in (("impact", ours.impact), ("urgency", ours.urgency)):
            if ticket.severity in words:
                found[name] = words[ticket.severity]
        return found

    def _over(self, ticket: TicketView) -> dict[str, str]:
        found = {
            "close_code": self.settings.close_code,
            "close_notes": f"{ticket.key} is {ticket.state}.",
        }
        if ticket.state in self.settings.states:
            found["state"] = self.settings.states[ticket.state]
        return found

    def _changed(self, record: _Record, ticket: TicketView) -> dict[str, str]:
        values = self._labels(ticket)
        new = changes(ticket, record.told)
        if new:
            told = "\n".join(f"{stamp(one.at)}: {line(one.what)}" for one in new)
            values["work_notes"] = f"{NOTE}{ticket.key}]\n{told}"
        state = "over" if ticket.state in OVER else "open"
        if state != record.written:
            if state == "over":
                values |= self._over(ticket)
            elif ticket.state in self.settings.states:
                values["state"] = self.settings.states[ticket.state]
        return values

    # --- what people did there ---

    async def heard(self, cursor: str | None) -> tuple[list[Heard], str]:
        """Closed records and journal entries since the cursor, a moment by the instance's clock."""
        if cursor is None:
            answer = await self._rows(self.settings.table, "ORDERBYDESCsys_updated_on", 1)
            return [], next((str(row["sys_updated_on"]) for row in answer), f"{utcnow():{TIME}}")
        records = await self._rows(
            self.settings.table,
            f"correlation_displaySTARTSWITHtriage-gateway^sys_updated_on>={cursor}"
            "^ORDERBYsys_updated_on",
            PAGE,
        )
        found, ends = list(self._closed(records)), [row["sys_updated_on"] for row in records]
        if self.settings.journal:
            entries = await self._rows(
                "sys_journal_field",
                f"name={self.settings.table}^elementINcomments,work_notes"
                f"^sys_created_on>={cursor}^ORDERBYsys_created_on",
                PAGE,
            )
            found += _entries(entries)
            ends += [row["sys_created_on"] for row in entries]
            full = [rows for rows in (records, entries) if len(rows) == PAGE]
            if full:
                last = [rows[-1].get("sys_updated_on") or rows[-1]["sys_created_on"]
                        for rows in full]  # fmt: skip
                return found, min(last)
        return found, max([*ends, cursor])

    async def _rows(self, table: str, query: str, limit: int) -> list[dict[str, Any]]:
        answer = await self._wire.ask(
            "GET", f"/api/now/table/{table}",
            params={"sysparm_query": query, "sysparm_limit": limit},
        )  # fmt: skip
        rows = answer.rows("result")
        if not all("sys_id" in row for row in rows):
            raise Temporary("servicenow: an answer without sys_id")
        return rows

    def _closed(self, rows: list[dict[str, Any]]) -> Iterator[Heard]:
        over = {self.settings.states[one] for one in OVER if one in self.settings.states} | {"8"}
        for row in rows:
            told = TOLD.fullmatch(str(row.get("correlation_display") or ""))
            if told and told["state"] == "open" and str(row.get("state")) in over:
                at = row.get("resolved_at") or row.get("closed_at") or row["sys_updated_on"]
                yield Heard(
                    f"closed-{row['sys_id']}-{at}", str(row["sys_id"]), "closed", _moment(at),
                    str(row.get("sys_updated_by") or ""),
                )  # fmt: skip


def _entries(rows: list[dict[str, Any]]) -> Iterator[Heard]:
    for row in rows:
        text = str(row.get("value") or "")
        if not text.startswith(NOTE):
            yield Heard(
                f"comment-{row['sys_id']}", str(row.get("element_id")), "comment",
                _moment(row.get("sys_created_on")), str(row.get("sys_created_by") or ""), text,
            )  # fmt: skip


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.strptime(str(text), TIME).replace(tzinfo=UTC)
    except ValueError:
        return utcnow()
    return min(moment, utcnow() + timedelta(minutes=5))
