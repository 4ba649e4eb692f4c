"""`import`, `export`, `check`: whole files through a real database, or not a single row."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sqlalchemy import MetaData, func, select

from jcflow import database
from jcflow.cli.demo.content import DATA, documents
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import write

PROGRAMMES = [
    ("paderborn-2022.yaml", "paderborn", "2022"),
    ("herford-2022.yaml", "herford", "2022"),
    ("ennepe-ruhr-2023.yaml", "ennepe-ruhr", "2023-lpd"),
]


def rows_in(url: str) -> dict[str, int]:
    """Table to its number of rows."""
    engine = database.engine_for(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        found = {
            table.name: connection.scalar(select(func.count()).select_from(table)) for table in tables.sorted_tables
        }
    engine.dispose()
    return found


@pytest.mark.parametrize(("name", "house", "slug"), PROGRAMMES)
def test_a_file_imported_and_exported_is_equal_to_itself(jcflow, name, house, slug):
    imported = jcflow("import", DATA / name)
    exported = jcflow("export", "--jobcenter", house, "--programme", slug)

    assert imported.exit_code == 0, imported.stderr
    assert f"--jobcenter {house} --programme {slug}" in imported.stdout
    assert exported.exit_code == 0, exported.stderr
    assert read(exported.stdout, "export") == read((DATA / name).read_bytes(), name)
    assert yaml.safe_load(exported.stdout)["jobcenter"] == yaml.safe_load((DATA / name).read_text())["jobcenter"]


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.jobcenter.name)
def test_texts_and_tables_come_back_as_they_went_in(jcflow, document, tmp_path):
    file = tmp_path / "programm.yaml"
    file.write_text(write(document), encoding="utf-8")

    jcflow("import", file)
    slug = "2023-lpd" if document.jobcenter.form == "zkT" else "2022"
    exported = jcflow("export", "--jobcenter", document.jobcenter.name, "--programme", slug)

    assert read(exported.stdout, "export") == document


def test_a_wrong_file_is_refused_with_place_and_reason_and_leaves_nothing(jcflow, database_url, tmp_path):
    text = (DATA / "herford-2022.yaml").read_text(encoding="utf-8")
    (tmp_path / "falsch.yaml").write_text(text.replace("role: total", "role: sum", 1), encoding="utf-8")
    before = rows_in(database_url)

    refused = jcflow("import", "falsch.yaml")

    assert refused.exit_code == 1
    assert "falsch.yaml: budget_tables/" in refused.stderr
    assert "/role: " in refused.stderr
    assert rows_in(database_url) == before


def test_a_second_programme_for_the_period_is_refused_and_leaves_nothing(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")
    before = rows_in(database_url)

    refused = jcflow("import", DATA / "herford-2022.yaml")

    assert refused.exit_code == 1
    assert refused.stderr == "Für 2022 gibt es schon ein Programm. Öffnen Sie das vorhandene.\n"
    assert rows_in(database_url) == before


def test_a_known_jobcenter_under_another_form_is_refused_and_leaves_nothing(jcflow, database_url, tmp_path):
    jcflow("import", DATA / "herford-2022.yaml")
    text = (DATA / "herford-2022.yaml").read_text(encoding="utf-8")
    (tmp_path / "zkt.yaml").write_text(
        text.replace("form: gE", "form: zkT").replace("2022-", "2023-"), encoding="utf-8"
    )
    before = rows_in(database_url)

    refused = jcflow("import", "zkt.yaml")

    assert refused.exit_code == 1
    assert "ist hier als gE bekannt, die Datei sagt zkT" in refused.stderr
    assert rows_in(database_url) == before


@pytest.mark.parametrize(
    ("house", "slug", "sentence"),
    [
        ("musterstadt", "2022", "Ein Jobcenter „musterstadt“ gibt es hier nicht. Bekannt sind: herford.\n"),
        ("herford", "1999", "Jobcenter Herford hat kein Programm „1999“. Vorhanden sind: 2022.\n"),
    ],
)
def test_what_is_not_there_cannot_be_exported(jcflow_on_sqlite, house, slug, sentence):
    jcflow_on_sqlite("import", DATA / "herford-2022.yaml")

    refused = jcflow_on_sqlite("export", "--jobcenter", house, "--programme", slug)

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr == sentence


@pytest.mark.parametrize("name", ["herford-2022.yaml", "ennepe-ruhr-2023.yaml"])
def test_a_real_programme_whose_figures_hold_passes_and_says_what_was_checked(jcflow_on_sqlite, name):
    checked = jcflow_on_sqlite("check", DATA / name)

    assert checked.exit_code == 0
    assert checked.stdout.endswith("Alle Summen stimmen.\n")
    assert "I-5 Verfügbare Eingliederungsmittel" in checked.stdout
    assert "nicht prüfbar. Es fehlt eine Zeile mit der Rolle „Neugeschäft“." in checked.stdout


def test_the_municipal_share_of_paderborn_is_found_to_differ(jcflow_on_sqlite):
    checked = jcflow_on_sqlite("check", DATA / "paderborn-2022.yaml")

    assert checked.exit_code == 1
    assert "identities/I-3/2022 (Planjahr): Kommunaler Finanzierungsanteil 2022 (I-3, § 46 Abs. 3 SGB II" in (
        checked.stdout
    )
    said = checked.stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "angegeben 3.622.380 €, gerechnet 3.615.700 €, Unterschied 6.680 €." in said
    assert checked.stderr == "Eine Zahl stimmt nicht.\n"


@pytest.mark.parametrize("name", [name for name, _house, _slug in PROGRAMMES])
def test_a_file_without_parts_is_checked_for_its_sums_alone(jcflow_on_sqlite, tmp_path, name):
    data = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    for line in (line for table in data["budget_tables"] for line in table["lines"]):
        del line["part"]
    (tmp_path / "ohne.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")

    checked = jcflow_on_sqlite("check", "ohne.yaml")

    assert checked.exit_code == 0
    assert checked.stdout == "Alle Summen stimmen.\n"


def test_every_sum_that_does_not_hold_is_printed_with_both_numbers_and_the_difference(jcflow_on_sqlite, tmp_path):
    wrong = yaml.safe_load((DATA / "herford-2022.yaml").read_text(encoding="utf-8"))
    wrong["budget_tables"] = [
        {
            "key": "mittel",
            "title": "Mittel",
            "year": 2022,
            "prior_year": 2021,
            "lines": [
                {"key": "a", "label": "A", "role": "line", "parent": "s", "amount": "1000000.50"},
                {"key": "b", "label": "B", "role": "line", "parent": "s", "sign": "-", "amount": "0.50"},
                {"key": "s", "label": "Zusammen", "role": "total", "amount": "3890000.00"},
            ],
        }
    ]
    wrong["chapters"] = []
    (tmp_path / "falsch.yaml").write_text(yaml.safe_dump(wrong), encoding="utf-8")

    checked = jcflow_on_sqlite("check", "falsch.yaml")

    assert checked.exit_code == 1
    assert checked.stdout.replace("\N{NO-BREAK SPACE}", " ") == (
        "budget_tables/mittel/s (Planjahr): Summe „Zusammen“: angegeben 3.890.000 €, gerechnet 1.000.000 €, "
        "Unterschied 2.890.000 €.\n"
    )
    assert checked.stderr == "Eine Summe stimmt nicht.\n"


def test_a_file_that_is_none_is_named_with_its_place(jcflow_on_sqlite, tmp_path):
    (tmp_path / "kaputt.yaml").write_text("format: jcflow/programme\nversion: [1\n", encoding="utf-8")

    checked = jcflow_on_sqlite("check", "kaputt.yaml")

    assert checked.exit_code == 1
    assert checked.stderr.startswith("kaputt.yaml: Zeile ")


@pytest.mark.parametrize("command", ["import", "check"])
def test_a_file_that_does_not_exist_is_wrong_use(jcflow_on_sqlite, command):
    refused = jcflow_on_sqlite(command, Path("nirgends.yaml"))

    assert refused.exit_code == 2
    assert refused.stderr.startswith("Die Datei nirgends.yaml gibt es nicht.\n")


def test_a_file_is_checked_without_any_settings(jcflow_on_sqlite):
    checked = jcflow_on_sqlite("check", DATA / "herford-2022.yaml", JCFLOW_SECRET_KEY=None, JCFLOW_DATABASE_URL=None)

    assert checked.exit_code == 0
