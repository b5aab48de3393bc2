"""The far side of GitHub: one repository's issues and comments, as its REST API documents them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.contracts.trackers.bench import Bench, secret_file
from tests.contracts.trackers.server import Answered, Asked, server

REPO = "/repos/example-org/triage"
US = "triage-bot"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Repository:
    """What it keeps. `do` is what a person does there."""

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        if found := asked.matches(f"GET {REPO}"):
            return 200, {"full_name": "example-org/triage", "private": True,
                         "has_issues": True, "permissions": {"push": True}}  # fmt: skip
        if asked.matches("GET /user"):
            return 200, {"login": US}
        if asked.matches(f"GET {REPO}/issues"):
            since, who = asked.query["since"], asked.query.get("creator", US)
            rows = [one for one in self.issues.values() if one["updated_at"] >= since]
            return 200, [one for one in rows if one["user"]["login"] == who]
        if asked.matches(f"POST {REPO}/issues"):
            return 201, self._new(asked.body)
        if asked.matches(f"GET {REPO}/issues/comments"):
            return 200, [one for one in self.comments if one["updated_at"] >= asked.query["since"]]
        if found := asked.matches(f"{asked.method} {REPO}/issues/{{number}}/comments"):
            if asked.method == "POST":
                return 201, self.say(int(found["number"]), asked.body["body"], US)
            url = f"{REPO}/issues/{found['number']}"
            return 200, [one for one in self.comments if one["issue_url"].endswith(url)]
        found = asked.matches(f"{asked.method} {REPO}/issues/{{number}}")
        issue = self.issues.get(int(found["number"])) if found else None
        if issue is None:
            return 404, {"message": "Not Found"}
        if asked.method == "PATCH":
            change = dict(asked.body)
            if "labels" in change:
                change["labels"] = [{"name": one} for one in change["labels"]]
            issue |= change | {"updated_at": now()}
        return 200, issue

    def _new(self, body: dict[str, Any]) -> dict[str, Any]:
        number = len(self.issues) + 41
        self.issues[number] = {
            "number": number, "title": body["title"], "body": body["body"], "state": "open",
            "labels": [{"name": one} for one in body["labels"]], "user": {"login": US},
            "created_at": now(), "updated_at": now(), "closed_at": None,
        }  # fmt: skip
        return self.issues[number]

    def say(self, number: int, body: str, who: str) -> dict[str, Any]:
        self.comments.append(
            {"id": len(self.comments) + 1, "body": body, "user": {"login": who},
             "created_at": now(), "updated_at": now(), "issue_url": f"https://x{REPO}/issues/{number}"}
        )  # fmt: skip
        return self.comments[-1]

    def close(self, number: int, who: str) -> None:
        self.issues[number] |= {
            "state": "closed", "closed_at": now(), "updated_at": now(), "closed_by": {"login": who},
        }  # fmt: skip


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    far, there = server("github"), Repository()
    far.reset(there.answer)

    def copies() -> dict[str, str]:
        found = {}
        for number, issue in there.issues.items():
            said = [c["body"] for c in there.comments if c["issue_url"].endswith(f"/{number}")]
            labels = ",".join(one["name"] for one in issue["labels"])
            key = issue["title"].partition("]")[0].strip("[")
            assert key not in found, "two issues of one ticket"
            found[key] = "\n".join([issue["title"], issue["state"], labels, issue["body"], *said])
        return found

    table = {"url": far.url, "repository": "example-org/triage",
             "token_file": secret_file(folder)}  # fmt: skip
    yield Bench(table, copies, far)
    assert far.wrong == []
