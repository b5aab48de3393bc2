"""Where sign-in by an OpenID Connect provider begins, and where the provider sends people back."""

from starlette.routing import Route

from gateway.console.asked import public
from gateway.console.desk import Desk


def routes(desk: Desk) -> list[Route]:
    """None where no provider is configured."""
    console = desk.settings.console
    if console is None or console.oidc is None:
        return []
    from gateway.console import openid  # noqa: PLC0415  # who has no provider needs none of it

    return [public("/oidc/begin", openid.begin), public("/oidc/back", openid.back)]
