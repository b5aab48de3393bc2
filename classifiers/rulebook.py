"""The rules over the data folder: what they see in a document, before anything learned decides.

The words of a document become one spaCy Doc, on which matchers find cues and names. The Doc
carries the view in `Doc.user_data`, where the components of the pipeline `nlp` find it.
"""

from functools import partial
from pathlib import Path
from typing import cast

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.contract import Document, Event
from classifiers.cues import CueMatcher
from classifiers.pages import read_page
from classifiers.passages import read_passages
from classifiers.people import find_count, load_people
from classifiers.rules import decide_event, decide_hampered, decide_reach
from classifiers.services import Catalogue, load_catalogue
from classifiers.sources import find_source, load_sources
from classifiers.telling import heard, tell
from classifiers.view import View
from classifiers.windows import events_of, hours_of

_UNKNOWN = "_"  # stands in the Doc for every word that no phrase of the data has


class Rulebook:
    """The rules of a data folder, files of `overlay` replacing those named alike.

    `zone` is where times without a zone are.
    """

    def __init__(self, data: Path, overlay: Path | None, zone: str = "America/New_York") -> None:
        self._zone = zone
        self.nlp = spacy.blank("en", vocab=Vocab())  # no lexical attributes: matchers need none
        self.sources = load_sources(data, overlay)
        self.catalogue: Catalogue = load_catalogue(self.nlp.vocab, data, overlay)
        self._cues = CueMatcher(self.nlp.vocab, data, overlay)
        self._people = load_people(data, overlay)
        self._known = frozenset(self.nlp.vocab.strings)

    def doc(self, document: Document) -> Doc:
        """The words of `document` as a Doc with its view. Never raises."""
        page = read_page(document)
        passages = read_passages(document, page)
        known = [word if word in self._known else _UNKNOWN for word in passages.words]
        doc = Doc(self.nlp.vocab, words=known)
        cues = self._cues.find(doc, passages)
        source = find_source(self.sources, document, page)
        form = source.form
        cues = heard(cues, form.word)
        told = tell(cues, form.word)
        decided = told.zones
        count = find_count(self._people, cues, decided)
        event = decide_event(cues, told, form, count)
        what = cast(Event, event.value)
        if what == "resolved":
            told = tell(cues, form.word, what)
            count = count or find_count(self._people, cues, told.zones)
        doc.user_data["view"] = View(
            page,
            passages,
            cues,
            told,
            decided,
            source,
            count,
            self._people,
            self.catalogue.mentions(doc, passages),
            event,
            decide_reach(told, what, form, count),
            decide_hampered(told, what, form),
            events_of(document),
            partial(hours_of, document, self._zone),
        )
        return doc
