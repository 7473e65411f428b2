"""Serves the client's scripts and style sheets, compressed if the browser accepts that."""

from collections.abc import Iterator
from os import PathLike, stat_result
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from services.gateway.http.file_responses import File

# Vite puts a hash of the content into these names, so the files never change.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
# The smaller first. The build writes both; see client/compressed-assets-plugin.ts.
ENCODINGS = {"br": ".br", "gzip": ".gz"}


class Assets(StaticFiles):
    """Hashed files: the file and the answer 304 both say that it may be cached for good."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 if the caller has it."""
        asked = Headers(scope=scope)
        response = File(full_path, headers=IMMUTABLE, stat_result=stat_result)
        for encoding in () if "range" in asked else accepted_encodings(asked.get("accept-encoding", "")):
            compressed = Path(f"{full_path}{ENCODINGS[encoding]}")
            if compressed.is_file():
                headers = {**IMMUTABLE, "Content-Encoding": encoding}
                response = File(
                    compressed, headers=headers, stat_result=compressed.stat(), media_type=response.media_type
                )
                break
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response


def accepted_encodings(header: str) -> Iterator[str]:
    """Yield the encodings of `ENCODINGS` that an `Accept-Encoding` header allows (RFC 9110, 12.5.3)."""
    weights: dict[str, bool] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    for encoding in ENCODINGS:
        if weights.get(encoding, weights.get("*", False)):
            yield encoding
