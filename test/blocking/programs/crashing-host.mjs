// A process with a function that crashes: threads share its address space, so a crash ends all of it.
import { blocking } from '@sluice/blocking'
import { request } from '@sluice/stack'

const module = new URL('./crashing.mjs', import.meta.url)
const { status } = await blocking(module, { exportName: 'quick' })(request())
if (status === 200) console.log('serving')
await blocking(module)(request()).catch(() => {})
console.log('never printed')
