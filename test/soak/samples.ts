/** What a server was seen to hold at a time; MiB and seconds. */
export interface Sample {
  readonly at: number
  readonly rss: number
  readonly heap: number
}

/** The rise of a line through the points (least squares), in units per second. */
export const slope = (points: readonly (readonly [at: number, value: number])[]): number => {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const meanAt = mean(points.map(([at]) => at))
  const meanValue = mean(points.map(([, value]) => value))
  let above = 0
  let below = 0
  for (const [at, value] of points) {
    above += (at - meanAt) * (value - meanValue)
    below += (at - meanAt) ** 2
  }
  return below === 0 ? 0 : above / below
}

/** MiB in ten minutes. */
export const slopeOf = (samples: readonly Sample[], what: 'rss' | 'heap'): number =>
  600 * slope(samples.map((sample) => [sample.at, sample[what]]))
