"""What a message says that an autoresponder says: away, received, "prove that you are a person".

Of what a person might write too, one sign is not enough: people announce their holidays, thank
for mail, quote and pass on what machines wrote. Text is looked at above what is quoted.
"""

import re
from collections.abc import Mapping
from functools import cached_property

from gateway.model import Address, AutoKind
from gateway.reading.automatic import auto_marks as marks
from gateway.reading.automatic import auto_notices as notices
from gateway.reading.automatic import auto_phrases as phrases
from gateway.reading.automatic.stock_phrases import Folded, Phrases, fold
from gateway.reading.text import body

HEAD = 3000  # stock sentences stand near the beginning
OPENING = 400
SHORT = 1200
FOOT = 3000

_ANSWER = re.compile(
    r"(?:re|aw|sv|vs|rv|ref|antw|antwort|odp|odpověď|res|rif|ynt|vá|ответ|回复|回覆|答复|답장)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：]",
    re.I,
)
_FORWARD = re.compile(r"(?:fwd?|wg|tr|rv|enc|doorst|vl|vb|pd|转发|轉寄|転送) ?[:：]", re.I)
_QUOTED = re.compile(
    r"\n[ \t]{0,3}(?:>|_{20,}"
    r"|\|? ?[-_=]{3,} ?(?:original|forwarded|weiter|ursprüng|message|mensaje|begin)"
    r"|(?:from|von|de|da|van|od|от|från|fra): [^\n]{0,200}@)",
    re.I,
)
_TICKET = re.compile(
    r"# ?\d{3,}|\[#?[a-z]{1,10}[-:# ]{1,2}\d{3,}\]"
    r"|\b(?:ticket|case|request|incident|inquiry|reference|ref|vorgang|dossier|caso|zgłoszeni\w{1,3}"
    r"|заявк\w{1,2})[- ]{0,2}(?:id|no|nr|number|num)?[.:]? ?#?\[? ?[a-z]{0,6}-?\d{3,}",
    re.I,
)
_SENTENCES = re.compile(r"\n|(?<=[.!?。！？]) ?")
# Before the name of an automatic message, somebody speaks of one.
_SPEAKS_OF_ONE = re.compile(
    r"\b(?:got|gets?|getting|receiv\w{1,3}|keep|saw|sent me|sends|bekam|bekomme|erhielt|erhalte"
    r"|recu|recois|recevons|recibi|recibo|recebi|ricevuto|ricevo|kreeg|krijg|otrzymal\w{0,2}"
    r"|получил\w{0,2}|fick|fik|fikk)(?: (?:an?|une?|une|eine?n?|una|uno|uma?|een|ett|et|en))?$"
    r"|\b(?:the|your|our|my|any|votre|vos|ihre|su)$|^an?$|[您你们]的?$|(?:貴社|御社|あなた)の$"
)
_THIS_IS = re.compile(
    r"(?:this|dies|diese|das|dit|deze|ceci|cette|cet|ce|este|esta|esto|questo|questa|isto|to|toto"
    r"|ez|acest|acesta|det|dette|denne|detta|tama|see|bu|αυτο|это|данное|настоящее|це|това)"
    r" (?:[^\W\d]{1,12} ){0,2}?"
    r"(?:(?:is|was|been|ist|wurde|est|ete|es|sido|e|fue|foi|werd|jest|zostal\w?|je|byla?|egy|er|blev"
    r"|ble|ar|on|bir|ειναι|был\w?|сформирован\w?) )"
    r"(?:(?:an?|eine?|une?|una?|um|uma|een|et|en|ett) )?"
    r"(?:auto-?(?:mated|matic |reply|response|generated|mati[ck]ally (?:gener|cre|sent|produc|issu)"
    r"|mati(?:sch|qu|k[au]s)|mati[ck][oae]\b|matyczn|matisk|maat|maatt|matin)|автомат|otomatik"
    r"|αυτοματ)"
)
# One of these is in nearly every challenge, in whatever words: asked first, since it is cheap.
_OF_CHALLENGES = (
    "confirm", "conferm", "verif", "approv", "spam", "human", "allowed", "sender", "bestätig",
    "authentif", "potwierd", "potvr", "подтверд", "bekräft", "bekræft", "bekreft", "bevestig",
    "確認", "确认", "guest list", "registr",
)  # fmt: skip
_PERSON_SPEAKS = re.compile(
    r" i(?:'m|'ve|'ll|'d)? (?!am (?:out|away|on)|will (?:be|respond|reply))"
)
_NOTES_AWAY = re.compile(
    r" (?:is (?:out of the office|away from the office)|ist au(?:ß|ss)er haus"
    r"|est absent(?:\(e\))?|esta ausente de la oficina|e fuori ufficio)\.?(?: \(.{0,80}\))?$"
)
_THINGS = (
    "vacation message", "vacation notice", "away message", "away notice", "autoresponder",
    "auto responder", "auto-responder", "automatic message", "automated message",
)  # fmt: skip
_THANKS = tuple(map(fold, (
    "thank", "we appreciate", "vielen dank", "danke", "merci", "nous vous remer", "gracias",
    "gràcies", "obrigad", "agradec", "grazie", "bedankt", "hartelijk dank", "dziękuj", "děkuj",
    "ďakuj", "köszön", "mulțum", "vă mulțum", "спасибо", "благодар", "дякуємо", "paldies", "dėkoj",
    "täname", "kiitos", "tack", "tak ", "takk ", "teşekkür", "ευχαριστ", "תודה", "شكر", "感谢",
    "ありがとう", "感謝", "감사", "zahvalj", "hvala", "cảm ơn", "terima kasih",
)))  # fmt: skip
_WORDS = re.compile(r"[^\W\d_]{3,}")
_GOES_ON = (
    "re ", "re:", "fw:", "from ", "von ", "de ", "van ", "fra ", "fran ", "od ", "to ", "auf ",
    "zu ", "sur ", "op ", "na ", "til ", "till ", "a su ", "a tu ", "a la ", "a votre ", "alla ",
    "for ", "pa ",
)  # fmt: skip


class Said:
    """What a message says, folded, as far as somebody asks."""

    def __init__(
        self, fields: Mapping[str, str], content: body.Body, sender: Address | None
    ) -> None:
        self.fields = fields
        self.raw_text = content.text
        self.html = content.html
        self.name = sender.name if sender else ""
        self.local = sender.address.partition("@")[0] if sender else ""
        self.subject = fields.get("subject", "").strip()[:400]
        # Without what stands before its first letter.
        self.title = fold(self.subject).lstrip(" \t[(*<!\"'-_:.#=~【「『《")
        self.is_forward = _FORWARD.match(self.subject) is not None
        self.is_answer = _ANSWER.match(self.subject) is not None
        self.is_in_thread = self.is_answer or "in-reply-to" in fields or "references" in fields

    @cached_property
    def subject_words(self) -> Folded:
        """The subject, to look for phrases in."""
        return Folded(f" {self.title} ")

    @cached_property
    def own(self) -> str:
        """The text above what is quoted."""
        head = "\n" + self.raw_text[:HEAD].lstrip()
        cut = _QUOTED.search(head)
        return head[: cut.start()] if cut else head

    @cached_property
    def quotes(self) -> bool:
        """Whether it quotes another mail."""
        return _QUOTED.search("\n" + self.raw_text[:20_000]) is not None

    @cached_property
    def text(self) -> Folded:
        """Its own text."""
        return Folded(f" {fold(self.own)} ")

    @cached_property
    def opening(self) -> Folded:
        """How its own text begins."""
        head = "\n" + self.raw_text[: 2 * OPENING].lstrip()
        cut = _QUOTED.search(head)
        return Folded(f" {fold(head[: cut.start()] if cut else head)[:OPENING]} ")

    @cached_property
    def foot(self) -> Folded:
        """How all of the text ends."""
        return Folded(f" {fold(self.raw_text[-FOOT:])} ")

    def first(self, length: int) -> Folded:
        """The first characters of its own text."""
        return Folded(self.opening.text[:length])


def _ends_phrase(rest: str, phrase: str) -> bool:
    """Whether `rest` does not go on with the sentence that `phrase` might be the start of."""
    rest = rest.lstrip()
    if not (rest and rest[0].isalnum() and phrase[-1].isalnum()):
        return True
    return rest.startswith(_GOES_ON)


def begins(title: str, known: Phrases) -> bool:
    """Whether a subject begins with one of `known` that no sentence goes on from, or ends so."""
    if title.startswith(known.all):
        phrase = max((one for one in known.all if title.startswith(one)), key=len)
        if _ends_phrase(title[len(phrase) :], phrase):
            return True
    end = title.rstrip(" )]*】」』》")
    if end != title and end.endswith(known.all):
        return True
    return not title.isascii() and known.stand_alone_in(title)


def titled_as_reply(said: Said) -> bool:
    """Whether the subject is one that mail programs give to automatic answers.

    Where it is nothing else, or a thing that people ask about, the text must bear it out.
    """
    title = said.title
    if begins(title, phrases.REPLY_SUBJECTS):
        is_bare = title.rstrip(" .!:)]") in phrases.REPLY_SUBJECTS.all
        is_thing = title.startswith(_THINGS)
        if not (is_bare or is_thing):
            return True
        if "?" in said.own or (is_thing and not _speaks_to_the_writer(said)):
            return False
        says_little = len(said.opening.text) < 120
        return says_little or sounds_like_reply(said) or has_automatic_line(said.own)
    if title.startswith("auto:"):  # as Notes writes it
        return phrases.AWAY.are_in(said.subject_words) or _is_away_at_once(said)
    return not said.is_answer and _NOTES_AWAY.search(title) is not None and not _of_another(said)


def _of_another(said: Said) -> bool:
    """Whether the subject says that somebody else than its sender is away."""
    if not _NOTES_AWAY.search(said.title):
        return False
    own = _WORDS.findall(fold(f"{said.name} {said.local}"))
    return not any(word in said.title for word in own)


def _speaks_to_the_writer(said: Said) -> bool:
    return phrases.TO_THE_WRITER.are_in(said.text) or has_automatic_line(said.own)


def sounds_like_reply(said: Said) -> bool:
    """Whether it says that somebody is away, or something has come in."""
    return notices.RECEIVED.are_in(said.opening) or phrases.AWAY.are_in(said.text)


def reply_kind(said: Said) -> AutoKind:
    """What an automatic answer says: somebody is away, or the mail has come in."""
    if phrases.AWAY.are_in(said.text):
        return "vacation"
    if marks.ROLE_ADDRESS.match(said.local) or marks.NO_REPLY.search(said.local):
        return "ack"
    is_outlook = "x-auto-response-suppress" in said.fields and titled_as_reply(said)
    if is_outlook and not notices.PROMISES.are_in(said.text):
        return "vacation"  # Exchange writes it for whoever is away
    received = notices.RECEIVED.are_in(said.text) or notices.RECEIVED.are_in(said.subject_words)
    return "ack" if received else "vacation"


def asks_for_proof(said: Said) -> bool:
    """Whether a machine's mail asks the writer to confirm what he sent."""
    return notices.CHALLENGE.are_in(said.subject_words) or notices.CHALLENGE.are_in(said.text)


def is_challenge(said: Said) -> bool:
    """Whether anybody's mail does, by two signs."""
    plain = said.raw_text[:HEAD].lower()
    if not (
        any(one in plain for one in _OF_CHALLENGES) or notices.CHALLENGE.are_in(said.subject_words)
    ):
        return False
    if said.is_answer and (said.quotes or not phrases.TO_THE_WRITER.are_in(said.text)):
        return False
    in_title = any(
        _ends_phrase(said.title.partition(one)[2], one)
        for one in notices.CHALLENGE.found_in(said.subject_words)
    )
    found = notices.CHALLENGE.number_in(said.text)
    if notices.CHALLENGE_WORDS.are_in(said.text) or (
        notices.CHALLENGE_WORDS.are_in(said.subject_words)
    ):
        found += found > 0 or in_title
    if in_title:
        return found >= 1 or phrases.TO_THE_WRITER.are_in(said.text)
    return found >= 2


def _is_away_at_once(said: Said) -> bool:
    return phrases.AWAY.are_in(said.first(250))


def is_away(said: Said) -> bool:
    """Whether it says to whoever wrote that its owner is not there."""
    if _of_another(said):
        return False
    in_title = not said.is_answer and phrases.AWAY.are_in(said.subject_words)
    in_text = phrases.AWAY.are_in(said.opening)
    if not (in_text or in_title) or notices.TO_COLLEAGUES.are_in(said.first(100)):
        return False
    to_writer = phrases.TO_THE_WRITER.number_in(said.text)
    is_title = not said.is_answer and begins(said.title, phrases.AWAY_SUBJECTS)
    if not in_text:
        says_little = is_title and len(said.text.text) < OPENING and "?" not in said.own
        return to_writer >= (1 if says_little else 2)
    if in_title or (not said.is_answer and said.title.startswith(phrases.AWAY_SUBJECTS.all)):
        answers = is_title and ":" in said.title[:40]  # the subject that it answers follows
        return to_writer >= 1 or answers or has_automatic_line(said.own)
    is_automatic = has_automatic_line(said.own)
    if said.quotes or "?" in said.own or not (said.is_in_thread or is_automatic):
        return False
    return is_automatic or (to_writer >= 2 and _is_away_at_once(said))


def is_outlook_away(said: Said) -> bool:
    """Whether Exchange wrote it for somebody who is away: it says no more than its fields."""
    return "x-auto-response-suppress" in said.fields and _is_away_at_once(said)


def is_ack(said: Said) -> bool:
    """Whether it says to whoever wrote that it has come in, as no person says it."""
    if not notices.RECEIVED.are_in(said.opening):
        return False
    if not said.is_answer and not phrases.TO_THE_WRITER.are_in(said.opening):
        return False
    if notices.NOBODY_READS.are_in(said.text) or has_automatic_line(said.own):
        return True
    if _PERSON_SPEAKS.search(said.opening.text) or notices.TO_COLLEAGUES.are_in(said.first(100)):
        return False
    signs = (
        _TICKET.search(said.subject) is not None or _TICKET.search(said.own) is not None,
        notices.PROMISES.are_in(said.text),
        notices.RECEIVED.are_in(said.subject_words),
        marks.ROLE_ADDRESS.match(said.local) is not None and not said.quotes,
        marks.NO_REPLY.search(said.local) is not None,
        " volume of " in said.text.text,
    )
    # Offices thank for mail and then answer it.
    only_thanks = all(one.startswith(_THANKS) for one in notices.RECEIVED.found_in(said.opening))
    return sum(signs) >= 2 + only_thanks + (said.quotes and said.is_answer)


def calls_itself_automatic(said: Said) -> bool:
    """Whether it says that a machine wrote it: in its first lines, or anywhere if it is short."""
    plain = said.raw_text[:HEAD].lower()
    if plain.isascii() and "auto" not in plain and "generated" not in plain:
        return False  # as nearly all mail: asked first, since it is cheap
    if not notices.AUTOMATED.are_in(said.text):
        return False
    is_short = len(said.own) < SHORT and not said.quotes
    if is_short and not _PERSON_SPEAKS.search(said.text.text):
        return has_automatic_line(said.own)
    lines = [line for line in said.own.split("\n") if line.strip()]
    return not said.is_answer and has_automatic_line("\n".join(lines[:2]))


def has_automatic_line(text: str) -> bool:
    """Whether a sentence begins by saying that a machine wrote it."""
    short = text if len(text) < 2 * HEAD else text[:HEAD] + "\n" + text[-HEAD:]
    if not notices.AUTOMATED.are_in(Folded(fold(short))):
        return False
    for sentence in _SENTENCES.split(short):
        start = fold(sentence[:90]).lstrip(" *-_=#([<~")
        if _THIS_IS.match(start):
            return True
        at = min((p for one in notices.AUTOMATED.all if (p := start.find(one)) >= 0), default=-1)
        if at == 0 or (0 < at <= 30 and not _SPEAKS_OF_ONE.search(start[:at].rstrip())):
            return True
    return False


def is_newsletter(said: Said) -> bool:
    """Whether it is mass mail, without the fields that are for that."""
    mailer = said.fields.get("x-mailer", "")[:200]
    if not marks.BULK_FIELDS.isdisjoint(said.fields) or marks.REPORTERS.match(mailer):
        return True
    if said.html is None or said.is_in_thread or said.is_forward:
        return False
    return notices.UNSUBSCRIBE.are_in(said.foot) and notices.NEWSLETTER.are_in(said.foot)
