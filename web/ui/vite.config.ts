import preact from '@preact/preset-vite'
import { defineConfig } from 'vitest/config'

// Fixed file names and no preload helper: the result is committed, embedded in the binary, and must be
// the same bytes wherever it is built.
export default defineConfig({
  base: './',
  plugins: [preact()],
  server: { proxy: { '/api': process.env['BASE_URL'] ?? 'http://127.0.0.1:8099' } },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'], // light-dark() stays as written
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: '[name].js',
        assetFileNames: (asset) => (asset.names[0]?.endsWith('.css') ? 'app.css' : '[name][extname]'),
      },
    },
  },
  test: { include: ['test/unit/**/*.test.{ts,tsx}'], environment: 'node' },
})
