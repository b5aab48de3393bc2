"""The vocabulary of dates and times, English and Spanish: words and what they stand for."""

_MONTHS = (
    "january jan enero ene",
    "february feb febrero",
    "march mar marzo",
    "april apr abril abr",
    "may mayo",
    "june jun junio",
    "july jul julio",
    "august aug agosto ago",
    "september sep sept septiembre setiembre",
    "october oct octubre",
    "november nov noviembre",
    "december dec diciembre dic",
)
_WEEKDAYS = (
    "monday mon lunes",
    "tuesday tue tues martes",
    "wednesday wed weds miércoles miercoles",
    "thursday thu thur thurs jueves",
    "friday fri viernes",
    "saturday sat sábado sabado",
    "sunday sun domingo",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS = {word: number for number, words in enumerate(_WEEKDAYS) for word in words.split()}

#: Words that mean a month or a weekday only beside a number.
SHORT_MEANINGS = frozenset({"sat", "sun", "mon", "wed", "mar", "may", "martes", "ago", "march"})

MODIFIERS = {
    "this": "this", "coming": "this", "upcoming": "this", "este": "this", "esta": "this",
    "next": "next", "próximo": "next", "proximo": "next", "last": "last", "past": "last",
}  # fmt: skip
RELATIVE_DAYS: dict[str, tuple[int, str | None]] = {
    "today": (0, None), "tonight": (0, "night"), "tonite": (0, "night"), "tomorrow": (1, None),
    "yesterday": (-1, None), "hoy": (0, None), "mañana": (1, None), "ayer": (-1, None),
}  # fmt: skip
DAY_PARTS = {
    "morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night",
    "overnight": "night", "madrugada": "morning", "tarde": "afternoon", "noche": "night",
}  # fmt: skip
NAMED_TIMES = {
    "noon": "noon", "midday": "noon", "mediodía": "noon", "mediodia": "noon",
    "midnight": "midnight", "medianoche": "midnight",
}  # fmt: skip
HOURS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
LINKS = frozenset(
    {"to", "until", "till", "til", "through", "thru", "into", "and", "hasta", "a", "al", "y"}
    | {"-", "–", "—", "‑", "−", "~", "&"}
)
#: Links that name the last moment, so that a date after them is the end's own.
UNTIL = frozenset({"until", "till", "til", "through", "thru", "hasta", "into"})
#: Words that may stand inside a date with its time.
GLUE = frozenset({
    "at", "on", "the", "of", "from", "between", "around", "about", "approximately", "approx",
    "roughly", "local", "starting", "beginning", "by", "least", "time", "hours", "hrs", "in",
    "during", "or", "both", "las", "los", "la", "el", "de", "del", "desde", "entre", "partir",
})  # fmt: skip
