"""A zero character, which no database takes and no keyboard types."""

from __future__ import annotations

import pytest

from tests.site import Site


@pytest.mark.parametrize("path", ["/programmes/%00", "/public/%00/2022", "/programmes/2022/budget/x%00/y"])
def test_no_address_holds_one(site: Site, path: str) -> None:
    assert site.client("gf").get(path).status_code == 404


def test_no_field_takes_one_wherever_it_stands_in_the_list(site: Site) -> None:
    client = site.client("gf")

    assert client.get("/programmes/2022/budget?table=a&table=%00").status_code == 422
    assert client.post("/tasks", data={"x": ["a", "b\0"]}).status_code in {405, 422}
