# Sourced: `python_env NAME` makes .local/python/NAME from infra/requirements-NAME.txt, once for each content of it.
python_env() {
  local python=$PWD/.local/python/$1 requirements=infra/requirements-$1.txt stamp
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' ||
    { echo "python3 is missing or older than 3.11: apt-get install python3 python3-venv"; exit 1; }
  # The stamp of `tollgate up`, which makes some of them too: each part with its length before it.
  stamp=$(python3 - "$requirements" "$python" <<'PYTHON'
import hashlib, sys
stamp = hashlib.sha256()
for part in (b"requirements", open(sys.argv[1], "rb").read(), b"folder", sys.argv[2].encode()):
    stamp.update(len(part).to_bytes(8, "big") + part)
print(stamp.hexdigest())
PYTHON
  )
  [ "$(cat "$python/stamp" 2>/dev/null)" = "$stamp" ] && return
  echo "installing $requirements into $python (once)"
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  echo "$stamp" > "$python/stamp"
}
