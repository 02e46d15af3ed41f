#!/usr/bin/env bash
# The template as rendered for each environment holds what infra/checks claims; the archive reads as docs/archive.md says.
set -euo pipefail
cd "$(dirname "$0")/.."
source infra/python.sh

python_env template
PYTHONDONTWRITEBYTECODE=1 .local/python/template/bin/python -m unittest discover -s infra
python_env archive
PYTHONDONTWRITEBYTECODE=1 .local/python/archive/bin/python -m unittest discover -s infra/archive
