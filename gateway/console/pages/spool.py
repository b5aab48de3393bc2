"""The spool: messages in custody, why some are held, and to have them worked on (again)."""

from typing import get_args
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from gateway import reading as reader
from gateway.console import custody
from gateway.console.asked import Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.console.pages import Place
from gateway.errors import InvalidState
from gateway.model import MessageState
from gateway.store.tables import MessageRow, as_number

PLACE = Place(60, "Spool", "/spool")
STATES: tuple[MessageState, ...] = get_args(MessageState)


def routes(_desk: Desk) -> list[Route]:
    """The list, and what can be done with what is marked there."""
    return [
        show("/spool", _list),
        act("/spool/release", _release, "released messages"),
        act("/spool/replay", _replay, "had messages read again"),
    ]


def _list(asked: Asked) -> Response:
    given = asked.query("state")
    state = given if given in STATES else ""
    found = custody.messages(asked.desk, state, as_number(asked.query("before")))
    kept = {"state": state} if state else {}
    here = {**kept, **({"before": asked.query("before")} if asked.query("before") else {})}
    return asked.page(
        "spool.html",
        state=state, states=STATES, counts=asked.desk.spool.counts(), messages=found.rows,
        after=found.after and urlencode({**kept, "before": found.after}),
        mark=urlencode({**here, "mark": "all"}), is_marked=asked.query("mark") == "all",
        is_first=not asked.query("before"), redact=reader.redact,
    )  # fmt: skip


def _marked(asked: Asked) -> list[MessageRow]:
    traces = dict.fromkeys(asked.fields("message"))
    if not traces:
        raise InvalidState("no message is marked: mark some, and press again")
    return [asked.desk.spool.find(trace) for trace in traces]


def _release(asked: Asked) -> Done:
    """All of the marked ones or, where somebody was faster, none."""
    rows = _marked(asked)
    for row in rows:
        if row.state != "held":
            raise InvalidState(f"message {row.trace} is {row.state}, not held: load the list again")
    for row in rows:
        asked.desk.spool.release_held(row)
    return _done(asked, rows, "worked on")


def _replay(asked: Asked) -> Done:
    rows = _marked(asked)
    for row in rows:
        if row.state == "accepted":
            raise InvalidState(f"message {row.trace} waits already: load the list again")
    for row in rows:
        asked.desk.spool.replay(row)
    return _done(asked, rows, "read again; its ticket is kept, nobody is answered twice")


def _done(asked: Asked, rows: list[MessageRow], what: str) -> Done:
    one = rows[0].trace if len(rows) == 1 else ""
    subject = f"Message {one} waits" if one else f"{len(rows)} messages wait"
    told = f"{subject} to be {what if one else what.replace('its ticket', 'their tickets')}."
    told = told if one else told.replace("tickets is", "tickets are")
    back = f"/message/{one}" if one and asked.field("from") == "message" else "/spool"
    if back == "/spool" and asked.field("state") in STATES:
        back = f"/spool?{urlencode({'state': asked.field('state')})}"
    return Done(back, told, one, {"messages": [row.trace for row in rows]})
