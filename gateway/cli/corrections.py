"""`triage correct` and `triage corrections`: a person's word on how a message was read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gateway.cli.options import (
    MAX_ID,
    ByOption,
    ConfigOption,
    JsonOption,
    LimitOption,
    Message,
    app,
    group,
)
from gateway.cli.output import me, opened, say
from gateway.errors import ConfigError

corrections_app = group("corrections", "What people said of readings; without a command, the list.")
_NONE = {"", "none", "-"}
_HELP = (
    "What it means: event=outage services=idme,logingov reach=many people=40 hampered=blocked "
    "source=stakeholder windows=START/END (several with commas; a time as 2026-11-25T22:00, in the "
    "zone of the configuration or with one of its own). Empty or none: nothing."
)


@app.command()
def correct(
    name: Message,
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL=VALUE]...", help=_HELP)
    ] = None,
    *,
    why: Annotated[str, typer.Option(help="The reason, for the record.")] = "",
    by: ByOption = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Say what a message really means. What is not named was read right; naming nothing, all was.

    The message and its ticket say so at once, and `triage train --with-corrections` learns it.
    """
    from gateway.incidents.corrections import LABELS  # noqa: PLC0415
    from gateway.plain import correction_as_json  # noqa: PLC0415
    from gateway.shown import word_of  # noqa: PLC0415

    with opened(path) as gateway:
        labels = labels_of(changes or (), LABELS, gateway.settings.zone)
        message = gateway.spool.find(name)
        entry = gateway.corrections.add(message, labels, me(by), why)
        kept = gateway.windows.of_message(message) if "windows" in labels else []
        refs = [row.ref for row in kept]
        if as_json:
            say(correction_as_json(entry, message.trace) | ({"windows_kept": refs} if refs else {}))
            return
        said = [
            f"{label} {word_of(entry.before[label])} -> {word_of(entry.after[label])}"
            for label in entry.changed
        ]
        print(f"{message.trace}: {'; '.join(said) or 'read right'}")
        for ref in refs:
            print(f"{ref} stays as it is in calendars: triage windows review {ref}")


@corrections_app.command("list")
def _corrections_list(
    limit: LimitOption = 50, as_json: JsonOption = False, path: ConfigOption = None
) -> None:
    """What people said of readings, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import correction_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.corrections.listing(limit)
        if as_json:
            for entry, trace in found:
                say(correction_as_json(entry, trace))
        else:
            shown.console().print(shown.corrections(found, gateway.settings.zone))


def labels_of(
    changes: Sequence[str], known: Sequence[str], zone: str, auto: str | None = None
) -> Mapping[str, Any]:
    """`LABEL=VALUE` of the `known` labels as values; the word `auto`, if there is one, as it is."""
    labels: dict[str, Any] = {}
    for change in changes:
        label, is_told, told = change.partition("=")
        if not is_told or label not in known:
            raise ConfigError(f"{change}: LABEL=VALUE is needed, of the labels {', '.join(known)}")
        parts = [] if told.strip().lower() in _NONE else told.split(",")
        if auto is not None and told.strip() == auto:
            labels[label] = auto
        elif label == "services":
            labels[label] = list(dict.fromkeys(part.strip() for part in parts))
        elif label == "windows":
            labels[label] = [_window(part.strip(), ZoneInfo(zone)) for part in parts]
        elif label == "people":
            labels[label] = _people(told) if parts else None
        else:
            labels[label] = told.strip()
    return labels


def _people(told: str) -> int:
    if not (told.isascii() and told.isdigit() and 0 < int(told) <= MAX_ID):
        raise ConfigError(f"people={told}: a number of people is needed, or none")
    return int(told)


def _window(told: str, zone: ZoneInfo) -> dict[str, str | None]:
    from gateway.understanding import stamp  # noqa: PLC0415

    start, slash, end = told.partition("/")
    try:
        first, last = _moment(start, zone), _moment(end, zone) if end else None
    except ValueError:
        slash = ""
    if not slash or (last is not None and last <= first):
        raise ConfigError(
            f"windows={told}: START/END is needed, as 2026-11-25T22:00/2026-11-26T02:00"
        )
    return {"start": stamp(first), "end": stamp(last)}


def _moment(told: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(told)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
