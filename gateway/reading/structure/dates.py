"""A date as mail holds it, in a Date field or in words for people, to a moment in UTC.

RFC 5322 and its obsolete forms, RFC 850, ctime, ISO 8601, numbers, seconds since 1970, months and
zones in many languages, offsets in every spelling. What is written plainly is read at once; for the
rest the day, the time and the zone are each looked for on their own, and mail-parser has the last
word on syntax that holds comments. An offset that no clock has is taken as UTC.
"""

import re
from datetime import UTC, datetime, timedelta

from mailparser import parse_from_string

from gateway.reading.structure import encoded_words

LONGEST = 200

_MONTH_NAMES = [
    "jan january enero ene janvier januar januari gennaio gen janeiro stycznia ledna янв января"
    " jänner leden sty ocak ianuarie január",
    "feb february febrero février fevrier fév févr februar februari febbraio fevereiro fev lutego"
    " února фев февраля lut úno şubat februarie február",
    "mar march marzo mars märz maart março marca března мар марта mär mrt mrz bře mart martie"
    " március márc",
    "apr april abril abr avril avr aprile kwietnia dubna апр апреля kwi dub nisan aprilie április",
    "may mayo mai mei maggio mag maio maja května май мая kvě mayıs május máj",
    "jun june junio juin juni giugno giu junho czerwca června июн июня cze čvn haziran iunie"
    " június",
    "jul july julio juillet juil juli luglio lug julho lipca července июл июля lip čvc temmuz iulie"
    " július",
    "aug august agosto ago août aout augustus sierpnia srpna авг августа sie srp ağustos augusti"
    " augusztus",
    "sep sept september septiembre septembre settembre set setembro września září сен сент сентября"
    " wrz eylül septembrie szeptember szept",
    "oct october octubre octobre oktober okt ottobre ott outubro out října października окт октября"
    " paź říj ekim octombrie október",
    "nov november noviembre novembre novembro listopadu listopad ноя нояб ноября lis kasım"
    " noiembrie",
    "dec december diciembre dic décembre decembre déc dezember dez dicembre dezembro grudnia"
    " prosince дек декабря gru pro aralık decembrie",
]
_MORE_NAMES = [
    "ιαν ιανουαρίου oca jaanuar januára januarja січ січня януари ян siječnja sij يناير ינואר "
    "בינואר ינו בינו januari tammik tammikuuta gener sausio",
    "φεβ φεβρουαρίου şub febr februára februarja лют лютого февруари veljače velj فبراير "
    "פברואר בפברואר פבר בפבר helmik helmikuuta febrer vasario veebruar peb",
    "μαρ μάρ μαρτίου marts márc бер березня март ožujka ožu مارس מרץ במרץ מרס במרס maalisk "
    "maaliskuuta març kovo märts maret",
    "απρ απριλίου nis ápr apríla aprila квіт квітня април travnja tra أبريل ابريل אפריל "
    "באפריל אפר באפר huhtik huhtikuuta balandžio aprill",
    "μαΐ μαϊ μαΐου maí mája трав травня май svibnja svi مايو מאי במאי toukok toukokuuta maig "
    "gegužės maj",
    "ιουν ιούν ιουνίου haz jún júna junija черв червня юни lipnja يونيو يونيه יוני ביוני "
    "kesäk kesäkuuta juny birželio juuni",
    "ιουλ ιούλ ιουλίου tem júl júla julija липня лип юли يوليو يوليه יולי ביולי heinäk "
    "heinäkuuta juliol liepos juuli",
    "αυγ αυγούστου ağu augusta avgusta серп серпня август kolovoza kol أغسطس اغسطس אוגוסט "
    "באוגוסט אוג באוג elok elokuuta agost ag rugpjūčio agustus agt agu avg",
    "σεπ σεπτεμβρίου eyl szept septembra вер вересня септември сеп rujna ruj سبتمبر ספטמבר "
    "בספטמבר ספט בספט syysk syyskuuta rugsėjo",
    "οκτ οκτωβρίου eki októbra oktobra жовт жовтня октомври أكتوبر اكتوبر אוקטובר באוקטובר "
    "אוק באוק lokak lokakuuta spalio oktoober",
    "νοε νοέ νοεμβρίου kas novembra лист листопада ноември studenoga studenog stu نوفمبر "
    "נובמבר בנובמבר נוב בנוב marrask marraskuuta lapkričio",
    "δεκ δεκεμβρίου ara decembra груд грудня декември prosinca ديسمبر דצמבר בדצמבר דצמ בדצמ "
    "jouluk joulukuuta desembre des desember gruodžio detsember",
]
_MONTHS = {
    name: n
    for names_of in (_MORE_NAMES, _MONTH_NAMES)
    for n, names in enumerate(names_of, 1)
    for name in names.split()
}
_THAI_MONTHS = [
    "ม.ค. มกราคม", "ก.พ. กุมภาพันธ์", "มี.ค. มีนาคม", "เม.ย. เมษายน", "พ.ค. พฤษภาคม", "มิ.ย. มิถุนายน",
    "ก.ค. กรกฎาคม", "ส.ค. สิงหาคม", "ก.ย. กันยายน", "ต.ค. ตุลาคม", "พ.ย. พฤศจิกายน", "ธ.ค. ธันวาคม",
]  # fmt: skip
_VIETNAMESE_MONTHS = ["một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười"]
_MONTHS["listopada"] = 11
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "ast": -240, "adt": -180,
    "akst": -540, "akdt": -480, "hst": -600, "nst": -210, "ndt": -150, "bst": 60, "cet": 60,
    "met": 60, "mez": 60, "west": 60, "cest": 120, "mest": 120, "mesz": 120, "eet": 120,
    "sast": 120, "eest": 180, "msk": 180, "msd": 240, "pkt": 300, "ist": 330, "wib": 420,
    "ict": 420, "hkt": 480, "sgt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570,
    "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "brt": -180, "art": -180,
}  # fmt: skip

_ORDINARY = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))?"
    r" (?:([+-])(\d\d)(\d\d)|GMT|UTC)(?: \([^()]{0,80}\))?"
)
_COMMENT = re.compile(r"\([^()]*+\)")
_COMPACT = re.compile(
    r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)?(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?"
)
_ISO = re.compile(r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)[日일.]?T?")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?[:h.時时]\s?(\d{2})(?:\s?[:.m分]\s?(\d{2})(?!\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s?([ap])\.?\s?m\b\.?)?",
    re.I,
)
_FORENOON = re.compile(r"午前|上午|오전|π\.?μ|ص|\bsa\b|öö|de\.", re.I)
_AFTERNOON = re.compile(r"午後|下午|오후|μ\.?μ|م\b|\bös\b|du\.", re.I)
_OFFSET = re.compile(
    r"(?:\b(?:GMT|UTC|UT))?\s?(?<![\d:.])([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)", re.I
)
_HYPHENED = re.compile(r"\b(\d{1,2})-([^\W\d_]{3,12})-(\d{2,4})\b")
_WORD = re.compile(r"[^\W\d_]+")
_EASTERN_MONTH = re.compile(r"(\d{1,2})\s?[月월]")
_NUMBER = re.compile(r"\d{1,4}")


_THAI = re.compile("[\u0e00-\u0e7f]")
_UNSEEN = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u061c"))
_ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_VIETNAMESE = re.compile(
    r"(?:tháng|thg) (?:(\d{1,2})|(một|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)(?: (một|hai))?)", re.I
)


def parse(raw: str, offset: int | None = None) -> datetime | None:
    """The moment that `raw` states, in UTC, or None.

    Without a zone of its own it is read by a clock `offset` minutes east of UTC.
    """
    match = _ORDINARY.fullmatch(raw)
    if match is not None and (month := _MONTHS.get(match[2].lower())):
        minutes = int(match[8]) * 60 + int(match[9]) if match[7] and match[8] <= "14" else 0
        day = (int(match[3]), month, int(match[1]))
        clock = (int(match[4]), int(match[5]), int(match[6] or 0))
        return _moment(day, clock, -minutes if match[7] == "-" else minutes)
    text = encoded_words.decode(raw[: 4 * LONGEST])[:LONGEST].strip(" \t\"'<>;,")
    return _lenient(text, offset) or _by_mail_parser(text)


def _lenient(text: str, offset: int | None) -> datetime | None:
    if text.isdigit() and 9 <= len(text) <= 10:
        return datetime.fromtimestamp(int(text), UTC)
    if compact := _COMPACT.fullmatch(text):
        numbers = [int(one or 0) for one in compact.groups()[:6]]
        zone, _ = _zone(compact[7] or "")
        return _moment(tuple(numbers[:3]), tuple(numbers[3:]), zone or 0)
    bare = _COMMENT.sub(" ", _COMMENT.sub(" ", text))
    if not bare.isascii():
        bare = _in_latin(bare)
    bare = _HYPHENED.sub(r"\1 \2 \3", bare)
    is_named = any(w.lower() in _MONTHS for w in _WORD.findall(bare))
    day, rest = (None, bare) if is_named else _numeric_day(bare)
    clock, rest = _clock(rest)
    zone, rest = _zone(rest)
    if zone is None and "(GMT" in text:
        zone, _ = _zone(text[text.index("(GMT") :])
    if zone is None and bare != text:  # some write the zone in the comment alone
        zone = next(
            (z for w in _WORD.findall(text) if (z := _ZONES.get(w.lower())) is not None), None
        )
    day = day or _named_day(rest)
    if day is None:
        return None
    return _moment(day, clock or (0, 0, 0), zone if zone is not None else offset or 0)


def _in_latin(text: str) -> str:
    """`text` with Thai and Vietnamese months as English ones, halves of the day as am, pm."""
    text = text.translate(_UNSEEN)
    if _THAI.search(text):
        for number, names in enumerate(_THAI_MONTHS):
            for name in names.split():
                text = text.replace(name, f" {_ENGLISH[number]} ")
    text = _VIETNAMESE.sub(_vietnamese_month, text)
    half = "pm" if _AFTERNOON.search(text) else "am" if _FORENOON.search(text) else ""
    return _TIME.sub(lambda match: f"{match[0]}{half}", text, count=1) if half else text


def _vietnamese_month(match: re.Match[str]) -> str:
    if match[1]:
        return f" {_ENGLISH[min(int(match[1]), 12) - 1]} "
    number = _VIETNAMESE_MONTHS.index(match[2].lower())
    if match[3] and number == 9:
        number += 1 + _VIETNAMESE_MONTHS.index(match[3].lower())
    return f" {_ENGLISH[min(number, 11)]} "


def _numeric_day(text: str) -> tuple[tuple[int, ...] | None, str]:
    if iso := _ISO.search(text):
        return (int(iso[1]), int(iso[2]), int(iso[3])), _without(text, iso)
    numeric = _NUMERIC.search(text)
    if numeric is None:
        return None, text
    first, second, year = int(numeric[1]), int(numeric[3]), _year(numeric[4])
    # Month first, as Americans write it, unless it cannot be or the sign between says otherwise.
    is_day_first = first > 12 or (numeric[2] != "/" and second <= 12)
    day = (year, second, first) if is_day_first else (year, first, second)
    return day, _without(text, numeric)


def _named_day(text: str) -> tuple[int, ...] | None:
    """The day beside the name of a month; a weekday may have the name of a month ("mar")."""
    if eastern := _EASTERN_MONTH.search(text):
        month, text = int(eastern[1]), _without(text, eastern)
    else:
        months = [_MONTHS[w.lower()] for w in _WORD.findall(text) if w.lower() in _MONTHS]
        if not months:
            return None
        month = months[-1]
    numbers = _NUMBER.findall(text)[:3]
    if len(numbers) < 2:
        return None
    long = [n for n in numbers if len(n) > 2]
    year = long[0] if long else numbers[1]
    numbers.remove(year)
    return _year(year), month, int(numbers[0])


def _year(digits: str) -> int:
    """Obsolete years (RFC 5322 section 4.3) as well."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    if 2400 < year < 2700:  # of the Buddhist era
        return year - 543
    return year + 1900 if len(digits) == 3 else year


def _clock(text: str) -> tuple[tuple[int, ...] | None, str]:
    match = _TIME.search(text)
    if match is not None and ". " in match[0]:  # "14. 10:02" is a day and a time
        match = _TIME.search(text, match.start() + 2) or match
    if match is None:
        return None, text
    hour = int(match[1])
    if match[4] and hour <= 12:
        hour = hour % 12 + (12 if match[4] in "pP" else 0)
    return (hour, int(match[2]), int(match[3] or 0)), _without(text, match)


def _zone(text: str) -> tuple[int | None, str]:
    """Minutes east of UTC, None where no zone is told, and the rest of the text."""
    if match := _OFFSET.search(text):
        hours, minutes = int(match[2]), int(match[3] or 0)
        total = hours * 60 + minutes
        if hours > 14 or minutes > 59:
            total = 0
        return (-total if match[1] == "-" else total), _without(text, match)
    for word in _WORD.finditer(text):
        if (zone := _ZONES.get(word[0].lower())) is not None and word[0].isupper():
            return zone, _without(text, word)
    return None, text


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _moment(day: tuple[int, ...], clock: tuple[int, ...], zone: int) -> datetime | None:
    hour, minute, second = clock
    if not 1970 <= day[0] <= 2200 or hour > 24 or minute > 59 or second > 60:
        return None
    try:
        start = datetime(day[0], day[1], day[2], tzinfo=UTC)
    except ValueError:
        return None
    return start + timedelta(hours=hour, minutes=minute - zone, seconds=second)


def _by_mail_parser(text: str) -> datetime | None:
    try:
        found = parse_from_string(f"Date: {text}\n\n").date
    except Exception:  # whatever it trips over
        return None
    if not isinstance(found, datetime) or not 1970 <= found.year <= 2200:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
