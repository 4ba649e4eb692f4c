"""What the environment says: read once, checked at once, handed on as a value."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from jcflow.errors import BadConfiguration

DEFAULT_DATABASE = "sqlite:///var/jcflow.sqlite3"
DEFAULT_PORT = 8000
DEMO_SECRET = Path("var/secret")
DEMO_SIGNING_KEY = Path("var/signing-key.pem")
"""Where the database is no file that it could lie beside."""

SAMPLE_KEY = "hier-steht-in-echt-eine-lange-zufallsfolge"
"""The key the README shows; everybody can read it there, so nobody may run with it."""

SHORTEST_KEY = 32

_MAKE_A_KEY = 'Einen neuen erzeugt: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


@dataclass(frozen=True)
class Settings:
    """All that differs between two installations."""

    database_url: str = field(repr=False)
    """`sqlite:///` with an absolute path, or `postgresql://`; may hold a password."""
    secret_key: str = field(repr=False)
    """Signs cookies and tokens; at least 32 characters."""
    base_url: str
    """Where people reach the site, without a slash at the end; links in mails begin with it."""
    port: int
    """1 to 65535, on 127.0.0.1."""
    demo: bool = False
    """The demo lists its accounts on the sign-in page and accepts their short password."""
    smtp_url: str | None = field(default=None, repr=False)
    """`smtp://user:password@host:port?starttls=1`; None: mails stay in the outbox."""
    signing_key: Path | None = None
    """The file of the key that signs checkpoints of the trail. Whoever names one demands a signature: without it no
    result is established. None: checkpoints wait until there is one.
    """

    @property
    def is_https(self) -> bool:
        """Whether people reach the site by HTTPS; then cookies are marked as secure."""
        return self.base_url.startswith("https://")

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL. Its folder need not exist yet."""
        url = make_url(self.database_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ, *, demo: bool = False) -> Settings:
        """Read and check the `JCFLOW_…` variables; an empty one counts as unset.

        Args:
            demo: Without a secret key, take the one kept in `var/secret` below the current folder (made once);
                without a key to sign with, one beside the database.

        Raises:
            BadConfiguration: A variable is missing or senseless; the sentence names it and the mend.
        """
        port = _port(environ.get("JCFLOW_PORT") or str(DEFAULT_PORT))
        database_url = _database_url(environ.get("JCFLOW_DATABASE_URL") or DEFAULT_DATABASE)
        return cls(
            database_url=database_url,
            secret_key=_secret_key(environ.get("JCFLOW_SECRET_KEY") or "", demo=demo),
            base_url=_base_url(environ.get("JCFLOW_BASE_URL") or f"http://127.0.0.1:{port}"),
            port=port,
            demo=demo,
            smtp_url=_smtp_url(environ.get("JCFLOW_SMTP_URL") or None),
            signing_key=_signing_key(environ.get("JCFLOW_SIGNING_KEY") or "", database_url, demo=demo),
        )


def data_dir(name: str) -> Path:
    """The folder `templates`, `workflows` or `migrations`: in an installed wheel inside the package, else beside it.

    Raises:
        BadConfiguration: The installation lacks the folder.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise BadConfiguration(f"Der Ordner „{name}“ fehlt. Bitte installieren Sie jcflow noch einmal.")


def demo_secret(path: Path) -> str:
    """The demo's secret key, made at the first call and only for its owner to read.

    Two first calls at the same time get the same key.
    """
    return _made_once(path, lambda: secrets.token_urlsafe(48)).strip()


def demo_signing_key(path: Path) -> Path:
    """The file of the demo's key to sign with, made in the same way."""
    _made_once(path, new_signing_key)
    return path


def _made_once(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(make())
        # A link never shows a file half written and never replaces one: the first of two wins.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")


def new_signing_key() -> str:
    """A new private Ed25519 key in PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signing_keys(path: Path) -> list[Ed25519PrivateKey]:
    """The keys in a file, at least one. While keys are changed it holds the old and the new one, and both sign.

    Raises:
        BadConfiguration: The file cannot be read, or holds anything else.
    """
    try:
        parts = path.read_text(encoding="ascii").replace("-----BEGIN", "\0-----BEGIN").split("\0")[1:]
        keys = [load_pem_private_key(part.encode(), None) for part in parts]
    except (OSError, TypeError, UnsupportedAlgorithm, ValueError) as error:
        raise BadConfiguration(_no_signing_key(path)) from error
    signing = [key for key in keys if isinstance(key, Ed25519PrivateKey)]
    if not signing or len(signing) < len(keys):
        raise BadConfiguration(_no_signing_key(path))
    return signing


def _no_signing_key(path: Path) -> str:
    return (
        f"JCFLOW_SIGNING_KEY nennt {path}. Dort liegt kein lesbarer privater Ed25519-Schlüssel im PEM-Format. "
        "Einen neuen erzeugt: openssl genpkey -algorithm ed25519 -out schluessel.pem"
    )


def _signing_key(text: str, database_url: str, *, demo: bool) -> Path | None:
    if not text and demo:
        file = make_url(database_url).database if database_url.startswith("sqlite") else None
        beside = Path(file).with_suffix(".signing-key.pem") if file else DEMO_SIGNING_KEY.absolute()
        return demo_signing_key(beside)
    if not text:
        return None
    path = Path(text).expanduser().absolute()
    signing_keys(path)
    return path


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise BadConfiguration(f"JCFLOW_PORT ist „{text}“. Erwartet wird eine Zahl von 1 bis 65535, zum Beispiel 8000.")


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadConfiguration(_wrong_database()) from error
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return text
    if url.drivername != "sqlite" or url.host or not url.database or url.database == ":memory:":
        raise BadConfiguration(_wrong_database())
    return _with_absolute_path(url)


def _with_absolute_path(url: URL) -> str:
    return url.set(database=str(Path(url.database or "").expanduser().absolute())).render_as_string(hide_password=False)


def _wrong_database() -> str:
    # The value is not repeated: it may hold a password.
    return (
        "JCFLOW_DATABASE_URL ist keine Adresse einer Datenbank, die jcflow kennt. Erwartet wird "
        "sqlite:///ordner/datei.sqlite3 oder postgresql://name:passwort@rechner/datenbank."
    )


def _secret_key(text: str, *, demo: bool) -> str:
    if not text and demo:
        return demo_secret(DEMO_SECRET.absolute())
    if not text:
        raise BadConfiguration(f"JCFLOW_SECRET_KEY fehlt. Ohne geheimen Schlüssel startet nur die Demo. {_MAKE_A_KEY}")
    if text == SAMPLE_KEY:
        raise BadConfiguration(f"JCFLOW_SECRET_KEY ist der Beispielschlüssel, den jeder kennt. {_MAKE_A_KEY}")
    if len(text) < SHORTEST_KEY:
        raise BadConfiguration(
            f"JCFLOW_SECRET_KEY hat {len(text)} Zeichen, nötig sind mindestens {SHORTEST_KEY}. {_MAKE_A_KEY}"
        )
    return text


def _base_url(text: str) -> str:
    if (parts := _parts(text)) and parts.scheme in {"http", "https"} and _is_host(parts.hostname) and not parts.query:
        return text.rstrip("/")
    raise BadConfiguration(
        f"JCFLOW_BASE_URL ist „{text}“. Erwartet wird die Adresse der Seite, "
        "zum Beispiel https://jcflow.jobcenter.example."
    )


def _is_host(name: str) -> bool:
    """Whether the net has a form for a name: with umlauts too, but no part of it empty or too long."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _smtp_url(text: str | None) -> str | None:
    if text is None or ((parts := _parts(text)) and parts.scheme in {"smtp", "smtps"} and parts.hostname):
        return text
    raise BadConfiguration("JCFLOW_SMTP_URL passt nicht. Erwartet wird smtp://name:passwort@rechner:587?starttls=1.")


@dataclass(frozen=True)
class _Address:
    scheme: str
    hostname: str
    query: str


def _parts(text: str) -> _Address | None:
    """The parts of an address; None when it is none, for instance for a port that is no number."""
    try:
        parts = urlsplit(text)
        return _Address(parts.scheme, parts.hostname or "", parts.query) if parts.port != 0 else None
    except ValueError:
        return None
