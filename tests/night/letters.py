"""A night of which every letter is written out: nothing of it is drawn.

A `[[letter]]` has `at` (minutes after the start), `who`, `subject`, `text` and these, if need be:
  about     the incident; two of them for a letter about both; left out, it is about nothing else
  what      the channel, for the list of errors; "person" if left out
  key       a name by which other letters speak of this one
  answers   the key of the letter that it answers, which stands quoted below the text
  bare      true where an answer quotes nothing
  passes    the key of the letter that it passes on, which stands below the text
  fields    further header fields
  late      minutes from writing to coming
  doors     minutes after which it comes again by another door: same letter, other way
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.night.scene import ADDRESS, Scene

_ALIAS = "helpline@linden.example"  # the older address, whose mail comes on to the gateway


def written(script: dict[str, Any]) -> list[Scene]:
    """The letters in the order in which they come."""
    start = datetime.fromisoformat(script["start"]).astimezone(ZoneInfo(script["zone"]))
    letters = [
        {"number": number, **letter, "at": start + timedelta(minutes=letter["at"])}
        for number, letter in enumerate(script["letter"], 1)
    ]
    keys = {letter["key"]: letter for letter in letters if "key" in letter}
    found = [scene for letter in letters for scene in _scenes(letter, keys)]
    return sorted(found, key=lambda one: (one.comes, one.raw))


def _scenes(letter: dict[str, Any], keys: dict[str, dict[str, Any]]) -> Iterator[Scene]:
    about = letter.get("about", f"alone-{letter['number']}")
    truth = about if isinstance(about, str) else "+".join(about)
    comes = letter["at"] + timedelta(minutes=letter.get("late", 0.5))
    what = letter.get("what", "person")
    yield Scene(_raw(letter, keys, ADDRESS), letter["at"], comes, truth, what)
    if "doors" in letter:
        again = comes + timedelta(minutes=letter["doors"])
        yield Scene(_raw(letter, keys, _ALIAS), letter["at"], again, truth, what)


def _raw(letter: dict[str, Any], keys: dict[str, dict[str, Any]], to: str) -> bytes:
    head = {
        "Delivered-To": to,
        "From": letter["who"],
        "To": to,
        "Subject": letter["subject"],
        "Date": format_datetime(letter["at"]),
        "Message-ID": _id(letter),
        **letter.get("fields", {}),
    }
    text = letter["text"].strip()
    if "answers" in letter:
        first = keys[letter["answers"]]
        thread = _thread(first, keys)
        head |= {"In-Reply-To": thread[-1], "References": " ".join(thread)}
        if not letter.get("bare"):
            text += f"\n\n{_quoted(first, keys)}"
    if "passes" in letter:
        text = f"{text}\n\n{_passed(keys[letter['passes']], keys)}".lstrip()
    head |= {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", *text.splitlines(), ""]).encode()


def _shown(letter: dict[str, Any], keys: dict[str, dict[str, Any]]) -> str:
    """What a reader saw of a letter: its text, and below it what that one answered."""
    text: str = letter["text"].strip()
    if "answers" in letter and not letter.get("bare"):
        text += f"\n\n{_quoted(keys[letter['answers']], keys)}"
    return text


def _quoted(letter: dict[str, Any], keys: dict[str, dict[str, Any]]) -> str:
    lines = "\n".join(f"> {line}".rstrip() for line in _shown(letter, keys).splitlines())
    return f"On {letter['at']:%a, %b %d, %Y at %I:%M %p}, {letter['who']} wrote:\n{lines}"


def _passed(letter: dict[str, Any], keys: dict[str, dict[str, Any]]) -> str:
    return (
        f"---------- Forwarded message ---------\nFrom: {letter['who']}\n"
        f"Date: {letter['at']:%a, %b %d, %Y at %I:%M %p}\nSubject: {letter['subject']}\n\n"
        f"{_shown(letter, keys)}"
    )


def _thread(letter: dict[str, Any], keys: dict[str, dict[str, Any]]) -> list[str]:
    before = _thread(keys[letter["answers"]], keys) if "answers" in letter else []
    return [*before, _id(letter)]


def _id(letter: dict[str, Any]) -> str:
    house = letter["who"].rpartition("@")[2].rstrip(">")
    return f"<{letter['at']:%Y%m%d%H%M}.{letter['number']:03}@{house}>"
