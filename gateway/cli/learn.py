"""`triage train` and `triage evaluate`: the learned model, made and tried."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import config, logs
from gateway.cli.options import ConfigOption, JsonOption, app
from gateway.cli.output import opened, say
from gateway.errors import ConfigError
from gateway.layout import counted

_NO_WORSE = 0.01  # a figure may fall by this much, which is less than chance moves it


@app.command()
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Labelled mail; without it, the shipped test part."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="A folder with another model to try beside the one in use.")
    ] = None,
    *,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="On the mail that people here corrected.")
    ] = False,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Also what was taken for what.")
    ] = False,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="Also how much is said, and how much of that is right."),
    ] = False,
    card: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write the figures as a page and a picture there."),
    ] = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Say how well mail is understood: every label measured on labelled mail."""
    from gateway import learning, shown  # noqa: PLC0415
    from gateway.card import write_card  # noqa: PLC0415

    corpora = _corpora(path)
    with _named_errors():
        mails = _corrected(path) if corrections else corpora.labelled(files, "test")
    if not mails and corrections:
        raise ConfigError("nothing has been corrected yet: see triage correct --help")
    if not mails:
        raise ConfigError(f"{', '.join(map(str, files or ()))}: no labelled message is there")
    tried = {"in use": corpora.model()}
    if model is not None:
        with _named_errors():
            tried["other"] = learning.load_model(model)
    rows = {name: list(corpora.scored(one, mails)) for name, one in tried.items()}
    if card is not None:
        write_card(rows["in use"], card)
    if as_json:
        for name, scored in rows.items():
            say({"model": name, "messages": len(scored), **learning.figures(scored)})
        return
    out = shown.console()
    out.print(shown.figures({name: learning.figures(scored) for name, scored in rows.items()}))
    if coverage:
        unbound = list(corpora.scored(tried["in use"], mails, {}))
        for label in learning.UNSAID:
            out.print(shown.coverage(label, learning.coverage(unbound, label)))
    if confusion:
        for label in learning.CONFUSED:
            out.print(shown.confusion(label, learning.confusion(rows["in use"], label)))


@app.command()
def train(
    out: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Your data folder: the model goes to its models/."),
    ],
    *,
    extra: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="Labelled mail of your own, learned as well."),
    ] = None,
    with_corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Also from the mail people here corrected.")
    ] = False,
    take_worse: Annotated[
        bool, typer.Option("--take-worse", help="Keep the new model also where it is worse.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Learn from the shipped labelled mail and yours; the new model is kept if it is no worse."""
    from gateway import learning, shown  # noqa: PLC0415

    corpora = _corpora(path)
    started = time.monotonic()
    corrected = _corrected(path) if with_corrections else []
    with _named_errors():
        made = corpora.train(extra or (), corrected)
    mails = corpora.labelled(None, "test")
    rows = {
        name: learning.figures(list(corpora.scored(model, mails)))
        for name, model in (("in use", corpora.model()), ("new", made))
    }
    shown.console().print(shown.figures(rows))
    worse = [
        name for name, figure in rows["new"].items()
        if "calibration" not in name and figure < rows["in use"][name] - _NO_WORSE
    ]  # fmt: skip
    if worse and not take_worse:
        raise ConfigError(
            f"the new model is worse in {', '.join(worse)}, and was not kept: "
            "look at the mail that was added, or say --take-worse"
        )
    learning.save_model(made, out / learning.MODELS)
    print(f"{out / 'models'} has the new model (made in {time.monotonic() - started:.0f} s)")
    if with_corrections:
        print(f"it has learned from {counted(len(corrected), 'message')} that people looked at")


@contextmanager
def _named_errors() -> Iterator[None]:
    """What is wrong with a file is a line, as with every command."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _corrected(path: Path | None) -> list[Any]:
    """The mail of the store that people have corrected, or found right."""
    from gateway.learning import of_corrections  # noqa: PLC0415

    with opened(path) as gateway:
        return of_corrections(gateway.corrections.corrected())


def _corpora(path: Path | None) -> Any:
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway.parts import corpora  # noqa: PLC0415

    return corpora(settings)
