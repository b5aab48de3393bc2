"""What can fail: each failure is Temporary (try again) or Permanent (set aside for a person).

An exception that is neither is unknown, and what is unknown is treated as temporary:
trying again loses nothing, giving up might.
"""


class GatewayError(Exception):
    """A failure the gateway can name. The text says what, where and what to do about it."""


class Temporary(GatewayError):
    """Trying again later may work: a busy database, a relay that answers 4xx, a full disk.

    `is_refusal`: what was asked for has surely not been done. `seconds`: how long the far side
    wants to be left alone.
    """

    def __init__(
        self, *said: object, is_refusal: bool = False, seconds: float | None = None
    ) -> None:
        super().__init__(*said)
        self.is_refusal = is_refusal
        self.seconds = seconds


class Permanent(GatewayError):
    """Trying again will not help: a refused recipient, a message that cannot be processed."""


class ConfigError(Permanent):
    """The configuration cannot be used; the text names file, key and remedy."""


class NotFound(Permanent):
    """What was asked for by name or number is not there."""


class NotSigned(Permanent):
    """What came is not signed by whom it should be from."""


class InvalidState(Permanent):
    """The thing exists, but the state it is in does not allow what was asked."""


def is_temporary(error: BaseException) -> bool:
    """True unless `error` is known to be permanent."""
    return not isinstance(error, Permanent)
