"""The far side of ServiceNow: one table of an instance, as its Table API documents it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.contracts.trackers.bench import Bench, secret_file
from tests.contracts.trackers.server import Answered, Asked, server

TABLE = "/api/now/table/incident"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Instance:
    """What it keeps."""

    records: list[dict[str, Any]] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        query = asked.query.get("sysparm_query", "")
        if asked.matches("GET /api/now/table/sys_journal_field"):
            since = query.partition("sys_created_on>=")[2].partition("^")[0]
            return 200, {"result": [e for e in self.journal if e["sys_created_on"] >= since]}
        if asked.matches(f"GET {TABLE}"):
            return 200, {"result": self._found(query)[: int(asked.query["sysparm_limit"])]}
        if asked.matches(f"POST {TABLE}"):
            self.records.append({"sys_id": f"{len(self.records):032x}", "state": "1",
                                 "sys_updated_by": "gateway"})  # fmt: skip
            return 201, {"result": self.change(self.records[-1], asked.body)}
        found = asked.matches(f"{asked.method} {TABLE}/{{sys_id}}")
        for record in self.records:
            if found and record["sys_id"] == found["sys_id"]:
                if asked.method == "PATCH":
                    self.change(record, asked.body)
                return 200, {"result": record}
        return 404, {"error": {"message": "No Record found"}}

    def _found(self, query: str) -> list[dict[str, Any]]:
        first = query.partition("^")[0]
        if first.startswith("correlation_id="):
            wanted = first.partition("=")[2]
            return [one for one in self.records if one["correlation_id"] == wanted]
        if "correlation_displaySTARTSWITH" in first:
            since = query.partition("sys_updated_on>=")[2].partition("^")[0]
            return [one for one in self.records if one["sys_updated_on"] >= since]
        return self.records

    def change(self, record: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        record |= values | {"sys_updated_on": now()}
        note = record.pop("work_notes", None)
        if note:
            self.say(record, note, "gateway")
        return record

    def say(self, record: dict[str, Any], text: str, who: str) -> None:
        self.journal.append(
            {"sys_id": f"j{len(self.journal)}", "element_id": record["sys_id"], "value": text,
             "sys_created_on": now(), "sys_created_by": who}
        )  # fmt: skip


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    far, there = server("servicenow"), Instance()
    far.reset(there.answer)

    def copies() -> dict[str, str]:
        found = {}
        for one in there.records:
            assert one["correlation_id"] not in found, "two records of one ticket"
            notes = [e["value"] for e in there.journal if e["element_id"] == one["sys_id"]]
            values = [f"{k}={v}" for k, v in sorted(one.items()) if k != "sys_updated_on"]
            found[one["correlation_id"]] = "\n".join([*values, *notes])
        return found

    table = {"url": far.url, "user": "gateway",
             "password_file": secret_file(folder)}  # fmt: skip
    yield Bench(table, copies, far)
    assert far.wrong == []
