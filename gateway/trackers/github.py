"""GitHub Issues: one issue a ticket, a comment a change, closed when the ticket is over.

An issue is ours by the mark at the head of our part of its body, which also says what we told
last: so a copy whose answer was lost is found again (among the issues that we made since), a
comment is never written twice, and what a person did (closed it, moved labels, wrote around
our part) stays as they left it. ZenHub's pipeline and estimate are an optional table of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from gateway import markdown
from gateway.errors import NotFound, Permanent
from gateway.trackers import DocumentView, Heard, Line, TicketView, TrackerSettings
from gateway.trackers._github_heard import COMMENT, MARK, iso, of_comments, of_issues, received
from gateway.trackers._words import OVER, Page, changes, line, newest, stamp
from gateway.trackers._zenhub import Zenhub, ZenhubSettings
from gateway.wire import Answer, Conflict, FarSide, FarUrl, Wire, rehearsed, secret

END = "<!-- /triage-gateway -->"
PAGE, MOST_PAGES = 100, 10
MOST_BODY = 60_000  # GitHub takes 65,536 characters
SKEW = timedelta(minutes=5)


class Settings(TrackerSettings, FarSide):
    """`[trackers.github]`: `repository` is owner/name; a token that may read and write issues."""

    url: FarUrl = "https://api.github.com"
    repository: str
    token_file: Path | None = None
    token_env: str | None = None
    webhook_secret_file: Path | None = None
    webhook_secret_env: str | None = None
    login: str | None = None
    labels: tuple[str, ...] = ("triage",)
    severity_labels: dict[str, str] = Field(default_factory=dict)
    service_labels: dict[str, str] = Field(default_factory=dict)
    mentions: dict[str, str] = Field(default_factory=dict)
    comments: bool = True
    template: Path | None = None
    zenhub: ZenhubSettings | None = None

    @field_validator("repository")
    @classmethod
    def _owner_and_name(cls, value: str) -> str:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", value, re.ASCII):
            raise ValueError("must be owner/name, for example example-org/triage")
        return value

    @model_validator(mode="after")
    def _sound(self) -> "Settings":
        for login in self.mentions.values():
            if not re.fullmatch(r"[A-Za-z0-9-]{1,39}", login):
                raise ValueError(f"mentions: {login} is no login")
        return self


def make(settings: Settings) -> "Github":
    """The repository as a tracker; connects to nothing yet."""
    return Github(settings)


@dataclass(frozen=True, slots=True)
class _Issue:
    """An issue of ours as it is there."""

    number: int
    body: str
    state: str
    labels: tuple[str, ...]
    mark: re.Match[str] | None

    @staticmethod
    def of(row: Mapping[str, Any], answer: Answer) -> "_Issue":
        answer = Answer(answer.of, row)
        labels = (one.get("name") if isinstance(one, dict) else one for one in row["labels"] or ())
        body = row.get("body") or ""
        return _Issue(
            answer.get(int, "number"), body, answer.get(str, "state"),
            tuple(str(label) for label in labels), MARK.search(body),
        )  # fmt: skip

    @property
    def told(self) -> int:
        return int(self.mark["told"]) if self.mark else 0

    @property
    def written_state(self) -> str:
        """The state that we gave it last."""
        return self.mark["state"] if self.mark else "open"


class Github:
    """Tickets as issues of one repository."""

    name = "github"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mentions = {who.lower(): login for who, login in settings.mentions.items()}
        token = secret(settings.token_file, settings.token_env, "trackers.github.token")
        self._wire = Wire(
            "github", settings.url, settings,
            lambda: {"Authorization": f"Bearer {token()}"},
            mend="renew trackers.github.token, and let it read and write issues of "
                 f"{settings.repository}",
        )  # fmt: skip
        self._page = Page("github.md", settings.template, "trackers.github.template")
        self._zenhub = Zenhub(settings.zenhub) if settings.zenhub else None
        self._login = settings.login
        self._issues = f"/repos/{settings.repository}/issues"
        self._secret = None
        if settings.webhook_secret_file or settings.webhook_secret_env:
            self._secret = secret(
                settings.webhook_secret_file, settings.webhook_secret_env,
                "trackers.github.webhook_secret",
            )  # fmt: skip

    async def put(self, ticket: TicketView) -> str:
        """Open or renew the issue of a ticket; returns its number."""
        try:
            number = await self._put(ticket, ticket.reference)
        except Conflict:
            number = await self._put(ticket, None)
        if self._zenhub is not None:
            await self._zenhub.place(number, ticket)
        return str(number)

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The requests that `put` would send."""
        return await rehearsed(self.put(ticket))

    async def put_document(self, document: DocumentView) -> str:
        """Open the issue of a post-mortem where there is none; returns its number."""
        if document.reference:
            return document.reference
        mark = f"<!-- triage-gateway post-mortem {document.key} -->"
        if document.asked_at is not None:
            params = {"state": "all", "creator": await self._me(),
                      "since": iso(document.asked_at - SKEW)}  # fmt: skip
            async for row, answer in self._pages(self._issues, params):
                if str(row.get("body") or "").startswith(mark):
                    return str(Answer(answer.of, row).get(int, "number"))
        body = document.body
        if len(body) > MOST_BODY:
            whole = f"triage postmortem {document.key} --public"
            body = f"{body[:MOST_BODY]}\n\n(It is longer: `{whole}` has the whole.)"
        wanted = {
            "title": line(f"[{document.key}] {document.title}")[:240],
            "body": f"{mark}\n{body}",
            "labels": sorted({*self.settings.labels, "post-mortem"}),
        }
        answer = await self._ask("POST", self._issues, wanted, instead={"number": 0})
        return str(answer.get(int, "number"))

    async def rehearse_document(self, document: DocumentView) -> list[str]:
        """The requests that `put_document` would send."""
        return await rehearsed(self.put_document(document))

    async def check(self) -> str:
        """Whether the token may write issues there."""
        found = await self._ask("GET", f"/repos/{self.settings.repository}")
        if found.value.get("archived") or found.value.get("has_issues") is False:
            raise Permanent(f"github: {self.settings.repository} takes no issues: open it for them")
        rights = found.value.get("permissions") or {}
        if rights and not (rights.get("push") or rights.get("triage")):
            raise Permanent(
                f"github: the token may not write to {self.settings.repository}: "
                "let it read and write issues"
            )
        if self._zenhub is not None:
            await self._zenhub.check()
        is_public = not found.value.get("private", True)
        return f"{self.settings.repository} takes issues" + (
            "; it is public: everybody reads what is mirrored" if is_public else ""
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()
        if self._zenhub is not None:
            await self._zenhub.close()

    # --- the issue ---

    async def _put(self, ticket: TicketView, reference: str | None) -> int:
        found: _Issue | None
        if reference:
            answer = await self._ask(
                "GET", f"{self._issues}/{reference}",
                instead={"number": _number(reference), "body": "", "state": "open", "labels": []},
            )  # fmt: skip
            found = _Issue.of(answer.get(dict), answer)
        else:
            found = await self._find(ticket)
        if found is None:
            return await self._open(ticket)
        await self._comment(found, ticket)
        await self._renew(found, ticket)
        return found.number

    async def _find(self, ticket: TicketView) -> _Issue | None:
        """The issue of a ticket among those that we have made since it can have been."""
        since = (ticket.asked_at or ticket.created_at) - SKEW
        params = {"state": "all", "creator": await self._me(), "since": iso(since)}
        async for row, answer in self._pages(self._issues, params):
            found = _Issue.of(row, answer)
            if found.mark and found.mark["key"] == ticket.key:
                return found
        return None

    async def _me(self) -> str:
        if self._login is None:
            answer = await self._ask("GET", "/user", instead={"login": "us"})
            if answer.is_rehearsed:
                return "us"
            self._login = answer.get(str, "login")
        return self._login

    async def _open(self, ticket: TicketView) -> int:
        wanted = {
            "title": self._page.title(ticket),
            "body": self._part(ticket, "open"),
            "labels": sorted(self._labels(ticket)),
        }
        answer = await self._ask(
            "POST", self._issues, wanted, instead=wanted | {"number": 0, "state": "open"}
        )
        issue = _Issue.of(answer.get(dict), answer)
        if ticket.state in OVER:
            await self._renew(issue, ticket)
        return issue.number

    async def _renew(self, issue: _Issue, ticket: TicketView) -> None:
        """Write what differs; what people changed around it stays."""
        state = "closed" if ticket.state in OVER else "open"
        changed: dict[str, Any] = {}
        body = _replaced(issue.body, self._part(ticket, state))
        if body != issue.body:
            changed["body"] = body
        labels = (set(issue.labels) - self._managed()) | self._labels(ticket)
        if labels != set(issue.labels):
            changed["labels"] = sorted(labels)
        if state not in (issue.written_state, issue.state):
            changed |= {"state": state, "state_reason": _WHY[state]}
        if changed:
            await self._ask("PATCH", f"{self._issues}/{issue.number}", changed)

    def _part(self, ticket: TicketView, state: str) -> str:
        """Our part of the body: the mark leads it, so that no words of a mail can forge it."""
        mark = f"<!-- triage-gateway {ticket.key} told={newest(ticket)} state={state} -->"
        return f"{mark}\n{self._page.body(ticket)}\n{END}"

    def _labels(self, ticket: TicketView) -> set[str]:
        ours = self.settings
        by_service = (ours.service_labels.get(one.id) for one in ticket.services)
        found = {*ours.labels, ours.severity_labels.get(ticket.severity), *by_service}
        return {label for label in found if label}

    def _managed(self) -> set[str]:
        """The labels that come and go with the ticket."""
        return {*self.settings.severity_labels.values(), *self.settings.service_labels.values()}

    # --- comments ---

    async def _comment(self, issue: _Issue, ticket: TicketView) -> None:
        """Say what changed since we said something last; once, also after a crash."""
        new = changes(ticket, issue.told) if self.settings.comments else []
        if not new or await self._has_said(issue, ticket.key, new):
            return
        told = "\n".join(f"- {stamp(one.at)}: {markdown.plain(one.what)}" for one in new)
        mark = f"<!-- triage-gateway {ticket.key} line={new[-1].id} -->"
        await self._ask("POST", f"{self._issues}/{issue.number}/comments",
                        {"body": f"{mark}\n{told}"})  # fmt: skip

    async def _has_said(self, issue: _Issue, key: str, new: list[Line]) -> bool:
        params = {"since": iso(new[0].at - SKEW)}
        async for row, _ in self._pages(f"{self._issues}/{issue.number}/comments", params):
            said = COMMENT.match(row.get("body") or "")
            if said and said["key"] == key and int(said["line"]) >= new[-1].id:
                return True
        return False

    # --- what people did there ---

    async def heard(self, cursor: str | None) -> tuple[list[Heard], str]:
        """Comments and closed issues since the cursor, a moment by GitHub's clock."""
        if cursor is None:
            answer = await self._ask("GET", f"/repos/{self.settings.repository}")
            return [], iso(parsedate_to_datetime(answer.headers["date"]))
        order = {"since": cursor, "sort": "updated", "direction": "asc"}
        comments = await self._ask("GET", f"{self._issues}/comments", params=order | {
            "per_page": PAGE})  # fmt: skip
        issues = await self._ask("GET", self._issues, params=order | {
            "state": "all", "creator": await self._me(), "per_page": PAGE})  # fmt: skip
        found = list(of_comments(comments.rows())) + list(of_issues(issues.rows()))
        # A full page ends somewhere: the next round begins there, never after what was not seen.
        ends = [rows[-1]["updated_at"] for rows in (comments.rows(), issues.rows()) if rows]
        full = [rows[-1]["updated_at"] for rows in (comments.rows(), issues.rows())
                if len(rows) == PAGE]  # fmt: skip
        return found, min(full) if full else max([*ends, cursor])

    def received(self, body: bytes, headers: Mapping[str, str]) -> list[Heard]:
        """What a signed webhook tells; see `received`."""
        if self._secret is None:
            raise NotFound("trackers.github.webhook_secret_file: none is given: nothing is taken")
        return received(body, headers, self._secret(), self.settings.repository)

    # --- the wire ---

    async def _ask(
        self, method: str, path: str, body: Any = None, *,
        params: Mapping[str, str | int] | None = None, instead: Any = None,
    ) -> Answer:  # fmt: skip
        return await self._wire.ask(
            method, path, body, params=params, instead=instead,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        )  # fmt: skip

    async def _pages(self, path: str, params: Mapping[str, str]) -> Any:
        for page in range(1, MOST_PAGES + 1):
            asked = dict(params) | {"per_page": PAGE, "page": page}
            answer = await self._ask("GET", path, params=asked, instead=[])
            rows = answer.rows()
            for row in rows:
                yield row, answer
            if len(rows) < PAGE:
                return
        raise Permanent(
            f"github: more than {PAGE * MOST_PAGES} issues changed since: whether a copy is there "
            "already cannot be told; look for it, and set its reference"
        )


_WHY = {"closed": "completed", "open": "reopened"}


def _number(reference: str) -> int:
    return int(reference) if reference.isdigit() else 0


def _replaced(body: str, part: str) -> str:
    """The body with our part renewed; what people wrote before and after it stays."""
    mark = MARK.search(body)
    if mark is None:
        return part
    end = body.rfind(END)
    after = body[end + len(END) :] if end > mark.start() else ""
    return f"{body[: mark.start()]}{part}{after}"
