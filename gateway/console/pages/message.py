"""A message: as its reader saw it, what it was taken for and why, and a person's word on that."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from classifiers import Event, Hampered, Reach, Source
from gateway import reading as reader
from gateway.console import messages
from gateway.console.asked import Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.errors import GatewayError, InvalidState, is_temporary
from gateway.store.tables import MAX_ID
from gateway.understanding import stamp
from gateway.words import spans, word_of

CHOICES = {
    "event": get_args(Event), "reach": get_args(Reach), "hampered": get_args(Hampered),
    "source": get_args(Source),
}  # fmt: skip
# A document of its own origin, in which nothing runs and which loads nothing.
SHEET = "body{font:15px/1.45 system-ui,sans-serif;margin:8px;overflow-wrap:anywhere}"
_HASH = base64.b64encode(hashlib.sha256(SHEET.encode()).digest()).decode()
SANDBOX = (
    f"sandbox; default-src 'none'; style-src 'sha256-{_HASH}'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


def routes(_desk: Desk) -> list[Route]:
    """The page, its parts on demand, and what can be done."""
    at = "/message/{trace}"
    return [
        show(at, _page),
        show(f"{at}/html", _html, role="triager"),
        show(f"{at}/raw", _raw, role="triager"),
        act(f"{at}/show", _show, messages.SHOWN),
        act(f"{at}/correct", _correct, "corrected"),
    ]


def _page(asked: Asked, status: int = 200, **facts: object) -> Response:
    found = messages.read(asked.desk, asked.path("trace"), asked.person)
    known: dict[str, Any] = {"problem": None, "typed": {}} | facts
    zone = ZoneInfo(asked.desk.settings.zone)
    return asked.page(
        "message.html", status, one=found, choices=CHOICES, services=asked.desk.service_names,
        windows=_typed_windows(found.row.read_as or {}, zone), word_of=word_of, **known,
    )  # fmt: skip


def _show(asked: Asked) -> Done:
    row = asked.desk.spool.find(asked.path("trace"))
    return Done(f"/message/{row.trace}", "Identifiers are shown to you for 15 minutes. "
                "That you looked is on the record.", row.trace)  # fmt: skip


def _open(asked: Asked) -> tuple[str, bytes]:
    row = asked.desk.spool.find(asked.path("trace"))
    if not messages.may_see(asked.desk, asked.person, row.trace):
        raise InvalidState("ask first to see the identifiers: they stand in it")
    return row.trace, asked.desk.spool.raw([row.id or 0]).get(row.id or 0, b"")


def _html(asked: Asked) -> Response:
    found = reader.read(_open(asked)[1])
    body = messages.safe_html(found)
    page = f'<!doctype html><meta charset="utf-8"><style>{SHEET}</style>{body}'
    headers = {"Content-Security-Policy": SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(page, headers=headers)


def _raw(asked: Asked) -> Response:
    trace, raw = _open(asked)
    asked.desk.record.add(asked.who, "raw message taken", trace, asked.origin)
    headers = {"Content-Disposition": f'attachment; filename="{trace}.eml"'}
    return Response(raw, headers=headers, media_type="application/octet-stream")


def _typed_windows(found: dict[str, Any], zone: ZoneInfo) -> str:
    """Windows as they stand in the form: a line each, START/END in the site's zone."""
    form = "%Y-%m-%dT%H:%M"
    return "\n".join(
        f"{start.astimezone(zone):{form}}/{end.astimezone(zone).strftime(form) if end else ''}"
        for start, end in spans(found.get("windows") or [])
    )


def _correct(asked: Asked) -> Done | Response:
    desk, trace = asked.desk, asked.path("trace")
    row = desk.spool.find(trace)
    typed = {key: value for key, value in asked.form if key != "csrf"}
    typed["services"] = asked.fields("services")  # type: ignore[assignment]
    try:
        if asked.field("seen") != str(len(row.corrected or {})):
            raise InvalidState("somebody corrected it before you: look, and press again")
        labels = {} if asked.field("right") else _labels(asked, row.read_as or {})
        entry = desk.corrections.add(row, labels, asked.who, asked.field("why"))
    except GatewayError as error:
        if is_temporary(error):
            raise
        return _page(asked, 409, problem=str(error), typed=typed)
    changed = [
        f"{label} {word_of(entry.before[label])} -> {word_of(entry.after[label])}"
        for label in entry.changed
    ]
    told = f"Corrected: {'; '.join(changed)}." if changed else "It was read right."
    return Done(f"/message/{trace}", told, trace, {"correction": entry.id})


def _labels(asked: Asked, before: dict[str, Any]) -> dict[str, Any]:
    """What the form says, where that is another thing than what was read."""
    zone = ZoneInfo(asked.desk.settings.zone)
    said: dict[str, Any] = {name: asked.field(name) for name in CHOICES}
    said["services"] = list(dict.fromkeys(asked.fields("services")))
    said["people"] = _people(asked.field("people"))
    lines = [line.strip() for line in asked.field("windows").splitlines() if line.strip()]
    said["windows"] = [_window(line, zone) for line in lines]
    if asked.field("windows") == _typed_windows(before, zone):
        del said["windows"]  # the form has minutes only
    if sorted(said["services"]) == sorted(before.get("services") or []):
        del said["services"]
    return {label: value for label, value in said.items() if before.get(label) != value}


def _people(told: str) -> int | None:
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 11 and 0 < int(told) <= MAX_ID):
        raise InvalidState(f"{told[:40]} is no number of people: leave it empty if none was said")
    return int(told)


def _window(told: str, zone: ZoneInfo) -> dict[str, str | None]:
    start, slash, end = told.partition("/")
    try:
        first = _moment(start, zone)
        last = _moment(end, zone) if end.strip() else None
    except ValueError:
        slash = ""
    if not slash or (last is not None and last <= first):
        raise InvalidState(
            f"{told[:60]} is no window: a line is START/END, as 2026-11-25T22:00/2026-11-26T02:00"
        )
    return {"start": stamp(first), "end": stamp(last)}


def _moment(told: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(told.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
