// Numbers from words: the same fixture for the same seed, at any time range.

/** A value in [0, 1) for any list of keys. */
export function chance(...keys) {
  let h = 2166136261
  for (const c of keys.join('|')) h = Math.imul(h ^ c.charCodeAt(0), 16777619)
  h = Math.imul(h ^ (h >>> 15), 2246822507)
  h = Math.imul(h ^ (h >>> 13), 3266489909)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** A log-normal factor around 1. */
export function spread(sigma, ...keys) {
  const u = Math.max(1e-9, chance('u', ...keys))
  const z = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * chance('v', ...keys))
  return Math.exp(sigma * z)
}
