import { blocking } from './blocking.mjs'
import { decoder } from './decoder.mjs'
import { depth } from './depth.mjs'
import { events } from './events.mjs'
import { filters } from './filters.mjs'
import { hello } from './hello.mjs'
import { hosts } from './hosts.mjs'
import { json } from './json.mjs'
import { memory } from './memory.mjs'
import { probes } from './probes.mjs'
import { start } from './start.mjs'
import { transfer } from './transfer.mjs'

/** All works, in the order in which they run; probes run only when they are named. */
export const works = [
  hello,
  depth,
  json,
  transfer,
  hosts,
  events,
  filters,
  blocking,
  decoder,
  memory,
  start,
  ...probes,
]
