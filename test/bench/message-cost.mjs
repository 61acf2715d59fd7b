// node test/bench/message-cost.mjs, after node build.mjs build
import { join } from 'node:path'
import { messageCost } from './work/message-cost.mjs'

process.chdir(join(import.meta.dirname, '../..'))
await messageCost.run()
