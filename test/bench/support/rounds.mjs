/** The list from another place on, so that nobody is always behind the same neighbour. */
const from = (list, place) => [
  ...list.slice(place % list.length),
  ...list.slice(0, place % list.length),
]

/**
 * Measures all entries in turns, round by round, and gives the samples.
 *
 * One that fails is said so, and is left out from there on: the others are measured all the same.
 *
 * @param measure From an entry to its values by metric, or to a list of `{ variant, values }`.
 */
export const inRounds = async (entries, { rounds, progress, note }, measure) => {
  const samples = []
  const failed = new Set()
  for (let round = 0; round < rounds; round++) {
    for (const entry of from(entries, round)) {
      if (failed.has(entry)) continue
      const { peer, runtime, variant = '' } = entry
      progress(`round ${round + 1}: ${peer}, ${runtime}${variant === '' ? '' : `, ${variant}`}`)
      try {
        const measured = await measure(entry)
        const several = Array.isArray(measured) ? measured : [{ variant, values: measured }]
        for (const each of several) samples.push({ runtime, peer, round, ...each })
      } catch (error) {
        failed.add(entry)
        note(`${peer}, ${runtime}, ${variant}: ${error.message}`)
      }
    }
  }
  return samples
}
