"""Standard output and the gateway behind it: an answer is whole, or it is an error with a name."""

import contextlib
import getpass
import json
import os
import re
import sys
from collections.abc import Iterator
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from gateway import config, logs
from gateway.errors import GatewayError, Permanent

# Line ends that JSON does not escape, and halves of characters (of file names) that UTF-8 has not.
_NO_TEXT = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


class _Output(FileIO):
    """Standard output: that it cannot be written is a failure with a name."""

    def write(self, data: Any, /) -> int:
        """Write; BrokenPipeError where the reader has gone."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Permanent(f"standard output cannot be written: {error.strerror}") from error


def standard_streams() -> None:
    """Have them, also where the caller closed them: then writing to standard output fails."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    stdout = sys.stdout
    if stdout is not None and type(stdout) is not TextIOWrapper:
        return  # somebody else's
    number = os.open(os.devnull, os.O_RDONLY) if stdout is None else stdout.fileno()
    sys.stdout = TextIOWrapper(
        BufferedWriter(_Output(number, "w", closefd=False)),
        encoding=stdout.encoding if stdout else "utf-8",
        errors="backslashreplace",  # a letter that a terminal lacks is no failure
        line_buffering=stdout is not None and stdout.line_buffering,
    )


def let_go_of_output() -> None:
    """Python would complain, at the very end, about what could not be written."""
    try:
        sys.stdout.flush()
    except (OSError, GatewayError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: Exception, code: int) -> NoReturn:
    """Say what failed, and end with `code`."""
    print(f"triage: {error}", file=sys.stderr)
    raise SystemExit(code) from None


def me(by: str | None) -> str:
    """Who does it: `by`, or the user of this process."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def say(value: dict[str, Any]) -> None:
    """One object, one line: also for readers to whom more than a line feed ends a line."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.encoding != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    text = json.dumps(value, ensure_ascii=False, default=str)
    sys.stdout.write(_NO_TEXT.sub(lambda one: f"\\u{ord(one[0]):04x}", text) + "\n")


@contextlib.contextmanager
def opened(
    path: Path | None,
    *,
    level: str = "warning",
    hold: str | None = None,
    store: str | None = None,
) -> Iterator[Any]:
    """The wired gateway of a configuration. Imported late: `--help` should not wait for it.

    On another `store` than it says, if one is given.
    """
    settings = config.load(path)
    if store is not None:
        settings = settings.model_copy(update={"store": store})
    logs.configure(settings.log, level)
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gateway.app import Gateway  # noqa: PLC0415
    from gateway.store.database import as_gateway_error  # noqa: PLC0415

    try:
        with Gateway(settings, hold_letters=hold) as gateway:
            yield gateway
    except SQLAlchemyError as error:
        raise as_gateway_error(error) from error


def show_preview(found: Any, as_json: bool) -> None:
    """Who would be told what, as JSON or for people."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import preview_as_json  # noqa: PLC0415

    if as_json:
        say(preview_as_json(found))
    else:
        shown.console().print(shown.preview(found))
