"""What is asked of the tickets for a message: where does it belong?"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.incidents import threads
from gateway.incidents.signals import Signal
from gateway.model import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of the batch, the addresses that it went to, and whom it speaks for.

    `signal` is what tells which incident it is about; None where that is not asked.
    """

    message: Message
    recipients: Sequence[str]
    party: threads.Party
    signal: Signal | None = None
    by_person: bool = True
