"""Announce: the notices, and one notice with its audience, its letters and how they go out.

Looking is for readers, with addresses masked; drafting for triagers; all that lets letters go,
or holds them up, for announcers. A form carries `seen`, the version and state that its reader knew:
who comes second is told so. Stopping alone never asks whether something changed.
"""

from email import message_from_bytes
from email.policy import default

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway import reading as reader
from gateway.announcing import KINDS
from gateway.console import messages, notices
from gateway.console.asked import Act, Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.console.pages import Place
from gateway.console.pages.message import SANDBOX, SHEET
from gateway.errors import GatewayError, InvalidState, NotFound, Permanent, is_temporary
from gateway.store.tables import as_number

PLACE = Place(30, "Announce", "/announce")
LETTERS = 8  # that a page previews


def routes(_desk: Desk) -> list[Route]:
    """The list, a new one, one notice with its parts, and what can be done."""
    at = "/announce/{id}"
    return [
        show("/announce", _list),
        show("/announce/new", _new, role="triager"),
        act("/announce/new", _draft, "drafted news"),
        act("/announce/stop", _stop_all, "stopped all news", role="announcer"),
        show(at, _page),
        show(f"{at}/progress", _progress),
        show(f"{at}/people", _people),
        show(f"{at}/letter/{{nth}}", _letter, role="triager"),
        act(f"{at}/show", _show, messages.SHOWN, role="announcer"),
        act(f"{at}/revise", _fresh(_revise), "rewrote news", role="announcer"),
        act(f"{at}/test", _fresh(_test), "took a test copy", role="announcer"),
        act(f"{at}/approve", _fresh(_approve), "approved news", role="announcer"),
        act(f"{at}/send", _fresh(_send), "sent news", role="announcer"),
        act(f"{at}/stop", _told(_stop), "stopped news", role="announcer"),
        act(f"{at}/pause", _fresh(_pause), "paused news", role="announcer"),
        act(f"{at}/resume", _fresh(_resume), "had news go on", role="announcer"),
    ]


def _list(asked: Asked) -> Response:
    found, after = notices.listing(asked.desk, as_number(asked.query("before")))
    is_under_way = any(one.notice.state in {"sending", "sent"} for one in found)
    return asked.page(
        "announcements.html", notices=found, after=after, is_under_way=is_under_way
    )  # fmt: skip


def _new(asked: Asked, status: int = 200, **facts: object) -> Response:
    known = {"problem": None, "typed": {"ticket": asked.query("ticket")[:40]}} | facts
    return asked.page("announce_new.html", status, kinds=KINDS, **known)


def _draft(asked: Asked) -> Done | Response:
    ticket, kind, text = (asked.field(name) for name in ("ticket", "kind", "text"))
    try:
        notice = asked.desk.announcing.draft(ticket, kind, text, asked.who)
    except GatewayError as error:
        if is_temporary(error):
            raise
        typed = {"ticket": ticket, "kind": kind, "text": text}
        return _new(asked, 409, problem=str(error), typed=typed)
    told = f"Draft {notice.id} waits for approval. Nobody has been told."
    return Done(f"/announce/{notice.id}", told, f"TG-{notice.ticket_id}", {"notice": notice.id})


def _stop_all(asked: Asked) -> Done:
    stopped = asked.desk.announcing.stop(None, asked.who, asked.field("why"))
    told = (
        f"Stopped: notices {', '.join(map(str, stopped))}. None of their letters goes any more."
        if stopped
        else "Nothing was on its way."
    )
    return Done("/announce", told, "", {"notices": stopped})


# --- one notice --------------------------------------------------------------------------------


def _number(asked: Asked) -> int:
    return notices.number_of(asked.path("id"))


def _at(asked: Asked) -> str:
    return f"/announce/{_number(asked)}"


def _page(asked: Asked, status: int = 200, **facts: object) -> Response:
    known = {"problem": None, "typed": {}} | facts
    wants = asked.query("letters") == "1" and asked.person.may("triager")
    found = notices.see(asked.desk, _number(asked), letters=wants)
    preview = found.preview
    return asked.page(
        "announce.html", status, one=found, is_open=_is_open(asked), most=notices.MOST_CHANGED,
        letters=preview.samples[:LETTERS] if preview and asked.person.may("triager") else (),
        differences=notices.differences(preview) if preview else (), has_html=_has_html, **known,
    )  # fmt: skip


def _progress(asked: Asked) -> Response:
    """The part that keeps itself up to date; once it is over, the whole page is loaded anew."""
    record = asked.desk.announcing.show(_number(asked))
    progress = notices.progress(record)
    is_going = notices.is_going(record.notice, progress)
    answer = asked.page(
        "announce_progress.html", notice=record.notice, progress=progress, is_going=is_going
    )
    was = asked.query("was")
    if was and (was != record.notice.state or not is_going):
        answer.headers["HX-Refresh"] = "true"
    return answer


def _people(asked: Asked) -> Response:
    """A page of the ledger; of a draft, of those who would be told now."""
    number, is_out = _number(asked), asked.query("of") == "left-out"
    after = as_number(asked.query("after")) or 0
    found = notices.names(asked.desk, number, after, left_out=is_out)
    shown = found[: notices.NAMES]
    return asked.page(
        "announce_people.html", number=number, names=shown, is_out=is_out,
        is_open=_is_open(asked), after=shown[-1].at if len(found) > len(shown) else None,
    )  # fmt: skip


def _letter(asked: Asked) -> Response:
    """The HTML of a previewed letter, in a document in which nothing runs."""
    samples = asked.desk.announcing.preview(_number(asked)).samples
    nth = asked.path("nth")
    if not (nth.isascii() and nth.isdigit() and len(nth) < 4 and int(nth) < len(samples)):
        raise NotFound(f"no letter {nth[:20]} of this notice")
    body = messages.safe_html(reader.read(samples[int(nth)].raw))
    if not _is_open(asked):
        body = messages.masked_in(body)
    page = f'<!doctype html><meta charset="utf-8"><style>{SHEET}</style>{body}'
    headers = {"Content-Security-Policy": SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(page, headers=headers)


def _has_html(raw: bytes) -> bool:
    return message_from_bytes(raw, policy=default).get_body(("html",)) is not None


def _target(asked: Asked) -> str:
    return f"notice {_number(asked)}"


def _is_open(asked: Asked) -> bool:
    return asked.person.may("announcer") and messages.may_see(
        asked.desk, asked.person, _target(asked)
    )


# --- what can be done --------------------------------------------------------------------------


def _told(do: Act) -> Act:
    """`do`; what fails is told on the page, with what was typed."""

    def told(asked: Asked) -> Done | Response:
        try:
            return do(asked)
        except NotFound:
            raise
        except GatewayError as error:
            if is_temporary(error):
                raise
            return _page(asked, 409, problem=str(error), typed=dict(asked.form))

    return told


def _fresh(do: Act) -> Act:
    """The same, unless the notice is another than its reader saw."""

    def checked(asked: Asked) -> Done | Response:
        notice = asked.desk.announcing.show(_number(asked)).notice
        if asked.field("seen") != f"{notice.version}.{notice.state}":
            raise InvalidState(
                f"somebody was here before you: notice {notice.id} is {notice.state}, "
                f"version {notice.version}, now. Nothing of yours was done; look, then press again"
            )
        return do(asked)

    return _told(checked)


def _show(asked: Asked) -> Done:
    return Done(_at(asked), "Addresses are shown to you for 15 minutes. That you looked is on the "
                "record.", _target(asked))  # fmt: skip


def _done(asked: Asked, told: str, **facts: object) -> Done:
    return Done(_at(asked), told, _target(asked), facts)


def _revise(asked: Asked) -> Done:
    notice = asked.desk.announcing.revise(_number(asked), asked.field("text"), asked.who)
    return _done(asked, f"This is version {notice.version} now; it waits for approval.",
                 version=notice.version)  # fmt: skip


def _test(asked: Asked) -> Done:
    to = asked.field("to")
    if not to:
        raise Permanent("say to which address of yours the test copy goes")
    asked.desk.announcing.test(_number(asked), to, asked.who)
    return _done(asked, f"A test copy goes to {to}. Nobody else gets it.", to=to)


def _approve(asked: Asked) -> Done:
    seen = asked.field("content"), asked.field("audience")
    notice = asked.desk.announcing.approve(_number(asked), asked.who, "console", seen=seen)
    told = (
        "Approved. Nothing has gone out: send it when it is time."
        if notice.state == "approved"
        else "Approved by you; one more person must approve it."
    )
    return _done(asked, told, version=notice.version)


def _send(asked: Asked) -> Done:
    at_once = asked.field("at_once") == "1"
    count = asked.desk.announcing.send(_number(asked), asked.who, at_once=at_once)
    return _done(asked, f"On its way to {count:,} {'person' if count == 1 else 'people'}.",
                 people=count)  # fmt: skip


def _stop(asked: Asked) -> Done:
    asked.desk.announcing.stop(_number(asked), asked.who, asked.field("why"))
    return _done(asked, "Stopped: none of its letters goes any more.")


def _pause(asked: Asked) -> Done:
    asked.desk.announcing.pause(_number(asked), asked.who, asked.field("why"))
    return _done(asked, "Paused: its letters wait.")


def _resume(asked: Asked) -> Done:
    asked.desk.announcing.resume(_number(asked), asked.who)
    return _done(asked, "It goes on where it was.")
