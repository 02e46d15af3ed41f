#!/usr/bin/env bash
# The template as rendered for each environment holds what checks.py claims. Installs the SAM transform into .local once.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.local/python/template
stamp=$(sha256sum infra/requirements-template.txt | cut -c1-16)
if [ "$(cat "$python/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "installing the SAM transform into $python (once)"
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' ||
    { echo "python3 is missing or older than 3.11: apt-get install python3 python3-venv"; exit 1; }
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check -r infra/requirements-template.txt
  echo "$stamp" > "$python/stamp"
fi
PYTHONDONTWRITEBYTECODE=1 "$python/bin/python" -m unittest discover -s infra
