import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { defineConfig, type Plugin } from 'vitest/config'

/** Where `npm run dev` sends calls of the API: a running `huiying serve`. */
const service = process.env.HUIYING_URL ?? 'http://127.0.0.1:8080'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const terms = folder('../../src/domain/terms.json')
const acts = folder('../../src/domain/incident/acts.json')

/** Kinds of file that get smaller by compressing. */
const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest)$/
/** Below this a header costs more than compressing saves, in bytes. */
const COMPRESSED_FROM_BYTES = 1024

/**
 * After the build: names the build in the worker, so that a new one drops the old one's cache, and lays a `.br` and a `.gz` beside
 * each file. The service sends those; compressing as hard at each request would cost more than sending.
 */
function compressed(): Plugin {
  let out = ''
  return {
    name: 'huiying-compressed',
    apply: 'build',
    configResolved: (config) => void (out = join(config.root, config.build.outDir)),
    closeBundle() {
      const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort()
      const worker = join(out, 'sw.js')
      // Names under assets/ hold a hash of their content, so the names alone tell one build from another.
      const build = createHash('sha256').update(files.join('\n')).update(readFileSync(join(out, 'index.html'))).digest('hex')
      writeFileSync(worker, readFileSync(worker, 'utf8').replace('__BUILD__', build.slice(0, 12)))
      for (const file of files.filter((name) => COMPRESSIBLE.test(name))) {
        const bytes = readFileSync(join(out, file))
        if (bytes.length < COMPRESSED_FROM_BYTES) continue
        writeFileSync(join(out, `${file}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }))
        writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    // Each page imports the components that its template names, with their styles: nothing is loaded for other pages.
    Components({ dirs: [], dts: false, resolvers: [ElementPlusResolver({ importStyle: 'css', directives: false })] }),
    compressed(),
  ],
  resolve: { alias: { '@': folder('./src'), '@terms': terms, '@acts': acts } },
  // Terms and the table of acts lie outside this folder: the service reads the same files.
  server: { fs: { allow: [folder('.'), terms, acts] }, proxy: { '/api': { target: service, changeOrigin: false }, '/readyz': { target: service, changeOrigin: false } } },
  build: {
    target: 'es2022',
    // ECharts is one chunk that no first view waits for.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'charts', test: /node_modules\/(echarts|zrender|tslib)\//, priority: 3 },
            // What every page needs of libraries stays in the browser's cache when our own code changes.
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router)\//, priority: 3 },
            // What floats over a page is wanted by its first click, not by its first view.
            { name: 'floating', test: /@floating-ui|@popperjs|element-plus\/es\/components\/(popper|tooltip|popover|dropdown|collection|roving-focus-group|focus-trap|overlay|dialog|drawer)\//, minShareCount: 3, priority: 1 },
            // Small parts that most pages share: a file for each would cost more in requests than in bytes.
            { name: 'shared', test: /src\/(api|clock|frame|live|office|words)\/|element-plus\/es\/(hooks|utils|constants|locale|components\/(button|icon|radio|skeleton|config-provider|message)\/)|node_modules\/(lodash|@vueuse)/, minShareCount: 8, priority: 2 },
          ],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
