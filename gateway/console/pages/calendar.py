"""Calendar: maintenance windows of a month, by day, and one window to review or to cancel.

The month stands in the URL. Times are told and typed in the house's zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.asked import Act, Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.console.pages import Place
from gateway.errors import GatewayError, InvalidState, NotFound, Permanent, is_temporary
from gateway.incidents.window_book import Changes, Conflict
from gateway.model import utcnow
from gateway.store.tables import WindowRow

PLACE = Place(40, "Calendar", "/calendar")
TYPED = "%Y-%m-%dT%H:%M"
MOST = 300  # windows on a page
STATUSES = {  # the word of the standard (BCOP), and what people say
    "TENTATIVE": "tentative",
    "CONFIRMED": "announced",
    "RE-SCHEDULED": "moved",
    "IN-PROCESS": "under way",
    "COMPLETED": "done",
    "CANCELLED": "cancelled",
}
MAX_TEXT = 20_000


def routes(_desk: Desk) -> list[Route]:
    """The month, one window, and what can be done with it."""
    at = "/calendar/{ref}"
    return [
        show("/calendar", _month),
        show(at, _page),
        act(f"{at}/review", _fresh(_review), "window reviewed"),
        act(f"{at}/cancel", _fresh(_cancel), "window cancelled"),
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and the windows that begin on it, or go on from the month before."""

    day: date
    windows: Sequence[tuple[WindowRow, Sequence[Conflict]]]


def _month(asked: Asked) -> Response:
    zone = ZoneInfo(asked.desk.settings.zone)
    first = _first(asked.query("month"), zone)
    after = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime(one.year, one.month, 1, tzinfo=zone) for one in (first, after))
    found = asked.desk.windows.between(start, end, MOST + 1)
    days: dict[date, list[tuple[WindowRow, Sequence[Conflict]]]] = {}
    for row, conflicts in found[:MOST]:
        day = max(row.starts_at.astimezone(zone).date(), first)
        days.setdefault(day, []).append((row, conflicts))
    waiting = asked.desk.windows.listing(review=True, limit=MOST)
    return asked.page(
        "calendar.html", first=first, before=first - timedelta(days=1), after=after,
        today=utcnow().astimezone(zone).date(), days=[Day(*one) for one in sorted(days.items())],
        is_cut=len(found) > MOST, waiting=[row for row, _ in waiting], statuses=STATUSES,
        zone=zone.key,
    )  # fmt: skip


def _first(text: str, zone: ZoneInfo) -> date:
    """The first of a month, YYYY-MM; this month for none. NotFound for what is none."""
    if not text:
        return utcnow().astimezone(zone).date().replace(day=1)
    try:
        found = datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise NotFound(f"{text[:20]} is no month such as 2026-03") from error
    if not 1970 < found.year < 2200:
        raise NotFound(f"there is no calendar of {text}")
    return found


def _page(asked: Asked, status: int = 200, **facts: object) -> Response:
    known = {"problem": None, "typed": {}} | facts
    found = asked.desk.windows.details(asked.path("ref"))
    zone = ZoneInfo(asked.desk.settings.zone)
    return asked.page(
        "window.html", status, one=found, statuses=STATUSES, zone=zone.key,
        services=asked.desk.service_names, seen=_mark(found.window),
        start=_typed(found.window.starts_at, zone), end=_typed(found.window.ends_at, zone),
        month=f"{found.window.starts_at.astimezone(zone):%Y-%m}", **known,
    )  # fmt: skip


def _mark(row: WindowRow) -> str:
    return row.updated_at.isoformat()


def _fresh(do: Act) -> Act:
    """`do`, unless the window changed since its form was shown; what fails is told on the page."""

    def checked(asked: Asked) -> Done | Response:
        row = asked.desk.windows.details(asked.path("ref")).window
        try:
            if asked.field("seen") != _mark(row):
                raise InvalidState(
                    f"{row.ref} has changed since you looked. Nothing of yours was done; what you "
                    "typed is still there: look, then press again"
                )
            return do(asked)
        except GatewayError as error:
            if is_temporary(error):
                raise
            typed: dict[str, object] = {key: value for key, value in asked.form if key != "csrf"}
            typed["services"] = asked.fields("services")
            return _page(asked, 409, problem=str(error), typed=typed)

    return checked


def _review(asked: Asked) -> Done:
    row = asked.desk.windows.details(asked.path("ref")).window
    zone = ZoneInfo(asked.desk.settings.zone)
    status = asked.field("status")
    if status not in STATUSES:
        raise Permanent(f"{status[:30]} is no status: {', '.join(STATUSES)}")
    text, services = asked.field("text")[:MAX_TEXT], asked.fields("services")
    said = Changes(
        start=_changed("start", asked.field("start"), row.starts_at, zone),
        end=_changed("end", asked.field("end"), row.ends_at, zone),
        services=tuple(services) if sorted(services) != sorted(row.services) else None,
        status=status if status != row.status else None,
        text=text if text != row.text.strip() else None,
        ticket=asked.field("ticket") or None if asked.field("ticket") != _ticket(row) else None,
    )
    asked.desk.windows.review(asked.path("ref"), said, asked.who)
    return Done(f"/calendar/{row.ref}", f"{row.ref} is reviewed, and published as it is now.",
                row.ref)  # fmt: skip


def _ticket(row: WindowRow) -> str:
    return f"TG-{row.ticket_id}" if row.ticket_id else ""


def _changed(name: str, typed: str, now: datetime | None, zone: ZoneInfo) -> datetime | None:
    """What was typed for a moment; None where it is as it was."""
    if typed == _typed(now, zone):
        return None
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError as error:
        raise Permanent(f"{name}: {typed[:30] or 'nothing'} is no time such as 2026-03-14T22:00")\
            from error  # fmt: skip


def _typed(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime(TYPED) if moment else ""


def _cancel(asked: Asked) -> Done:
    row = asked.desk.windows.cancel(asked.path("ref"), asked.who, asked.field("why")[:500])
    return Done(f"/calendar/{row.ref}", f"{row.ref} is cancelled; calendars hear so.", row.ref)
