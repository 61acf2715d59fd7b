// node test/bench/change-over.mjs, after node build.mjs build
import { join } from 'node:path'
import { changeOver } from './work/change-over.mjs'

process.chdir(join(import.meta.dirname, '../..'))
await changeOver.run()
