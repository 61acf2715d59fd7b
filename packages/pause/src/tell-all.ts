/** Tells each, also after one has thrown; the first error is then thrown. Those that leave meanwhile are not told. */
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
