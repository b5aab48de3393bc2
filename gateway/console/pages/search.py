"""Search: incidents and messages, by words and by what they are; all of it stands in the URL."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway import reading as reader
from gateway.console.asked import Asked, show
from gateway.console.desk import Desk
from gateway.console.overview import SEVERITIES
from gateway.console.pages import Place
from gateway.console.pages.message import CHOICES
from gateway.errors import NotFound
from gateway.incidents.finding import Wanted
from gateway.incidents.tickets import STATES
from gateway.store.tables import as_number

PLACE = Place(20, "Search", "/search")
FILTERS = ("q", "in", "state", "severity", "event", "service", "owner", "look", "ticket")
SNIPPET = 160
PAGE = 30


def routes(_desk: Desk) -> list[Route]:
    """The one page."""
    return [show("/search", _search)]


def _search(asked: Asked) -> Response:
    words = asked.query("q").strip()[:200]
    there = _known_by_name(asked.desk, words)
    if there is not None:
        return RedirectResponse(there, 303)
    given = {name: asked.query(name)[:200] for name in FILTERS if asked.query(name)}
    among = "messages" if given.get("in") == "messages" else "incidents"
    owner = given.get("owner")
    wanted = Wanted(
        words=words,
        state=given.get("state", "") if given.get("state") in {*STATES, "open"} else "",
        severity=given.get("severity", ""),
        event=given.get("event", ""),
        service=given.get("service", ""),
        owner="" if owner == "nobody" else owner,
        look="look" in given,
        ticket=as_number(given.get("ticket", "").upper().removeprefix("TG-")),
        before=as_number(asked.query("before")),
        limit=PAGE + 1,
    )
    finder = asked.desk.finder
    tickets = finder.tickets(wanted) if among == "incidents" else []
    found = finder.messages(wanted) if among == "messages" else []
    ids = [one.id for one in tickets] or [row.id for row, _ in found]
    after = urlencode(given | {"before": str(ids[PAGE - 1])}) if len(ids) > PAGE else None
    return asked.page(
        "search.html",
        among=among, tickets=tickets[:PAGE],
        messages=[(row, _snippet(body, words)) for row, body in found[:PAGE]],
        given=given, after=after, words=words, is_filtered=bool(given), states=STATES,
        severities=SEVERITIES, events=CHOICES["event"], services=asked.desk.service_names,
    )  # fmt: skip


def _known_by_name(desk: Desk, words: str) -> str | None:
    """Where TG-7 or the name of a message leads at once."""
    name = words.upper()
    if name.startswith("TG-") and as_number(name[3:]):
        return f"/incident/{name}"
    if words.startswith("m-") and words[2:].isalnum():
        try:
            return f"/message/{desk.spool.find(words).trace}"
        except NotFound:
            return None
    return None


def _snippet(body: str, words: str) -> str:
    """Some of the text around the first word, with identifiers masked."""
    low = body.lower()
    places = [low.find(word.lower()) for word in words.split()]
    at = max(0, min((one for one in places if one >= 0), default=0) - 40)
    around = reader.redact(body[max(0, at - 100) : at + SNIPPET + 100])
    shift = min(at, 100)
    return around[shift : shift + SNIPPET]
