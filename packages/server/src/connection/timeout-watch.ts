import { pausedTooLong, requestTimedOut } from './connection-errors.ts'
import { cut, drain, finish } from './end-connection.ts'
import { clockMs } from './timeouts.ts'
import type { Connection } from './connection.ts'

/** Connections that are looked at in one turn: to refuse five hundred at once would stall the others for 50 ms. */
const connectionsPerTurn = 50

/** Ticks between two looks whether a client that is not read from has reset the connection: about a second. */
const ticksPerProbe = 4

/** Looks at the time-outs of all connections of a server. */
export class TimeoutWatch {
  readonly #connections: ReadonlySet<Connection>
  /** Connections that are still to be looked at in this tick. */
  #unseen: Connection[] = []
  #ticks = 0

  constructor(connections: ReadonlySet<Connection>) {
    this.#connections = connections
  }

  /** Called about four times a second. */
  tick(): void {
    if (this.#connections.size === 0 || this.#unseen.length > 0) return
    this.#ticks++
    this.#unseen = [...this.#connections]
    this.#lookAtSome()
  }

  #lookAtSome(): void {
    const asOf = clockMs()
    const late = this.#unseen
      .splice(-connectionsPerTurn)
      .filter((connection) => this.#seemsLate(connection, asOf))
    if (this.#unseen.length > 0) setImmediate(() => this.#lookAtSome())
    // Timers run before sockets are read. After a stall, a request may have waited in the kernel for longer than its connection may
    // be idle. So connections are looked at again after the sockets were read.
    if (late.length > 0)
      setImmediate(() => {
        for (const connection of late) endWait(connection, asOf)
      })
  }

  #seemsLate(connection: Connection, now: number): boolean {
    // The time-outs of a connection that was taken over are up to its new owner.
    if (connection.state === 'taken over') return false
    drain(connection)
    if (this.#ticks % ticksPerProbe === 0) connection.probe()
    return connection.timeouts.look(connection, now, now) !== 'wait'
  }
}

/** Acts on a connection that is still late. */
const endWait = (connection: Connection, asOf: number): void => {
  if (connection.state === 'taken over' || connection.state === 'closed') return
  switch (connection.timeouts.look(connection, asOf, clockMs())) {
    case 'wait':
      return
    case 'cut':
      return cut(connection)
    case 'cut pause':
      connection.report(pausedTooLong(connection.context.limits.pauseTimeoutMs))
      return cut(connection)
    case 'close':
      return finish(connection)
    case 'refuse head':
      connection.timeouts.timedOut()
      return connection.refuse(requestTimedOut('the head'))
    case 'fail content':
      connection.timeouts.timedOut()
      return connection.exchange?.content?.fail(requestTimedOut('the content'))
  }
}
