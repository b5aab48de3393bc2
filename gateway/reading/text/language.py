"""The language of a text by its commonest words: "en" unless another is clear.

Whoever writes is answered in the language of their own few words, not in that of what they passed
on; only where those tell nothing does the rest of the message tell.
"""

import re

_WORDS = {
    "en": "the and to of is in it that for you was with on this have not are we be at but they"
    " will from your",
    "es": "el la los las de que y en un una por para con no es se lo su al del más pero como está"
    " mi usted",
    "fr": "le la les des et est une un pour dans que qui pas nous vous sur avec ce au du je il en"
    " ne",
    "de": "der die das und ist nicht ein eine zu den mit für auf von wir sie ich im es dem auch"
    " wird bei",
    "pt": "o a os as de que e em um uma por para com não é se do da no na mais mas como está você",
    "it": "il la le di che e un una per con non è si del della in sono mi ma come alla nel gli",
    "nl": "de het een en van is niet dat te op in voor met zijn aan er wij ik je bij ook",
}
# What tells of a few words, where there are no words of another language.
_ALSO = {
    "en": "thanks thank please fyi hello hi can cannot see what my i me our so still now there",
    "es": "gracias hola ya nos le hay buenos buenas puedo podemos todo favor desde cuando qué ver",
    "fr": "merci bonjour salut toujours depuis chez personne ça",
    "de": "danke hallo guten tag seit wieder geht bei uns",
    "pt": "obrigado obrigada olá bom boa dia ninguém nós foi podem desde todo favor ver",
    "it": "grazie buongiorno ciao dal nessuno",
}
_NOT_ALONE = {
    "a",
    "an",
    "as",
    "da",
    "den",
    "die",
    "do",
    "in",
    "je",
    "me",
    "no",
    "on",
    "per",
    "so",
    "son",
}
_TELLING = {
    code: frozenset((words + " " + _ALSO.get(code, "")).split()) - _NOT_ALONE
    for code, words in _WORDS.items()
}
_BY_WORD: dict[str, list[str]] = {}
for _code, _list in _WORDS.items():
    for _word in _list.split():
        _BY_WORD.setdefault(_word, []).append(_code)
_SCRIPTS = [("ja", "[ぁ-んァ-ヶ]"), ("ko", "[가-힣]"), ("zh", "[一-鿿]"), ("ru", "[а-яё]"),
            ("el", "[α-ω]"), ("he", "[א-ת]"), ("ar", "[ء-ي]")]  # fmt: skip
_SCRIPT_LETTERS = [(code, re.compile(pattern)) for code, pattern in _SCRIPTS]
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 700
_ENOUGH = 4  # common words that are no accident
_FEW = 2  # different ones


def language(*texts: str) -> str:
    """A two-letter code (ISO 639-1) of the first of `texts` that tells its language."""
    return next(filter(None, map(_language, texts)), "en")


def _language(text: str) -> str:
    """The language that most of `text` is in, "" where it is not clear."""
    sample = text[:_SAMPLE].lower()
    if not sample.isascii():
        letters = sum(map(str.isalpha, sample)) or 1
        for code, pattern in _SCRIPT_LETTERS:
            if len(pattern.findall(sample)) * 3 > letters:
                return code
    counts = dict.fromkeys(_WORDS, 0)
    words = _WORD.findall(sample)
    different = set(words)
    for word in _BY_WORD.keys() & different:
        times = words.count(word)
        for code in _BY_WORD[word]:
            counts[code] += times
    best = max(counts, key=lambda code: counts[code])
    if counts[best] >= _ENOUGH:
        # Form labels are English in mail of every language: another needs only a clear lead.
        return best if best == "en" or counts[best] > counts["en"] * 1.3 else "en"
    english = len(different & _TELLING["en"])
    if english:
        return "en" if english >= _FEW else ""
    told = sorted((len(different & words), code == "es", code) for code, words in _TELLING.items())
    (second, *_), (most, is_spanish, code) = told[-2:]  # of two alike it is the one we write in
    return code if most >= _FEW and (most > second or is_spanish) else ""
