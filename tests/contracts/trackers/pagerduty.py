"""The far side of PagerDuty: an Events API v2 integration, and windows of its REST API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contracts.trackers.bench import Bench, secret_file
from tests.contracts.trackers.server import Answered, Asked, server


@dataclass
class Account:
    """What it keeps."""

    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    windows: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        if asked.matches("POST /v2/enqueue"):
            key = asked.body["dedup_key"]
            if asked.body["event_action"] == "trigger" or key in self.incidents:
                self.incidents.setdefault(key, {}).update(asked.body)
            return 202, {"status": "success", "message": "Event processed", "dedup_key": key}
        if asked.matches("GET /maintenance_windows"):
            wanted = asked.query.get("query", "")
            rows = [one for one in self.windows.values() if wanted in one["description"]]
            return 200, {"maintenance_windows": rows}
        if asked.matches("POST /maintenance_windows"):
            id_ = f"PW{len(self.windows)}"
            self.windows[id_] = asked.body["maintenance_window"] | {"id": id_}
            return 201, {"maintenance_window": self.windows[id_]}
        if asked.matches("GET /log_entries"):
            return 200, {"log_entries": self.log}
        if asked.matches("GET /services/{id}"):
            return 200, {"service": {"id": "PX"}}
        found = asked.matches(f"{asked.method} /maintenance_windows/{{id}}")
        id_ = found["id"] if found else ""
        if id_ not in self.windows:
            return 404, {"error": {"message": "Not Found"}}
        if asked.method == "DELETE":
            del self.windows[id_]
            return 204, None
        if asked.method == "PUT":
            self.windows[id_] |= asked.body["maintenance_window"]
        return 200, {"maintenance_window": self.windows[id_]}


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    far, there = server("pagerduty"), Account()
    far.reset(there.answer)

    def copies() -> dict[str, str]:
        return {
            key: f"{key} {event}".replace("\\n", "\n") for key, event in there.incidents.items()
        }

    secret = secret_file(folder, "0123456789abcdef0123456789abcdef")
    table = {"url": far.url, "events_url": far.url, "routing_key_file": secret,
             "token_file": secret, "sender": "triage@example.org", "severities": ["major"],
             "services": {"logingov": "PX"}}  # fmt: skip
    yield Bench(table, copies, far)
    assert far.wrong == []
