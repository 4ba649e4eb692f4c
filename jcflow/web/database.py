"""Flask-SQLAlchemy's session, bound to the domain's own base."""

from __future__ import annotations

from flask_sqlalchemy import SQLAlchemy

from jcflow.database import Base

db = SQLAlchemy(model_class=Base)
