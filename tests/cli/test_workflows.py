"""`workflow check` and `workflow draw`."""

from __future__ import annotations

import pytest

from jcflow import procedure
from jcflow.amendments import procedures as amendments
from jcflow.config import data_dir
from jcflow.programmes.procedures import known

FILES = [(f"{key}.yaml", key) for key in ("ge-programme", "zkt-programme", "budget-amendment")]


@pytest.mark.parametrize(("name", "_key"), FILES)
def test_a_shipped_procedure_is_sound(jcflow_on_sqlite, name, _key):
    checked = jcflow_on_sqlite("workflow", "check", data_dir("workflows") / name, JCFLOW_SECRET_KEY=None)

    assert checked.exit_code == 0
    assert "Version 1: " in checked.stdout


def test_an_unsound_procedure_is_refused_with_its_line(jcflow_on_sqlite, tmp_path):
    sound = (data_dir("workflows") / "ge-programme.yaml").read_text(encoding="utf-8")
    (tmp_path / "falsch.yaml").write_text(sound.replace("guards: [basis_known]", "guards: [open_door]"))

    checked = jcflow_on_sqlite("workflow", "check", "falsch.yaml")

    assert checked.exit_code == 1
    assert checked.stdout == ""
    assert "falsch.yaml: Zeile " in checked.stderr
    assert "open_door" in checked.stderr


@pytest.mark.parametrize(("name", "key"), FILES)
def test_a_procedure_is_drawn(jcflow_on_sqlite, name, key):
    drawn = jcflow_on_sqlite("workflow", "draw", data_dir("workflows") / name, JCFLOW_SECRET_KEY=None)

    assert drawn.exit_code == 0
    assert drawn.stdout == procedure.draw((known() | amendments.known())[key, 1])


@pytest.mark.parametrize("command", ["check", "draw"])
def test_a_file_that_does_not_exist_is_wrong_use(jcflow_on_sqlite, command):
    assert jcflow_on_sqlite("workflow", command, "nirgends.yaml").exit_code == 2
