"""The outbox: letters to people, why some do not go, and to let them go or stop them.

Whatever sends mail wants an announcer, as at the API, and is shown before it is done.
"""

import re
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from gateway import reading as reader
from gateway.console import custody
from gateway.console.asked import Asked, Done, act, show
from gateway.console.desk import Desk
from gateway.console.messages import SHOWN, may_see
from gateway.console.pages import Place
from gateway.console.views import letter_text
from gateway.errors import InvalidState, NotFound
from gateway.outbox import STATES
from gateway.store.tables import LetterRow, as_number

PLACE = Place(65, "Outbox", "/outbox")
CHOICES = (*STATES, "came back")
RELEASABLE, STOPPABLE = ("held", "failed", "stopped"), ("held", "queued")
# Whoever reads these could do what only their reader may: sign in, approve, confirm.
SECRET = ("sign_in", "approval", "command", "subscription_confirm")
# What stands in other letters for their reader alone (gateway.letters.links): long tokens of the
# reader, short ones of a request.
_TOKENS = re.compile(r"[A-Za-z0-9_-]{55,600}|[0-9a-f]{16}-[a-z2-7]{13}", re.I)


def routes(_desk: Desk) -> list[Route]:
    """The list, a letter, and what can be done with them."""
    return [
        show("/outbox", _list),
        show("/outbox/{number}", _letter),
        act("/outbox/{number}/show", _show, SHOWN),
        act("/outbox/release", _release, "released letters", role="announcer"),
        act("/outbox/stop", _stop, "stopped letters", role="announcer"),
        act("/outbox/resume", _resume, "let answers go again", role="announcer"),
    ]


def _list(asked: Asked) -> Response:
    state = asked.query("state") if asked.query("state") in CHOICES else ""
    found = custody.letters(asked.desk, state, as_number(asked.query("before")))
    kept = {"state": state} if state else {}
    here = {**kept, **({"before": asked.query("before")} if asked.query("before") else {})}
    return asked.page(
        "outbox.html",
        state=state, choices=CHOICES, counts=asked.desk.outbox.counts(), letters=found.rows,
        after=found.after and urlencode({**kept, "before": found.after}),
        mark=urlencode({**here, "mark": "all"}), is_marked=asked.query("mark") == "all",
        is_first=not asked.query("before"), firewall=asked.desk.outbox.firewall(),
        has_relay=asked.desk.settings.relay is not None, redact=reader.redact,
    )  # fmt: skip


def _number(asked: Asked) -> int:
    number = as_number(asked.path("number"))
    if number is None:
        raise NotFound("no such letter in the outbox")
    return number


def _letter(asked: Asked) -> Response:
    found = asked.desk.outbox.show(_number(asked))
    letter = found.letter
    is_open = may_see(asked.desk, asked.person, _name(letter))
    return asked.page(
        "letter.html",
        letter=letter, events=found.events, is_open=is_open,
        text=_text(letter, asked.desk, is_open=is_open),
        can_release=letter.state in RELEASABLE, can_stop=letter.state in STOPPABLE,
        redact=reader.redact,
    )  # fmt: skip


def _name(letter: LetterRow) -> str:
    return f"letter {letter.id}"


def _text(letter: LetterRow, desk: Desk, *, is_open: bool) -> str | None:
    """What may be shown of it; None where nobody but its reader may see it."""
    if letter.kind in SECRET:
        return None
    text = _TOKENS.sub("[FOR ITS READER]", letter_text(letter))
    return text if is_open else reader.redact(text, published=desk.published)


def _show(asked: Asked) -> Done:
    letter = asked.desk.outbox.show(_number(asked)).letter
    told = "Identifiers are shown to you for 15 minutes. That you looked is on the record."
    return Done(f"/outbox/{letter.id}", told, _name(letter))


def _marked(asked: Asked, states: tuple[str, ...], what: str) -> list[LetterRow]:
    """The letters of the form, each in a state of which that can be done; else none is touched."""
    given = list(dict.fromkeys(asked.fields("letter")))
    numbers = [number for number in map(as_number, given) if number is not None]
    if not numbers:
        raise InvalidState("no letter is marked: mark some, and press again")
    rows = list(custody.letters_named(asked.desk, numbers))
    if len(rows) < len(given):
        raise NotFound("one of these letters is not in the outbox: load the list again")
    for row in rows:
        if row.state not in states:
            raise InvalidState(f"letter {row.id} is {row.state}: it cannot be {what}")
    return rows


def _release(asked: Asked) -> Done | Response:
    """First which letters would go; then, by a second press, they go."""
    if asked.field("every"):
        return _release_all(asked)
    rows = _marked(asked, RELEASABLE, "released")
    if asked.field("step") != "send":
        return asked.page("release.html", letters=rows, count=len(rows), every=False)
    numbers = [row.id or 0 for row in rows]
    done = asked.desk.outbox.release(numbers, asked.who)
    return _done(asked, numbers, f"{_letters(done)} released.")


def _release_all(asked: Asked) -> Done | Response:
    """Every held letter; the count that was seen must still be the count, or it is asked again."""
    count = asked.desk.outbox.counts()["held"]
    if not count:
        raise InvalidState("no letter is held: load the list again")
    if asked.field("step") != "send" or asked.field("count") != str(count):
        some = custody.letters(asked.desk, "held").rows
        return asked.page("release.html", letters=some, count=count, every=True)
    done = asked.desk.outbox.release(None, asked.who)
    return Done("/outbox", f"{_letters(done)} released.", "", {"letters": done})


def _stop(asked: Asked) -> Done:
    numbers = [row.id or 0 for row in _marked(asked, STOPPABLE, "stopped")]
    done = asked.desk.outbox.stop_letters(numbers, asked.who)
    told = f"{_letters(done)} stopped; what is stopped can still be released."
    return _done(asked, numbers, told)


def _resume(asked: Asked) -> Done:
    asked.desk.outbox.resume(asked.who)
    told = "Mail is answered again. What was held meanwhile stays held: release what should go."
    return Done("/outbox?state=held", told, "answers")


def _letters(number: int) -> str:
    return f"{number:,} {'letter' if number == 1 else 'letters'}"


def _done(asked: Asked, numbers: list[int], told: str) -> Done:
    facts: dict[str, Any] = {"letters": numbers}
    if len(numbers) == 1:
        return Done(f"/outbox/{numbers[0]}", told, f"letter {numbers[0]}", facts)
    state = asked.field("state")
    back = f"/outbox?{urlencode({'state': state})}" if state in CHOICES else "/outbox"
    return Done(back, told, "", facts)
