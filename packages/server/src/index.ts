export { type ConnectionLimits, defaultConnectionLimits, type ServerCallbacks } from './options.ts'
export { type CloseOptions, type RunningServer, type ServeOptions, serve } from './serve.ts'
