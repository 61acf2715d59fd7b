import { abort, malformed } from './bad-clients.ts'
import {
  chunked,
  keepAlive,
  pipelined,
  slowReader,
  slowWriter,
  streamed,
  upload,
} from './good-clients.ts'
import type { Action } from './lab.ts'

/** How many of a hundred clients do what. */
const shares: readonly (readonly [number, Action])[] = [
  [10, abort],
  [5, malformed],
  [20, chunked],
  [25, keepAlive],
  [15, pipelined],
  [10, upload],
  [5, slowWriter],
  [5, slowReader],
  [5, streamed],
]

/** Picks what a client does. */
export const pickAction = (random: () => number): Action => {
  let at = random() * 100
  for (const [share, action] of shares) {
    at -= share
    if (at < 0) return action
  }
  return keepAlive
}
