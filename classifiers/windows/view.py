"""A look at tokens by their place: what stands at, before and after a point of the text."""

from classifiers.windows.tokens import Clock, Number, Token
from classifiers.windows.zones import Zone


class View:
    """Tokens with the `year` of writing, and `last`, the kind of the phrase read before.

    `local` is the sender's own zone, where it is known; `is_timed` whether any time was read.

    A place outside the text holds nothing: no token, the word "".
    """

    def __init__(self, tokens: list[Token], year: int, local: Zone | None = None) -> None:
        self.tokens = tokens
        self.year = year
        self.local = local
        self.last = ""
        self.is_timed = False

    def token(self, at: int) -> Token | None:
        """The token at `at`, or None."""
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def word(self, at: int) -> str:
        """The word or mark at `at`, lower case, or ""."""
        token = self.token(at)
        return str(token.value) if token and token.kind in ("word", "punctuation") else ""

    def number(self, at: int) -> Number | None:
        """The bare number at `at`, or None."""
        token = self.token(at)
        return token.value if token and isinstance(token.value, Number) else None

    def four_digits(self, at: int) -> Clock | None:
        """The time of day that a number of four digits at `at` can be ("2200"), or None."""
        number = self.number(at)
        if number is None or number.width != 4:
            return None
        hour, minute = divmod(number.value, 100)
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        return Clock(hour, minute, hhmm=True)
