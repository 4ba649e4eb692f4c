"""The environment is read once; what is senseless is refused with a sentence that names the mend."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jcflow.config import SAMPLE_KEY, Settings, data_dir, demo_secret, new_signing_key, signing_keys
from jcflow.errors import BadConfiguration

KEY = "k" * 32
ROOT = Path(__file__).parents[2]


def test_the_key_is_all_that_must_be_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_environ({"JCFLOW_SECRET_KEY": KEY})

    assert settings == Settings(
        database_url=f"sqlite:///{tmp_path}/var/jcflow.sqlite3",
        secret_key=KEY,
        base_url="http://127.0.0.1:8000",
        port=8000,
        demo=False,
        smtp_url=None,
    )
    assert settings.database_file == tmp_path / "var" / "jcflow.sqlite3"
    assert not settings.is_https


def test_everything_can_be_given():
    settings = Settings.from_environ(
        {
            "JCFLOW_DATABASE_URL": "postgresql://jc:geheim@db.example/jcflow",
            "JCFLOW_SECRET_KEY": KEY,
            "JCFLOW_BASE_URL": "https://jcflow.example/",
            "JCFLOW_PORT": "8080",
            "JCFLOW_SMTP_URL": "smtp://jc:geheim@mail.example:587?starttls=1",
        }
    )

    assert settings.database_url == "postgresql://jc:geheim@db.example/jcflow"
    assert settings.database_file is None
    assert settings.base_url == "https://jcflow.example"
    assert settings.is_https
    assert settings.port == 8080
    assert settings.smtp_url == "smtp://jc:geheim@mail.example:587?starttls=1"


def test_an_empty_variable_counts_as_unset():
    settings = Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_PORT": "", "JCFLOW_SMTP_URL": ""})

    assert (settings.port, settings.smtp_url) == (8000, None)


def test_a_relative_database_path_is_bound_to_the_folder_of_the_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_DATABASE_URL": "sqlite:///hier.sqlite3"})
    monkeypatch.chdir("/")

    assert settings.database_file == tmp_path / "hier.sqlite3"


def test_the_port_stands_in_the_address_of_the_site():
    settings = Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_PORT": "8123"})

    assert settings.base_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JCFLOW_PORT", "achttausend"),
        ("JCFLOW_PORT", "0"),
        ("JCFLOW_PORT", "65536"),
        ("JCFLOW_PORT", "-1"),
        ("JCFLOW_PORT", "80.5"),
        ("JCFLOW_PORT", "٨٠٠٠"),
        ("JCFLOW_DATABASE_URL", "jcflow.sqlite3"),
        ("JCFLOW_DATABASE_URL", "sqlite://"),
        ("JCFLOW_DATABASE_URL", "sqlite:///:memory:"),
        ("JCFLOW_DATABASE_URL", "sqlite://var/jcflow.sqlite3"),
        ("JCFLOW_DATABASE_URL", "mysql://db.example/jcflow"),
        ("JCFLOW_DATABASE_URL", "postgresql+asyncpg://db.example/jcflow"),
        ("JCFLOW_DATABASE_URL", "postgresql://db.example:abc/jcflow"),
        ("JCFLOW_SECRET_KEY", ""),
        ("JCFLOW_SECRET_KEY", "k" * 31),
        ("JCFLOW_SECRET_KEY", SAMPLE_KEY),
        ("JCFLOW_BASE_URL", "jcflow.example"),
        ("JCFLOW_BASE_URL", "ftp://jcflow.example"),
        ("JCFLOW_BASE_URL", "https://"),
        ("JCFLOW_BASE_URL", f"https://{'ü' * 70}.example"),
        ("JCFLOW_BASE_URL", "https://jcflow.example:port"),
        ("JCFLOW_BASE_URL", "https://jcflow.example/?a=1"),
        ("JCFLOW_SMTP_URL", "mail.example"),
        ("JCFLOW_SMTP_URL", "https://mail.example"),
    ],
)
def test_a_senseless_value_is_refused_by_its_name(name, value):
    with pytest.raises(BadConfiguration, match=name):
        Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, name: value})


def test_the_refusal_of_a_key_says_how_to_make_one():
    with pytest.raises(BadConfiguration) as refusal:
        Settings.from_environ({})

    assert "secrets.token_urlsafe(48)" in str(refusal.value)


def test_no_secret_shows_in_what_is_logged():
    settings = Settings.from_environ(
        {
            "JCFLOW_SECRET_KEY": KEY,
            "JCFLOW_DATABASE_URL": "postgresql://jc:geheim@db.example/jcflow",
            "JCFLOW_SMTP_URL": "smtp://jc:geheim@mail.example",
        }
    )

    assert KEY not in repr(settings)
    assert "geheim" not in repr(settings)


def test_a_wrong_database_address_is_not_repeated_with_its_password():
    with pytest.raises(BadConfiguration) as refusal:
        Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_DATABASE_URL": "mysql://jc:geheim@db.example/x"})

    assert "geheim" not in str(refusal.value)


def test_the_demo_makes_its_key_once_and_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    first = Settings.from_environ({}, demo=True)
    second = Settings.from_environ({}, demo=True)

    assert first.demo
    assert len(first.secret_key) >= 32
    assert second.secret_key == first.secret_key
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in (tmp_path / "var").iterdir()) == ["jcflow.signing-key.pem", "secret"]


def test_two_installations_have_different_demo_keys(tmp_path):
    assert demo_secret(tmp_path / "a") != demo_secret(tmp_path / "b")


@pytest.mark.parametrize("name", ["templates", "workflows", "migrations"])
def test_in_a_checkout_the_folders_stand_beside_the_package(name):
    assert data_dir(name) == ROOT / name


def test_a_missing_folder_is_a_sentence():
    with pytest.raises(BadConfiguration, match="unbekannt"):
        data_dir("unbekannt")


def test_without_a_key_the_wsgi_entry_ends_with_78_and_the_sentence(tmp_path):
    ended = subprocess.run(
        [sys.executable, ROOT / "wsgi.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert ended.returncode == 78
    assert ended.stderr.startswith("JCFLOW_SECRET_KEY fehlt.")


def test_the_demo_makes_its_key_to_sign_with_once_and_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    first = Settings.from_environ({}, demo=True).signing_key
    written = first.read_bytes()

    assert first == tmp_path / "var" / "jcflow.signing-key.pem"
    assert first.stat().st_mode & 0o777 == 0o600
    assert Settings.from_environ({}, demo=True).signing_key == first
    assert first.read_bytes() == written
    assert len(signing_keys(first)) == 1


def test_without_a_key_to_sign_with_none_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Settings.from_environ({"JCFLOW_SECRET_KEY": KEY}).signing_key is None
    assert list(tmp_path.iterdir()) == []


PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize("content", [None, "", "kein Schlüssel", PUBLIC, "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_without_a_key_to_sign_with_is_refused(tmp_path, content):
    path = tmp_path / "schluessel.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    with pytest.raises(BadConfiguration) as refusal:
        Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_SIGNING_KEY": str(path)})

    assert str(refusal.value).startswith(f"JCFLOW_SIGNING_KEY nennt {path}. Dort liegt kein lesbarer privater")


def test_while_keys_are_changed_the_file_holds_two(tmp_path):
    path = tmp_path / "schluessel.pem"
    path.write_text(new_signing_key() + new_signing_key())

    assert Settings.from_environ({"JCFLOW_SECRET_KEY": KEY, "JCFLOW_SIGNING_KEY": str(path)}).signing_key == path
    assert len(signing_keys(path)) == 2
