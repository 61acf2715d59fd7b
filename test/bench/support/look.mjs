import { median, ratio, valuesOf } from './statistics.mjs'

const inOrder = (samples, key) => [...new Set(samples.map((sample) => sample[key]))]

/**
 * Looks at the samples of one work as its readers do: by runtime of ours, beside peers that may have another.
 *
 * Deno and Bun run once a round and stand beside each Node.
 */
export const lookAt = (samples) => {
  const runtimes = inOrder(samples, 'runtime').filter((name) => name.startsWith('node'))
  const runtimeOf = (peer, runtime) =>
    samples.some((sample) => sample.peer === peer && sample.runtime === runtime)
      ? runtime
      : samples.find((sample) => sample.peer === peer && !sample.runtime.startsWith('node'))
          ?.runtime
  const wanted = (peer, runtime, variant) => ({
    peer,
    runtime: runtimeOf(peer, runtime) ?? 'none',
    variant,
  })
  return {
    runtimes: runtimes.length === 0 ? inOrder(samples, 'runtime') : runtimes,
    peers: inOrder(samples, 'peer'),
    variants: inOrder(samples, 'variant'),
    /** Whether there is anything of this peer beside this runtime. */
    has: (peer, runtime, variant) =>
      valuesOf(samples, 'none', wanted(peer, runtime, variant)).length > 0,
    value: (metric, peer, runtime, variant) =>
      median(valuesOf(samples, metric, wanted(peer, runtime, variant))),
    values: (metric, peer, runtime, variant) =>
      valuesOf(samples, metric, wanted(peer, runtime, variant)),
    /** Ours by the peer's, round by round. */
    ratio: (metric, peer, runtime, variant, ownVariant = variant, own = 'sluice') =>
      ratio(samples, metric, wanted(own, runtime, ownVariant), wanted(peer, runtime, variant)),
    /** The peer's version of the runtime, where it is another. */
    runtimeOf,
  }
}
