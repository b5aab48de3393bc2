"""ZenHub: where an issue of GitHub stands on a board, its pipeline and its estimate."""

from pathlib import Path

from pydantic import Field

from gateway.errors import Permanent
from gateway.trackers import TicketView
from gateway.wire import FarSide, FarUrl, Wire, secret


class ZenhubSettings(FarSide):
    """`[trackers.github.zenhub]`: `pipelines` by the ticket's state, `estimates` by severity."""

    url: FarUrl = "https://api.zenhub.com"
    token_file: Path | None = None
    token_env: str | None = None
    workspace: str
    repository: int
    pipelines: dict[str, str] = Field(default_factory=dict)
    estimates: dict[str, int] = Field(default_factory=dict)


class Zenhub:
    """Where the issue stands on a ZenHub board. Each call sets what may be set already."""

    def __init__(self, settings: ZenhubSettings) -> None:
        token = secret(settings.token_file, settings.token_env, "trackers.github.zenhub.token")
        self._settings = settings
        self._wire = Wire(
            "zenhub", settings.url, settings, lambda: {"X-Authentication-Token": token()},
            mend="renew trackers.github.zenhub.token",
        )  # fmt: skip

    async def place(self, number: int, ticket: TicketView) -> None:
        """Its pipeline by the ticket's state, its estimate by the severity, where they are told."""
        ours = self._settings
        pipeline = ours.pipelines.get(ticket.state)
        if pipeline is not None:
            await self._wire.ask(
                "POST",
                f"/p2/workspaces/{ours.workspace}/repositories/{ours.repository}"
                f"/issues/{number}/moves",
                {"pipeline_id": pipeline, "position": "top"},
            )
        estimate = ours.estimates.get(ticket.severity)
        if estimate is not None:
            await self._wire.ask(
                "PUT", f"/p1/repositories/{ours.repository}/issues/{number}/estimate",
                {"estimate": estimate},
            )  # fmt: skip

    async def check(self) -> None:
        """Whether the board is there, and its pipelines are."""
        ours = self._settings
        answer = await self._wire.ask(
            "GET", f"/p2/workspaces/{ours.workspace}/repositories/{ours.repository}/board"
        )
        known = {row.get("id") for row in answer.rows("pipelines")}
        for state, pipeline in ours.pipelines.items():
            if pipeline not in known:
                raise Permanent(f"zenhub: pipelines.{state}: no pipeline {pipeline} on that board")

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()
