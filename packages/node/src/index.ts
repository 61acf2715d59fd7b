export { fromIncoming } from './from-incoming.ts'
export { type TakeOver, takeOver } from './take-over.ts'
export { toListener } from './to-listener.ts'
export type { ListenerOptions } from './host-context.ts'
