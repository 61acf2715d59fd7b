import { FilterSession } from './filter-session.ts'
import type { FilterStart, FiltersTask } from '../task.ts'

// A filter is synchronous, but it need not block to wait: between two steps it is idle. So one thread serves many filters in turns, and
// a body that pauses, or a client that is slow, occupies no thread. What a filter holds stays in its closure, so a filter stays on the
// thread that began it.

/** Serves the filters that the port brings, until it closes. */
export const serveFilters = ({ port }: FiltersTask): Promise<void> =>
  new Promise((resolve) => {
    const running = new Set<Promise<void>>()
    port.on('message', (start: FilterStart) => {
      const session = new FilterSession(start).run()
      running.add(session)
      session.then(() => running.delete(session))
    })
    port.once('close', () => {
      Promise.all(running).then(() => resolve())
    })
  })
