"""The far side of Jira: one project's issues, as REST API 3 documents them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.contracts.trackers.bench import Bench, secret_file
from tests.contracts.trackers.server import Answered, Asked, server


@dataclass
class Project:
    """What it keeps."""

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answered:
        if asked.matches("GET /rest/api/3/mypermissions"):
            names = asked.query["permissions"].split(",")
            return 200, {"permissions": {one: {"havePermission": True} for one in names}}
        if asked.matches("POST /rest/api/3/search/jql"):
            label = re.search(r'labels = "([^"]+)"', asked.body["jql"])
            rows = [one for one in self.issues.values() if label and label[1] in
                    one["fields"]["labels"]]  # fmt: skip
            return 200, {"issues": rows}
        if asked.matches("POST /rest/api/3/issue"):
            key = f"OPS-{len(self.issues) + 1}"
            self.issues[key] = {"key": key, "properties": {}, "fields": {
                "comment": {"comments": []}, "status": status("new")}}  # fmt: skip
            self._change(self.issues[key], asked.body)
            return 201, {"id": "1", "key": key}
        found = asked.matches(f"{asked.method} /rest/api/3/issue/{{key}}(?:/(?P<what>.*))?")
        issue = self.issues.get(found["key"]) if found else None
        if found is None or issue is None:
            return 404, {"errorMessages": ["Issue does not exist"]}
        return self._of(issue, found["what"] or "", asked)

    def _of(self, issue: dict[str, Any], what: str, asked: Asked) -> Answered:
        comments = issue["fields"]["comment"]["comments"]
        if what.startswith("properties/"):
            value = issue["properties"].get(what.partition("/")[2])
            return (200, {"value": value}) if value else (404, {})
        if what == "transitions":
            if asked.method == "POST":
                issue["fields"]["status"] = status("done" if asked.body["transition"]["id"] == "31"
                                                   else "new")  # fmt: skip
                return 204, None
            names = {"31": "Done", "11": "To Do"}
            rows = [{"id": id_, "name": one, "to": {"name": one}} for id_, one in names.items()]
            return 200, {"transitions": rows}
        if what == "comment":
            if asked.method == "POST":
                return 201, self.say(issue, asked.body["body"], "gateway")
            return 200, {"comments": comments[::-1]}
        if asked.method == "PUT":
            self._change(issue, asked.body)
            return 204, None
        return 200, issue

    def _change(self, issue: dict[str, Any], body: dict[str, Any]) -> None:
        issue["fields"] |= body["fields"] | {"updated": now()}
        for one in body["properties"]:
            issue["properties"][one["key"]] = one["value"]

    def say(self, issue: dict[str, Any], body: Any, who: str) -> dict[str, Any]:
        comments = issue["fields"]["comment"]["comments"]
        comments.append({"id": str(len(comments)), "body": body, "created": now(),
                         "author": {"displayName": who}})  # fmt: skip
        return comments[-1]  # type: ignore[no-any-return]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def status(category: str) -> dict[str, Any]:
    return {"name": category, "statusCategory": {"key": category}}


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    far, there = server("jira"), Project()
    far.reset(there.answer)

    def copies() -> dict[str, str]:
        found = {}
        for one in there.issues.values():
            (key,) = (label.removeprefix("triage-gateway-") for label in one["fields"]["labels"]
                      if label.startswith("triage-gateway-"))  # fmt: skip
            assert key not in found, "two issues of one ticket"
            values = {k: v for k, v in one["fields"].items() if k != "updated"}
            found[key] = json.dumps(values, ensure_ascii=False)
        return found

    table = {"url": far.url, "project": "OPS", "user": "triage@example.org",
             "token_file": secret_file(folder)}  # fmt: skip
    yield Bench(table, copies, far)
    assert far.wrong == []
