// Reads the output of one test step and prints "PASSED FAILED", as the runner in it counted them: cargo test,
// Vitest, Playwright, node --test. Output of no runner gives "0 0". Below it, one line for each test that failed, with
// the beginning of why: of a run elsewhere, often nothing but the end is to be seen.
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2], "utf8").replace(/\x1b\[[0-9;]*m/g, "");
let passed = 0;
let failed = 0;
/** Why each failed, by its name: the lines that follow it where its runner tells more. */
const reasons = new Map();
let telling = null;
const add = (good, bad) => {
  passed += Number(good ?? 0);
  failed += Number(bad ?? 0);
};
const number = (line, word) => new RegExp(`(\\d+) ${word}`).exec(line)?.[1];

for (const line of text.split("\n")) {
  // cargo test; Vitest and Playwright, which prints each failure with its place
  const name = /^test (\S+) \.\.\. FAILED$/.exec(line) ?? /^ ?FAIL  (.+)$/.exec(line) ?? /^  \d+\) (.+?) ─*$/.exec(line);
  const told = /^---- (\S+) stdout ----$/.exec(line)?.[1] ?? (line.startsWith("test ") ? null : name?.[1]);
  if (name && !reasons.has(name[1])) reasons.set(name[1], []);
  if (told) telling = reasons.get(told) ?? null;
  else if (/^(failures|Call log):$/.test(line.trim())) telling = null;
  else if (telling && telling.length < 8 && line.trim()) telling.push(line.trim());
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
for (const [name, lines] of reasons) console.log(`${name}: ${lines.join(" / ").slice(0, 400)}`);
