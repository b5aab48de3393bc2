"""What must never leave, and what must stay readable."""

import re

import pytest

from gateway.model import Address, Message
from gateway.reading import people_named, read, redact, redacted
from gateway.reading.personal.redaction import WITHHELD

MASK = re.compile(r"\[[A-Z ]+\]")
PERSONAL = [
    "DOB 02/30/1949",
    "DOB: 1985-01-15",
    "Date of birth: Jan 15 1985",
    "born on January 15, 1985",
    "birthdate is 15 Jan 1985",
    "fecha de nacimiento: 15 de enero de 1985",
    "SSN 900-41-7712",
    "SSN: 900340071",
    "my social is 900 34 0071",
    "900.34.0071",
    "XXX-XX-1863",
    "***-**-1863",
    "last four 1863",
    "last 4 of his SSN is 1863",
    "the last four digits are 1863",
    "SSN ending 0093",
    "ssn ending in 0093",
    "VA file number C-90012345",
    "file number 90012345",
    "participant id 60012345",
    "EDIPI 1234567890",
    "1012345678V123456",
    "jo.doe+x@post.example",
    "jo [at] post [dot] example",
    "(555) 733-0150",
    "555-733-0150",
    "555.733.0150",
    "+1 555 733 0150",
    "+44 20 7946 0958",
    "cell 733-0150",
    "192.0.2.37",
    "2001:db8::37",
    "12 Oak Hill Rd, Apt 4, Springfield, IL 62701",
    "4410 West Elm Street",
    "P.O. Box 123",
    "Mr. Harlan T. Whitcomb",
    "Ms. Fairweather-Ruiz",
    "my name is Harlan Whitcomb",
    "routing number 123456789",
    "4111 1111 1111 1111",
]

READABLE = [
    "CHG0170995", "CHG 0616583", "RLSE0014377", "INC31180552", "RITM0012345", "REQ0012345",
    "A-20230622-306458", "200227-001172", "Case #V14401526", "CAS-1302210-B8T1W0", "VAGOV-2874",
    "LCT-2026-11873", "case number 12345678", "[vagov-triage #4890]", "PR 17117", "53826 errors",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "https://tickets.example/browse/900340071",
    "800-698-2411", "1-877-327-0022", "(855) 555-0173", "call 1-800-698-2411",
    "03/04/2026 from 9 PM to 10:30 PM ET", "2026-03-04T10:00:00Z", "2026-03-04 21:00:00",
    "Friday, July 25, 2025, 10:00 PM ET - Sunday, July 27, 2025", "release 20.1.3", "v1.2.3.4",
    "38 million documents", "55,381 x 503", "error code 007", "conference ID 884 120 553#",
    "10:00:00", "2:00 - 4:00 AM", "Veteran: yes", "Name: (not answered)", "who|veteran",
    "Service: External: MVI", "No Veteran was affected", "the week ending 2025",
]  # fmt: skip


@pytest.mark.parametrize("personal", PERSONAL)
def test_personal_identifiers_are_masked_wherever_they_stand(personal):
    secret = personal.split()[-1].strip(",.")
    for text in (personal, f"We got this: {personal}, please look.", f"{personal}\nnext line"):
        masked = redact(text)
        assert MASK.search(masked)
        assert secret not in masked


@pytest.mark.parametrize("readable", READABLE)
def test_what_a_ticket_needs_stays_readable(readable):
    assert redact(readable) == readable
    assert readable in redact(f"On the line: {readable}\nand more")


@pytest.mark.parametrize(
    ("field", "secret"),
    [
        ("First name: Dolores", "Dolores"),
        ("Last name: Quintrell", "Quintrell"),
        ("Name: Quintrell, Dolores", "Dolores"),
        ("Full name | Dolores Quintrell", "Quintrell"),
        ("Submitter: Thaddeus Okonjo-Rivers (Veteran)", "Okonjo"),
        ("Caller:   Dolores Quintrell   Branch: Army", "Quintrell"),
        ("Nombre: Dolores Quintrell", "Dolores"),
        ("Phone: 555 0150 33", "0150"),
        ("Address: 4410 Elm, Springfield", "4410"),
    ],
)
def test_fields_of_a_form_are_masked(field, secret):
    masked = redact(f"A new request\n{field}\nThe page is down.")
    assert secret not in masked
    assert "The page is down." in masked


def test_a_name_once_known_is_masked_everywhere():
    masked = redact("Caller: Dolores Quintrell\nMrs. quintrell says DOLORES cannot sign in.")
    assert "uintrell" not in masked.replace("quintrell says", "")
    assert "DOLORES" not in masked


def test_given_names_are_masked_whole_and_in_part():
    masked = redact(
        "Dolores Q. wrote. Quintrell's page is down. Will it work?", ["Dolores Quintrell"]
    )
    assert masked == "[NAME]. wrote. [NAME] page is down. Will it work?"


def test_a_name_that_is_also_a_word_only_counts_as_a_whole():
    masked = redact("May I ask? May Grant wrote. The grant page in May.", ["May Grant"])
    assert masked == "May I ask? [NAME] wrote. The grant page in May."


def test_an_address_in_a_url_is_masked_and_its_path_kept():
    masked = redact("https://a.example/unsubscribe/12345?to=jo@post.example")
    assert masked.startswith("https://a.example/unsubscribe/12345?to=")
    assert "jo@" not in masked


def test_where_masking_fails_everything_is_masked(monkeypatch):
    # The failure is made: no known text causes one.
    def fail(text, names):
        raise RecursionError

    monkeypatch.setattr("gateway.reading.personal.redaction._spans", fail)
    assert redact("SSN 900-41-7712") == WITHHELD


def test_people_are_named_by_fields_and_titles():
    text = "First name: Dolores\nLast name: Quintrell\n\nMr. Harlan T. Whitcomb called."
    found = people_named(Message("", text=text))
    assert {"Dolores", "Quintrell", "Harlan T. Whitcomb"} <= set(found)


def test_roles_and_blanks_are_no_names():
    text = "Veteran: yes\nName: (not answered)\nSubmitter: VA Help Desk\nCustomer: unknown\n"
    assert people_named(Message("", text=text)) == ()


def test_who_sent_it_is_named_and_a_desk_that_sent_it_is_nobody():
    person = Message("", sender=Address("dora@gmail.com", "Dora Quintrell"))
    desk = Message("", sender=Address("help@agency.example", "VA Help Desk"))
    assert people_named(person) == ("Dora Quintrell",)
    assert people_named(desk) == ()


def test_names_in_a_read_message_reach_the_redacted_text():
    raw = b"From: Dora Quintrell <dora@gmail.com>\nSubject: Quintrell claim\n\nI am Dora. Help."
    message = read(raw)
    names = people_named(message)
    assert redact(message.subject, names) == "[NAME] claim"
    assert redact(message.text, names) == "I am [NAME]. Help."


def test_what_the_organization_publishes_stays():
    published = {"2025550173", "help@agency.example", "@agency"}
    text = (
        "Call (202) 555-0173 or write to Help@agency.example; @agency says so. Mine: 202-555-0174"
    )
    assert redact(text, (), published) == text.replace("202-555-0174", "[PHONE]")


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        ("900\u201341\u20117712", "SSN"),
        ("9\u200b00-4\u00ad1-77\u206012", "SSN"),
        ("\uff19\uff10\uff10-\uff14\uff11-\uff17\uff17\uff11\uff12", "SSN"),
        ("900&#45;41&#45;7712", "SSN"),
        ("900\u00a041\u00a07712", "SSN"),
        ("900-41-\n7712", "SSN"),
        ("> 900-\n> 41-7712", "SSN"),
        ("jo&commat;post.example", "EMAIL"),
        ("jo&#64;post.example", "EMAIL"),
        ("jo%40post.example", "EMAIL"),
    ],
)
def test_an_identifier_is_seen_through_what_hides_it(hidden, kind):
    assert redact(f"mine: {hidden.lstrip('> ')}, he said") == f"mine: [{kind}], he said"


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("SSN 900-41-7712", "[SSN]"),
        ("DOB 03/09/1947", "[DOB]"),
        ("1012345678V123456", "[ICN]"),
        ("EDIPI 1234567890", "[EDIPI]"),
        ("C-file 90012345", "[FILE NUMBER]"),
        ("cell 555-733-0150", "[PHONE]"),
        ("jo@post.example", "[EMAIL]"),
        ("4410 West Elm Street", "[ADDRESS]"),
        ("4111 1111 1111 1111", "[CARD]"),
        ("192.0.2.37", "[IP]"),
        ("Mr. Whitcomb", "[NAME]"),
        ("password: Hunter2!", "[SECRET]"),
        ("username: dquint58", "[USER]"),
        ("MRN: A8812277", "[MEDICAL RECORD]"),
        ("acct ending 3371", "[ACCOUNT]"),
    ],
)
def test_a_mask_says_of_which_kind_it_is(text, mask):
    assert mask in redact(text)


def test_a_masked_text_is_left_as_it_is():
    masked = redact("SSN 900-41-7712, VA file number C-90012345, Mr. Whitcomb, cell 555-733-0150")
    assert redact(masked) == masked


def test_everyday_words_that_are_names_too_stay():
    text = (
        "May I ask? Will the Grant page be up in May? Mark it as done, bill the vendor. Hope so. "
        "Art and Chase bank links work; Rich text does not. Austin, Jackson and Charlotte are fine."
    )
    assert redact(text) == text


def test_where_the_names_cannot_be_found_nothing_of_the_message_leaves(monkeypatch):
    # The failure is made: no known text causes one.
    def fail(message):
        raise RecursionError

    monkeypatch.setattr("gateway.reading.personal.redaction.people_named", fail)
    message = Message("", subject="Mr. Whitcomb", text="SSN 900-41-7712")
    assert redacted(message) == {"subject": WITHHELD, "text": WITHHELD}


def test_a_table_with_a_heading_has_its_names_masked_and_a_form_keeps_its_labels():
    assert redact("id;name;error\n1;Quintrell;007\n") == "id;name;error\n1;[NAME];007\n"
    assert redact("First Name\nDolores\nLast Name\nQuintrell\nRole\nStudent") == (
        "First Name\n[NAME]\nLast Name\n[NAME]\nRole\nStudent"
    )


def test_names_of_systems_places_and_roles_stay():
    text = (
        "The GI Bill Comparison Tool and VEText are down at the Jesse Brown VAMC and in San Juan. "
        "The Office of General Counsel asked. Major Outage. Sent by AlertManager."
    )
    assert redact(text) == text


def test_two_strange_words_with_capitals_are_a_name_but_not_two_nouns_in_german():
    assert redact("our post has Thurlow Beckwith, 91") == "our post has [NAME], 91"
    text = (
        "Es gibt eine Unterbrechung Ihrer Leitung, und die Umschaltung wird von der Warte verlegt"
    )
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("I spoke with Jane Public about it.", "I spoke with [NAME] about it."),
        ("My husband John Q. Public called.", "My husband [NAME] called."),
        ("Dear John Veteran,", "Dear [NAME],"),
        ("A Veteran called.", "A Veteran called."),
        ("My mother's maiden name Dubois, please.", "My mother's maiden name [NAME], please."),
        ("The maiden name field is broken.", "The maiden name field is broken."),
        ("S S N 5 3 1 2 2 8 8 4 1", "S S N [SSN]"),
        ("EBT card 6104 1234 5678 9012 345", "EBT card [CARD]"),
        ("Bank account 000123456789 was refused.", "Bank account [ACCOUNT] was refused."),
        ("Login.gov account created 2024", "Login.gov account created 2024"),
        ("badge number 4471823 opens nothing", "badge number [USER] opens nothing"),
    ],
)
def test_names_of_anybody_and_numbers_written_apart_are_masked(text: str, masked: str) -> None:
    assert redact(text) == masked


def test_a_time_before_a_full_stop_is_no_address_and_a_brief_name_counts_where_it_signs():
    said = read(
        b"From: Mo Adams <mo.a@post.example>\n\nIt ends Dec 3 at midnight. If not, call Mo.\n\nMo\n"
    )
    assert redacted(said)["text"] == "It ends Dec 3 at midnight. If not, call Mo.\n\n[NAME]"
    assert people_named(read(b"From: Bo Li <bo.li@post.example>\n\nx")) == ("Bo Li",)
    assert redact("write to jo12 at post. com") == "write to [EMAIL]"
