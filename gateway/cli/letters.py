"""`triage letters`: the letters as they would look, without sending any."""

import email
import email.policy
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import config
from gateway.cli.options import ConfigOption, JsonOption, group
from gateway.cli.output import say
from gateway.errors import Permanent

letters_app = group("letters", "Letters and their templates; without a command, the list.")


@letters_app.command("list")
def _list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The kinds of letters, with the languages that each speaks."""
    from gateway.parts import letters  # noqa: PLC0415

    for kind, languages in letters(config.load(path)).kinds.items():
        if as_json:
            say({"kind": kind, "languages": languages})
        else:
            print(f"{kind:32} {', '.join(languages)}")


@letters_app.command("preview")
def _preview(
    out: Annotated[Path, typer.Option(help="A folder for the files; made if it is not there.")],
    kind: Annotated[str | None, typer.Argument(help="One kind; all of them if left out.")] = None,
    *,
    lang: Annotated[str | None, typer.Option(help="One language; all if left out.")] = None,
    service: Annotated[str, typer.Option(help="What they are about: its id.")] = "idme",
    pictures: Annotated[
        bool, typer.Option(help="A picture of each, by headless Chromium: light, dark, narrow.")
    ] = True,
    path: ConfigOption = None,
) -> None:
    """Write every letter with invented facts: as text, as HTML, and as a picture."""
    from gateway import parts, picturing  # noqa: PLC0415

    settings = config.load(path)
    writer, names = parts.letters(settings), parts.service_names(settings)
    writer.links = parts.sample_links(settings)
    if service not in names:
        raise Permanent(f"no service {service} in the catalogue: see data/services")
    chosen = {one: found for one, found in writer.kinds.items() if kind in {None, one}}
    if not chosen:
        raise Permanent(f"no letters of kind {kind}: see triage letters list")
    program = picturing.browser() if pictures else None
    if pictures and program is None:
        print("no pictures: Chromium is not installed (apt-get install chromium)")
    out.mkdir(parents=True, exist_ok=True)
    for one, languages in chosen.items():
        for language in languages if lang is None else [lang]:
            page = _write(writer, one, language, {"id": service, "name": names[service]}, out)
            name = f"{one}.{language}"
            if page and program:
                picturing.picture(program, name, page, out / f"{name}.png")
            made = ["text", *(["HTML"] if page else []), *(["picture"] if page and program else [])]
            print(f"{name}: {', '.join(made) if page is not None else 'no invented facts'}")


def _write(writer: Any, kind: str, language: str, service: dict[str, str], out: Path) -> str | None:
    """The files of one letter; its page, "" where it has none, None where nothing is shown."""
    from gateway.letters import samples  # noqa: PLC0415
    from gateway.model import Address  # noqa: PLC0415

    if not samples.has_sample(kind):
        return None
    about = {"ref": "TG-17", "token": "k7w2m5"} if samples.is_about_a_ticket(kind) else {}
    letter = writer.write(
        kind,
        key=kind,
        recipient=Address(samples.READER, samples.NAME),
        language=language,
        facts=samples.facts(kind, [service]),
        service=service["id"],
        **about,
    )
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    head = "".join(f"{name}: {value}\n" for name, value in message.items())
    text, page = (_body(message, one) for one in ("plain", "html"))
    (out / f"{kind}.{language}.txt").write_text(f"{head}\n{text}", encoding="utf-8")
    if page:
        (out / f"{kind}.{language}.html").write_text(page, encoding="utf-8")
    return page


def _body(message: Any, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
