"""What people do to issues at GitHub: read from its lists, and from its signed webhooks. Pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.errors import NotSigned, Permanent
from gateway.model import utcnow
from gateway.trackers import Heard

MARK = re.compile(
    r"<!-- triage-gateway (?P<key>[A-Z]+-\d+) told=(?P<told>\d+) state=(?P<state>open|closed) -->"
)
COMMENT = re.compile(r"<!-- triage-gateway (?P<key>[A-Z]+-\d+) line=(?P<line>\d+) -->")


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return utcnow()


def of_comments(rows: list[dict[str, Any]]) -> Iterator[Heard]:
    for row in rows:
        body = row.get("body") or ""
        if not COMMENT.match(body):
            number = str(row.get("issue_url", "")).rpartition("/")[2]
            yield _comment_of(row, number)


def _comment_of(row: Mapping[str, Any], number: str) -> Heard:
    who = (row.get("user") or {}).get("login", "")
    at = moment(row.get("created_at"))
    return Heard(f"comment-{row['id']}", number, "comment", at, who, row.get("body") or "")


def of_issues(rows: list[dict[str, Any]]) -> Iterator[Heard]:
    for row in rows:
        mark = MARK.search(row.get("body") or "")
        if mark and row.get("state") == "closed" and mark["state"] == "open":
            who = (row.get("closed_by") or {}).get("login", "")
            yield _closed(row, who)


def _closed(row: Mapping[str, Any], who: str) -> Heard:
    at = row.get("closed_at")
    return Heard(f"closed-{row['number']}-{at}", str(row["number"]), "closed", moment(at), who)


def received(body: bytes, headers: Mapping[str, str], key: str, repository: str) -> list[Heard]:
    """What a webhook of GitHub tells of issues of ours. Pure.

    NotSigned where it is not signed with `key`; Permanent where it is not about `repository`.
    What we did ourselves is not told: the mark in the issue says so.
    """
    named = {name.lower(): value for name, value in headers.items()}
    ours = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    theirs = named.get("x-hub-signature-256", "")
    if not hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace")):
        raise NotSigned("github: the webhook is not signed with trackers.github.webhook_secret")
    try:
        told = json.loads(body)
        if told["repository"]["full_name"].lower() != repository.lower():
            raise Permanent(f"github: the webhook is not about {repository}")
        event, action = named.get("x-github-event", ""), told.get("action")
        if event == "issue_comment" and action == "created":
            mine = COMMENT.match(told["comment"].get("body") or "")
            return [] if mine else [_comment_of(told["comment"], str(told["issue"]["number"]))]
        if event != "issues" or action not in {"closed", "reopened"}:
            return []
        issue, who = told["issue"], (told.get("sender") or {}).get("login", "")
        mark = MARK.search(issue.get("body") or "")
        if mark is None or mark["state"] == issue["state"]:
            return []
        if action == "closed":
            return [_closed(issue, who)]
        at = issue.get("updated_at")
        number = str(issue["number"])
        return [Heard(f"reopened-{number}-{at}", number, "reopened", moment(at), who)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Permanent("github: the webhook is not of the form that GitHub documents") from error
