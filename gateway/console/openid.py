"""Sign-in by an OpenID Connect provider: code flow with PKCE, state and nonce, by Authlib.

What the two halves have in common travels in a short-lived signed cookie of the browser that began,
so that nobody can be made to finish what another one began. The role follows from a claim.
"""

import base64
import hmac
import json
import secrets
import ssl
import time
import warnings
from collections.abc import Mapping
from typing import Any

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.config import OidcSettings, Role
from gateway.console.asked import origin_of, trouble
from gateway.console.desk import Desk
from gateway.console.pages.sign_in import entered, local
from gateway.console.people import ROLES

COOKIE = "triage-oidc"
MINUTES = 10
SECONDS = 10.0  # what asking the provider may take
# Never "none", never a secret shared with us: the provider signs with a key of its own.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
FAILED = "The provider did not sign you in"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a library's own plans, which are nobody's business here
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import OAuth2Client

log = structlog.get_logger()


def begin(request: Request, _form: Mapping[str, str]) -> Response:
    """On the way to the provider."""
    desk, oidc = _parts(request)
    try:
        with _http(oidc) as http:
            provider = _discover(http, oidc)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return _failed(request, error)
    kept = {
        "state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48), "to": local(request.query_params.get("to", "/")),
        "until": time.time() + MINUTES * 60,
    }  # fmt: skip
    with _client(request, oidc) as client:
        url, _ = client.create_authorization_url(
            provider["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
            code_verifier=kept["verifier"],
        )  # fmt: skip
    answer = RedirectResponse(url, 303)
    console = desk.settings.console
    answer.set_cookie(
        COOKIE, _sealed(desk, kept), max_age=MINUTES * 60, path="/oidc", httponly=True,
        samesite="lax", secure=bool(console and console.is_secure),
    )  # fmt: skip
    return answer


def back(request: Request, _form: Mapping[str, str]) -> Response:
    """Back from the provider, signed in or not."""
    desk, oidc = _parts(request)
    kept = _opened(desk, request.cookies.get(COOKIE, ""))
    state = request.query_params.get("state", "")
    if kept is None or not hmac.compare_digest(state.encode(), str(kept["state"]).encode()):
        return _failed(request, ValueError("it was begun elsewhere, or too long ago"))
    code = request.query_params.get("code")
    if not code:
        return _failed(request, ValueError(request.query_params.get("error", "no code")[:80]))
    try:
        with _http(oidc) as http, _client(request, oidc) as client:
            provider = _discover(http, oidc)
            tokens = client.fetch_token(
                provider["token_endpoint"], code=code, code_verifier=kept["verifier"]
            )
            keys = KeySet.import_key_set(http.get(provider["jwks_uri"]).raise_for_status().json())
        claims = _claims(tokens["id_token"], keys, oidc, str(kept["nonce"]))
    except (httpx.HTTPError, OAuthError, JoseError, ValueError, KeyError) as error:
        return _failed(request, error)
    role = role_of(claims.get(oidc.claim), oidc)
    who = _who(claims)
    if role is None:
        desk.record.add(who, "was not let in", "", origin_of(request), how="oidc")
        why = f"{oidc.name} knows you as {who}, and gives you no role here. Ask an administrator."
        return trouble(request, 403, "You have no role here", why)
    token = desk.sessions.begin(
        who, role, "oidc", origin_of(request), request.headers.get("user-agent", "")
    )
    desk.record.add(who, "signed in", "", origin_of(request), how="oidc", role=role)
    answer = entered(request, token, str(kept["to"]))
    answer.delete_cookie(COOKIE, path="/oidc")
    return answer


def role_of(claim: Any, oidc: OidcSettings) -> Role | None:
    """The highest role that the words of a claim give."""
    words = {claim} if isinstance(claim, str) else set(map(str, claim or ()))
    return next((role for role in reversed(ROLES) if words & set(getattr(oidc, role))), None)


def _who(claims: Mapping[str, Any]) -> str:
    """An address that the provider vouches for, else its own name for them."""
    if claims.get("email") and claims.get("email_verified", True) is True:
        return str(claims["email"])[:254]
    return f"{claims['iss']}#{claims['sub']}"[:254]


def _claims(token: str, keys: KeySet, oidc: OidcSettings, nonce: str) -> Mapping[str, Any]:
    """What the provider says of a person, proven to be from it, for us, for this sign-in."""
    found = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": oidc.issuer},
        aud={"essential": True, "value": oidc.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(found)
    return found


def _discover(http: httpx.Client, oidc: OidcSettings) -> Mapping[str, Any]:
    found = http.get(f"{oidc.issuer}/.well-known/openid-configuration").raise_for_status().json()
    if str(found.get("issuer", "")).rstrip("/") != oidc.issuer:
        raise ValueError("its description is of another issuer")
    return dict(found)


def _context(oidc: OidcSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(oidc.ca_file) if oidc.ca_file else None)


def _http(oidc: OidcSettings) -> httpx.Client:
    return httpx.Client(timeout=SECONDS, verify=_context(oidc))


def _client(request: Request, oidc: OidcSettings) -> Any:
    desk: Desk = request.app.state.desk
    console = desk.settings.console
    base = (console.url if console else None) or f"http://{request.headers['host']}"
    secret = oidc.client_secret.get_secret_value() if oidc.client_secret else None
    return OAuth2Client(
        client_id=oidc.client_id, client_secret=secret, scope=oidc.scope,
        redirect_uri=f"{base}/oidc/back", code_challenge_method="S256", timeout=SECONDS,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        verify=_context(oidc),
    )  # fmt: skip


def _parts(request: Request) -> tuple[Desk, OidcSettings]:
    desk: Desk = request.app.state.desk
    console = desk.settings.console
    assert console is not None
    assert console.oidc is not None
    return desk, console.oidc


def _sealed(desk: Desk, kept: Mapping[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{body}.{desk.sessions.csrf(f'oidc:{body}')}"


def _opened(desk: Desk, cookie: str) -> dict[str, Any] | None:
    body, _, seal = cookie.rpartition(".")
    if not body or not hmac.compare_digest(
        seal.encode(), desk.sessions.csrf(f"oidc:{body}").encode()
    ):
        return None
    kept: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return kept if kept["until"] > time.time() else None


def _failed(request: Request, error: Exception) -> Response:
    log.warning("console.oidc_failed", error=type(error).__name__)
    why = f"{str(error)[:200] or type(error).__name__}. Nothing was done: try again."
    return trouble(request, 502, FAILED, why)
