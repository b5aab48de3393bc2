"""Every template in the shipped folder can be written and read, whatever strangers put into it.

A new file is tested as soon as it is there: nothing here names one.
"""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from classifiers import windows
from classifiers.contract import Event
from gateway.letters import Letters
from gateway.letters.templates import split_fields
from gateway.model import Address, Letter

FOLDER = Path(__file__).parents[2] / "templates"
FILES = sorted(p for p in FOLDER.glob("[!_]*.txt"))
NAMES = [p.stem for p in FILES]
# Letters about somebody's subscriptions, and the digest, are about no ticket.
OF_NO_TICKET = {p.stem.partition(".")[0] for p in FILES if p.name.startswith("subscription_")}
OF_NO_TICKET.add("digest")
EVENTS: tuple[str, ...] = Event.__args__  # type: ignore[attr-defined]  # a Literal's values
NOW = datetime(2026, 3, 18, 1, 0, tzinfo=UTC)
HOSTILE = 'x\r\nBcc: mallory@attacker.example\r\n\r\n{{ 7 * 7 }}<script>alert(1)</script>"\u202e'

SAMPLE: dict[str, Any] = {
    "subject": "Re: Claims list does not load [TG-3]",
    "reporter": "Ada Muster",
    "received": NOW,
    "event": "outage",
    "services": [{"id": "claims", "name": "Claims"}, {"id": "letters", "name": "Letters"}],
    "reach": "some",
    "people": 40,
    "hampered": "blocked",
    "severity": "high",
    "windows": [{"start": NOW, "end": NOW + timedelta(hours=1)}],
    "earlier": [{"start": NOW - timedelta(days=7), "end": None}],
    "needs_review": False,
    "doubts": [],
    "follow_up": False,
    "state": "new",
    "reopened": False,
    "text": "The claims list loads again.\n\nNothing was lost.",
    "started": NOW,
    "ended": None,
    "reported_at": NOW,
    "why": ["reporter"],
    # of letters about somebody's subscriptions
    "action": "subscribe", "wants": "all", "digest": "no", "confirm_url": "", "hours": 48,
    "subscriptions": [{"name": "Claims", "wants": "outages", "digest": "daily"}], "page": "",
    "known": [{"id": "claims", "name": "Claims"}],
    "unknown": [{"word": "clams", "near": ["Claims"]}],
    "rhythm": "weekly", "more": 2,
    "items": [
        {"at": NOW, "kind": "update", "ref": "TG-17", "subject": "Claims", "text": "It loads.",
         "services": [{"id": "claims", "name": "Claims"}]},
    ],
    # of answers to commands
    "results": [{"line": "#resolve It loads.", "state": "asks", "said": "not yet", "word": "abc"}],
    "commands": ["#note text: a line for the history"], "minutes": 60,
    # of letters that hand a ticket over
    "reminder": False, "escalated": False, "asked_at": NOW, "error": "Error 503", "by": "eve",
    "rule": "critical: many wait", "since": NOW, "reports": 2, "note": "Yours?",
    "waiting": ["Ada <ada@people.example>"],
    "evidence": [{"label": "event", "text": "does not load"}], "masked": False,
    # of letters that ask for an approval
    "kind_word": "resolution", "asked_by": "eve", "told": 12, "left_out": 1,
    "command": "APPROVE abcd", "expires_at": NOW,
}  # fmt: skip


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(
        [FOLDER],
        sender="triage@gateway.example",
        name="Triage",
        organization="Example Agency",
        address="triage@gateway.example",
    )


def written(letters: Letters, name: str, **changes: Any) -> Letter:
    kind, *narrower, language = name.split(".")
    about = {} if kind in OF_NO_TICKET else {"ref": "TG-17", "token": "k7w2m5"}
    return letters.write(
        kind,
        key="one",
        recipient=Address("ada@people.example", changes.get("reporter", "Ada Muster")),
        language=language,
        **about,
        facts=SAMPLE | changes,
        source=narrower[0] if narrower else None,
    )


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


class Page(HTMLParser):
    """What stands in a page: its elements, and the words a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.words += data


def test_there_are_templates_to_test() -> None:
    assert {"acknowledgement.en", "acknowledgement.es", "resolution.en"} <= set(NAMES)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_template_has_a_subject_and_an_html_body_beside_it(file: Path) -> None:
    fields, text = split_fields(file.read_text(encoding="utf-8"), file.name)
    assert fields["Subject"].strip()
    assert text.strip()
    assert file.with_suffix(".html").is_file()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("follow_up", [False, True])
@pytest.mark.parametrize("event", EVENTS)
def test_it_renders_in_text_and_html(
    letters: Letters, name: str, event: str, follow_up: bool
) -> None:
    message = parsed(written(letters, name, event=event, follow_up=follow_up))
    is_of_none = name.partition(".")[0] in OF_NO_TICKET
    assert message["Subject"].endswith("[TG-17]") != is_of_none
    for kind in ("plain", "html"):
        content = body(message, kind)
        assert is_of_none or "TG-17" in content
        assert "None" not in content
        assert "{" not in content.replace("{}", "")


@pytest.mark.parametrize("name", NAMES)
def test_it_renders_when_hardly_anything_is_known(letters: Letters, name: str) -> None:
    unknown = {
        "subject": "", "reporter": "", "services": [], "reach": "unknown", "people": None,
        "hampered": "unknown", "severity": "none", "windows": [], "needs_review": True,
        "doubts": ["windows", "a doubt nobody has named yet"], "state": "closed",
        "reported_at": None, "started": None, "ended": None,
    }  # fmt: skip
    message = parsed(written(letters, name, **unknown))
    for kind in ("plain", "html"):
        assert "None" not in body(message, kind)
        assert "nobody has named" not in body(message, kind)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_facts_stay_harmless(letters: Letters, name: str) -> None:
    message = parsed(
        written(
            letters, name, subject=HOSTILE, reporter=HOSTILE, text=HOSTILE, why=HOSTILE,
            reported_at=None, doubts=[HOSTILE], services=[{"id": "x", "name": HOSTILE}],
        )
    )  # fmt: skip
    assert message["Bcc"] is None
    assert len(message.get_all("Subject", [])) == 1
    assert not re.search(r"[\r\n\u202e]", str(message["Subject"]))
    plain, page = body(message, "plain"), Page(body(message, "html"))
    assert "49" not in plain + page.words
    assert "\u202e" not in plain + page.words
    assert "script" not in {tag for tag, _ in page.elements}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_semantic_and_loads_nothing(letters: Letters, name: str) -> None:
    page = Page(body(parsed(written(letters, name)), "html"))
    tags = [tag for tag, _ in page.elements]
    assert page.open == []
    assert {"html", "title", "body", "p"} <= set(tags)
    assert not {"img", "script", "link", "iframe", "font", "table", "style"} & set(tags)
    assert dict(page.elements)["html"]["lang"] == name.rpartition(".")[2]
    for _, attributes in page.elements:
        assert not {"src", "background", "bgcolor", "color"} & set(attributes)
        style = re.sub(r"color: Canvas(Text)?;", "", attributes.get("style") or "")
        assert not re.search(r"color:|url\(", style)


@pytest.mark.parametrize("name", NAMES)
def test_both_bodies_say_the_same(letters: Letters, name: str) -> None:
    message = parsed(written(letters, name, doubts=["windows"], needs_review=True))

    def words(text: str) -> list[str]:
        return re.findall(r"\w+", text)

    page = body(message, "html").partition("<body")[2].partition(">")[2]
    assert sorted(words(Page(f"<b>{page.partition('</body>')[0]}</b>").words)) == sorted(
        words(body(message, "plain"))
    )


@pytest.mark.parametrize(
    ("language", "affected", "earlier"),
    [
        ("en", "Affected: 40 people", "Earlier time"),
        ("es", "Afecta a: 40 personas", "Horario anterior"),
    ],
)
def test_a_notice_says_who_was_affected_and_when_moved_work_was_to_be(
    letters: Letters, language: str, affected: str, earlier: str
) -> None:
    resolution = parsed(written(letters, f"resolution.{language}", earlier=()))
    assert affected in body(resolution, "plain")
    assert earlier not in body(resolution, "plain")
    moved = parsed(written(letters, f"maintenance_moved.{language}", reach="unknown", people=None))
    assert earlier in body(moved, "plain")
    assert affected.partition(":")[0] not in body(moved, "plain")


def doubts_about_times() -> list[str]:
    """The sentences in which classifiers.windows says why a person should look."""
    modules = [
        import_module(f"{windows.__name__}.{m.name}") for m in iter_modules(windows.__path__)
    ]
    return sorted(
        {
            value
            for module in modules
            for key, value in vars(module).items()
            if key.isupper() and isinstance(value, str) and re.fullmatch(r"\w[^|\\]+ .+\.", value)
        }
    )


@pytest.mark.parametrize("doubt", doubts_about_times())
@pytest.mark.parametrize(
    ("language", "words"), [("en", "do not know yet"), ("es", "todavía no sabemos")]
)
def test_what_we_doubt_about_times_is_said_aloud(
    letters: Letters, language: str, words: str, doubt: str
) -> None:
    message = parsed(written(letters, f"acknowledgement.{language}", doubts=[doubt]))
    assert words in body(message, "plain"), f"say it in templates/_words.{language}.jinja"


@pytest.mark.parametrize(
    ("language", "asks", "idle"),
    [
        ("en", "please reply", "need not do anything"),
        ("es", "Si lo sabe", "No necesita hacer nada"),
    ],
)
@pytest.mark.parametrize("doubts", [[], ["the words say nothing clear of what happened"]])
def test_whoever_is_asked_is_not_told_that_there_is_nothing_to_do(
    letters: Letters, language: str, asks: str, idle: str, doubts: list[str]
) -> None:
    message = parsed(
        written(
            letters, f"acknowledgement.{language}", event="info", severity="none", doubts=doubts
        )
    )
    for text in (body(message, "plain"), Page(body(message, "html")).words):
        said = " ".join(text.split())
        assert (asks in said, idle in said) == (bool(doubts), not doubts)


@pytest.mark.parametrize(
    ("language", "asks", "rank"),
    [("en", "please reply", "We rank this"), ("es", "Si lo sabe", "Lo clasificamos")],
)
def test_whoever_writes_to_a_ticket_that_is_over_is_neither_asked_nor_told_a_rank(
    letters: Letters, language: str, asks: str, rank: str
) -> None:
    name = f"acknowledgement.{language}"
    unknown = {"follow_up": True, "reach": "unknown", "people": None, "needs_review": True}
    for state, is_open in (("new", True), ("resolved", False), ("closed", False)):
        said = body(parsed(written(letters, name, state=state, **unknown)), "plain")
        said = " ".join(said.split())
        assert (asks in said, rank in said) == (is_open, is_open)


@pytest.mark.parametrize("name", [n for n in NAMES if ".signin_help." in n])
def test_an_answer_about_signing_in_repeats_nothing_and_asks_for_nothing_personal(
    letters: Letters, name: str
) -> None:
    message = parsed(written(letters, name, subject="My SSN is 000-12-3456"))
    assert "000-12-3456" not in str(message["Subject"]) + body(message, "plain")
