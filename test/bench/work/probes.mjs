import { abortedResponses } from './aborted-responses.mjs'
import { changeOver } from './change-over.mjs'
import { firstByte } from './first-byte.mjs'
import { hub } from './hub.mjs'
import { messageCost } from './message-cost.mjs'
import { pausedConnections } from './paused-connections.mjs'
import { stalledReader } from './stalled-reader.mjs'

/** What is asked of compression, and of a hub, each by its name; they print a table and keep nothing. */
export const probes = [
  firstByte,
  stalledReader,
  pausedConnections,
  messageCost,
  changeOver,
  abortedResponses,
  hub,
]
