/** Starts `huiying serve --drill` as a user would, and reads from what it prints where it listens and who may log in. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const binary = process.env.HUIYING_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/huiying')

/** Longest time that a debug build on a busy machine needs until it listens. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** Users that a drill makes. */
const users = ['analyst', 'analyst2', 'department', 'leader', 'admin'] as const
export type User = (typeof users)[number]

export interface Service {
  url: string
  passwords: Record<User, string>
  stop: () => Promise<void>
}

/** Plays `scenario` (lines of `contract.md`) at `speed`; the folder and the process are gone after `stop`. */
export async function startDrill(scenario: readonly object[], speed: number): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-drill-'))
  const file = join(folder, 'scenario.jsonl')
  writeFileSync(file, scenario.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const child = spawn(binary, ['serve', '--drill', file, '--speed', String(speed), '--listen', '127.0.0.1:0', '--rules', join(root, 'rules')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => end(child, folder)
  try {
    return { ...(await greeting(child)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function greeting(child: ChildProcess): Promise<{ url: string; passwords: Record<User, string> }> {
  return new Promise((done, failed) => {
    let said = ''
    const late = setTimeout(() => failed(new Error(`no address and passwords within ${START_TIMEOUT_MS} ms:\n${said}`)), START_TIMEOUT_MS)
    const hear = (chunk: Buffer) => {
      said += chunk.toString('utf8')
      const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      const found = users.map((user) => [user, passwordOf(said, user)] as const)
      if (!url || found.some(([, password]) => password === undefined)) return
      clearTimeout(late)
      done({ url, passwords: Object.fromEntries(found) as Record<User, string> })
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', failed)
    child.once('exit', (code) => {
      clearTimeout(late)
      failed(new Error(`huiying ended with ${code}:\n${said}`))
    })
  })
}

/** A line that begins with the user's name and ends with the password. */
function passwordOf(said: string, user: User): string | undefined {
  return new RegExp(`^\\s*${user}\\s+(?:.*\\s)?(\\S+)\\s*\\n`, 'm').exec(said)?.[1]
}

function end(child: ChildProcess, folder: string): Promise<void> {
  return new Promise((done) => {
    const gone = () => {
      clearTimeout(kill)
      rmSync(folder, { recursive: true, force: true })
      done()
    }
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return gone()
    child.once('exit', gone)
    child.kill('SIGTERM')
  })
}
