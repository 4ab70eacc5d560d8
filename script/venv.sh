# shellcheck shell=sh
# Read by the scripts beside it, which stand in the checkout: makes .venv with a fitting Python and installs the locks
# named as arguments. What is installed already, by the copy of the lock kept in .venv, is left alone.

stop() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_fit() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
    for python in python3 python3.14 python3.13 python3.12 python3.11 python; do
        is_fit "$python" && break
    done
    is_fit "$python" || stop "Swept needs Python 3.11 or later and found none. Install it, then run this again."
    echo "Making the virtual environment .venv ..."
    "$python" -m venv --clear .venv || {
        rm -rf .venv
        stop "$python could not make it. On Debian and Ubuntu install the package python3-venv, then run this again."
    }
}

install_locks() {
    # One that was half made has no pip; one whose Python left with an upgrade of the machine does not run.
    if ! is_fit .venv/bin/python || { [ ! -e .venv/made ] && ! .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
        make_venv
    fi
    touch .venv/made
    for lock in "$@"; do
        if [ "$(cat "$lock")" != "$(cat ".venv/$lock" 2>/dev/null)" ]; then
            echo "Installing what $lock names; the first time takes a minute ..."
            .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock" ||
                stop "pip could not install it. Its message stands above; run this again when that is mended."
            cp "$lock" ".venv/$lock"
        fi
    done
}
