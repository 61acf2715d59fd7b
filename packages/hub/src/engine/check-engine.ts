import { foundIn, propertyOf } from '@sluice/body/engine'

/** @throws {TypeError} When plain JavaScript gives something else, such as the address or the client of a database. */
export const checkEngine = (engine: unknown): void => {
  if (isNamed(engine) && typeof propertyOf(engine, 'connect') === 'function') return
  throw new TypeError(
    `Cannot open a hub: found ${foundIn(engine)}, wanted an engine, such as redis({ client })`,
  )
}

/** A client of Redis, and a pool of PostgreSQL, have `connect` too. */
const isNamed = (engine: unknown): boolean => typeof propertyOf(engine, 'name') === 'string'
