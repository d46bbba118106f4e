/** Starts `huiying serve --drill` as a user would, and reads from what it prints where it listens and who may log in. */
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const binary = process.env.HUIYING_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/huiying')

/** Longest time that a debug build on a busy machine needs until it listens. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** Users that a drill makes. */
const drillUsers = ['analyst', 'analyst2', 'department', 'leader', 'admin']

export interface Service {
  url: string
  passwords: Record<string, string>
  stop: () => Promise<void>
}

/** Plays `scenario` (lines of `contract.md`) at `speed`; the folder and the process are gone after `stop`. */
export async function startDrill(scenario: readonly object[], speed: number): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-drill-'))
  const file = join(folder, 'scenario.jsonl')
  writeFileSync(file, scenario.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return start(folder, ['--drill', file, '--speed', String(speed)], drillUsers)
}

/** A first start in an empty folder. */
export async function startFresh(): Promise<Service> {
  return start(mkdtempSync(join(tmpdir(), 'huiying-fresh-')), [], ['admin'])
}

/** The same with rules of its own, which may be changed from the pages, and with settings of the environment. */
export async function startOffice(environment: Record<string, string>): Promise<Service & { rules: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-office-'))
  const rules = join(folder, 'rules')
  cpSync(join(root, 'rules'), rules, { recursive: true })
  return { ...(await start(folder, [], ['admin'], rules, environment)), rules }
}

async function start(folder: string, how: readonly string[], users: readonly string[], rules = join(root, 'rules'), environment: Record<string, string> = {}): Promise<Service> {
  const child = spawn(binary, ['serve', '--rules', rules, '--listen', '127.0.0.1:0', ...how], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => end(child, folder)
  try {
    return { ...(await greeting(child, users)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function greeting(child: ChildProcess, users: readonly string[]): Promise<{ url: string; passwords: Record<string, string> }> {
  return new Promise((done, failed) => {
    let printed = ''
    let said = ''
    const late = setTimeout(() => failed(new Error(`no address and passwords within ${START_TIMEOUT_MS} ms:\n${said}`)), START_TIMEOUT_MS)
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8')
      said += chunk.toString('utf8')
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0]
      const found = users.map((user) => [user, passwordOf(printed, user)] as const)
      if (!url || found.some(([, password]) => password === undefined)) return
      clearTimeout(late)
      done({ url, passwords: Object.fromEntries(found) as Record<string, string> })
    })
    child.once('error', failed)
    child.once('exit', (code) => {
      clearTimeout(late)
      failed(new Error(`huiying ended with ${code}:\n${said}`))
    })
  })
}

/** A drill prints a line `user name password` for each; a first start names the password in a sentence. */
function passwordOf(printed: string, user: string): string | undefined {
  for (const line of printed.split('\n').slice(0, -1)) {
    const [name, , password] = line.trim().split(/\s+/)
    if (name === user && password) return password
    if (line.includes(`用户名 ${user}，`)) return /密码 ([^\s（]+)/.exec(line)?.[1]
  }
  return undefined
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
