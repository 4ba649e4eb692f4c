"""The triggers that refuse every unaudited change, on SQLite and PostgreSQL.

They are no migration's business alone: Alembic's batch mode on SQLite drops a table's
triggers silently, so each upgrade puts them in place again and each start counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, inspect

from jcflow.audit.trail import Audited
from jcflow.database import Base

APPEND_ONLY = ("audit_event", "audit_revision", "programme_version", "file_content", "checkpoint")
"""Tables whose rows are written once and never changed; a file's content may be erased."""
ERASABLE = ("opinion", "opinion_point", "person", "stored_file")
"""Tables of whose events the wording may be erased; that of a vote, a record or a step never is."""

_KINDS = ", ".join(f"'{table}'" for table in ERASABLE)
_EMPTIED = f"""NEW.jobcenter_id = OLD.jobcenter_id AND NEW.seq = OLD.seq AND NEW.texts = '{{}}' AND EXISTS
    (SELECT 1 FROM audit_event o WHERE o.jobcenter_id = OLD.jobcenter_id AND o.seq = OLD.seq
    AND o.object_type IN ({_KINDS}))"""
"""The narrow door: wording and salt may be emptied while the chain ends with the erasure that names the event."""
_LAST_NAMES_IT = """SELECT 1 FROM audit_head h JOIN audit_event e ON e.jobcenter_id = h.jobcenter_id AND e.seq = h.seq
    {named} WHERE h.jobcenter_id = OLD.jobcenter_id AND e.object_type = 'erasure' AND {condition}"""
_CONTENT_ERASED = """NOT EXISTS
    (SELECT 1 FROM stored_file s WHERE s.jobcenter_id = OLD.jobcenter_id AND s.sha256 = OLD.sha256) AND EXISTS
    (SELECT 1 FROM audit_head h JOIN audit_event e ON e.jobcenter_id = h.jobcenter_id AND e.seq = h.seq
    CROSS JOIN {numbers} JOIN audit_event f ON f.jobcenter_id = h.jobcenter_id AND f.seq = {number}
    WHERE h.jobcenter_id = OLD.jobcenter_id AND e.object_type = 'erasure' AND f.object_type = 'stored_file'
    AND {named} = OLD.sha256)"""
"""The same door for the bytes of a file: no file has them any more, and the erasure names the event of one that had."""
_EVENT = """SELECT 1 FROM audit_event e WHERE e.jobcenter_id = NEW.jobcenter_id AND e.seq = NEW.audit_seq
    AND e.object_type = '{table}' AND e.object_id = NEW.id"""

_PG_FUNCTIONS = {
    "jcflow_emptied": f"""CREATE OR REPLACE FUNCTION jcflow_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ({_EMPTIED} AND length(NEW.salt) = 0 AND EXISTS (
    {_LAST_NAMES_IT.format(named="", condition="e.body::jsonb -> 'changes' -> 'emptied' -> 1 @> to_jsonb(OLD.seq)")}
  )) THEN
    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$""",
    "jcflow_content_erased": f"""CREATE OR REPLACE FUNCTION jcflow_content_erased()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ({
        _CONTENT_ERASED.format(
            numbers="LATERAL jsonb_array_elements_text(e.body::jsonb -> 'changes' -> 'emptied' -> 1) n",
            number="n.value::integer",
            named="f.body::jsonb -> 'changes' -> 'sha256' ->> 1",
        )
    }) THEN
    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END $$""",
    "jcflow_refuse": """CREATE OR REPLACE FUNCTION jcflow_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$""",
    "jcflow_audited": """CREATE OR REPLACE FUNCTION jcflow_audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NOT
     (NEW.id = OLD.id AND NEW.jobcenter_id = OLD.jobcenter_id AND NEW.audit_seq > OLD.audit_seq) THEN
    RAISE EXCEPTION 'unaudited change: %', TG_TABLE_NAME;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.jobcenter_id = NEW.jobcenter_id AND e.seq = NEW.audit_seq
      AND e.object_type = TG_TABLE_NAME AND e.object_id = NEW.id) THEN
    RAISE EXCEPTION 'unaudited change: %', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$""",
}

_SQLITE_DOOR = f"""{_EMPTIED} AND NEW.salt = x'' AND EXISTS ({
    _LAST_NAMES_IT.format(named=", json_each(e.body, '$.changes.emptied[1]') n", condition="n.value = OLD.seq")
})"""
_SQLITE_CONTENT = _CONTENT_ERASED.format(
    numbers="json_each(e.body, '$.changes.emptied[1]') n",
    number="n.value",
    named="json_extract(f.body, '$.changes.sha256[1]')",
)


def audited_tables() -> list[str]:
    """Names of all audited tables, sorted."""
    return sorted(m.class_.__tablename__ for m in Base.registry.mappers if issubclass(m.class_, Audited))


def expected(dialect: str, tables: Iterable[str] | None = None) -> Mapping[str, str]:
    """Trigger name to the statement that makes it."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    return make(audited_tables() if tables is None else list(tables))


def _sqlite(tables: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}

    def add(name: str, table: str, moment: str, when: str, message: str) -> None:
        made[name] = (
            f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}: {table}'); END"
        )

    for table in tables:
        event = f"EXISTS ({_EVENT.format(table=table)})"
        present = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
        follows = "NEW.id = OLD.id AND NEW.jobcenter_id = OLD.jobcenter_id AND NEW.audit_seq > OLD.audit_seq"
        add(f"{table}_insert", table, "INSERT", f"NOT {event} OR {present}", "unaudited change")
        add(f"{table}_update", table, "UPDATE", f"NOT ({follows} AND {event})", "unaudited change")
        add(f"{table}_delete", table, "DELETE", "1", "append-only")
    for table, key in (
        ("audit_event", "jobcenter_id = NEW.jobcenter_id AND seq = NEW.seq"),
        ("audit_revision", "jobcenter_id = NEW.jobcenter_id AND seq = NEW.seq"),
        ("file_content", "jobcenter_id = NEW.jobcenter_id AND sha256 = NEW.sha256"),
        ("checkpoint", "id = NEW.id"),
        ("programme_version", "id = NEW.id OR (programme_id = NEW.programme_id AND number = NEW.number)"),
    ):
        add(f"{table}_once", table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {key})", "append-only")
        guarded = f"NOT ({_SQLITE_DOOR})" if table == "audit_revision" else "1"
        add(f"{table}_update", table, "UPDATE", guarded, "append-only")
        kept = f"NOT ({_SQLITE_CONTENT})" if table == "file_content" else "1"
        add(f"{table}_delete", table, "DELETE", kept, "append-only")
    return made


def _postgresql(tables: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for table in tables:
        made[f"{table}_audited"] = (
            f"CREATE TRIGGER {table}_audited BEFORE INSERT OR UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION jcflow_audited()"
        )
        made[f"{table}_delete"] = (
            f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION jcflow_refuse()"
        )
    for table in APPEND_ONLY:
        moment = {"audit_revision": "DELETE", "file_content": "UPDATE"}.get(table, "DELETE OR UPDATE")
        made[f"{table}_fixed"] = (
            f"CREATE TRIGGER {table}_fixed BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION jcflow_refuse()"
        )
    made["audit_revision_emptied"] = (
        "CREATE TRIGGER audit_revision_emptied BEFORE UPDATE ON audit_revision "
        "FOR EACH ROW EXECUTE FUNCTION jcflow_emptied()"
    )
    made["file_content_erased"] = (
        "CREATE TRIGGER file_content_erased BEFORE DELETE ON file_content "
        "FOR EACH ROW EXECUTE FUNCTION jcflow_content_erased()"
    )
    for table in [*tables, *APPEND_ONLY]:
        made[f"{table}_truncate"] = (
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jcflow_refuse()"
        )
    return made


def present(connection: Connection) -> dict[str, str]:
    """Trigger name to its table, as the database has them now; disabled ones do not count."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    else:
        rows = connection.exec_driver_sql(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'"
        )
    return {name: table for name, table in rows}


def missing(connection: Connection) -> list[str]:
    """Names of the triggers and functions the database lacks or has with another body, sorted; empty when all stand."""
    wanted, found = dict(expected(connection.dialect.name)), _definitions(connection)
    if connection.dialect.name != "sqlite":
        wanted |= {name: statement.split("$$")[1] for name, statement in _PG_FUNCTIONS.items()}
    return sorted(name for name, definition in wanted.items() if found.get(name) != definition)


def _definitions(connection: Connection) -> dict[str, str]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: definition for name, definition in rows}
    rows = connection.exec_driver_sql(
        "SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
        "UNION ALL SELECT proname, prosrc FROM pg_proc "
        f"WHERE proname IN ({', '.join(repr(name) for name in _PG_FUNCTIONS)})"
    )
    return {name: definition for name, definition in rows}


def install(connection: Connection) -> None:
    """Put every trigger in place anew, on the tables that exist."""
    dialect = connection.dialect.name
    tables = set(inspect(connection).get_table_names())
    if not set(APPEND_ONLY) <= tables:
        return
    wanted = expected(dialect, [name for name in audited_tables() if name in tables])
    for name, table in present(connection).items():
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if dialect == "sqlite" else f" ON {table}"))
    if dialect == "postgresql":
        for function in _PG_FUNCTIONS.values():
            connection.exec_driver_sql(function.replace("%", "%%"))
    for statement in wanted.values():
        connection.exec_driver_sql(statement)
