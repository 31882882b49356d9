# Node.js packages for the tests that need them, to be sourced after venv.sh.

# Sets `node` and `npm`: those of the machine if they are new enough, or else of a virtual environment.
#
#   find_node MAJOR_VERSION
find_node() {
    node=$(command -v node || true) npm=$(command -v npm || true)
    if [ -n "$node" ] && [ -n "$npm" ] && [ "$("$node" -p 'parseInt(process.versions.node)')" -ge "$1" ]; then
        return
    fi
    make_venv node-venv tests/lib/node.txt
    node=$venv/bin/node npm=$venv/bin/npm
    PATH=$venv/bin:$PATH
}

# Makes or keeps a folder below `target` with the packages that a package.json wants, anew when that
# changes, or the package-lock.json beside it. Sets `modules`.
#
#   make_modules NAME PACKAGE_JSON
make_modules() {
    modules=$(realpath -m "${CARGO_TARGET_DIR:-target}/$1")
    local lock=${2%.json}-lock.json
    [ -f "$lock" ] || lock=/dev/null
    if cat "$2" "$lock" | cmp -s - "$modules/installed.json"; then
        return
    fi
    rm -rf "$modules"
    mkdir -p "$modules"
    cp "$2" "$modules/package.json"
    [ "$lock" = /dev/null ] || cp "$lock" "$modules/package-lock.json"
    "$npm" install --prefix "$modules" --silent --no-audit --no-fund --ignore-scripts
    cat "$2" "$lock" >"$modules/installed.json"
}
