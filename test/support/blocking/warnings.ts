interface Collected {
  readonly warnings: readonly Error[]
  /** Stops, and gives all. */
  stop(): readonly Error[]
}

/** Collects the warnings of this process about blocking functions for the time of a test. */
export const collectWarnings = (): Collected => {
  const warnings: Error[] = []
  const note = (warning: Error) => {
    if (warning.name === 'BlockingWarning') warnings.push(warning)
  }
  const stop = (): readonly Error[] => {
    process.off('warning', note)
    return warnings
  }
  process.on('warning', note)
  return { warnings, stop }
}
