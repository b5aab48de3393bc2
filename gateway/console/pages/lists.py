"""Mailing lists that we are on and what they ask; who reads our news, and who gets none."""

from urllib.parse import urlencode, urlsplit

from starlette.responses import Response
from starlette.routing import Route

from gateway.console import custody
from gateway.console.asked import Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.console.messages import SHOWN, masked, may_see
from gateway.console.pages import Place
from gateway.errors import GatewayError, NotFound, Permanent, is_temporary
from gateway.store import suppressions
from gateway.store.tables import as_number
from gateway.subscribing import SYSTEMS

PLACE = Place(70, "Lists", "/lists")
READERS = "subscribers"  # what the record calls them


def routes(_desk: Desk) -> list[Route]:
    """Three lists, and what can be done there."""
    return [
        show("/lists", _lists),
        show("/lists/readers", _readers),
        show("/lists/suppressed", _suppressed),
        act("/lists/subscribe", _subscribe, "asked for a mailing list"),
        act("/lists/{number}/confirm", _confirm, "confirmed a mailing list"),
        act("/lists/readers/show", _show, SHOWN),
        act("/lists/suppressed/remove", _news_again, "gave news again", role="announcer"),
    ]


def _lists(asked: Asked, status: int = 200, **facts: object) -> Response:
    known = {"problem": None, "typed": {}, "link": None} | facts
    return asked.page(
        "lists.html", status, found=custody.lists(asked.desk), systems=sorted(SYSTEMS),
        addresses=asked.desk.settings.addresses, host_of=_host_of, **known,
    )  # fmt: skip


def _subscribe(asked: Asked) -> Done | Response:
    list_, system = asked.field("list")[:300], asked.field("system") or "page"
    try:
        if not list_:
            raise Permanent("say which list: its address, its identifier or its domain")
        row, wrote = asked.desk.subscribing.subscribe(
            list_, asked.who, system, asked.field("as") or None
        )
    except GatewayError as error:
        if is_temporary(error):
            raise
        typed = {"list": list_, "system": system, "as": asked.field("as")}
        return _lists(asked, 409, problem=str(error), typed=typed)
    if row.state == "subscribed":
        told = f"{row.address} is subscribed to {row.list} already."
    elif wrote:
        told = f"The manager of {row.list} is asked; its answer will stand here."
    else:
        told = f"Now subscribe {row.address} on the page of {row.list}; what it asks stands here."
    return Done("/lists", told, row.list, {"subscription": row.id})


def _confirm(asked: Asked) -> Done | Response:
    """By a letter; or a link, which the person opens. The link is no matter for the record."""
    number = as_number(asked.path("number"))
    if number is None:
        raise NotFound("no such notice of a mailing list")
    try:
        done = asked.desk.subscribing.confirm(number, asked.who)
    except GatewayError as error:
        if is_temporary(error):
            raise
        return _lists(asked, 409, problem=str(error))
    list_ = done.subscription.list
    if not done.link:
        return Done("/lists", f"Confirmed {list_} by a letter to its manager.", list_)
    asked.desk.record.add(asked.who, "took the link that confirms a mailing list", list_,
                          asked.origin, notice=number)  # fmt: skip
    return _lists(asked, link=done.link)


def _host_of(link: str) -> str:
    """Where a link of a stranger leads; "" for one that is not of the web."""
    try:
        parts = urlsplit(link)
        return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _readers(asked: Asked) -> Response:
    counts = custody.readers_by_service(asked.desk)
    service = asked.query("service") if asked.query("service") in counts else ""
    found = custody.readers(asked.desk, service, as_number(asked.query("after")))
    kept = {"service": service} if service else {}
    return asked.page(
        "readers.html",
        readers=found.rows, counts=counts, service_now=service,
        after=found.after and urlencode({**kept, "after": found.after}),
        is_first=not asked.query("after"), is_open=may_see(asked.desk, asked.person, READERS),
    )  # fmt: skip


def _suppressed(asked: Asked, status: int = 200, problem: str | None = None) -> Response:
    found = custody.suppressed(asked.desk, asked.query("after"))
    return asked.page(
        "suppressed.html", status,
        rows=[(row, suppressions.in_words(row)) for row in found.rows],
        after=found.after and urlencode({"after": found.after}),
        is_first=not asked.query("after"), problem=problem,
        typed=asked.field("address") if problem else "",
        is_open=may_see(asked.desk, asked.person, READERS),
    )  # fmt: skip


def _show(asked: Asked) -> Done:
    back = "/lists/suppressed" if asked.field("from") == "suppressed" else "/lists/readers"
    return Done(back, "Addresses are shown to you for 15 minutes. That you looked is on the "
                "record.", READERS)  # fmt: skip


def _news_again(asked: Asked) -> Done | Response:
    address = asked.field("address")[:320]
    try:
        if not address:
            raise Permanent("say which address gets news again")
        asked.desk.announcing.unsuppress(address)
    except GatewayError as error:
        if is_temporary(error):
            raise
        return _suppressed(asked, 409, str(error))
    return Done("/lists/suppressed", f"{masked(address)} gets news again.", masked(address))
