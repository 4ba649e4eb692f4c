"""How a request takes in what is uploaded."""

from __future__ import annotations

from io import BytesIO
from typing import IO

import flask


class Request(flask.Request):
    """Keeps uploads in memory, where their content is looked at anyway: a full temporary folder loses none."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
