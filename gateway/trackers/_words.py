"""Words of strangers as plain text: no markup, no mentions, no control characters come to life."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway import markdown
from gateway.config import shipped
from gateway.errors import ConfigError, Permanent
from gateway.trackers import Line, TicketView

OVER = {"resolved", "closed"}
_FENCE = re.compile("~{3,}")


def plain(text: str) -> str:
    """Without control and direction-changing characters, but for line breaks and tabs."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return "".join(kept)


def line(text: str) -> str:
    """The same on one line."""
    return " ".join(plain(text).split())


def fenced(text: str) -> str:
    """The text in a fence longer than any in it, so that none of its markup comes to life."""
    inner = plain(text).strip("\n")
    fence = max((found.group() for found in _FENCE.finditer(inner)), key=len, default="~~") + "~"
    return f"{fence}text\n{inner}\n{fence}"


def stamp(moment: Any) -> str:
    """A moment as people read it, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def changes(ticket: TicketView, told: int) -> list[Line]:
    """The lines of its history that say what changed, after the line `told`."""
    return [one for one in ticket.history if one.is_change and one.id > told]


def newest(ticket: TicketView) -> int:
    """The number of the last line of its history."""
    return max((one.id for one in ticket.history), default=0)


class Page:
    """Title (the first line) and body of a ticket's copy, from a template file.

    `path` is a file of one's own, else the shipped `templates/trackers/<name>`. Raises ConfigError
    for one that cannot work.
    """

    def __init__(self, name: str, path: Path | None, where: str) -> None:
        file = path or shipped("templates") / "trackers" / name
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
        )
        environment.filters.update(
            {
                "escaped": markdown.plain,
                "fenced": fenced,
                "line": line,
                "plain": plain,
                "stamp": stamp,
            }
        )
        try:
            head, _, body = file.read_text(encoding="utf-8").partition("\n")
            self._title = environment.from_string(head)
            self._body = environment.from_string(body.lstrip("\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{where}: {file} cannot be read: {error}") from error
        except TemplateError as error:
            raise ConfigError(f"{where}: {file}: {error}") from error
        self._file = file

    def title(self, ticket: TicketView) -> str:
        """One line."""
        return line(self._filled(self._title, ticket))[:240]

    def body(self, ticket: TicketView) -> str:
        """The rest."""
        return self._filled(self._body, ticket).strip("\n")

    def _filled(self, template: Template, ticket: TicketView) -> str:
        facts: Mapping[str, Any] = {"ticket": ticket, "is_over": ticket.state in OVER}
        try:
            return template.render(facts)
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            raise Permanent(f"{self._file}: {error}: mend the template") from error
