"""`triage dkim`: keys that letters are signed with."""

from pathlib import Path
from typing import Annotated

import typer

from gateway import config
from gateway.cli.options import ConfigOption, JsonOption, group
from gateway.cli.output import say
from gateway.section import checked

dkim_app = group("dkim", "Keys that letters are signed with; without a command, the list.")


@dkim_app.command("new")
def _new(
    selector: Annotated[str, typer.Argument(help="Its name in the DNS, for example 2026a.")],
    domain: Annotated[
        str | None, typer.Option(help="For whom it signs; the domain of our letters if left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The key's file; SELECTOR.pem here.")] = None,
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="A short key, beside one that everybody knows.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Make a key, readable by you alone, and say what the DNS and the configuration need."""
    from gateway.outbox.signing import new_key  # noqa: PLC0415

    settings = config.load(path)
    file = out or Path(f"{selector}.pem")
    asked = {"domain": domain or settings.sending_domain, "selector": selector, "key_file": file}
    named = checked(config.DkimSettings, asked, "triage dkim new")
    key = new_key(named.domain, named.selector, file, ed=ed25519)
    strings = " ".join(f'"{key.record[at : at + 250]}"' for at in range(0, len(key.record), 250))
    print(f"{file.absolute()} is made; only you can read it. Put this into the DNS:\n")
    print(f"{key.name}. IN TXT ( {strings} )\n")
    print("and this into the configuration, then ask `triage doctor`:\n")
    print(f'[[dkim]]\ndomain = "{key.domain}"\nselector = "{selector}"')
    print(f'key_file = "{file.absolute()}"')


@dkim_app.command("list")
def _list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The keys in use, with the record that each needs."""
    from gateway.outbox.signing import load  # noqa: PLC0415

    settings = config.load(path)
    signer = load(settings.dkim, settings.file)
    if signer is None and not as_json:
        print("No keys: letters leave unsigned. Make one: triage dkim new SELECTOR")
    for key in signer.keys if signer else ():
        if as_json:
            say({"name": key.name, "kind": key.kind, "record": key.record})
        else:
            print(f"{key.name} ({key.kind})\n  {key.record}")
