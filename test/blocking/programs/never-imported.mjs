// The import of this module never ends. A call of `calls.mjs` before it has left a gate on its thread.
import { tell } from './gate.mjs'

tell(globalThis.importGate)
await new Promise(() => {})
export default () => 'never'
