#!/bin/sh
# Prints a hash of all that a change of structure must not move: the ledger of every scenario (the domain's worked examples
# where ../shared is at hand, tests/scenarios, the drill), what the policies' examples say, and due times.
# Usage: scripts/ledgers.sh [PROGRAM]; run it before and after, and compare.
set -eu
cd "$(dirname "$0")/.."
huiying=${1:-target/debug/huiying}
shared=${HUIYING_SHARED:-../shared}

hash() { sha256sum | cut -c 1-16; }

for scenario in "$shared"/data/scenarios/*.jsonl "$shared"/data/field/clocks/*.jsonl tests/scenarios/*.jsonl scenarios/*.jsonl; do
    case $scenario in *.ledger.jsonl | *'*'*) continue ;; esac
    until=${scenario%.jsonl}.until
    set -- "$scenario"
    [ ! -e "$until" ] || set -- "$@" --until "$(tr -d '[:space:]' <"$until")"
    # A scenario may hold acts that are refused: that is part of what it shows, and so is the exit status.
    printf '%s  %s\n' "$({ "$huiying" replay "$@" 2>&1 || echo "exit $?"; } | hash)" "$(basename "$scenario")"
done
printf '%s  %s\n' "$({ "$huiying" rules check rules 2>&1 || echo "exit $?"; } | hash)" "rules check"
for policy in xuancheng-2016 xuancheng-2016-notice national-2016; do
    for clock in press_conference response first_statement update consultation supervision weibo_repost wechat_repost; do
        due=$("$huiying" due --policy $policy --clock $clock --from 2026-04-30T16:20:00+08:00 2>&1 || echo "exit $?")
        printf '%s  %s\n' "$(printf '%s' "$due" | hash)" "due $policy $clock"
    done
done
