// Reads the output of one test step and prints "PASSED FAILED", as the runner in it counted them: cargo test,
// Vitest, Playwright, node --test. Output of no runner gives "0 0". Below it, one line for each test that failed.
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2], "utf8").replace(/\x1b\[[0-9;]*m/g, "");
let passed = 0;
let failed = 0;
const names = new Set();
const add = (good, bad) => {
  passed += Number(good ?? 0);
  failed += Number(bad ?? 0);
};
const number = (line, word) => new RegExp(`(\\d+) ${word}`).exec(line)?.[1];

for (const line of text.split("\n")) {
  // cargo test; Vitest and Playwright, which prints each failure with its place
  const name = /^test (\S+) \.\.\. FAILED$/.exec(line) ?? /^ ?FAIL  (.+)$/.exec(line) ?? /^  \d+\) (.+?) ─*$/.exec(line);
  if (name) names.add(name[1]);
  if (/^test result: /.test(line)) {
    add(number(line, "passed"), number(line, "failed"));
  } else if (/^\s*Tests  /.test(line)) {
    //       Tests  1 failed | 12 passed (13)
    add(number(line, "passed"), number(line, "failed"));
  } else if (/^  \d+ (passed|failed|flaky|did not run|interrupted)( \(.*\))?$/.test(line)) {
    // Playwright: one line for each outcome
    add(number(line, "passed"), number(line, "failed"));
    add(0, number(line, "did not run"));
    add(0, number(line, "interrupted"));
    add(0, number(line, "flaky"));
  } else if (/^# (pass|fail) \d+$/.test(line) || /^ℹ (pass|fail) \d+$/.test(line)) {
    const [, word, count] = line.split(" ");
    if (word === "pass") add(count, 0);
    else add(0, count);
  }
}
console.log(`${passed} ${failed}`);
for (const name of names) console.log(name);
