"""Letters: identity, threading, the words on the wire, and which template speaks."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import ConfigError, Permanent
from gateway.letters import Letters
from gateway.letters.links import Links
from gateway.letters.wording import Clock, lasting, paragraphs, person, topic
from gateway.model import Address, Letter

PLAIN = "Subject: {{ subject }}\n\nHello {{ reporter }}, this is {{ ref }}.\n"


def folder_with(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "_words.en.jinja").write_text("{% set hello = 'Hello' %}")
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


def letters_of(*folders: Path, **changes: Any) -> Letters:
    given = {
        "sender": "triage@gateway.example",
        "name": "Triage",
        "organization": "Example Agency",
        "address": "help@gateway.example",
    } | changes
    return Letters(folders, **given)


def write(letters: Letters, kind: str = "acknowledgement", **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "key": "ack:1",
        "recipient": Address("ada@people.example", "Ada Muster"),
        "language": "en",
        "ref": "TG-17",
        "token": "k7w2m5",
        "facts": {"subject": "Printer on fire", "reporter": "Ada"},
    } | changes
    return letters.write(kind, **given)


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(letter: Letter, kind: str = "plain") -> str:
    part = parsed(letter).get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    return letters_of(
        folder_with(
            tmp_path / "templates",
            acknowledgement__en__txt=PLAIN,
            acknowledgement__en__html="<p>{{ reporter }} {{ ref }}</p>",
            resolution__en__txt="Subject: Over\nList-Id: <news.{{ domain }}>\n\n{{ ref }} is over.",
        )
    )


def test_a_letter_is_from_us_and_answers_to_it_find_the_ticket(letters: Letters) -> None:
    letter = write(letters, ticket_id=17, envelope_sender="bounces@gateway.example")
    message = parsed(letter)
    assert message["From"] == "Triage <triage@gateway.example>"
    assert message["To"] == "Ada Muster <ada@people.example>"
    assert message["Subject"] == letter.subject == "Printer on fire [TG-17]"
    assert message["Reply-To"] == "help+k7w2m5@gateway.example"
    assert message["Message-ID"] == f"<{letter.message_id}>"
    assert re.fullmatch(r"TG-17\.k7w2m5\.[0-9a-f]{16}@gateway\.example", letter.message_id)
    assert (letter.key, letter.kind, letter.ticket_id) == ("ack:1", "acknowledgement", 17)
    assert (letter.recipient, letter.sender) == ("ada@people.example", "bounces@gateway.example")


def test_every_letter_has_its_own_identity_unless_one_is_given(letters: Letters) -> None:
    assert write(letters).message_id != write(letters).message_id
    assert write(letters, message_id="fixed@gateway.example").message_id == "fixed@gateway.example"


def test_an_acknowledgement_says_it_is_an_automatic_reply(letters: Letters) -> None:
    message = parsed(write(letters))
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] is None
    assert not [name for name in message if name.lower().startswith("list-")]


def test_a_notice_says_it_was_generated_and_may_name_its_list(letters: Letters) -> None:
    message = parsed(write(letters, "resolution"))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<news.gateway.example>"


def test_an_answer_continues_the_thread(letters: Letters) -> None:
    message = parsed(write(letters, in_reply_to="c@p.example", references=["a@p.example", "b@x"]))
    assert message["In-Reply-To"] == "<c@p.example>"
    assert message["References"].split() == ["<a@p.example>", "<b@x>", "<c@p.example>"]


def test_a_long_thread_keeps_its_root_and_its_newest_messages(letters: Letters) -> None:
    known = [f"{number}@p.example" for number in range(500)]
    kept = parsed(write(letters, in_reply_to="499@p.example", references=known))["References"]
    assert kept.split() == [f"<{n}@p.example>" for n in (0, *range(480, 500))]


def test_what_is_no_identifier_does_not_get_into_the_thread(letters: Letters) -> None:
    odd = ["a b@x", "x>\r\nBcc: m@x.example", "y" * 400, "ä@x", ""]
    message = parsed(write(letters, in_reply_to="z\r\nBcc: m@x.example", references=odd))
    assert message["In-Reply-To"] is message["References"] is message["Bcc"] is None


def test_a_letter_is_seven_bit_with_crlf_lines_and_short_enough(letters: Letters) -> None:
    facts = {"subject": "Störung " * 30, "reporter": "Zoë " + "lang" * 300}
    raw = write(letters, facts=facts, recipient=Address("ada@people.example", "Zoë")).raw
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 100


def test_both_bodies_are_there_and_the_html_is_escaped(letters: Letters) -> None:
    letter = write(letters, facts={"subject": "x", "reporter": "<b>&Ünal</b>"})
    assert parsed(letter).get_content_type() == "multipart/alternative"
    assert body(letter) == "Hello <b>&Ünal</b>, this is TG-17.\n"
    assert body(letter, "html") == "<p>&lt;b&gt;&amp;Ünal&lt;/b&gt; TG-17</p>\n"


def test_without_an_html_template_there_is_only_text(letters: Letters) -> None:
    assert parsed(write(letters, "resolution")).get_content_type() == "text/plain"


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_no_subject_and_no_name_breaks_the_header_block(
    tmp_path_factory: pytest.TempPathFactory, subject: str, name: str
) -> None:
    templates = folder_with(
        tmp_path_factory.getbasetemp() / "any",
        acknowledgement__en__txt="Subject: {{ subject }}\n\nx",
    )
    letter = write(
        letters_of(templates),
        facts={"subject": subject},
        recipient=Address("ada@people.example", name),
    )
    message = parsed(letter)
    assert [name for name in message] == [  # noqa: C416 - the names, repeated ones included
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ]  # fmt: skip
    assert message["Subject"].endswith("[TG-17]")
    assert message["To"].addresses[0].addr_spec == "ada@people.example"
    assert message.get_content().strip() == "x"


def test_a_subject_that_looks_encoded_is_shown_as_it_was_written(letters: Letters) -> None:
    disguised = "=?utf-8?q?=0D=0ABcc:_m=40x.example?="
    message = parsed(write(letters, facts={"subject": disguised, "reporter": ""}))
    assert message["Subject"] == f"{disguised} [TG-17]"


def test_the_reference_stands_in_the_subject_once(letters: Letters) -> None:
    letter = write(letters, facts={"subject": "Printer [TG-17] burns", "reporter": ""})
    assert letter.subject == "Printer burns [TG-17]"


def test_an_endless_subject_is_cut_before_the_reference(letters: Letters) -> None:
    letter = write(letters, facts={"subject": "word " * 200, "reporter": ""})
    assert len(letter.subject) < 200
    assert letter.subject.endswith("word… [TG-17]")


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a b@x.example", "a@x.example>\r\nRCPT TO:<m@x.example", "a@b@c", "<a@b>"],
)
def test_an_address_that_cannot_be_one_gets_no_letter(letters: Letters, address: str) -> None:
    with pytest.raises(Permanent):
        write(letters, recipient=Address(address))


def test_a_domain_outside_ascii_is_written_for_the_wire(letters: Letters) -> None:
    assert write(letters, recipient=Address("ada@bücher.example")).recipient == (
        "ada@xn--bcher-kva.example"
    )


def test_long_lines_flow_and_come_back_whole(letters: Letters, tmp_path: Path) -> None:
    words = "Every line of this paragraph is cut at a space and joined again. " * 5
    templates = folder_with(
        tmp_path / "flow", note__en__txt=f"Subject: x\n\n{words}\n>quoted\n end"
    )
    letter = write(letters_of(templates), "note")
    message = parsed(letter)
    assert message["Content-Type"].params["format"] == "flowed"
    lines = message.get_content().splitlines()
    assert max(map(len, lines)) <= 72
    joined = "".join(line if line.endswith(" ") else f"{line}\n" for line in lines)
    assert joined == f"{words.strip()}\n >quoted\n  end\n"


# --- which template speaks ---------------------------------------------------------------------


def named(text: str) -> str:
    return f"Subject: x\n\n{text}"


def test_the_most_specific_template_wins(tmp_path: Path) -> None:
    letters = letters_of(
        folder_with(
            tmp_path / "t",
            note__en__txt=named("plain"),
            note__de__txt=named("deutsch"),
            note__survey__en__txt=named("survey"),
            note__billing__en__txt=named("billing"),
        )
    )
    assert body(write(letters, "note", service="billing", source="survey")) == "billing\n"
    assert body(write(letters, "note", service="other", source="survey")) == "survey\n"
    assert body(write(letters, "note", source="../../survey")) == "plain\n"
    assert body(write(letters, "note", language="de-AT", source="survey")) == "deutsch\n"
    assert body(write(letters, "note", language="fr", source="survey")) == "survey\n"


def test_an_organizations_folder_comes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped = folder_with(
        tmp_path / "shipped",
        note__en__txt=named("shipped {% include '_foot.txt' %}"),
        note__en__html="<p>shipped</p>",
        other__en__txt=named("other {% include '_foot.txt' %}"),
        _foot__txt="foot",
    )
    ours = folder_with(tmp_path / "ours", note__en__txt=named("ours"), _foot__txt="our foot")
    letters = letters_of(ours, shipped)
    assert body(write(letters, "note")) == "ours\n"
    # The shipped page belongs to the shipped words: it must not go out with others.
    assert parsed(write(letters, "note")).get_content_type() == "text/plain"
    assert body(write(letters, "other")) == "other our foot\n"


def test_a_missing_template_and_a_missing_fact_say_what_to_mend(letters: Letters) -> None:
    with pytest.raises(Permanent, match=r"no template farewell\.en\.txt"):
        write(letters, "farewell")
    with pytest.raises(Permanent, match=r"acknowledgement\.en: 'reporter' is undefined"):
        write(letters, facts={"subject": "x"})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Subject: x\n\n{% if %}", "line 1"),
        ("no subject at all", "no empty line"),
        ("X-Other: 1\n\nbody", "Subject is missing"),
        ("Subject: x\nBcc: m@x.example\n\nbody", "Bcc cannot be set"),
        ("Subject: x\nnonsense\n\nbody", "line 2 is no header field"),
    ],
)
def test_a_broken_template_is_found_at_start(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        letters_of(folder_with(tmp_path / "t", note__en__txt=text))


def test_a_page_without_its_plain_text_is_found_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"note\.en\.txt, is missing"):
        letters_of(folder_with(tmp_path / "t", note__en__html="<p>x</p>"))


def test_a_template_cannot_reach_into_the_program(tmp_path: Path) -> None:
    text = named("{{ ref.__class__.__mro__ }}")
    letters = letters_of(folder_with(tmp_path / "t", note__en__txt=text))
    with pytest.raises(Permanent, match="unsafe"):
        write(letters, "note")


def test_facts_are_values_and_never_templates(letters: Letters) -> None:
    letter = write(letters, facts={"subject": "{{ token }}", "reporter": "{% include 'x' %}"})
    assert letter.subject == "{{ token }} [TG-17]"
    assert "{% include 'x' %}" in body(letter)


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "spoken"),
    [
        ("Re: AW: Fwd: [TG-9] It burns [TG-17]", "It burns"),
        ("RE[2]: It burns", "It burns"),
        ("[EXTERNAL] Re: [EXT] Fwd: It burns", "It burns"),
        ("[copay] It burns", "[copay] It burns"),
        ("Regarding: it burns", "Regarding: it burns"),
        ("It\r\n burns\x00\u202e", "It burns"),
        ("", ""),
    ],
)
def test_a_subject_is_spoken_of_without_its_marks(subject: str, spoken: str) -> None:
    assert topic(subject) == spoken


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Ada Muster", "Ada Muster"),
        ("Muster, Ada (she/her)", "Ada Muster"),
        ("  Ñandú O'Brien-Łuk ", "Ñandú O'Brien-Łuk"),
        ("Win now http://prize.example/x", ""),
        ("ada@people.example", ""),
        ("Visit www.prize.example", ""),
        ("x" * 61, ""),
    ],
)
def test_only_what_looks_like_a_name_is_greeted(name: str, greeted: str) -> None:
    assert person(name) == greeted


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("one\r\ntwo\n\n \nthree\n") == [["one", "two"], ["three"]]


@pytest.mark.parametrize(
    ("zone", "month", "name", "hour"),
    [
        ("America/New_York", 1, "ET", 7),
        ("America/New_York", 7, "ET", 8),
        ("America/Anchorage", 7, "AKT", 4),
        ("America/Phoenix", 7, "MST", 5),
        ("Europe/Berlin", 7, "CEST", 14),
        ("Asia/Dubai", 7, "UTC+04", 16),
        ("UTC", 7, "UTC", 12),
    ],
)
def test_times_are_shown_on_the_readers_clock(zone: str, month: int, name: str, hour: int) -> None:
    from zoneinfo import ZoneInfo

    there = Clock(ZoneInfo(zone)).local(datetime(2026, month, 15, 12, 0, tzinfo=UTC))
    assert (there["zone"], there["hour"], there["date"]) == (name, hour, f"2026-{month:02}-15")


def test_a_time_written_as_text_is_the_same_time() -> None:
    from zoneinfo import ZoneInfo

    clock = Clock(ZoneInfo("America/New_York"))
    assert clock.local("2026-03-18T01:00:00+00:00") == clock.local("2026-03-17T21:00:00-04:00")


def test_a_zone_that_does_not_exist_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Mars/Base"):
        letters_of(folder_with(tmp_path / "t"), zone="Mars/Base")


# --- news can be left ---------------------------------------------------------------------------


def news(letters: Letters, url: str | None, **changes: Any) -> EmailMessage:
    letters.links = Links(b"k" * 32, "help@gateway.example", url)
    return parsed(write(letters, "resolution", **changes))


def test_news_says_which_list_it_is_of_and_how_to_leave_it_by_one_click(letters: Letters) -> None:
    message = news(letters, "https://news.example")
    token = Links(b"k" * 32, "help@gateway.example").token("ada@people.example")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == (
        f"<https://news.example/news/unsubscribe/{token}>, "
        f"<mailto:help@gateway.example?subject=unsubscribe%20{token}>"
    )
    assert message["List-Id"] == "<news.gateway.example>"  # the template's own
    assert message["List-Post"] == "NO"
    assert message["List-Help"] == "<mailto:help@gateway.example?subject=help>"


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8025"])
def test_one_click_is_not_promised_without_a_page_on_the_web(
    letters: Letters, url: str | None
) -> None:
    message = news(letters, url)
    assert message["List-Unsubscribe"].startswith("<mailto:help@gateway.example?subject=")
    assert message["List-Unsubscribe-Post"] is None


def test_an_answer_is_no_list_mail(letters: Letters) -> None:
    letters.links = Links(b"k" * 32, "help@gateway.example", "https://news.example")
    message = parsed(write(letters))
    assert not [name for name in message if name.lower().startswith("list-")]


@pytest.mark.parametrize("url", [None, "https://news.example"])
def test_what_readers_share_is_put_together_once_and_reads_as_if_written_for_each(
    letters: Letters, tmp_path: Path, url: str | None
) -> None:
    text = (
        "Subject: Over, {{ reporter }}\nX-Leave: {{ ways.unsubscribe_mail }}\n\n"
        "Señales: {{ text }} {{ 'word ' * 30 }}\n\n"
        "You can leave here: {{ ways.manage or ways.unsubscribe_mail }} whenever you like to.\n"
        ".{{ ways.unsubscribe }}\n"
    )
    html = (
        "<p>{{ text }} {{ 'word ' * 30 }}</p>\n"
        '<p><a href="{{ ways.manage }}">{{ ways.unsubscribe_mail }}</a> {{ reporter }}</p>\n'
    )
    folder = folder_with(tmp_path / "shared", update__en__txt=text, update__en__html=html)
    writer = letters_of(folder)
    writer.links = Links(b"k" * 32, "o'neill@gateway.example", url)
    facts = {"text": "It works again & how."}

    def bare(letter: Letter) -> bytes:
        one = re.sub(rb"=_[0-9a-f]{24}", b"", letter.raw)
        return re.sub(rb"(?m)^(Message-ID|Date):.*", b"", one)

    for number in range(4):
        reader = Address(f"reader{number}@people.example", "Ada" if number else "")
        own = {"reporter": f"person {number % 2}"}
        shared = write(writer, "update", recipient=reader, facts=facts, own=own)
        alone = write(writer, "update", recipient=reader, facts=facts | own)
        assert bare(shared) == bare(alone)
        assert shared.subject == alone.subject


def test_a_letter_about_no_ticket_is_answered_to_us_or_where_it_says(letters: Letters) -> None:
    plain = parsed(write(letters, ref="", token=""))
    assert plain["Subject"] == "Printer on fire"
    assert plain["Reply-To"] == "help@gateway.example"
    asked = parsed(write(letters, ref="", token="", reply_to="help+c-1@gateway.example"))
    assert asked["Reply-To"] == "help+c-1@gateway.example"


@pytest.mark.parametrize("field", ["List-Unsubscribe", "List-Post", "List-Help"])
def test_a_template_does_not_say_how_to_leave_the_list(tmp_path: Path, field: str) -> None:
    folder = folder_with(tmp_path / "t", news__en__txt=f"Subject: x\n{field}: <x>\n\nx")
    with pytest.raises(ConfigError, match=f"{field} cannot be set by a template"):
        letters_of(folder)


def test_how_long_a_window_is_is_told_in_days_hours_and_minutes() -> None:
    start = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    assert lasting({"start": start, "end": "2026-11-02T06:31:00+00:00"}) == {
        "days": 1, "hours": 2, "minutes": 1,
    }  # fmt: skip
    assert lasting({"start": start, "end": None}) == lasting({"start": start, "end": start}) == {}
