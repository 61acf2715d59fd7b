export { closeOnSignal, type SignalOptions } from './close-on-signal.ts'
export { type ConnectionLimits, defaultConnectionLimits, type ServerCallbacks } from './options.ts'
export { type CloseOptions, type RunningServer, type ServeOptions, serve } from './serve.ts'
export { type SwitchingResponse, type TakeOver, type TakeOverInit, takeOver } from './take-over.ts'
