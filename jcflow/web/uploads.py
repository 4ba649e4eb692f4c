"""How a request takes in what is uploaded."""

from __future__ import annotations

from io import BytesIO
from typing import IO

import flask
from werkzeug.datastructures import ImmutableMultiDict


class Request(flask.Request):
    """Keeps uploads in memory, where their content is looked at anyway: a full temporary folder loses none.

    Parts of a form that have no name are left out; no browser sends them and whoever goes through a form trips.
    """

    def _load_form_data(self) -> None:
        super()._load_form_data()
        for place in ("form", "files"):
            found: ImmutableMultiDict[str, object] = self.__dict__[place]
            if None in found:
                named = [(name, value) for name, value in found.items(multi=True) if name is not None]
                self.__dict__[place] = ImmutableMultiDict(named)

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
