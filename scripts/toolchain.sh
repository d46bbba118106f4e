#!/bin/sh
# Checks for what we can't install by ourselves (Rust, Node) and installs the C compiler that crates need.
set -eu
. "$(dirname "$0")/env.sh"

have cargo || fail "没有找到 cargo。请先安装 Rust（https://rustup.rs，或 rsproxy.cn 镜像），再运行一次。"
have node || fail "没有找到 node。请先安装 Node.js 20 或更高版本，再运行一次。"
have npm || fail "没有找到 npm（随 Node.js 一起安装）。请先安装，再运行一次。"
node_version=$(node -p 'process.versions.node')
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js 版本是 $node_version，需要 20.19 或更高。"
have cc || sh scripts/packages.sh build-essential
