import { foundIn, isObject } from '@sluice/body/engine'

/** @throws {TypeError} When plain JavaScript gives something else, such as the address or the client of a database. */
export const checkEngine = (engine: unknown): void => {
  if (isObject(engine) && isNamed(engine) && 'connect' in engine) return
  throw new TypeError(
    `Cannot open a hub: found ${foundIn(engine)}, wanted an engine, such as redis({ client })`,
  )
}

/** A client of Redis, and a pool of PostgreSQL, have `connect` too. */
const isNamed = (engine: object): boolean => 'name' in engine && typeof engine.name === 'string'
