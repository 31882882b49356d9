# Virtual environments for the tests that need Python, to be sourced.

# Makes or keeps a virtual environment below `target` with what a file of requirements wants, anew when
# that changes. Sets `venv`.
#
#   make_venv NAME REQUIREMENTS
make_venv() {
    venv=$(realpath -m "${CARGO_TARGET_DIR:-target}/$1")
    if cmp -s "$2" "$venv/installed.txt"; then
        return
    fi
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" != 0 ]; then
            echo "python3-venv is missing: apt-get install python3-venv" >&2
            return 1
        fi
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    fi
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --use-pep517 --requirement "$2"
    cp "$2" "$venv/installed.txt"
}
