import * as assert from 'uvu/assert'

/** What an error looks like from outside, whatever copy of a package made it. */
export interface Failure extends Error {
  readonly code?: unknown
  readonly status?: unknown
}

const isFailure = (thrown: unknown): thrown is Failure =>
  typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown

/**
 * Asserts that `run` throws or rejects, and gives what it threw.
 *
 * @param wanted The error's `code`; or its class, such as `TypeError`; or the very error, which is compared by identity.
 */
export const rejects = async (
  run: () => unknown,
  wanted: string | Error | (new (...args: never[]) => Error),
): Promise<Failure> => {
  let outcome: unknown
  try {
    outcome = await run()
  } catch (thrown) {
    return match(thrown, wanted)
  }
  assert.unreachable(`expected a failure, and it gave ${describe(outcome)}`)
  throw new Error('not reached')
}

/** As `rejects`, for a failure that has to come at the call and not in a promise. */
export const throwsAtOnce = (
  run: () => unknown,
  wanted: string | Error | (new (...args: never[]) => Error),
): Failure => {
  let outcome: unknown
  try {
    outcome = run()
  } catch (thrown) {
    return match(thrown, wanted)
  }
  Promise.resolve(outcome).catch(() => {})
  assert.unreachable(`expected it to throw, and it gave ${describe(outcome)}`)
  throw new Error('not reached')
}

const match = (
  thrown: unknown,
  wanted: string | Error | (new (...args: never[]) => Error),
): Failure => {
  if (!isFailure(thrown)) {
    assert.unreachable(`expected an error, and it threw ${describe(thrown)}`)
    throw new Error('not reached')
  }
  if (typeof wanted === 'string') assert.is(thrown.code, wanted, thrown.stack)
  else if (typeof wanted === 'function') assert.instance(thrown, wanted, thrown.stack)
  else assert.ok(thrown === wanted, `expected ${wanted.message}, found ${thrown.message}`)
  return thrown
}

const describe = (value: unknown): string => {
  try {
    return `${typeof value} ${JSON.stringify(value)}`
  } catch {
    return typeof value
  }
}
