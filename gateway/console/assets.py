"""The files that pages load, from templates/console/static: held in memory, named by content.

A path has the hash of what it leads to, so that browsers keep it for good.
"""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
}
FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    packed: bytes
    kind: str
    tag: str


class Assets:
    """The files of the folders; the first folder wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._found: dict[str, _Asset] = {}
        for folder in reversed(folders):
            for file in sorted(folder.glob("*")):
                if file.suffix in TYPES:
                    self._found[file.name] = _read(file)

    def url(self, name: str) -> str:
        """Where that file is; KeyError where there is none."""
        return f"/static/{self._found[name].tag}/{name}"

    def answer(self, request: Request) -> Response:
        """The file of a path; 404 for another content than there is."""
        asset = self._found.get(request.path_params["name"])
        if asset is None or asset.tag != request.path_params["tag"]:
            return Response("no such file\n", 404, media_type="text/plain")
        headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, headers=headers, media_type=asset.kind)
        return Response(asset.content, headers=headers, media_type=asset.kind)


def _read(file: Path) -> _Asset:
    content = file.read_bytes()
    tag = hashlib.sha256(content).hexdigest()[:16]
    return _Asset(content, gzip.compress(content, mtime=0), TYPES[file.suffix], tag)
