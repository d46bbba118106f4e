/** The types of the pages, as they stand in the repository and as the running service's description gives them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const pages = resolve(import.meta.dirname, '../../dashboards/web')

/** What is committed. */
export const committedTypes = (): string => readFileSync(join(pages, 'generated/schema.d.ts'), 'utf8')

/** What `npm run api` would write now. */
export async function generatedTypes(url: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'huiying-types-'))
  const file = join(folder, 'schema.d.ts')
  try {
    await promisify(execFile)('node', [join(pages, 'node_modules/openapi-typescript/bin/cli.js'), `${url}/api/v1/openapi.json`, '-o', file])
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
