// node test/bench/aborted-responses.mjs, after node build.mjs build
import { join } from 'node:path'
import { abortedResponses } from './work/aborted-responses.mjs'

process.chdir(join(import.meta.dirname, '../..'))
await abortedResponses.run()
