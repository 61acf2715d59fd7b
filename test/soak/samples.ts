/** What a server was seen to hold at a time; MiB and seconds. */
export interface Sample {
  readonly at: number
  readonly rss: number
  readonly heap: number
}

/** How something rises, in MiB in ten minutes, and how far off that may be: twice its standard error. */
export interface Slope {
  readonly rise: number
  readonly margin: number
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

/** The line through the samples by least squares. */
export const slopeOf = (samples: readonly Sample[], what: 'rss' | 'heap'): Slope => {
  const meanAt = sum(samples.map((sample) => sample.at)) / samples.length
  const mean = sum(samples.map((sample) => sample[what])) / samples.length
  const spread = sum(samples.map((sample) => (sample.at - meanAt) ** 2))
  const rise = sum(samples.map((sample) => (sample.at - meanAt) * (sample[what] - mean))) / spread
  const off = samples.map((sample) => sample[what] - mean - rise * (sample.at - meanAt))
  const error = Math.sqrt(sum(off.map((each) => each ** 2)) / (samples.length - 2) / spread)
  return { rise: 600 * rise, margin: 600 * 2 * error }
}
