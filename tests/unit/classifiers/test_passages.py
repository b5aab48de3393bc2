from pathlib import Path

from classifiers import Document
from classifiers.pages import read_page
from classifiers.passages import LONGEST, NEWEST, OLDER, SUBJECT, Passages, read_passages
from classifiers.rulebook import Rulebook


def said(passages: Passages, zone: str) -> list[str]:
    return [
        " ".join(passages.words[one.first : one.last])
        for one in passages.statements
        if one.zone == zone
    ]


def test_sentences_items_and_labelled_lines_are_statements_of_their_own():
    text = "It broke. We\nwait.\n\n- one thing\n- another\nState: open\n"
    assert said(read_passages(Document(text=text)), "own") == [
        "it broke .", "we wait .", "one thing", "another", "state : open",
    ]  # fmt: skip


def test_the_labels_of_a_form_are_no_words_of_its_sender():
    text = "Name: Jo\nTopic: refills\nDevice: phone\nComment: it broke"
    assert said(read_passages(Document(text=text)), "own") == ["jo", "refills", "phone", "it broke"]


def test_every_line_is_somebodys():
    text = "Mine.\n\n> Theirs, passed on.\n\n> Older."
    seen = Document(text=text, reply_text="Mine.", forwarded_text="Theirs, passed on.")
    zones = [line.zone for line in read_page(seen).lines if line.text]
    assert zones == ["own", "forwarded", "history"]


def test_a_part_that_was_cut_apart_is_found_line_by_line():
    text = "My first.\n> Quoted.\nMy second.\n> Quoted too."
    seen = Document(text=text, reply_text="My first.\nMy second.")
    passages = read_passages(seen)
    assert said(passages, "own") == ["my first .", "my second ."]
    assert said(passages, "history") == ["quoted .", "quoted too ."]


def test_a_visiting_card_and_what_stands_behind_a_signature_mark_are_left_out():
    card = "It broke.\n\nJo Lind\nProgram Analyst | Team\n"
    assert said(read_passages(Document(text=card)), "own") == ["it broke ."]
    mark = "It broke.\n-- \nJo Lind, VBMS desk\n"
    assert said(read_passages(Document(text=mark)), "own") == ["it broke ."]


def test_a_long_mail_is_read_in_part():
    text = "mine mine mine.\n" * 2_000 + "\n" + "theirs theirs.\n" * 1_000
    seen = Document(text=text[:15_000] + text[-4_000:], reply_text=text[:15_000])
    passages = read_passages(seen)
    assert passages.has("own", NEWEST - 20)
    assert not passages.has("own", NEWEST + 20)
    assert passages.has("history", OLDER - 20)
    assert not passages.has("history", OLDER + 20)


def test_words_that_no_phrase_knows_leave_nothing_behind(data: Path):
    rulebook = Rulebook(data, None)
    rulebook.doc(Document(text="VBMS is down"))
    before = len(rulebook.nlp.vocab)
    rulebook.doc(Document(text="zwq xkv jjqp " * 50 + " ".join(f"w{n}z" for n in range(500))))
    assert len(rulebook.nlp.vocab) == before


def test_words_of_a_footer_are_left_out_of_a_footer_and_kept_in_the_news():
    news = "Notification settings do not save."
    assert said(read_passages(Document(text=news)), "own") == [
        "notification settings do not save ."
    ]
    footer = "It broke.\nChange your notification settings."
    assert said(read_passages(Document(text=footer)), "own") == ["it broke ."]
    opening = "Do not reply to this mail.\nIt broke."
    assert said(read_passages(Document(text=opening)), "own") == ["it broke ."]


def test_text_without_a_full_stop_is_cut_so_that_no_statement_grows_without_bound():
    endless = "VBMS is down and we wait " * 800
    passages = read_passages(Document(subject=endless, text=endless))
    assert max(one.last - one.first for one in passages.statements) == LONGEST
    assert len(" ".join(said(passages, "subject"))) <= SUBJECT + LONGEST
    assert len(passages.words) <= NEWEST + NEWEST // LONGEST + 1
    last = passages.statements[-1]
    assert passages.evidence(last.first, last.first + 4, "").text in endless
