/**
 * A value that all copies of this package in a process share: an application may load one as ESM, one bundled, one of another
 * version.
 *
 * The first copy makes it. If `globalThis` cannot be extended, as under SES lockdown, each copy has its own.
 */
export const acrossCopies = <T extends object>(name: string, make: () => T): T => {
  const key = Symbol.for(`sluice.${name}`)
  const found: T | undefined = Reflect.get(globalThis, key)
  if (found !== undefined) return found
  const value = make()
  Reflect.defineProperty(globalThis, key, { value })
  return value
}
