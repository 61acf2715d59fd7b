// node test/bench/paused-connections.mjs [OURS [OTHERS [NAMES]]], after node build.mjs build
import { join } from 'node:path'
import { pausedConnections } from './work/paused-connections.mjs'

process.chdir(join(import.meta.dirname, '../..'))
const [ours, others, names] = process.argv.slice(2)
await pausedConnections.run({
  ...(ours !== undefined && { ours: Number(ours) }),
  ...(others !== undefined && { others: Number(others) }),
  ...(names !== undefined && { only: names.split(',') }),
})
