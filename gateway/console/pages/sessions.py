"""Who is signed in: everybody sees and ends their own sessions, an administrator everybody's."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.asked import Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.errors import NotFound
from gateway.store.tables import ConsoleSessionRow, as_number


def routes(_desk: Desk) -> list[Route]:
    """The list, and to end one."""
    return [
        show("/sessions", _list),
        act("/sessions/{number}/end", _end, "ended a session", role="reader"),
    ]


def _seen_by(asked: Asked) -> list[ConsoleSessionRow]:
    everybodys = asked.person.may("administrator")
    return [one for one in asked.desk.sessions.listing() if everybodys or one.who == asked.who]


def _list(asked: Asked) -> Response:
    return asked.page("sessions.html", sessions=_seen_by(asked))


def _end(asked: Asked) -> Done:
    number = as_number(asked.path("number"))
    if number not in {one.id for one in _seen_by(asked)}:
        raise NotFound("no such session, or it is over already")
    row = asked.desk.sessions.end_number(number or 0, asked.who)
    return Done("/sessions", f"The session of {row.who} is over.", row.who, {"session": row.id})
