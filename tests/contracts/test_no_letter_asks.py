"""No letter asks a person for what nobody should send by mail: numbers, birth dates, codes, scans.

A letter may warn against it: a sentence that names such a thing must say that it is not wanted.
A new template is tested as soon as it is there; a new language needs its words here.
"""

import html
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "templates"
FILES = sorted(p for p in FOLDER.iterdir() if re.search(r"\.(?:txt|html|jinja)$", p.name))
PERSONAL = {
    "en": r"social security|\bssn\b|birth|\bborn\b|password|passcode|\bpin\b|(?:security|one-time"
          r"|verification|sign-in|access) code|passport|driver.?s licen[cs]e|\b(?:photo )?id card"
          r"|scan of|copy of your|account number|credit card|card number|mother.?s maiden"
          r"|claim number|icn\b|edipi|medical record",
    "es": r"seguro social|\bssn\b|nacimiento|naciste|nació|contraseña|\bclave\b|\bpin\b|código de"
          r" (?:seguridad|acceso|verificación)|pasaporte|licencia de conducir"
          r"|identificación oficial|escane|copia de su|número de (?:cuenta|tarjeta)"
          r"|tarjeta de crédito|apellido de soltera"
          r"|historia(?:l)? clínic",
}  # fmt: skip
NOT_SENT = {
    "en": r"\b(?:never|not|no|don.t|without)\b|remove|leave out|nobody",
    "es": r"\b(?:nunca|no|sin|ni|jamás|nadie)\b",
}
ASKING = [
    "Please send us your Social Security number.", "What is your date of birth?",
    "Reply with the one-time code that you received.", "Attach a scan of your passport.",
]  # fmt: skip


def language_of(file: Path) -> str | None:
    """The language in the name; None for what has no words of one."""
    found = re.search(r"\.([a-z]{2}(?:-[a-z]+)?)\.(?:txt|html|jinja)$", file.name)
    return found[1][:2] if found else None


def sentences(source: str) -> list[str]:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|<style.*?</style>|<[^>]*>", " ", source, flags=re.S)
    text = html.unescape(text)
    return [" ".join(one.split()) for one in re.split(r"(?<=[.!?])\s+|(?<!:)\n\s*\n", text)]


def asks(source: str, language: str) -> list[str]:
    """The sentences that ask for something personal."""
    return [
        one
        for one in sentences(source)
        if re.search(PERSONAL[language], one, re.I) and not re.search(NOT_SENT[language], one, re.I)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_letter_asks_for_personal_data(file: Path) -> None:
    language = language_of(file)
    source = file.read_text(encoding="utf-8")
    for spoken in PERSONAL if language is None else [language]:
        assert spoken in PERSONAL, f"add the words of {spoken} to this test"
        assert asks(source, spoken) == []


@pytest.mark.parametrize("sentence", ASKING)
def test_a_letter_that_asked_would_be_found(sentence: str) -> None:
    assert asks(f"Hello,\n\n{sentence}\n", "en") == [sentence]
    assert asks("Envíe su número de seguro social.", "es") != []
    assert asks("Do not send us your password, ever.", "en") == []
