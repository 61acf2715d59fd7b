/** Calls `tell` for each listener, also after one has thrown; then throws the first error. Skips those that leave meanwhile. */
export const tellAll = <T>(listeners: ReadonlySet<T>, tell: (listener: T) => void): void => {
  const failures: { readonly error: unknown }[] = []
  for (const listener of listeners) {
    try {
      tell(listener)
    } catch (error) {
      failures.push({ error })
    }
  }
  const [first] = failures
  if (first !== undefined) throw first.error
}
