/** For tests alone: who may do what, as the service's own table says it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Roles by act, sorted. */
export function rolesOfService(): Map<string, string[]> {
  const source = readFileSync(join(import.meta.dirname, '../../../../src/web/authorise.rs'), 'utf8')
  const rows = source.slice(source.indexOf('const ACTS')).matchAll(/\("(\w+)", &\[([A-Z, ]+)\]\)/g)
  return new Map([...rows].map(([, act, roles]) => [act!, roles!.split(', ').map((role) => role.toLowerCase()).sort()]))
}
