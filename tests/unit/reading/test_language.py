"""English unless another language is clear."""

import pytest

from gateway.reading.text.language import language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "en"),
        ("VBMS", "en"),
        ("The page is down for all of our users and we do not know why.", "en"),
        ("No puedo entrar a la página y no sé qué hacer con mi cuenta, está caída.", "es"),
        ("Je ne peux pas entrer dans le site et nous ne savons pas que faire avec ce compte", "fr"),
        ("Die Seite ist nicht zu erreichen und wir haben das auch mit dem Team versucht", "de"),
        ("お知らせ：システムは停止しています", "ja"),
        ("Страница не работает с утра", "ru"),
    ],
)
def test_the_commonest_words_tell(text, code):
    assert language(text) == code


def test_english_labels_around_spanish_words_do_not_hide_them():
    text = "Page: x\nLanguage: y\nTask success: No\n\nNo puedo pedir las medicinas que se me acaban"
    assert language(text + ", le doy a la página y no me deja, está todo en inglés.") == "es"


@pytest.mark.parametrize(
    ("own", "passed_on", "code"),
    [
        ("FYI, got this from a patient:", "No puedo ver los resultados de la clínica.", "en"),
        ("Ya funciona todo, gracias.", "The page is down for all of our users.", "es"),
        ("No luck, no access.", "", "en"),
        ("Bom dia, somos 30 pessoas desde as 9h. Podem ajudar? Obrigado", "", "pt"),
        ("VBMS", "El sistema de citas no está disponible para nadie.", "es"),
        ("pls check", "Payment history is empty for 40 of our clients.", "en"),
    ],
)
def test_a_few_words_of_ones_own_tell_before_what_was_passed_on(own, passed_on, code):
    assert language(own, "", passed_on) == code
