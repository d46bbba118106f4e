import { fileURLToPath, URL } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** Where `npm run dev` sends calls of the API: a running `huiying serve`. */
const service = process.env.HUIYING_URL ?? 'http://127.0.0.1:8080'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const terms = folder('../../src/domain/terms.json')
const acts = folder('../../src/domain/incident/acts.json')

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': folder('./src'), '@terms': terms, '@acts': acts } },
  // Terms and the table of acts lie outside this folder: the service reads the same files.
  server: { fs: { allow: [folder('.'), terms, acts] }, proxy: { '/api': { target: service, changeOrigin: false }, '/readyz': { target: service, changeOrigin: false } } },
  build: {
    target: 'es2022',
    // Element Plus is one chunk of its own, so that a change of ours leaves it in the browser's cache.
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'vendor', test: /node_modules/ }] },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
