# Each target sets itself up in .venv: a bare Debian 12 with python3, python3-venv, make and git is enough.
# The distribution's own Python is built with optimisation; one that was built by hand often is not, and takes twice as long for the same work.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
ARGS ?=
ALONE := tests/chaos tests/stories/test_alarms.py tests/ledger/test_redis_where.py tests/monitor/test_front_after_faults.py
# These judge how soon a hub recovers, and that nothing else rings: beside others they would judge the machine.

.PHONY: demo test check chaos front corpus bench fuzz generate screenshots sbom clean

demo: $(READY)  ## the story of a plant fire at a city border; ARGS=--once ends by itself
	$(BIN)/regionbus demo $(ARGS)

test: $(READY) servers  ## every test but those on the corpus
	$(BIN)/python -m pytest -n 4 --dist loadfile --ignore tests/corpus --ignore tests/benchmarks $(ALONE:%=--ignore %) $(ARGS)
	$(BIN)/python -m pytest $(ALONE)

chaos: $(READY) servers  ## faults on purpose: six planted defects are caught, a minute of faults that overlap loses nothing
	$(BIN)/python -m pytest tests/chaos $(ARGS)

front: $(READY) servers  ## after every kind of fault the front page tells the truth within ten seconds
	FRONT_SECONDS=10 $(BIN)/python -m pytest -s tests/monitor/test_front_after_faults.py $(ARGS)

corpus: $(READY)  ## checks on real messages: REGIONBUS_CORPUS, default ../shared/corpus
	$(BIN)/python -m pytest tests/corpus $(ARGS)

check: $(READY)  ## style, types, architecture, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/regionbus schemas --lint

bench: $(READY) servers  ## figures as ratios to a bare relay in the same run
	$(BIN)/python -m tests.benchmarks $(ARGS)

fuzz: $(READY)  ## mutated messages through every decoder; ARGS="cap --count 200000 --seed 7"
	$(BIN)/regionbus fuzz $(ARGS)

generate: $(READY)  ## what follows from schemas and adapters
	$(BIN)/python -m schemas.generate
	$(BIN)/regionbus adapters --markdown > docs/adapters.md
	$(BIN)/python -m bridge.cli.carries > docs/carries.md
	$(BIN)/python -m bridge.cli.asyncapi > docs/asyncapi.yaml
	$(BIN)/python -m bridge.cli.reference > docs/settings.md
	for hub in cn-jiaxing cn-shanghai; do \
	  $(BIN)/regionbus acl -c deploy/hubs/$$hub.toml --process 1 --process 2 --process 3 > deploy/mosquitto/acl/$$hub.acl || exit 1; done

sbom: $(READY)  ## build/sbom.json: what an installation consists of (CycloneDX)
	rm -rf build/shipped && mkdir -p build && $(PYTHON) -m venv build/shipped
	build/shipped/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt .
	build/shipped/bin/python -m pip uninstall -q -y pip setuptools
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible -o build/sbom.json build/shipped
	rm -r build/shipped

screenshots: $(READY) servers  ## the monitor's pages in both languages, from the running demo
	PYTHONPATH=tests $(BIN)/python tests/monitor/screenshots.py

# Real servers for the tests. They are started on free ports of loopback, never as services.
SERVERS := chromium mosquitto nats-server prometheus rabbitmq-server redis-server
.PHONY: servers
servers:
	@PATH=$$PATH:/usr/sbin; for each in $(SERVERS:prometheus=promtool); do command -v $$each >/dev/null || missing=yes; done; \
	  [ -z "$$missing" ] || { apt-get update -q && apt-get install -y -q --no-install-recommends $(SERVERS); }

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist
