"""Bytes to `gateway.model.Message`: what a message says, before anyone asks what it means. Pure.

Beside it: what must be masked before a text leaves (`redact`, `people_named`) and whether a
message truly comes from where it says (`trust`).
"""

from gateway.reading.person_names import people_named
from gateway.reading.reader import read
from gateway.reading.redaction import redact
from gateway.reading.trust import trust

__all__ = ["people_named", "read", "redact", "trust"]
