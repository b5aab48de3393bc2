"""Pages from templates/console: escaped always, an unknown name is an error.

What strangers wrote is set apart by <bdi> (`{{ text | said }}`): a right-to-left override in a
subject turns nothing around it. Times are told in the site's zone, with the moment in UTC beside.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gateway import words
from gateway.console.assets import Assets
from gateway.console.messages import masked, masked_in
from gateway.model import utcnow
from gateway.words import HAMPERED, REACH


class Views:
    """Renders the templates of `folders`, the most specific first."""

    def __init__(
        self, folders: Sequence[Path], zone: str, services: Mapping[str, str], **names: Any
    ) -> None:
        self._zone = ZoneInfo(zone)
        self.assets = Assets([folder / "static" for folder in folders])
        self._jinja = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters.update(
            time=self.time, ago=ago, said=said, short=short, lasted=lasted, plural=plural,
            affected=lambda row: words.affected(row.reach, row.people, row.hampered),
            plainly=plainly, span=self.span, shown=visible_lines, in_a_line=words.in_a_line,
            service=lambda one: services.get(one, one), masked=masked, masked_in=masked_in,
            letter_text=letter_text,
        )  # fmt: skip
        self._jinja.globals.update(
            asset=self.assets.url, REACH=REACH, HAMPERED=HAMPERED, token=token, **names
        )

    def render(self, template: str, **facts: Any) -> str:
        """The filled template."""
        return self._jinja.get_template(template).render(facts)

    def time(self, moment: datetime | None, form: str = "%Y-%m-%d %H:%M %Z") -> Markup:
        """A moment in the site's zone."""
        if moment is None:
            return Markup("-")
        here = moment.astimezone(self._zone).strftime(form)
        exact = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, here)

    def span(self, window: dict[str, str | None]) -> Markup:
        """A window of plain data, from when to when."""
        ((start, end),) = words.spans([window])
        return Markup("{} to {}").format(self.time(start), self.time(end) if end else "open")


@pass_context
def token(context: Context) -> Markup:
    """What every form carries: `{{ token() }}`."""
    person = context["person"]
    return Markup('<input type="hidden" name="csrf" value="{}">').format(person.csrf)


def letter_text(letter: Any) -> str:
    """The plain text of a finished letter, under the fields a reader sees."""
    found = message_from_bytes(letter.raw, policy=default)
    body = found.get_body(("plain",))
    head = "\n".join(f"{name}: {found[name]}" for name in ("From", "To", "Subject") if found[name])
    return f"{head}\n\n{visible_lines(body.get_content() if body else '')}"


def visible_lines(text: str) -> str:
    """The same as `visible`, line by line."""
    return "\n".join(visible(line) for line in text.split("\n"))


def ago(moment: datetime | None) -> str:
    """How long since then, in a word or two."""
    return "never" if moment is None else lasted((utcnow() - moment).total_seconds())


def lasted(seconds: float) -> str:
    """A length of time, to one unit."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def said(text: str | None, length: int = 2000) -> Markup:
    """What a stranger wrote, on one line: kept from turning around what stands beside it."""
    return Markup('<bdi dir="auto">{}</bdi>').format(short(visible(text or ""), length))


def visible(text: str) -> str:
    """Without characters that are not seen, or that change the direction of others."""
    return "".join(
        " " if c in "\r\n\t" else c
        for c in text
        if c in "\r\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )


def short(text: str, length: int) -> str:
    """Cut to so many characters."""
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"


def plural(number: int, what: str, many: str | None = None) -> str:
    """So many of them: 1 letter, 2 letters."""
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"


def plainly(word: str) -> str:
    """A label's word as people say it: access_problem is "access problem"."""
    return escape(word.replace("_", " "))
