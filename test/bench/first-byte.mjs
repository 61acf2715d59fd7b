// node test/bench/first-byte.mjs, after node build.mjs build
import { join } from 'node:path'
import { firstByte } from './work/first-byte.mjs'

process.chdir(join(import.meta.dirname, '../..'))
await firstByte.run()
