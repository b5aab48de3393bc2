"""The second story: a piece of news reaches everyone concerned, once each.

Drafted, previewed, approved by one or two people, then sent. What was approved is frozen: the
text and, in a ledger, everyone who is told and why. What changes after that is shown and needs
a new approval; only fewer people than were approved may be told, never more. Letters are written
a batch at a time, just ahead of the sender, whose outbox knows each by notice and address, so
that no repetition can make a second one.
"""

from gateway.announcing.audience import Addressee, Audience
from gateway.announcing.circle import Circle, load_circle
from gateway.announcing.desk import Announcing
from gateway.announcing.fan_out import FanOut
from gateway.announcing.ledger import Line
from gateway.announcing.notices import KINDS, MAX_TEXT
from gateway.announcing.preview import Difference, Preview
from gateway.announcing.records import Record

__all__ = [
    "KINDS",
    "MAX_TEXT",
    "Addressee",
    "Announcing",
    "Audience",
    "Circle",
    "Difference",
    "FanOut",
    "Line",
    "Preview",
    "Record",
    "load_circle",
]
