"""The JSON API under /api/v1: the same things as on the pages, for programs.

Each call carries a token (`Authorization: Bearer`), whose scopes say what it may do. Errors are
`application/problem+json` (RFC 9457). Lists go by pages: `next` is the address of the next one.
A POST with an `Idempotency-Key` is done once, however often it is sent. `/api/v1/openapi.json`
describes it all.
"""

from fastapi import FastAPI

from gateway import __version__
from gateway.console.api import mail, news, problems, tickets
from gateway.console.desk import Desk

__all__ = ["make"]


def make(desk: Desk) -> FastAPI:
    """The application, to be mounted at /api/v1."""
    app = FastAPI(
        title="Triage Gateway",
        version=__version__,
        description=(__doc__ or "").partition("\n\n")[2],
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        responses=problems.RESPONSES,
        servers=[{"url": "/api/v1"}],
        redirect_slashes=False,
    )
    app.state.desk = desk
    problems.install(app)
    for room in (tickets, mail, news):
        app.include_router(room.router)
    return app
