/**
 * Waits for a promise, and fails when it has not settled after `ms`: uvu has no time-out, and ends silently when a test
 * waits for ever.
 */
export const within = async <T>(ms: number, promise: PromiseLike<T> | T): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    // Made here: the stack then names the test that waits.
    const error = new Error(`it has not settled within ${ms} ms`)
    timer = setTimeout(() => reject(error), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Lets everything run that can run now: promises, and callbacks whose time has come. */
export const turn = async (times = 1): Promise<void> => {
  for (let i = 0; i < times; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** What has become of a promise after a turn. */
export const stateOf = async (
  promise: PromiseLike<unknown>,
): Promise<'pending' | 'fulfilled' | 'rejected'> => {
  let state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  promise.then(
    () => {
      state = 'fulfilled'
    },
    () => {
      state = 'rejected'
    },
  )
  await turn()
  return state
}

/** A promise with its ends, until every Node we run on has `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

export const deferred = <T = void>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve: (value) => resolve(value), reject: (reason) => reject(reason) }
}
