"""What the sender newly wrote, with everything else cut away."""

import pytest

from gateway.reading import read
from gateway.reading.quoted import footers
from gateway.reading.quoted.replies import reply_text

NEW = "It works again for us.\nThank you."
QUOTED = "> Is it still down?\n> Please tell us."


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, Apr 14, 2026 at 10:02 AM Maren Rowe <maren@agency.example> wrote:",
        "On Tue, Apr 14, 2026 at 10:02 AM Maren Rowe <\nmaren@agency.example> wrote:",
        "On Apr 14, 2026, at 10:02, Maren Rowe wrote:",
        "Maren Rowe <maren@agency.example> wrote:",
        "Maren Rowe wrote on 4/14/2026 10:02 AM:",
        "Am 14.04.2026 um 10:02 schrieb Maren Rowe:",
        "Le mar. 14 avr. 2026 à 10:02, Maren Rowe <maren@agency.example> a\nécrit :",
        "El mar, 14 abr 2026 a las 10:02, Maren Rowe (<maren@agency.example>)\nescribió:",
        "Em ter., 14 de abr. de 2026 às 10:02, Maren Rowe <maren@agency.example> escreveu:",
        "Il giorno mar 14 apr 2026 alle ore 10:02 Maren Rowe <maren@agency.example> ha scritto:",
        "Op di 14 apr. 2026 om 10:02 schreef Maren Rowe <maren@agency.example>:",
        "W dniu 14.04.2026 o 10:02, Maren Rowe pisze:",
        "Dne 14. 4. 2026 v 10:02 Maren Rowe napsal(a):",
        "Den tis 14 apr. 2026 kl 10:02 skrev Maren Rowe <maren@agency.example>:",
        "Στις 14/4/2026 10:02, ο χρήστης Maren Rowe έγραψε:",
        "2026. 04. 14. 10:02 keltezéssel, Maren Rowe írta:",
        "14.04.2026 10:02, Maren Rowe пишет:",
        "2026年4月14日(火) 10:02 Maren Rowe <maren@agency.example>:",
        "在 2026年4月14日，10:02，Maren Rowe 写道：",
        "في 14/4/2026 10:02، كتب Maren Rowe:",
        "",
    ],
)
def test_a_quotation_and_its_attribution_are_cut_in_any_language(attribution):
    assert reply_text(f"{NEW}\n\n{attribution}\n{QUOTED}") == NEW


HEADER_BLOCKS = [
    "From: Maren Rowe\nSent: Tuesday, April 14, 2026 10:02 AM\nTo: Desk\nSubject: RE: portal",
    "________________________________\nFrom: Maren Rowe <m@agency.example>\n"
    "Sent: Tuesday, April 14, 2026 10:02 AM\nTo: Desk\nCc: Ops\nSubject: RE: portal",
    "-----Original Message-----\nFrom: Maren Rowe\nSent: Tuesday, April 14, 2026 10:02 AM\n"
    "To: Desk\nSubject: RE: portal",
    "*From:* Maren Rowe\n*Sent:* Tuesday, April 14, 2026\n*To:* Desk\n*Subject:* portal",
    "Von: Maren Rowe\nGesendet: Dienstag, 14. April 2026 10:02\nAn: Desk\nBetreff: AW: Portal",
    "De: Maren Rowe\nEnviado el: martes, 14 de abril de 2026\nPara: Desk\nAsunto: RE: portal",
    "De : Maren Rowe\nEnvoyé : mardi 14 avril 2026 10:02\nÀ : Desk\nObjet : RE: portail",
    "Από: Maren Rowe\nΣτάλθηκε: Τρίτη 14 Απριλίου 2026\nΠρος: Desk\nΘέμα: portal",
]


@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_a_header_block_without_quote_marks_is_cut_with_all_below(block):
    assert reply_text(f"{NEW}\n\n{block}\n\nIs it still down?\nPlease tell us.") == NEW


def test_answers_between_and_below_quotations_stay():
    text = "On 4/14/2026 Maren Rowe wrote:\n> Is it down?\nNo.\n> Since when?\nSince nine.\n"
    assert reply_text(text) == "No.\n\nSince nine."


def test_a_quotation_without_marks_after_an_attribution_is_cut():
    text = f"{NEW}\n\nOn Apr 14, 2026, at 10:02, Maren Rowe wrote:\n\nIs it still down?"
    assert reply_text(text) == NEW


def test_a_quotation_without_marks_is_cut_though_marks_follow_further_down():
    text = (
        f"{NEW}\n\nmaren <m@agency.example> wrote:\n\nHi Jo,\nthanks.\n\nOn 4/14/2026 Jo wrote:\n"
    )
    assert reply_text(text + QUOTED) == NEW


def test_the_rest_of_a_long_quoted_line_is_quoted_too():
    long = "> " + "It was down for all of us this morning and then " * 2
    assert reply_text(f"{NEW}\n\n{long}\ncame back at nine.\n> Is that right?") == NEW


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nJo Doe\nAnalyst",
        "--\nJo Doe",
        "Sent from my iPhone",
        "Enviado desde mi iPhone",
        "Von meinem iPhone gesendet",
        "Get Outlook for iOS<https://example.org>",
        "Jo Doe\nProgram Analyst, Portal Office\nTel. 202-555-0137",
        "CONFIDENTIAL: this message is for the intended recipient only.",
        "Disclaimer\n\nThe information is confidential and for the recipient alone.",
        "This e-mail may contain privileged information. Delete it if it came by mistake.",
        "_______________________________________________\nPortal mailing list\n"
        "portal@lists.example",
        "You are receiving this email because of your settings.\nUnsubscribe: "
        "https://example.org/u",
    ],
)
def test_what_hangs_below_is_cut(tail):
    assert reply_text(f"{NEW}\n\n{tail}", "Jo Doe") == NEW


def test_a_mobile_tail_between_reply_and_quotation_is_cut():
    text = f"{NEW}\n\nSent from my iPhone\n\n> On Apr 14, Maren wrote:\n{QUOTED}"
    assert reply_text(text) == NEW


def test_a_banner_about_external_mail_is_cut():
    banner = "CAUTION: This email originated from outside of the organization. Do not click links."
    assert reply_text(f"{banner}\n\n{NEW}") == NEW


def test_a_first_name_as_a_sign_off_stays():
    assert reply_text(f"{NEW}\n\nJo", "Jo Doe") == f"{NEW}\n\nJo"


@pytest.mark.parametrize(
    "text",
    [
        "Date: July 25, 2026\nTime: 10:00 PM ET\nFrom: 10 PM\nTo: 11 PM\nThe portal is down.",
        "From: Friday 10 PM ET\nTo: Saturday 2 AM ET\nDate: July 25\nNothing works meanwhile.",
        "The page says:\n\n> 10 % of requests fail\n\nand then stops.",
        "The table:\n\n| Service | State |\n| Portal | down |\n\nas of ten.",
        "What we know: he wrote to us at 10:\nno answer came.",
        "On Friday we move 3 servers.\nThe order is as follows:\none, two, three.",
    ],
)
def test_text_that_only_looks_like_quoted_mail_stays(text):
    assert reply_text(text) == text


def test_a_reply_is_never_empty_where_something_was_written():
    assert reply_text("-- \nThe whole message stands below the mark.") != ""
    assert reply_text("Sent from my iPhone") == "Sent from my iPhone"


def test_a_message_that_is_only_a_quotation_has_no_reply():
    assert reply_text(QUOTED) == ""


def test_the_reply_in_html_is_found_by_its_quotation():
    raw = (
        b"From: Jo Doe <jo@a.example>\nContent-Type: text/html\n\n<p>It works.</p>"
        b"<div class=gmail_quote><div>On Tue, Apr 14, 2026 Jo &lt;m@a.example&gt; wrote:<br></div>"
        b"<blockquote>Is it down?</blockquote></div>"
    )
    assert read(raw).reply_text == "It works."


def test_outlook_paragraphs_are_lines_of_one_header_block():
    raw = (
        b"From: Jo Doe <jo@a.example>\nContent-Type: text/html\n\n"
        b"<p class=MsoNormal>It works.</p><p class=MsoNormal>&nbsp;</p>"
        b"<div style='border-top:solid #E1E1E1'><p class=MsoNormal><b>From:</b> Maren<br>"
        b"<b>Sent:</b> Tuesday<br><b>To:</b> Desk<br><b>Subject:</b> portal</p></div>"
        b"<p class=MsoNormal>Is it down?</p>"
    )
    assert read(raw).reply_text == "It works."


def test_a_long_rule_with_words_behind_it_costs_no_more_than_its_length() -> None:
    lines = ["Down again.", "-" * 4000 + " Original Message", "unsubscribe"]
    assert footers.strip_list_footer(lines) == lines


def test_quoted_words_between_the_words_of_a_fresh_message_are_part_of_it():
    text = "New feedback\n\nWhat did you try?\n> to sign in\n> with my phone\n\nContact: yes"
    assert reply_text(text, answers=False) == text


def test_a_quotation_below_a_fresh_message_is_none_of_it():
    text = f"{NEW}\n\nOriginal notice:\n{QUOTED}"
    assert reply_text(text, answers=False) == f"{NEW}\n\nOriginal notice:"


def test_a_signed_message_is_read_without_its_armour():
    text = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{NEW}\n\n- -- \nJo Doe\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert reply_text(text) == NEW


def test_a_ticket_system_that_asks_to_answer_above_a_line_has_its_own_words():
    marker = "##- Please type your reply above this line -##"
    assert reply_text(f"{marker}\n\n{NEW}", answers=False) == NEW
    assert reply_text(f"{NEW}\n\n{marker}\n\nYour request was updated.") == NEW


@pytest.mark.parametrize(
    "unit", ["> ", "-", "_\n", "From: a@b\n", "On 1/2/2003 X wrote:\n", "Sent from my iPhone\n",
             "confidential recipient message\n\n", "x: ", "To\n", "-----Original Message-----\n",
             "---------- forwarded " * 9 + "\n", "-" * 30 + "\n\nFrom: a@b\n"]
)  # fmt: skip
def test_endless_repetition_is_read_as_far_as_it_goes(unit):
    assert isinstance(reply_text(unit * (400_000 // len(unit)), "Jo Doe"), str)


@pytest.mark.parametrize(
    "history",
    [
        "From: Maren Rowe\nSent: Tuesday, April 14, 2026 10:02 AM\n\nIs it still down?",
        "From: Maren Rowe\n> Is it still down?",
        "&gt; Is it still down?\n&gt; Please tell us.",
        "＞ まだ止まっていますか。\n＞ お知らせください。",
    ],
)
def test_what_people_leave_of_a_header_or_a_mark_is_enough_in_a_reply(history):
    assert reply_text(f"{NEW}\n\n{history}") == NEW


def test_a_mobile_tail_alone_above_a_forward_is_no_word_of_the_forwarders():
    text = (
        "Sent from my iPhone\n\nBegin forwarded message:\n\nFrom: M <m@a.example>\nSubject: x\n\ny"
    )
    assert reply_text(text, passed_on=True) == ""
