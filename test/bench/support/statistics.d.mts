export interface Sample {
  readonly runtime: string
  readonly peer: string
  readonly variant: string
  readonly round: number
  readonly values: Readonly<Record<string, number>>
}

/** What a sample must be to count: a key that is `undefined` asks for nothing. */
export type Wanted = Partial<Omit<Sample, 'values'>>

export function median(values: readonly number[]): number
export function valuesOf(
  samples: readonly Sample[],
  metric: string,
  wanted: Wanted,
): readonly number[]
export function ratio(
  samples: readonly Sample[],
  metric: string,
  own: Wanted,
  other: Wanted,
): number
export function spread(values: readonly number[]): number
export function readable(value: number): string
