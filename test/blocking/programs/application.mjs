// An application that runs in a worker thread of its own, and calls functions on the threads of a pool.
import { parentPort } from 'node:worker_threads'
import { run } from '@sluice/blocking'

const module = new URL('calling-back.mjs', import.meta.url)
parentPort.postMessage(await run(module, '', { exportName: 'fine' }))
