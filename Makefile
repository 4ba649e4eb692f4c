# Everything one does with a checkout. `make` alone lists it.

BIN := .venv/bin
WORKERS ?= 3
LOCK := --all-extras --group build --group test --group browser --group lint --universal --generate-hashes \
        --no-emit-index-url --no-annotate --no-header

.PHONY: help demo demo-reset test test-long bench check format assets lock venv

help: ## Diese Übersicht
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: venv assets ## Einrichten und mit Beispieldaten starten: http://127.0.0.1:8000 (JCFLOW_PORT=…)
	@$(BIN)/jcflow demo $(if $(AT),--at $(AT))

demo-reset: venv ## Die Beispieldaten beiseitelegen (var/vorher) und von vorn beginnen
	@.ci/reset
	@$(MAKE) --no-print-directory demo

test: venv assets ## Alle Tests, auf SQLite und PostgreSQL, im Browser
	@.ci/system chromium $(if $(filter true,$(CI)),postgresql strace)
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

test-long: venv assets ## Rennen, Abstürze, Mails, Zustandsmodell und falsche Eingaben in vollem Umfang (Stunden)
	@.ci/system chromium $(if $(filter true,$(CI)),postgresql strace)
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup --long tests/races tests/faults tests/model tests/inputs tests/mail tests/reminders $(ARGS)

bench: venv ## Messen, eine JSON-Zeile je Zahl (Gruppen: steps http trail appending pages load reminders compare hints, ARGS=…)
	@.ci/system $(if $(filter true,$(CI)),postgresql)
	@$(BIN)/python -m tests.bench $(ARGS)

check: venv ## Form, Typen und Importrichtung prüfen
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: venv ## Den Code in Form bringen
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

assets: venv ## Schriften und Gestaltung holen
	@$(BIN)/python .ci/assets.py

lock: venv ## Die Sperrdateien neu schreiben
	@$(BIN)/uv pip compile pyproject.toml $(LOCK) --upgrade --quiet -o requirements.lock
	@npm install --package-lock-only --ignore-scripts

venv:
	@.ci/venv
