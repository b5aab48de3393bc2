"""What the rules see in a document: the ground on which the learned model decides."""

from collections.abc import Callable
from dataclasses import dataclass

from classifiers.contract import Event
from classifiers.cues import Cues
from classifiers.pages import Page, Zone
from classifiers.passages import Passages
from classifiers.people import Count, PeopleWords
from classifiers.rules import Decided
from classifiers.services import Mention
from classifiers.sources import Found
from classifiers.telling import Told
from classifiers.windows import Hours


@dataclass(frozen=True, slots=True)
class View:
    """The words of a document, what stands in them, and the rules' own verdicts.

    `decided` are the zones that told the event, `told` what they tell; `noticed` are the events
    that a formal notice of planned work can report, none where it is none; `hours` tells
    where the hours that a text gives stand to its writing.
    """

    page: Page
    passages: Passages
    cues: Cues
    told: Told
    decided: tuple[Zone, ...]
    source: Found
    count: Count | None
    words_of_people: PeopleWords
    mentions: list[Mention]
    event: Decided
    reach: Decided
    hampered: Decided
    noticed: frozenset[Event] = frozenset()
    hours: Callable[[], Hours] = lambda: "none"
