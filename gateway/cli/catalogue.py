"""`triage catalogue`: the services that mail is read for, and whether their names mislead."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway import config, logs
from gateway.cli.options import ConfigOption, JsonOption, group
from gateway.cli.output import say
from gateway.errors import Permanent
from gateway.layout import counted

catalogue_app = group("catalogue", "The services mail speaks of; without a command, the list.")


@catalogue_app.command("list")
def _catalogue_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The services, and what people call them."""
    from gateway import shown  # noqa: PLC0415

    services = _loaded(path).catalogue.services.values()
    if as_json:
        for one in services:
            say(asdict(one))
    else:
        shown.console().print(shown.catalogue(services))


@catalogue_app.command("check")
def _catalogue_check(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Try every name in a sentence: each must be read as its own service, and as no other."""
    from classifiers.collisions import find_collisions  # noqa: PLC0415  # spaCy takes a second
    from gateway import shown  # noqa: PLC0415

    rulebook = _loaded(path)
    found = find_collisions(rulebook)
    collisions = sum(not one.risk for one in found)
    if as_json:
        for one in found:
            say(asdict(one))
    elif found:
        shown.console().print(shown.findings(found))
    if collisions:
        raise Permanent(f"{counted(collisions, 'name')} would be read as another service's")
    if not as_json:
        count = len(rulebook.catalogue.services)
        print(f"{counted(count, 'service')}: every name is read as its own service's")


def _loaded(path: Path | None) -> Any:
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway.parts import rulebook  # noqa: PLC0415

    return rulebook(settings)
