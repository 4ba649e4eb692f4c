"""HTTP in, HTML out: the application, and the transaction around each request."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from jcflow.config import Settings, data_dir
from jcflow.database import engine_options, prepare
from jcflow.programmes import procedures
from jcflow.web import (
    error_pages,
    formats,
    guard,
    headers,
    navigation,
    parsing,
    rooms,
    static_files,
    transaction,
    visitors,
)
from jcflow.web.compression import Compression
from jcflow.web.database import db
from jcflow.web.static_files import Application
from jcflow.web.uploads import Request

LARGEST_REQUEST = 12 * 2**20
"""Bytes: one file of 10 MB and its form."""
LARGEST_FORM = 2 * 2**20
MOST_FIELDS = 5_000


def create_app(settings: Settings) -> Flask:
    """The site, on the database the settings name.

    Raises:
        BadFile: A workflow file is unsound.
    """
    procedures.known()
    app = Application("jcflow", template_folder=str(data_dir("templates")), static_folder="static")
    app.request_class = Request
    _configure(app, settings)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    formats.register(app.jinja_env)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    error_pages.register(app)
    transaction.register(app)
    visitors.register(app)
    parsing.register(app)
    CSRFProtect(app)
    guard.register(app)
    navigation.register(app)
    rooms.register(app)
    static_files.register(app)
    if settings.is_https:
        # `serve` listens on loopback alone: whoever asks is the proxy that ends TLS, so its word on the client counts.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    app.wsgi_app = headers.Headers(app.wsgi_app, https=settings.is_https)  # type: ignore[method-assign]
    app.wsgi_app = Compression(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-jcflow" if settings.is_https else "jcflow",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        TRUSTED_HOSTS=sorted({str(urlsplit(settings.base_url).hostname), "127.0.0.1", "localhost"}),
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        JCFLOW=settings,
    )
