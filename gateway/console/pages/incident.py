"""An incident: what it is, what happened, who is affected, and all that can be done with it.

Every form carries `seen`, the last line of history that its reader knew of: who comes second is
told what the first one did, with what they had typed still in the form.
"""

from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.console import incidents, plots
from gateway.console.asked import Act, Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.errors import GatewayError, Permanent, is_temporary
from gateway.incidents import parting


def routes(_desk: Desk) -> list[Route]:
    """The page, its plot, and what can be done."""
    at = "/incident/{ref}"
    return [
        show(at, _page),
        show(f"{at}/people.svg", _plot),
        show(f"{at}/post-mortem", _post_mortem),
        act(f"{at}/note", _fresh(_note), "note"),
        act(f"{at}/assign", _fresh(_assign), "assigned"),
        act(f"{at}/decide", _fresh(_decide), "decided"),
        act(f"{at}/reviewed", _fresh(_reviewed), "reviewed"),
        act(f"{at}/look", _look, "asked to look again"),
        act(f"{at}/move", _fresh(_move), "moved"),
        act(f"{at}/merge", _fresh(_merge), "merged"),
        act(f"{at}/split", _fresh(_split), "split"),
        act(f"{at}/apart", _fresh(_apart), "held apart"),
        act(f"{at}/hand-off", _fresh(_hand_off), "handed off"),
        act(f"{at}/resolve", _fresh(_resolve), "resolved", role="announcer"),
        act(f"{at}/draft", _fresh(_draft), "drafted news"),
    ]


def _page(asked: Asked, status: int = 200, **facts: object) -> Response:
    found = incidents.find(asked.desk, asked.path("ref"))
    known = {"problem": None, "changed": (), "typed": {}, "preview": None, "packet": None} | facts
    owners = sorted({asked.who, *_operators(asked.desk), *asked.desk.owners})
    return asked.page(
        "incident.html", status, one=found, owners=owners, severities=asked.desk.severities,
        dispositions=asked.desk.dispositions, teams=asked.desk.owners, **known,
    )  # fmt: skip


def _operators(desk: Desk) -> list[str]:
    return list(desk.settings.operators.addresses)


def _fresh(do: Act) -> Act:
    """`do`, unless the ticket changed since its form was shown; what fails is told on the page."""

    def checked(asked: Asked) -> Done | Response:
        typed = {key: value for key, value in asked.form if key not in {"csrf", "seen"}}
        seen = asked.field("seen")
        if seen.isascii() and seen.isdigit():
            others = incidents.since(asked.desk, asked.path("ref"), int(seen[:9]), asked.who)
            if others:
                return _page(asked, 409, changed=others, typed=typed)
        try:
            return do(asked)
        except GatewayError as error:
            if is_temporary(error):
                raise
            return _page(asked, 409, problem=str(error), typed=typed)

    return checked


def _at(asked: Asked) -> str:
    return f"/incident/{asked.path('ref')}"


def _note(asked: Asked) -> Done:
    ticket = incidents.note(asked.desk, asked.path("ref"), asked.field("text"), asked.who)
    return Done(f"{_at(asked)}#timeline", f"Noted on {ticket.ref}.", ticket.ref)


def _assign(asked: Asked) -> Done:
    before = incidents.find(asked.desk, asked.path("ref")).ticket.owner
    owner = asked.field("owner")[:200]
    ticket = asked.desk.overruling.set(asked.path("ref"), {"owner": owner}, asked.who)
    told = f"{ticket.owner or 'Nobody'} owns {ticket.ref} now."
    return Done(_at(asked), told, ticket.ref, {"owner": ticket.owner},
                undo=(f"{_at(asked)}/assign", {"owner": before}))  # fmt: skip


def _decide(asked: Asked) -> Done:
    """A person's word on how bad it is and what is to be done; what is left as it is stays."""
    now = incidents.find(asked.desk, asked.path("ref")).ticket
    said = {name: asked.field(name) for name in ("severity", "disposition")}
    changes = {name: word for name, word in said.items() if word and word != getattr(now, name)}
    ticket = asked.desk.overruling.set(asked.path("ref"), changes, asked.who, asked.field("why"))
    back = {name: getattr(now, name) for name in changes}
    return Done(_at(asked), f"{ticket.ref} is as you said.", ticket.ref, dict(changes),
                undo=(f"{_at(asked)}/decide", back))  # fmt: skip


def _reviewed(asked: Asked) -> Done:
    ticket = asked.desk.tickets.reviewed(asked.path("ref"), asked.who)
    return Done(_at(asked), f"You have looked at {ticket.ref}.", ticket.ref,
                undo=(f"{_at(asked)}/look", {}))  # fmt: skip


def _look(asked: Asked) -> Done:
    ticket = incidents.ask_again(asked.desk, asked.path("ref"), asked.who)
    return Done(_at(asked), f"{ticket.ref} waits for somebody to look again.", ticket.ref)


def _move(asked: Asked) -> Done:
    state = asked.field("state")
    if state == "resolved":
        raise Permanent("only Resolve resolves it, since it tells people")
    before = incidents.find(asked.desk, asked.path("ref")).ticket.state
    ticket = asked.desk.tickets.move(asked.path("ref"), state, asked.who, asked.field("why"))
    told = f"{ticket.ref} is {ticket.state.replace('_', ' ')} now."
    facts = {"from": before, "to": ticket.state}
    return Done(_at(asked), told, ticket.ref, facts)


def _merge(asked: Asked) -> Done:
    if not asked.field("into"):
        raise Permanent("say into which incident, for example TG-7")
    gone = asked.path("ref")
    kept = asked.desk.merge(gone, asked.field("into"), asked.who, asked.field("why"))
    told = f"{gone} is a part of {kept.ref} now."
    return Done(f"/incident/{kept.ref}", told, kept.ref, {"merged": gone})


def _split(asked: Asked) -> Done:
    messages = asked.fields("message")
    if not messages:
        raise Permanent("mark the messages that are to be split off")
    new = asked.desk.split(asked.path("ref"), messages, asked.who, asked.field("why"))
    told = f"{new.ref} was split off {asked.path('ref')}; nothing makes them one again but you."
    return Done(f"/incident/{new.ref}", told, new.ref, {"from": asked.path("ref")},
                undo=(f"/incident/{new.ref}/merge", {"into": asked.path("ref"),
                                                     "why": "the split was undone"}))  # fmt: skip


def _hand_off(asked: Asked) -> Done | Response:
    """First the letter that would go out; then, by a second press, it goes."""
    ref, to, why = asked.path("ref"), asked.field("to"), asked.field("why")
    if asked.field("step") != "send":
        letter = asked.desk.handoffs.preview(ref, to, asked.who, why)
        return _page(asked, packet=letter, typed={"to": to, "why": why})
    row = asked.desk.handoffs.hand_off(ref, to, asked.who, why)
    return Done(_at(asked), f"{ref} is with {row.team} now; they are asked by mail.", ref,
                {"team": row.team})  # fmt: skip


def _apart(asked: Asked) -> Done:
    ref, other = asked.path("ref"), asked.field("other")
    with asked.desk.database.transaction() as session:
        parting.dismiss(session, ref, other, asked.who, asked.field("why"))
    return Done(_at(asked), f"{ref} and {other} are held apart.", ref, {"other": other})


def _draft(asked: Asked) -> Done:
    kind = asked.field("kind") or "resolution"
    notice = asked.desk.announcing.draft(asked.path("ref"), kind, asked.field("text"), asked.who)
    told = f"Draft {notice.id} waits for approval. Nobody has been told."
    to = f"/announce/{notice.id}"
    return Done(to, told, f"TG-{notice.ticket_id}", {"notice": notice.id})


def _resolve(asked: Asked) -> Done | Response:
    """First what would go out, and to whom; then, by a second press, it goes."""
    ref, text = asked.path("ref"), asked.field("text")
    if asked.field("step") != "send":
        preview = asked.desk.announcing.preview_of(ref, "resolution", text, asked.who)
        return _page(asked, preview=preview, typed={"text": text})
    notice, letters = asked.desk.announcing.resolve(ref, text, asked.who)
    told = f"{ref} is resolved; {letters:,} {'letter' if letters == 1 else 'letters'} written."
    return Done(_at(asked), told, ref, {"notice": notice.id, "letters": letters})


def _plot(asked: Asked) -> Response:
    people = incidents.find(asked.desk, asked.path("ref")).people
    series = [("wrote", [(step.at, float(step.reporters)) for step in people])]
    told = [(step.at, float(step.estimate)) for step in people if step.estimate is not None]
    if told:
        series.append(("said to be affected", told))
    svg = plots.over_time(series, ZoneInfo(asked.desk.settings.zone))
    return Response(
        svg, headers={"Content-Security-Policy": plots.POLICY}, media_type="image/svg+xml"
    )


def _post_mortem(asked: Asked) -> Response:
    public = asked.query("public") == "1"
    found = asked.desk.postmortems.draft(asked.path("ref"), public=public)
    if asked.query("as") == "file":
        name = f"{found.ref}-post-mortem.md"
        return HTMLResponse(
            found.body, media_type="text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip
    return asked.page("post_mortem.html", found=found, public=public)
