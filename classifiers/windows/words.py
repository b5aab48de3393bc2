"""The vocabulary of dates and times: words of six languages and what they stand for.

English and Spanish in full; of German, French, Portuguese and Italian what notices are dated
with. A word that means something else in another of them is left out ("mar", "mai").
"""

_MONTHS = (
    "january jan enero ene januar januari janvier janeiro gennaio",
    "february feb febrero februar février fevrier fevereiro febbraio",
    "march mar marzo märz mrz maart mars março marco",
    "april apr abril abr avril aprile",
    "may mayo mei mai maio maggio",
    "june jun junio juni juin junho giugno",
    "july jul julio juli juillet julho luglio",
    "august aug augustus agosto ago août aout",
    "september sep sept septiembre setiembre septembre setembro settembre",
    "october oct octubre oktober okt octobre outubro ottobre",
    "november nov noviembre novembre novembro",
    "december dec diciembre dic dezember dez décembre decembre dezembro dicembre",
)
_WEEKDAYS = (
    "monday mon lunes 月 montag maandag lundi segunda-feira lunedì",
    "tuesday 火 tue tues martes dienstag dinsdag mardi terça-feira martedì",
    "wednesday 水 wed weds miércoles miercoles mittwoch woensdag mercredi quarta-feira mercoledì",
    "thursday 木 thu thur thurs jueves donnerstag donderdag jeudi quinta-feira giovedì",
    "friday 金 fri viernes freitag vrijdag vendredi sexta-feira venerdì",
    "saturday 土 sat sábado sabado samstag zaterdag samedi sabato",
    "sunday 日 sun domingo sonntag zondag dimanche domenica",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS = {word: number for number, words in enumerate(_WEEKDAYS) for word in words.split()}

#: Words that mean a month or a weekday only beside a number.
SHORT_MEANINGS = frozenset(
    {"sat", "sun", "mon", "wed", "mar", "may", "martes", "ago", "march", "mars", "marco"}
)

MODIFIERS = {
    "this": "this", "coming": "this", "upcoming": "this", "este": "this", "esta": "this",
    "next": "next", "próximo": "next", "proximo": "next", "last": "last", "past": "last",
    "kommenden": "this", "nächsten": "next", "prochain": "next", "ce": "this",
}  # fmt: skip
RELATIVE_DAYS: dict[str, tuple[int, str | None]] = {
    "today": (0, None), "tonight": (0, "night"), "tonite": (0, "night"), "tomorrow": (1, None),
    "yesterday": (-1, None), "hoy": (0, None), "mañana": (1, None), "ayer": (-1, None),
    "anoche": (-1, "night"), "heute": (0, None), "übermorgen": (2, None),
    "morgen": (1, None), "gestern": (-1, None),
    "aujourd'hui": (0, None), "demain": (1, None), "hoje": (0, None),
    "amanhã": (1, None), "ontem": (-1, None), "oggi": (0, None), "domani": (1, None),
}  # fmt: skip
DAY_PARTS = {
    "morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night",
    "overnight": "night", "nite": "night", "madrugada": "morning", "tarde": "afternoon",
    "noche": "night", "nacht": "night", "nachmittag": "afternoon", "abend": "evening",
    "vormittag": "morning", "matin": "morning", "soir": "evening", "nuit": "night",
    "manhã": "morning", "noite": "night", "mattina": "morning", "sera": "evening",
}  # fmt: skip
NAMED_TIMES = {
    "noon": "noon", "midday": "noon", "mediodía": "noon", "mediodia": "noon", "midi": "noon",
    "meio-dia": "noon", "mittag": "noon",
    "midnight": "midnight", "medianoche": "midnight", "mitternacht": "midnight",
    "minuit": "midnight", "meia-noite": "midnight", "mezzanotte": "midnight",
}  # fmt: skip
HOURS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10, "once": 11, "doce": 12,
}  # fmt: skip
#: Days with a name that have a date.
FEASTS = {
    ("new", "year", "eve"): (12, 31), ("new", "year", "day"): (1, 1),
    ("christmas", "eve"): (12, 24), ("christmas", "day"): (12, 25), ("boxing", "day"): (12, 26),
    ("leap", "day"): (2, 29),
    ("valentine", "day"): (2, 14), ("independence", "day"): (7, 4), ("veterans", "day"): (11, 11),
}  # fmt: skip
#: Minutes said before or after an hour: "ten past eight", "quarter to six".
MINUTES = {
    "five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30,
}  # fmt: skip
#: Minutes said after an hour: "eight thirty", "nueve y media".
SPOKEN_MINUTES = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45,
    "fifty": 50, "media": 30, "cuarto": 15,
}  # fmt: skip
LINKS = frozenset(
    {"to", "until", "till", "til", "through", "thru", "into", "and", "hasta", "a", "al", "y"}
    | {"bis", "auf", "tot", "und", "à", "au", "às", "aos", "até", "jusqu'à", "et", "e", "alle"}
    | {"-", "–", "—", "‑", "−", "~", "&"}
)
#: Links that join a range only after "between".
ANDS = frozenset({"and", "&", "y", "und", "et", "e"})
BETWEEN = frozenset({"between", "entre", "zwischen"})
#: Links that name the last moment, so that a date after them is the end's own.
UNTIL = frozenset({"until", "till", "til", "through", "thru", "hasta", "into", "bis", "tot", "até"})
#: Words that may stand inside a date with its time.
GLUE = frozenset({
    "at", "on", "the", "of", "from", "between", "around", "about", "approximately", "approx",
    "roughly", "local", "starting", "beginning", "by", "least", "time", "hours", "hrs", "in",
    "during", "or", "both", "las", "los", "la", "el", "de", "del", "desde", "entre", "partir",
    "uhr", "h", "um", "am", "ab", "von", "vom", "zwischen", "ca", "le", "du", "vers", "das", "dia",
    "do", "da", "na", "no", "em", "as", "op", "om", "early", "late", "easter", "ist",
    "der", "den", "dem", "then",
})  # fmt: skip
