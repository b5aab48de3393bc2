"""Bytes to `gateway.model.Message`: what a message says, before anyone asks what it means. Pure.

Beside it: what must be masked before a text leaves (`redacted`, or `redact` and `masks`
with `people_named`). Each is loaded when it is first asked for: the patterns by which mail is
read take a while, and few commands read any.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.reading.personal.person_names import people_named
    from gateway.reading.personal.redaction import WITHHELD, masks, redact, redacted
    from gateway.reading.reader import read
    from gateway.reading.text.body import ENCRYPTED

__all__ = ["ENCRYPTED", "WITHHELD", "masks", "people_named", "read", "redact", "redacted"]

_MASKING = "personal.redaction"
_FOUND_IN = {"people_named": "personal.person_names", "read": "reader", "masks": _MASKING,
             "redact": _MASKING, "redacted": _MASKING, "WITHHELD": _MASKING,
             "ENCRYPTED": "text.body"}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_FOUND_IN[name]}"), name)
    return found
