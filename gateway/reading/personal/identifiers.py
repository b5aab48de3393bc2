"""The written forms of personal identifiers, and of what must stay readable: tables, no logic.

All are matched on the plain, lower-case form of a text (`redaction`): ASCII dashes and digits,
no invisible characters. Every pattern is linear: repetitions are bounded or of one class.
"""

import re

# --- pieces -------------------------------------------------------------------------------------

_WRAP = r"(?:\n[> ]{0,8})?"  # a mail client may break a line within a number
_SEP = rf"(?:[ .\-/]{{1,3}}{_WRAP}|\n[> ]{{0,8}})"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|ene|febrero|marzo|abril|abr|mayo|junio"
    r"|julio"
    r"|agosto|ago|sep?tiembre|octubre|noviembre|diciembre|dic)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|º|°)?"
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth"
    r"|thirtieth|(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth"
    r"|ninth))"
)
_TENS = r"(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_TEENS = (
    r"(?:eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|hundred"
    r"|double"
    r"|triple)"
)
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|\d)"
)
_SAID = rf"(?:{_DIGIT}|{_TENS}|{_TEENS})"
_SAID_YEAR = rf"(?:nineteen|two thousand)(?:[ -](?:and |oh |hundred )?{_SAID}){{1,2}}"
_YEAR = rf"(?:(?:19|20)\d\d|'?\d\d|{_SAID_YEAR})"
DATE = (
    rf"(?:\d{{4}} ?[-/.] ?\d{{1,2}} ?[-/.] ?\d{{1,2}}"
    rf"|\d{{1,2}} ?[-/.] ?\d{{1,2}} ?[-/.] ?\d{{2,4}}"
    rf"|\d{{1,2}} \d{{1,2}} (?:19|20)?\d\d|(?:\d{{8}}|\d{{6}})(?!\d)"
    rf"|{_MONTH}[ -](?:the )?(?:{_DAY}|{_ORDINAL})(?:,? ?(?:of |in )?[ -]?{_YEAR}(?!\d))?"
    rf"|(?:the )?(?:{_DAY}|{_ORDINAL}|{_SAID}(?:[ -]{_SAID})?)(?: day)?[ -](?:de |of )?{_MONTH}"
    rf"(?:,?[ -](?:del? |of )?{_YEAR}(?!\d))?"
    rf"|{_MONTH},? (?:del? |of )?{_YEAR}(?!\d)|\d{{1,2}}[-/]?{_MONTH}[-/]?\d{{2,4}}"
    r"|\d{1,2}/\d{1,2}(?: (?:in|of) (?:19|20)\d\d)?(?![\d/])|(?:19|20)\d\d(?!\d))"
)
# What may stand between a label and its value: punctuation, dots that lead over, a few small words.
GAP = re.compile(
    r"[\s:#=|(\"'*.,>\[\]_/-]{0,40}"
    r"(?:(?:is|was|are|number|no|num|nr|id|es|de|del|on|el|in|en|of|my|his|her|the|ends?|ending"
    r"|with|as|at|us|again|digits|full|card|now|new|or|and|al|acaba|termina|terminad[oa]|son"
    r"|número|numero|núm|mine|veteran|caller|currently|says?|shows?|today|please)\b"
    r"[\s:#=|(\"'*.,>\[\]_/-]{0,6}){0,5}"
)
_SSN = r"[\doli](?:[ .\-/]{0,3}(?:\n[> ]{0,8})?[\doli]){8}(?![\d])"
_MASKED = r"[x*#•·_?]{1,5}[ .-]{0,2}[x*#•·_?]{0,3}[ .-]{0,2}\d{4}(?!\d)"
_FOUR = rf"(?:\d{{4}}(?!\d)|{_SAID}(?:[ ,.-]{{1,3}}{_SAID}){{1,3}}\b)"
_SPELLED = rf"{_SAID}(?:[ ,.-]{{1,3}}{_SAID}){{2,12}}\b"
_PHONE = (
    r"(?:\+?\d(?:[().\t /-]{0,3}\d|[-.]\n[> ]{0,8}\d){5,14}"
    rf"(?:[ ,;]{{0,2}}(?:x|ext\.?|extension|anexo)[ .:]{{0,2}}\d{{1,6}})?|{_SPELLED})"
)
_CODE = r"(?=[a-z -]{0,5}\d)[a-z0-9](?:[a-z0-9]|[ -](?=\d)){3,19}(?![a-z0-9])"

# --- what a label announces: kind, label, value -------------------------------------------------

LABELLED: list[tuple[str, str, str]] = [
    (
        "DOB",
        r"dob|d\.o\.b\.?|d/o/b|date[\s_-]of[\s_-]birth|dateofbirth|birth[\s_-]?(?:date|day|year)"
        r"|birth|year of birth|born|b-?day|f(?:echa|\.)?(?: de)? nac(?:imiento|\.)?|fec\.? nac\.?"
        r"|nacid[oa]|nací|naci|nació|nacio|nacimiento|nac\.|cumpleaños|geburtsdatum|geboren"
        r"|date de naissance|née? le",
        DATE,
    ),
    (
        "SSN",
        r"ssns?|ss#|ss (?:number|no)|s[. ]s[. ]n\b\.?|social[\s_-]security|socials?|itin|tin"
        r"|tax[ _]?id"
        r"|seguro social|nss|soc\.? sec\.?|veteran[_ ]ssn",
        rf"(?:{_SSN}|{_MASKED}|{_SPELLED}|(?:last[ -]?(?:four|4)(?: digits)?|l4|x{{2,7}}"
        rf"|ending(?: in)?)?[ :=#()]{{0,4}}{_FOUR})",
    ),
    (
        "SSN",
        r"last[\s-]{0,2}(?:four|4)|l4|final four|[uú]ltimos (?:cuatro|4)(?: d[ií]gitos)?",
        rf"(?:(?:digits?|numbers?|of|my|his|her|their|the|your|ssns?|social|security|del?|su|mi"
        rf"|are"
        rf"|is|son|on|file|for)\b[\s:#=(\"-]{{0,4}}){{0,7}}(?P<mask>{_FOUR})",
    ),
    ("SSN", r"last[\s-]{0,2}(?:five|5)(?: digits)?|first[\s-](?:five|5)(?: digits)?", r"\d{5}\b"),
    ("ADDRESS", r"zip(?: ?code)?|postal code|c[oó]digo postal|plz", r"\d{5}(?:-\d{4})?(?!\d)"),
    (
        "ICN",
        r"icn|mpi[ _]id|mvi[ _]id"
        r"|integration control number",
        r"\d{6,10}v?\d{0,6}(?:\^\w+)?",
    ),
    (
        "EDIPI",
        r"edipi|dod[\s_-]?id|dod number|dodid|dod[\s_]edi"
        r"|edi[\s_-]?pi",
        r"\d[\d -]{6,14}\d",
    ),
    (
        "FILE NUMBER",
        r"participant[\s_-]?id|corp[\s_-]?id|(?:va )?(?:claims? )?file(?: (?:number|no\.?|#)"
        r"|(?=[ #:]{1,3}c[ -]?\d))|c-?file|claim(?: (?:number|no\.?|id|#)|#|(?= \d{8,9}\b))"
        r"|service (?:number"
        r"|no\.?)|member[ _]id|sec[_ ]?id|vet(?:eran)?[ _](?:id|number)|expediente"
        r"|n[uú]mero de (?:reclamo|archivo|expediente)|policy (?:number|no\.?)",
        r"(?:[a-z]{0,2}[ -]?)\d(?:[ -]?\d){4,16}(?!\d)",
    ),
    ("FILE NUMBER", r"pid", r"\d{8,9}(?!\d)"),
    (
        "USER",
        r"(?:employee|badge|staff|personnel) (?:id|number|no\.?|#)",
        r"[a-z]{0,3}-?\d{4,10}(?!\d)",
    ),
    (
        "MEDICAL RECORD",
        r"mrn|medical record(?: (?:number|no\.?|#))?|patient[ _](?:id|number|no\.?)|ien|dfn"
        r"|rx(?: (?:number|no\.?|#)|#)|prescription (?:number|no\.?|#)|medicare(?: (?:number|id"
        r"|no\.?|#))?|medicaid(?: (?:number|id|no\.?|#))?|mbi",
        _CODE,
    ),
    (
        "ACCOUNT",
        r"routing(?: (?:number|no\.?|#))?|aba|(?:bank )?account(?: (?:number|no\.?|#)"
        r"| ending(?: in"
        r"| with)?|(?= \d{8,17}\b))|acct\.?|(?:checking|savings) (?:account|acct)|iban|swift"
        r"|cuenta(?: bancaria"
        r"| de banco)?|n[uú]mero de (?:ruta|cuenta)",
        r"(?:x{2,8}[ -]?|[*•]{2,8}[ -]?)?(?:[a-z]{2}\d\d(?:[ ]?[a-z0-9]{3,4}){3,7}"
        r"|\d(?:[ -]?\d){3,16})(?!\d)",
    ),
    (
        "LICENCE",
        r"driver'?s?'? licen[sc]e|licen[sc]e(?: (?:number|no\.?|#|plate))?|dl ?(?:number|no\.?|#)"
        r"|passport(?: (?:number|no\.?|#))?|licencia(?: de conducir)?|pasaporte"
        r"|plate(?: (?:number"
        r"|no\.?|#))?|tag number|vin|state id|real id|green card|alien number|a-number",
        _CODE,
    ),
    (
        "PHONE",
        r"phones?(?: number)?|cell(?:phone)?|mobile|telephone|tel|ph|cb|call(?:ed)?(?: me| him"
        r"| her"
        r"| us| them)?(?: back)?|callback|call-back|text|text me|reach (?:me|him|her|us)"
        r"|tel[eé]fono"
        r"|tfno|celular|cel|m[oó]vil|ll[aá]m[ea]me|fax|whatsapp|landline|home|work|hp|dial"
        r"|contact(?: number)?|rufnummer|telefon|handy",
        _PHONE,
    ),
    (
        "SECRET",
        r"(?:one[ -]time|verification|security|login|log-in|sign-in|access|2fa|mfa|backup"
        r"|recovery"
        r"|sms|text)[ -](?:code|pin|passcode)s?|otp|pin|c[oó]digo de (?:verificaci[oó]n|seguridad"
        r"|acceso)",
        r"\d(?:[ -]?\d){3,7}(?!\d)",
    ),
]

# What a label gives only with a sign between them ("password: x", "token=x", "user id | x"):
# kind, label, value. Behind "is" the value must have a digit ("the password is wrong").
ASSIGNED: list[tuple[str, str, str]] = [
    (
        "SECRET",
        r"pass ?word|passwd|pwd|pass ?(?:code|phrase)|contraseñ?a|contrasena|clave|passwort"
        r"|mot de passe|temp(?:orary)? (?:pw|pass)|pw",
        r"(?!\(|n/a\b|none\b|not\b|reset|login\.gov|id\.me)[^\s<>]{4,80}",
    ),
    (
        "SECRET",
        r"(?:[a-z]{1,12}[\s_-])?(?:token|secret|api[\s_-]?key|access[\s_-]?key|private[\s_-]?key)"
        r"|(?:[a-z]{0,4})session[\s_-]?id|phpsessid|sid|(?:set-)?cookie|authorization|x-api-key",
        r"(?:bearer |basic |token )?(?P<mask>(?=[^\s,;\"'<>&]{0,60}\d)[^\s,;\"'<>&]{6,4000})",
    ),
    (
        "USER",
        r"user[\s_-]?(?:name|id)|log[io]n[ _-]?(?:id|name)|screen ?name|nombre de usuario|usuario"
        r"|account name|skype(?: id)?|wexid|netid|student id|employee id|sam ?account ?name|upn"
        r"|benutzername",
        r"(?!\(|n/a\b|none\b|not\b|unknown)(?=[^\s]{0,40}[a-z])[\w.@\\+-]{3,60}",
    ),
    (
        "ADDRESS",
        r"(?<!ip )(?<!mac )(?<!mail )(?<!web )(?:[a-z]{1,12}[ _])?address(?: line)?(?: ?[12])?"
        r"|street"
        r"|domicilio|direcci[oó]n(?: postal)?|residence|anschrift|adresse",
        r"(?=[^\n]{0,80}\d)[^\n|\"{}<>]{3,120}",
    ),
    (
        "USER",
        r"user|login|logon|account|handle|profile",
        r"(?=[a-z._-]{1,30}(?:\d|[._][a-z]))(?!login\.gov|id\.me|va\.gov)[\w.+-]{4,40}(?![\w/])",
    ),
]

# --- by their form alone ------------------------------------------------------------------------

_TLD_DOT = r"[ ]?(?:\(dot\)|\[dot\]|\{dot\}|<dot>| dot | punto )[ ]?"
_LOCAL = r"\w.!$%'+^`{}~\u00b7-"
EMAIL = (
    rf"(?<![{_LOCAL}])[{_LOCAL}]{{1,200}}(?:@|%40)\n?(?:(?:[\w-]{{1,63}}\n?\.){{1,8}}[^\W\d_]{{2,24}}"
    r"|\[[0-9a-f.:]{3,40}\]|localhost\b)"
)
# "jo at post dot example": what says "at" and the domain; the words before it are looked for then.
AT_SAID = (
    r"(?:[ ]?[(\[{<](?:at|arroba)[)\]}>][ ]?|[ ](?:at|arroba|@)[ ]|@[ ])[\w-]{1,64}"
    rf"(?:(?:{_TLD_DOT}|[ ]?\.[ ]?)[a-z][a-z0-9-]{{1,19}}){{1,4}}(?![\w-])"
)
BEFORE_AT = r"(?<![\w.+-])[\w.+-]{1,64}(?: (?:dot|punto|underscore|dash) [\w-]{1,40}){0,3}$"
# "B12 at noon. If it": a sentence ends there, unless what follows ends host names.
SENTENCE_END = r"\.[ ](?!(?:com|net|org|gov|mil|edu|us|info)\b)"
PLAINLY_SAID = r"[ ](?:dot|punto)[ ]|[(\[{<]|@|arroba"  # else "at va.gov" is a place
ICN = r"\b\d{10}[ ]?v[ ]?\d{6}(?:\^\w{1,40}){0,4}"
SSN_DASHED = r"(?<![\d.-])\d{3}-[ ]?\d{2}-[ ]?\d{4}(?![\d-])"

# Masked even inside what is protected.
# Kind, what the lower-case text must have at all, pattern.
ANYWAY: list[tuple[str, str, str]] = [
    ("SECRET", "eyj", r"\beyj[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{4,2000})?"),
    ("SECRET", "akia", r"\bakia[0-9a-z]{16}\b"),
    ("SECRET", "_", r"\b(?:gh[pousr]_\w{20,80}|github_pat_\w{20,100})\b"),
    ("SECRET", "-", r"\b(?:xox[abeprs]-[\w-]{10,100}|glpat-[\w-]{16,60}|sk-[\w-]{20,200})"),
    (
        "SECRET",
        "bearer ",
        r"\bbearer (?=[a-z.~+/_-]{0,60}[\d=])(?P<mask>[\w.~+/=-]{12,4000})",
    ),
    ("SECRET", "basic ", r"\bbasic (?=[a-z+/]{0,60}[\d=])(?P<mask>[\w+/=]{12,4000})"),
    (
        "SECRET",
        "private key-",
        r"-----begin [a-z ]{0,30}private key-----(?P<mask>[\w+/=\s]{1,9999})",
    ),
    ("SECRET", "://", r"\b[a-z][a-z+]{1,12}://(?P<mask>[^\s/@:]{1,64}:[^\s/@]{1,128})@"),
    (
        "SECRET",
        "=",
        r"[?&;#](?:[a-z]{0,12}[_-]?(?:token|secret|passw(?:or)?d|pwd|signature|session"
        r"|session_?id|key)|sig|auth|code|state|jwt|hash|sid|otp|pin|nonce"
        r"|saml(?:request|response))=(?=[^\s&#\"'<>]{0,200}\d)(?P<mask>[^\s&#\"'<>]{6,4000})",
    ),
    (
        "NAME",
        "=",
        r"[?&;](?:(?:first|last|full|user)?_?name|user(?:_?id)?|login|uid|login_hint)="
        r"(?P<mask>[^\s&#\"'<>]{2,200})",
    ),
]

_STREET = (
    r"(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|way"
    r"|place|pl|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|route|rte|loop|square|sq|crossing"
    r"|xing|pike|alley|run|ridge|cove|bend|point|pt|spur|reach|row|path|plaza|walk|mews|hollow"
    r"|glen"
    r"|heights|grove|creek|hill|view|manor|landing|estates|turnpike|tpke|expressway|causeway)"
)
_PLAIN_STREET = r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct)"
_UNIT = (
    r"(?:,?\s(?:apt|apartment|unit|suite|ste|lot|bldg|building|room|rm|fl|floor|trlr|space|spc"
    r"|apto"
    r"|depto|piso|#)\.?[ ]?#?[ ]?[a-z0-9-]{1,8}){0,3}"
)
_STATES = (
    r"a[klrzs]|c[aot]|d[ce]|fl|g[au]|hi|i[adln]|k[sy]|la|m[adeinospt]|n[cdehjmvy]|o[hkr]|p[ar]|ri"
    r"|s[cd]|t[nx]|ut|v[ait]|w[aivy]|a[aep]"
)
_STATE_NAMES = (
    r"alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia"
    r"|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts"
    r"|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new (?:hampshire|jersey"
    r"|mexico|york)|(?:north|south) (?:carolina|dakota)|ohio|oklahoma|oregon|pennsylvania"
    r"|rhode island|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin"
    r"|wyoming|puerto rico"
)
_STATE = rf"(?:(?:{_STATES})\b\.?|(?:{_STATE_NAMES})\b)"
_CITY = r"[^\W\d_][\w.'-]{1,20}(?:[ ][^\W\d_][\w.'-]{1,20}){0,2}"
_TOWN = rf"(?:,?\s{_CITY},?\s{_STATE}(?:,?\s\d{{5}}(?:-\d{{4}})?\b)?)"
# "Springfield, IL 62701": the town before it is looked for then.
STATE_ZIP = (
    rf"(?:\b(?:{_STATES.upper()})|(?<=,[ ])(?i:{_STATES}|{_STATE_NAMES})|\b(?:Puerto Rico))\.?,?\s"
    r"\d{5}(?:-\d{4})?(?![\d-])"
)
TOWN_BEFORE = rf"\b{_CITY},?\s$"
_NAME_WORD = r"(?:[^\W\d_][\w.'-]{0,24}|\d{1,3}(?:st|nd|rd|th))"
_PHONE_10 = (
    rf"(?<![\w.])(?:\+?1[-. ]{{0,2}})?\(?\d{{3}}\)?{_SEP}?\d{{3}}{_SEP}\d{{4}}"
    r"(?:[ ,;]{0,2}(?:x|ext\.?|extension)[ .:]{0,2}\d{1,6})?(?![\w-])"
)

# With a capital at each name: matched on the plain text, in the case it was written in.
CASED: list[tuple[str, str]] = [
    (
        "ADDRESS",
        rf"(?<![\w/:.-])\d{{1,6}}(?:-\d{{1,5}}|[A-Za-z])?[ ](?![AaPp]\.?[Mm]\b)(?:(?:[NSEW]|NE|NW"
        rf"|SE|SW|North|South"
        rf"|East|West|Old|New)\.?\s)?(?:(?:[A-Z][\w.'-]{{0,24}}|\d{{1,3}}(?:st|nd|rd"
        rf"|th))[ ]){{1,4}}"
        rf"(?i:{_STREET})\b\.?(?:[ ][A-Z][\w'-]{{1,20}}(?=,\s(?i:apt|unit|\#)))?"
        rf"(?i:{_UNIT})(?i:{_TOWN})?",
    ),
    (
        "ADDRESS",
        r"(?<![\w/:.-])\d{1,6}[ ](?![AaPp]\.?[Mm]\b)"
        r"(?:[A-Z][\w'-]{1,24}[ ]){0,3}?[A-Z][\w'-]{1,24},\s"
        rf"[A-Z][\w.'-]{{1,20}}(?:[ ][A-Z][\w.'-]{{1,20}}){{0,2}},?\s(?:[A-Z]{{2}}\b"
        rf"|(?i:{_STATE_NAMES}))"
        r"(?:,?\s\d{5}(?:-\d{4})?)?",
    ),
    (
        "ADDRESS",
        r"\b[A-ZÄÖÜ][\w-]{2,30}(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse"
        r"|ring)\s\d{1,4}[a-z]?\b"
        r"(?:,?\s\d{5}\s[A-ZÄÖÜ][\w-]{2,30})?",
    ),
    (
        "ADDRESS",
        r"\b(?:\d{1,6}\s)?(?:Calle|C/|Avenida|Avda\.|Ave\.|Av\.|Carretera|Carr\.|Camino|Urb\."
        r"|Urbanizaci[oó]n|Barrio|Condominio|Cond\.|Res\.|Residencial|Paseo|Pasaje|Chalan)"
        r"\s(?:de la |del |de los |de las |de |las |los |la |el )?[A-ZÀ-Ý0-9][\w.'-]{0,24}"
        r"(?:[ ](?:de |del |la |las |los |y )?[A-ZÀ-Ý0-9#][\w.'-]{0,24}){0,4}"
        r"(?:,?\s?(?:#|n[uú]m\.?|no\.)?\s?[A-Z]?-?\d{1,5}[A-Z]?\b)?",
    ),
]  # fmt: skip

# These begin with a digit, a bracket, a plus or a minus; the first that fits counts.
IN_DIGITS: list[tuple[str, str]] = [
    (
        "CARD",
        r"(?<![\d-])(?:(?:\d{4}[ -]){3}\d{4}(?:[ -]\d{1,3})?|3\d{3}[ -]\d{6}[ -]\d{5})(?![\d-])",
    ),
    ("CARD", r"(?<![\w.-])(?P<luhn>\d{13,19})(?![\w-])"),
    ("PHONE", r"(?<![\w+])\+\d{1,3}[\s().-]{0,2}\d(?:[\s().-]{0,2}\d){6,12}(?!\d)"),
    ("PHONE", r"(?<![\w+.-])(?:00|011)[ -]?[1-9]\d{0,2}(?:[ .-]\d{2,8}){1,5}(?![\d-])"),
    ("SSN", rf"(?<![\d.-])\d{{3}}{_SEP}\d{{2}}{_SEP}\d{{4}}(?![\d-])"),
    ("PHONE", _PHONE_10),
    ("PHONE", r"(?<![\w./:#-])\d{3}-\d{4}(?![\w-])"),
    ("SSN", r"(?<![\w.#/-])\d{9}(?![\w-]|\.\d)"),
    ("EDIPI", r"(?<![\w.#/-])\d{10}(?![\w-]|\.\d)"),
    (
        "IP",
        r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
        r"(?:/\d{1,2}|:\d{1,5})?(?![\w.]\d|\w)",
    ),
    (
        "MEDICAL RECORD",
        r"\b[1-9][ac-hjkmnp-rt-y][ac-hjkmnp-rt-y0-9]\d-?[ac-hjkmnp-rt-y][ac-hjkmnp-rt-y0-9]\d-?"
        r"[ac-hjkmnp-rt-y]{2}\d\d\b",
    ),
    (
        "LOCATION",
        r"(?<![\w.])(?:-?\d{1,2}\.\d{3,12}°?[ ]?[ns]?,[ ]?-?\d{1,3}\.\d{3,12}°?[ ]?[ew]?(?![\w.])"
        r"|\d{1,2}°[ ]?\d{1,2}['′][ ]?[\d.]{0,6}[\"″]?[ ]?[ns],?[ ]\d{1,3}°[ ]?\d{1,2}['′][ ]?"
        r"[\d.]{0,6}[\"″]?[ ]?[ew]\b)",
    ),
    (
        "ADDRESS",
        r"(?<![\w/:.-])\d{2,5}[ ](?:(?:[nsew]|ne|nw|se|sw)\.?[ ])?(?![ap]\.?m\b)"
        rf"{_NAME_WORD}[ ](?:{_NAME_WORD}[ ])?{_PLAIN_STREET}\b\.?"
        rf"(?:,?\s(?:apt|unit|lot|#)\.?[ ]?#?[a-z0-9-]{{1,6}}|(?=[,.\n]|$))(?:{_TOWN})?",
    ),
]
IN_WORDS: list[tuple[str, str]] = [
    ("USER", r"(?:by|from|user|reviewer|author)[: ]{1,2}(?P<mask>[a-z]{5,20}\d{2,4})(?![\w.-])"),
    ("ACCOUNT", r"ending\s(?:(?:in|with|on)\s)?(?!(?:19|20)\d{2}\b)(?P<mask>\d{4,8})\b"),
    ("FILE NUMBER", r"c(?:-?\d{8,9}|-\d{2}[ -]\d{3}[ -]\d{3})\b"),
    (
        "ADDRESS",
        rf"(?:p\.?[ ]?o\.?[ ]?box[ ]#?\d{{1,6}}\b(?:{_TOWN})?|apartado(?: postal)?[ ]\d{{1,6}}\b"
        rf"|(?:hc|rr|rural route|psc|cmr|unit)[ ]\d{{1,5}},?[ ]box[ ]\d{{1,6}}\b(?:{_TOWN})?"
        r"|(?:apo|fpo|dpo),?[ ]a[aep][ ]\d{5}(?:-\d{4})?\b)",
    ),
]
HIDDEN_SSN: list[tuple[str, str]] = [
    ("SSN", r"[x*#•]{3,5}[-. /]?[x*#•]{2}[-. /]?\d{4}(?!\d)"),
    ("SSN", r"[x*#•]{3,12}[- ]?\d{4}(?!\d)"),
]
IN_HEX: list[tuple[str, str]] = [
    ("MAC", r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])"),
    ("MAC", r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w.])"),
    ("IP", r"(?:[0-9a-f]{1,4}:){4,7}:?[0-9a-f]{1,4}(?![\w:])"),
    ("IP", r"(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:?){1,6}(?![\w:])"),
]

SPELLED: list[tuple[str, str]] = [
    (
        "NUMBER",
        r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro"
        r"|cinco|seis|siete|ocho|nueve)[ ,.-]{1,3}){6,15}(?:zero|oh|one|two|three|four|five|six"
        r"|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b",
    ),
]

# Masked even where dates are protected: so old that no outage can be meant, and sure forms.
_OLD = r"(?:19[1-9]\d|200[0-4])"
_NO_TIME = (  # "16 jul 1930-2359 et" and "3 may, 2000 to" are times of the day
    r"(?![ ]?-[ ]?\d{4}|[ ](?:hrs?|hours|h|et|[ecmp][sd]?t|utc|gmt|z|to|till|until|local|eastern"
    r"|central|pacific)\b|[hz]\b)"
)
ANYWAY_IN_DIGITS: list[tuple[str, str]] = [
    ("DATE", rf"\b(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|[12]\d|3[01])[/.-]{_OLD}\b"),
    ("DATE", rf"\b{_OLD}[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])\b"),
    ("DATE", rf"\b{_DAY}[ -]?(?:de |of )?{_MONTH},?[ -]?(?:del? )?{_OLD}\b{_NO_TIME}"),
    ("ICN", ICN),
    ("SSN", SSN_DASHED),
    (
        "SECRET",
        r"\b(?P<mask>\d{4,8}) (?:is|es) (?:your|the|su|tu) [\w.-]{0,20} ?[\w-]{0,20} ?"
        r"(?:code|pin|passcode|código)\b",
    ),
]
ANYWAY_IN_WORDS: list[tuple[str, str]] = [
    ("DATE", rf"{_MONTH}[ -]{_DAY},?[ -]{_OLD}\b{_NO_TIME}"),
]

HANDLES: list[tuple[str, str]] = [
    ("HANDLE", r"(?<![\w.@/=&])@(?!here\b|channel\b|everyone\b|all\b"
               r"|team\b)[a-z_][\w.]{1,39}(?![\w/@-])"),
    ("HANDLE", r"(?<![\w/])/?u/[\w-]{3,30}"),
]  # fmt: skip

# --- what stays readable ------------------------------------------------------------------------

TOLL_FREE = r"(?:\+?1[-. ]{0,2})?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]{0,2}\d{3}[-. ]?\d{4}\b"
PROTECTED: list[str] = [  # behind a word boundary
    r"(?:https?|ftp)://[^\s<>\"'?#]{1,2000}",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    r"(?:chg|inc|rlse|ritm|req|prb|sctask|ctask|inctask|task|kb|lct|scr|tkt|sr|cs|msg|hd"
    r"|wo)[-_ #]{0,2}(?:\d{4}-)?\d{4,12}\b",
    r"a-\d{8}-\d{3,8}\b",
    r"v\d{6,9}\b",
    r"cas-\d{4,9}-[a-z0-9]{4,8}\b",
    r"(?:case|ticket|incident|inquiry|reference|ref|issue|request|response|change|conference"
    r"|meeting|order|build|release|version|monitor|event|alert|error|code|queue|job|batch|pr"
    r"|trace|span|transaction|correlation|interaction|deployment|commit|revision|port)"
    r"[ _-]?(?:id|number|no\.?|num|code)?[ .]{0,40}[:=#|]{0,2}[ ]?#?"
    r"(?!\d{3}[-. ]\d{2}[-. ]\d{4}\b)(?!00[679]\d\d\b)[a-z]{0,6}-?\d[\da-z_-]{2,24}\b",
    r"id[ ]?[:=#|]{0,2}[ ]?#?(?!\d{9,10}\b)(?!\d{3}[-. ])[a-z]{0,6}-?\d[\da-z_-]{2,24}\b",
    r"v(?:ersion)?[ .]?\d{1,4}(?:\.\d{1,5}){2,4}\b",
    r"(?:release|rails|ruby|java|jdk|jre|node|python|kernel|chrome|edge|firefox|safari|nginx|apache"
    r"|tomcat|agent|driver|firmware|ios|android|openssl|postgres\w{0,5}|oracle|db2|weblogic|citrix"
    r"|client|windows)[ /]\d{1,4}(?:\.\d{1,5}){2,4}\b",
    r"[a-z]{2,20}/\d{1,4}(?:\.\d{1,5}){1,4}\b",  # a browser's version
    r"(?:timestamp|epoch|ts|time|unix|iat|exp)[\"']?[ :=]{1,3}\d{10}(?:\d{3})?\b",
    r"(?:size|bytes|heap|memory|mem|count|rows|offset|total|limit|lag|capacity|used|free"
    r"|available"
    r"|duration|latency|threshold|value|sum|max|min|avg|rate|expected|actual|seq|sequence)"
    r"[\"']?[ ]?[:=][ ]?\d{5,20}\b",
]  # fmt: skip
PROTECTED_IN_DIGITS: list[str] = [
    r"(?<![\d-])\d{6}-\d{6}(?![\d-])",
    r"\b(?:19|20)\d{2}[-/]\d{2}[-/]\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?",
    r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}\b",
    r"(?<![\w-])\d{9,16}(?=[ ]?(?:bytes?|[kmg]i?b|[mnuµ]?s(?:ec)?|seconds|rows|records|requests"
    r"|events|entries|items|users|documents|hits|messages|lines|times)\b)",
    rf"(?<!\d){TOLL_FREE}",
]
# As a sign says it: 1-800-MYVA411.
PROTECTED_CASED: list[str] = [
    r"\[[A-Z]{2,9}(?: NUMBER| RECORD)?\]",  # a mask
    r"(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77"
    r"|88)\)?[-. ]{0,2}(?=[\dA-Z-]{0,6}[A-Z]{3})[A-Z0-9]{2,4}[-. ]?[A-Z0-9]{3,5}\b",
    r"\b(?!SSN|DOB|ICN|EDIPI|PID|PIN|TEL|FAX|CELL|X+-|HC|RR|PSC"
    r"|CMR)[A-Z][A-Z0-9]{1,14}-\d{1,8}\b",
]
