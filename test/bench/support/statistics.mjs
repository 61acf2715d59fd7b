// The arithmetic of the results. A sample is `{ runtime, peer, variant, round, values }`, its values by metric.

/** The middle value, or the mean of the two in the middle; NaN of none. Values that are no number do not count. */
export const median = (values) => {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const middle = sorted.length / 2
  if (Number.isInteger(middle)) return (sorted[middle - 1] + sorted[middle]) / 2
  return sorted[Math.floor(middle)]
}

const isOf = (sample, wanted) =>
  Object.entries(wanted).every(([key, value]) => value === undefined || sample[key] === value)

/** The values of a metric in the samples that are as wanted, such as `{ peer: 'node', runtime: 'node 20' }`. */
export const valuesOf = (samples, metric, wanted) =>
  samples.filter((sample) => isOf(sample, wanted)).map((sample) => sample.values[metric])

/**
 * The median over the rounds of one's value by the other's in the same round.
 *
 * What disturbs the machine disturbs neighbours in time alike, so this is steadier than the ratio of two medians.
 */
export const ratio = (samples, metric, own, other) => {
  const others = new Map(
    samples
      .filter((sample) => isOf(sample, other))
      .map(({ round, values }) => [round, values[metric]]),
  )
  const ratios = samples
    .filter((sample) => isOf(sample, own) && others.has(sample.round))
    .map(({ round, values }) => values[metric] / others.get(round))
  return median(ratios)
}

/** How far the rounds lie apart: the largest by the smallest, less one. */
export const spread = (values) => {
  const counted = values.filter(Number.isFinite)
  return counted.length === 0 ? Number.NaN : Math.max(...counted) / Math.min(...counted) - 1
}

/** A number as it is read: three digits that count, thousands apart. */
export const readable = (value) => {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size)))).replace(/^(-?\d+)\.0+$/, '$1')
}
