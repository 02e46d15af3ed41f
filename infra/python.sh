# Sourced: `python_env NAME` makes .local/python/NAME from infra/requirements-NAME.txt, once for each content of it.
python_env() {
  local python=.local/python/$1 requirements=infra/requirements-$1.txt stamp
  stamp=$(sha256sum "$requirements" | cut -c1-16)
  [ "$(cat "$python/stamp" 2>/dev/null)" = "$stamp" ] && return
  echo "installing $requirements into $python (once)"
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' ||
    { echo "python3 is missing or older than 3.11: apt-get install python3 python3-venv"; exit 1; }
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  echo "$stamp" > "$python/stamp"
}
