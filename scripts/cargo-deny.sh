#!/bin/sh
# Checks what is linked and under which licences (deny.toml); builds cargo-deny the first time.
set -eu
. "$(dirname "$0")/env.sh"

version=0.20.2
if ! cargo deny --version >/dev/null 2>&1; then
    say "安装 cargo-deny $version（只需一次，约 3 分钟，放在 $TOOLS_DIR）"
    # Its own release profile (fat LTO, one codegen unit) takes several times as long for a tool that runs two seconds.
    # It is built apart from our target folder, which would keep its 500 crates for nothing.
    CARGO_TARGET_DIR=$(mktemp -d)
    trap 'rm -rf "$CARGO_TARGET_DIR"' EXIT
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        cargo install --quiet --locked "cargo-deny@$version" --root "$TOOLS_DIR" >&2
fi
cargo deny --locked check bans licenses sources
