# Thin aliases: everything they do is in ./dev and portal/embedded.
PYTHON ?= python3
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --custom-compile-command "make lock" pyproject.toml
LOCKS = portal/requirements

.PHONY: run test lint bench lock

run:
	@$(PYTHON) dev run $(ARGS)

test:
	@$(PYTHON) dev test $(ARGS)

lint:
	@$(PYTHON) dev lint

bench:
	@$(PYTHON) dev bench $(ARGS)

# For whoever changes the dependencies; nobody else needs uv.
lock:
	$(COMPILE) --extra embedded --extra development -o $(LOCKS)/development.txt
	$(COMPILE) --extra embedded -c $(LOCKS)/development.txt -o $(LOCKS)/embedded.txt
	$(COMPILE) -c $(LOCKS)/development.txt -o $(LOCKS)/product.txt
