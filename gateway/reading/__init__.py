"""Bytes to `gateway.model.Message`: what a message says, before anyone asks what it means. Pure.

Beside it: what must be masked before a text leaves (`redacted`, or `redact` and `masks`
with `people_named`).
"""

from gateway.reading.personal.person_names import people_named
from gateway.reading.personal.redaction import masks, redact, redacted
from gateway.reading.reader import read
from gateway.reading.text.body import ENCRYPTED

__all__ = ["ENCRYPTED", "masks", "people_named", "read", "redact", "redacted"]
