"""Names that pages ask for, read from the source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from jcflow import web
from jcflow.config import data_dir

WEB = Path(web.__file__).parent


def parameters() -> set[str]:
    """Every query parameter that a page asks for, read from the source."""
    found = set[str]()
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"request.args.get", "request.args.getlist"}:
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


NAMED = re.compile(r'<(?:input|select|textarea|button)\b[^>]*?\bname="([a-z_]+)"')


def named_in_templates() -> set[str]:
    """Every name of a field or button that stands in a template as it is."""
    return {name for path in data_dir("templates").rglob("*.html") for name in NAMED.findall(path.read_text())}
