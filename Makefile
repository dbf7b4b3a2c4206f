# Sketch2CT: everything runs in a virtual environment of its own, .venv, made at the first call.
#
#   make demo    a sketch and a sentence → demo/ with a mask and a CT volume
#   make test    the test suite, on all cores
#   make lint    ruff and mypy
#   make check   lint, then tests
#   make translations   the module's texts → .ts files to translate, and what is translated → .qm files
#
# PYTHON=python3.12     the Python that makes .venv (3.11 or newer)
# TORCH="--index-url https://download.pytorch.org/whl/cpu"   extra arguments for installing torch

PYTHON ?= python3
TORCH ?=
PYTEST ?= -q
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check

SKETCH ?= Resources/Sketches/liver_sketch.json
STRUCTURE ?= liver
TEXT ?= About 1.5 litres, 20 cm wide, 15 cm deep and 17 cm high, with a smooth surface.
OUT ?= demo

.DEFAULT_GOAL := help
.PHONY: help demo test lint check slow translations clean

help:
	@sed -n '3,10p' Makefile | cut -c3-

demo: $(VENV)/.installed
	@$(BIN)/sketch2ct generate --sketch "$(SKETCH)" --text "$(TEXT)" --structure "$(STRUCTURE)" --out "$(OUT)"
	@echo "The demo is in $(OUT)/: preview.png (look at this first), mask.seg.nrrd and volume.nrrd (open in 3D Slicer), report.json."

test: $(VENV)/.installed-test
	$(BIN)/python Testing/suite.py $(PYTEST)

slow: $(VENV)/.installed-slow
	$(BIN)/python -m pytest $(PYTEST) -m slow

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

translations: $(VENV)/.installed-test
	$(BIN)/python Testing/translations.py

clean:
	rm -rf build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no '$(PYTHON)' on this machine. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Sketch2CT needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }
	"$(PYTHON)" -m venv $(VENV)

# torch comes first and alone, so that the version and build that were asked for are the ones that stay.
$(VENV)/.installed-torch: constraints.txt | $(VENV)/bin/python
	@echo "Installing torch; this is the large one and takes minutes on a slow line."
	$(PIP) -q $(TORCH) "$$(grep '^torch==' constraints.txt)"
	@touch $@

$(VENV)/.installed: $(VENV)/.installed-torch pyproject.toml constraints.txt
	@echo "Installing Sketch2CT and what it needs."
	$(PIP) -q -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -q -c constraints.txt -e ".[train,test,llm,serve,metrics,synthesize,dicom,bundle]"
	@touch $@

$(VENV)/.installed-slow: $(VENV)/.installed-test
	$(PIP) -q -c constraints.txt -e ".[cluster]"
	@touch $@
