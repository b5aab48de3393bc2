"""Parts made from the configuration alone: no store, no network, nothing that runs."""

from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers import House, load_house
from gateway.announcing import Circle, load_circle
from gateway.config import Settings, resolver_address, shipped
from gateway.errors import ConfigError
from gateway.letters import Letters, Links
from gateway.understanding import Understanding, understanding

if TYPE_CHECKING:
    from classifiers.rulebook import Rulebook
    from gateway.lab import Bench
    from gateway.learning import Corpora
    from gateway.outbox.signing import Signer
    from gateway.trust import Judge


def laboratory(settings: Settings, data: Path | None, model: Path | None) -> "Bench":
    """What `triage replay-lab` needs: rules to try, and no way to write or send anything."""
    from gateway.lab import Bench  # noqa: PLC0415  # spaCy takes a second

    overlay = data or settings.data
    try:
        changed = Understanding(shipped("data"), overlay, settings.zone, model)
        severity = load_house(shipped("data"), overlay).severity.of
    except ValueError as error:
        raise ConfigError(str(error)) from error
    before = house_of(settings).severity.of
    return Bench(settings.store, changed, lambda: understanding(settings), (before, severity))


def rulebook(settings: Settings) -> "Rulebook":
    """The rules with the catalogue in use: no store, no network."""
    from classifiers.rulebook import Rulebook  # noqa: PLC0415  # spaCy takes a second

    try:
        return Rulebook(shipped("data"), settings.data)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def corpora(settings: Settings) -> "Corpora":
    """What `triage train` and `triage evaluate` need: no store, no network."""
    from gateway.learning import Corpora  # noqa: PLC0415  # spaCy takes a second

    try:
        return Corpora(shipped("data"), settings.data, settings.zone)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def house_of(settings: Settings) -> House:
    """What the data files say, shipped and own. Raises ConfigError."""
    try:
        return load_house(shipped("data"), settings.data)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def circle_of(settings: Settings, house: House) -> Circle:
    """Who is told of incidents beside those who wrote or subscribed. Raises ConfigError."""
    try:
        return load_circle(shipped("data"), settings.data, house.service_names)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def judge(settings: Settings) -> "Judge":
    """Who finds out whom to believe. Raises ConfigError where there is no resolver to ask."""
    from gateway.trust import Judge  # noqa: PLC0415  # these take a while
    from gateway.trust.dns import Dns, NoResolver  # noqa: PLC0415

    trust = settings.trust
    try:
        dns = Dns([resolver_address(one) for one in trust.resolvers]) if trust.dns else None
    except NoResolver as error:
        raise ConfigError(f"{settings.file}: trust.dns: {error}: set trust.resolvers") from error
    relays = [ip_network(one) for one in trust.relays]
    return Judge(settings.authserv, dns, trust.seconds, relays)


def signer_of(settings: Settings) -> "Signer | None":
    """Who signs letters; None where no key is configured."""
    if not settings.dkim:
        return None
    from gateway.outbox import signing  # noqa: PLC0415  # its libraries take a while

    return signing.load(settings.dkim, settings.file)


def letters(settings: Settings) -> Letters:
    """Who writes letters. Raises ConfigError for templates that cannot work."""
    folders: list[Path] = [settings.templates] if settings.templates else []
    address = settings.addresses[0]
    found = Letters(
        [*folders, shipped("templates")],
        sender=settings.answers.sender or address,
        name=settings.answers.name,
        organization=settings.answers.organization,
        address=address,
        language=settings.answers.language,
        zone=settings.zone,
    )
    language, known = settings.answers.language, found.languages
    if language not in known:
        raise ConfigError(
            f"{settings.file}: answers.language: not every letter is there in {language!r}: "
            f"choose one of {', '.join(known)}, or write them (see templates)"
        )
    return found


def service_names(settings: Settings) -> dict[str, str]:
    """The services of the catalogue in use, by id."""
    return house_of(settings).service_names


def sample_links(settings: Settings) -> Links:
    """Links that lead nowhere, for letters that are only looked at."""
    url = settings.console.url if settings.console else None
    return Links(b"preview", settings.addresses[0], url or "https://triage.example")
