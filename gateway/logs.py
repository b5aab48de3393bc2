"""Logs: structured lines on standard error, one id from door to outbox, no personal data.

Text for a person at a terminal, JSON for a machine. Libraries speak only when something is wrong.
What a library says, and what a traceback quotes, may come from a mail: both are masked, and a
traceback shows no variables. A line that cannot be written (a full disk, a closed pipe) is lost;
the work it tells of goes on.
"""

import io
import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog

QUIET = ("uvicorn", "uvicorn.error", "imapclient", "httpx", "dbos", "mail.log", "asyncio")


class StandardError(io.TextIOBase):
    """Standard error as it is at each moment; failing to write to it is nobody's failure."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError, AttributeError):  # full, closed, or not there at all
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()


def _masked(said: str) -> str:
    """Without personal identifiers. Imported late: few commands have anything to mask."""
    from gateway.reading import redact  # noqa: PLC0415  # see above

    return redact(said)


class Masked(logging.Formatter):
    """A library's line without personal identifiers: it may quote a mail."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        return _masked(super().format(record))


def _traceback(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Where it failed: no variables, for there the mail is, and the error's own words masked."""
    said = io.StringIO()
    structlog.dev.plain_traceback(said, exc_info)
    out.write(_masked(said.getvalue()))


def configure(form: Literal["text", "json"], level: str = "info") -> None:
    """Set up logging for this process."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.typing.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer()
    elif sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=_traceback)
    else:  # for a file: quick to write, easy to search
        renderer = structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], drop_missing=True
        )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", StandardError())),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Masked("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
