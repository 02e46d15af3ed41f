#!/usr/bin/env bash
# The template as rendered for each environment holds what infra/checks claims.
set -euo pipefail
cd "$(dirname "$0")/.."
source infra/python.sh

python_env template
PYTHONDONTWRITEBYTECODE=1 .local/python/template/bin/python -m unittest discover -s infra
