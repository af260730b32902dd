#!/bin/sh
# Installs what the project needs, into the clone only: .venv, node_modules and .tools.
#
# Plain sh, because at this point nothing else is known to exist. Each part is stamped with a
# checksum of the files that define it, so a second run does next to nothing. Arguments name what few
# targets need beside it: cdktn, chromium, client, console, localstack, or python_313, which is only looked for.
set -eu
cd "$(dirname "$0")/.."
# An activated environment of another project must not receive this one's packages.
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

logs=.tools/logs

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# attempt LOG SENTENCE COMMAND...: run a command quietly; if it fails, say the sentence.
attempt() {
    log=$logs/$1 sentence=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null || fail "$sentence (details: $log)."
}

# The path is part of the key because virtual environments break when they are moved.
key_of() { { pwd && cat "$@"; } | cksum; }

is_current() { [ "$(cat "$1/.setup-stamp" 2>/dev/null)" = "$2" ]; }

stamp() { printf '%s\n' "$2" >"$1/.setup-stamp"; }

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if python=$("$candidate" -c 'import sys
print(sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)' 2>/dev/null); then
            return
        fi
    done
    found=$(python3 --version 2>/dev/null) || found="no python3"
    fail "Python 3.11 or later is needed, but there is $found on PATH: install it from https://www.python.org/downloads/ or with your package manager."
}

check_node() {
    release=$(node --version 2>/dev/null) ||
        fail "Node.js 20 or later is needed, but there is no node on PATH: install it from https://nodejs.org/ or with your package manager."
    major=${release#v}
    [ "${major%%.*}" -ge 20 ] ||
        fail "Node.js 20 or later is needed, but node on PATH is $release: update it from https://nodejs.org/ or with your package manager."
    npm --version >/dev/null 2>&1 ||
        fail "npm is needed, but there is none on PATH: install it together with Node.js from https://nodejs.org/ or with your package manager."
}

find_uv() {
    uv=$(command -v uv) && "$uv" --version >/dev/null 2>&1 && return
    uv=.tools/uv/bin/uv
    key=$(key_of requirements/uv.txt)
    is_current .tools/uv "$key" && [ -x "$uv" ] && return
    echo "Installing uv into .tools"
    attempt uv-venv.log "$python cannot make virtual environments: install its venv module (Debian and Ubuntu: python3-venv), or uv from https://docs.astral.sh/uv/" \
        "$python" -m venv --clear .tools/uv
    attempt uv.log "uv could not be fetched from PyPI: check the network and the proxy settings, or install uv yourself from https://docs.astral.sh/uv/" \
        .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
    stamp .tools/uv "$key"
}

sync_project() {
    key=$(key_of uv.lock pyproject.toml)
    is_current .venv "$key" && [ -x .venv/bin/python ] && return
    echo "Installing the Python packages into .venv"
    attempt python-packages.log "The Python packages could not be installed: check the network and the proxy settings, then run make again" \
        "$uv" sync --locked --python "$python" --no-python-downloads
    stamp .venv "$key"
}

# sync_tool NAME TITLE [PROGRAM]: an environment of its own below .tools, which has the program.
sync_tool() {
    key=$(key_of "requirements/$1.txt")
    is_current ".tools/$1" "$key" && [ -x ".tools/$1/bin/${3:-python}" ] && return
    echo "Installing $2 into .tools"
    attempt "$1.log" "$2 could not be installed: check the network and the proxy settings, then run make again" \
        install_tool "$1"
    stamp ".tools/$1" "$key"
}

sync_cdktn() { sync_tool cdktn cdktn; }

# install_tool NAME: into an environment of its own, what requirements/NAME.txt says.
install_tool() {
    "$uv" venv --clear --python "$python" --no-python-downloads ".tools/$1" &&
        "$uv" pip sync --python ".tools/$1/bin/python" --require-hashes "requirements/$1.txt"
}

sync_node_modules() {
    key=$(key_of package.json package-lock.json)
    is_current node_modules "$key" && [ -e node_modules/.bin/cdktf ] && return
    echo "Installing the CDKTF command line into node_modules"
    attempt npm.log "The npm packages could not be installed: check the network and the proxy settings, then run make again" \
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    stamp node_modules "$key"
}

# The client's compiler and the generator of its types.
sync_client() {
    client=clients/typescript
    key=$(key_of "$client/package.json" "$client/package-lock.json")
    is_current "$client/node_modules" "$key" && return
    echo "Installing the client's packages into $client/node_modules"
    attempt client.log "The client's packages could not be installed: check the network and the proxy settings, then run make again" \
        npm ci --prefix "$client" --ignore-scripts --no-audit --no-fund --loglevel=error
    stamp "$client/node_modules" "$key"
}

# The console's own, and the client that it is built with.
sync_console() {
    sync_client
    client=clients/typescript
    key=$(key_of "$client"/tsconfig.json "$client"/src/*.ts "$client"/src/generated/*.ts)
    is_current "$client/dist" "$key" || {
        attempt client-build.log "The client could not be compiled" npm run --silent --prefix "$client" build
        stamp "$client/dist" "$key"
    }
    key=$(key_of console/package.json console/package-lock.json)
    is_current console/node_modules "$key" && return
    echo "Installing the console's packages into console/node_modules"
    attempt console.log "The console's packages could not be installed: check the network and the proxy settings, then run make again" \
        npm ci --prefix console --ignore-scripts --no-audit --no-fund --loglevel=error
    stamp console/node_modules "$key"
}

# The browser of the console's tests: CHROMIUM names one, else it is looked for, else Debian has it.
sync_chromium() {
    [ -n "${CHROMIUM:-}" ] && return
    for candidate in chromium chromium-browser google-chrome; do
        command -v "$candidate" >/dev/null && return
    done
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
        fail "The console's tests need Chromium: install it, or name one in CHROMIUM."
    echo "Installing Chromium"
    attempt chromium.log "Chromium could not be installed" install_chromium
}

install_chromium() {
    apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-noto-cjk
}

# The reference, which the benchmark measures beside the project.
sync_reference() {
    source=benchmarks/reference/function
    key=$(key_of "$source/package.json" "$source/package-lock.json" "$source/handler.js")
    is_current .tools/reference "$key" && return
    echo "Installing the reference into .tools"
    mkdir -p .tools/reference
    cp "$source"/* .tools/reference
    attempt reference.log "The reference could not be installed: check the network and the proxy settings, then run make again" \
        npm ci --prefix .tools/reference --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
    stamp .tools/reference "$key"
}

# Python 3.13, which LocalStack and its functions run on; pyenv keeps it off PATH.
find_python_313() {
    for candidate in "$python" python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
        if python_313=$("$candidate" -c 'import sys
print(sys.executable) if sys.version_info[:2] == (3, 13) else sys.exit(1)' 2>/dev/null); then
            return
        fi
    done
    fail "LocalStack without Docker needs Python 3.13: install it from https://www.python.org/downloads/, or start Docker."
}

sync_python_313() { find_python_313; }

sync_localstack() {
    find_python_313
    python=$python_313
    sync_tool localstack LocalStack
    sync_tool localstack-functions "LocalStack's runtime of functions"
}

mkdir -p "$logs"
find_python
check_node
find_uv
sync_project
sync_tool ministack "the emulator"
sync_tool checkov checkov checkov
sync_node_modules
for more in "$@"; do
    "sync_$more"
done
