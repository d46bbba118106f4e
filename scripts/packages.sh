#!/bin/sh
# Installs the Debian packages named as arguments that aren't there yet. Needs root or sudo, and says so where it has
# neither; does nothing, and needs no network, where all are installed.
set -eu
. "$(dirname "$0")/env.sh"

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

have dpkg-query || fail "这台机器没有 dpkg。请用本机的包管理器安装相当于这些 Debian 软件包的软件：$*"
missing=
for package in "$@"; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    root=
elif have sudo && sudo -n true 2>/dev/null; then
    root="sudo -n"
elif have sudo && [ -t 0 ]; then
    root=sudo
else
    fail "缺少软件包：$missing。请以管理员身份运行：apt-get update && apt-get install -y$missing"
fi

say "安装软件包：$missing"
export DEBIAN_FRONTEND=noninteractive
# An index that is there is tried first: it saves the download, and works behind a mirror that is down.
# shellcheck disable=SC2086
if ! $root apt-get install -y --no-install-recommends $missing >&2; then
    $root apt-get update >&2
    $root apt-get install -y --no-install-recommends $missing >&2
fi
