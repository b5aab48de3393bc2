"""The record: who did what at the console and by its API, when, to what, from where."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.asked import Asked, show
from gateway.console.desk import Desk
from gateway.console.pages import Place
from gateway.store.tables import AuditRow, as_number

PLACE = Place(90, "Record", "/record", "administrator")
PAGE = 30
UNTOLD = ("told", "undo")  # facts that the page says in another way, or that are for the page alone


def routes(_desk: Desk) -> list[Route]:
    """The one page."""
    return [show("/record", _record, role="administrator")]


def _record(asked: Asked) -> Response:
    given = {name: asked.query(name).strip()[:200] for name in ("who", "target")}
    given = {name: value for name, value in given.items() if value}
    rows = asked.desk.record.listing(
        who=given.get("who"), target=given.get("target"), before=as_number(asked.query("before")),
        limit=PAGE + 1,
    )  # fmt: skip
    shown = rows[:PAGE]
    after = urlencode({**given, "before": shown[-1].id}) if len(rows) > PAGE else None
    lines = [(row, _place_of(row.target), _facts(row)) for row in shown]
    return asked.page(
        "record.html", lines=lines, given=given, after=after,
        is_first=not asked.query("before"), only=lambda **one: urlencode(given | one),
    )  # fmt: skip


def _place_of(target: str) -> str | None:
    """Where what was done stands."""
    if target.startswith("TG-") and as_number(target[3:]):
        return f"/incident/{target}"
    if target.startswith("m-") and target[2:].isalnum():
        return f"/message/{target}"
    if target.startswith("letter ") and as_number(target[7:]):
        return f"/outbox/{target[7:]}"
    return None


def _facts(row: AuditRow) -> str:
    """All that was noted of it, on a line."""
    told = [str(row.facts["told"])] if row.facts.get("told") else []
    others = [f"{name}: {_word(value)}" for name, value in row.facts.items() if name not in UNTOLD]
    return " ".join([*told, "; ".join(others)]).strip()


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
