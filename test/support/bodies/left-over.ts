/** How many timers are set, to compare before and after: `process.getActiveResourcesInfo` counts what keeps Node alive. */
export const timersSet = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

/** Rejections that nobody caught since `watchRejections`; a test asserts that it is empty. */
export interface Rejections {
  readonly reasons: readonly unknown[]
  stop(): void
}

export const watchRejections = (): Rejections => {
  const reasons: unknown[] = []
  const note = (reason: unknown) => {
    reasons.push(reason)
  }
  process.on('unhandledRejection', note)
  return { reasons, stop: () => process.off('unhandledRejection', note) }
}
