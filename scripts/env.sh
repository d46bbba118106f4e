# Sourced by every script here: where things are, and how a script speaks. Sets no option that the caller didn't ask for.
cd "$(dirname "$0")/.." || exit 1
TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR="$TARGET_DIR"
# Tools that are built once and outlive `cargo clean`; a CI may keep this folder between runs.
TOOLS_DIR=${HUIYING_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/huiying/tools}
export PATH="$PATH:$HOME/.cargo/bin:$TOOLS_DIR/bin"

# One line that says what is being done, on standard error.
say() { printf '==> %s\n' "$*" >&2; }

# One line that says what is wrong and what the reader can do, then the end.
fail() { printf '错误：%s\n' "$*" >&2; exit 2; }

have() { command -v "$1" >/dev/null 2>&1; }
