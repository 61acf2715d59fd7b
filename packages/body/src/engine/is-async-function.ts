/** Whether this is an `async` function, which always returns a promise. False for a function that returns one by itself. */
export const isAsyncFunction = (found: unknown): boolean =>
  Object.prototype.toString.call(found) === '[object AsyncFunction]'
