// node test/bench/stalled-reader.mjs, after node build.mjs build
import { join } from 'node:path'
import { stalledReader } from './work/stalled-reader.mjs'

process.chdir(join(import.meta.dirname, '../..'))
await stalledReader.run()
