export interface RunOptions {
  /** Seconds before it is ended with all it has started, 120 unless told. */
  readonly seconds?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Run {
  readonly code: number
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string
  readonly timedOut: boolean
}

export function runProcess(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Run>
