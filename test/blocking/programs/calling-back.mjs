// Blocked functions that try to use the event loop. Making a pool, a handler or a filter is no use of it.
import { blocking, inWorker, run, workerPool } from '@sluice/blocking'
import { readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { request } from '@sluice/stack'

const here = new URL(import.meta.url)
const pool = workerPool({ threads: 1 })
const handler = blocking(here, { exportName: 'fine' })
const filter = inWorker(here, { exportName: 'fine' })

const tries = {
  'run()': () => run(here, 'x', { exportName: 'fine' }),
  'run() with a pool': () => run(here, 'x', { exportName: 'fine', pool }),
  'a handler of blocking()': () => handler(request('/')),
  'a filter of inWorker()': () => pullFrom(filter(toBody('x'))).pull(),
}

export const fine = () => 'fine'

/** What a use of the loop throws at the call. */
export const thrownBy = (what) => {
  try {
    tries[what]()
    return 'nothing'
  } catch ({ code, status, message }) {
    return { code, status, message }
  }
}

/** A blocking function that lets the error go. */
export default ({ target }) => {
  switch (target) {
    case '/flush':
      return [{ kind: 'flush', sent() {} }]
    case '/async':
      return readText(toBody('x'))
    default:
      return tries[decodeURIComponent(target.slice(1))]()
  }
}
