// States the size of the built page and fails above the budget.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = { '.js': 100 * 1024, '.css': 16 * 1024 }
const dist = new URL('../../dist/', import.meta.url)
const totals = {}
for (const name of readdirSync(dist).sort()) {
  const bytes = readFileSync(new URL(name, dist))
  const gz = gzipSync(bytes, { level: 9 }).length
  const ext = name.slice(name.lastIndexOf('.'))
  totals[ext] = (totals[ext] ?? 0) + gz
  console.log(`${name.padEnd(14)} ${String(bytes.length).padStart(8)} B ${String(gz).padStart(8)} B gzip`)
}
for (const [ext, budget] of Object.entries(BUDGET)) {
  const used = totals[ext] ?? 0
  console.log(`${ext} total ${used} B gzip of ${budget} B`)
  if (used === 0 || used > budget) {
    console.error(`size check failed for ${ext}`)
    process.exitCode = 1
  }
}
