import type { Callback, HostResponse } from './host-response.ts'

/** An error with one of Node's own codes: applications compare them, and Node does not export their classes. */
export const nodeError = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code })

export const nodeTypeError = (code: string, message: string): Error =>
  Object.assign(new TypeError(message), { code })

/** Of a write that cannot arrive. */
export const destroyed = (options?: ErrorOptions): Error =>
  Object.assign(new Error('Cannot write: the response was cut', options), {
    code: 'ERR_STREAM_DESTROYED',
  })

/** Of the body of a response that the application has cut. */
export const cutShort = (): Error =>
  nodeError('ERR_STREAM_PREMATURE_CLOSE', 'Cannot read the response: the application has cut it')

export const failCallback = (callback: Callback | undefined, error: Error): false => {
  if (callback !== undefined) process.nextTick(callback, error)
  return false
}

export const headersSent = (isHttp2: boolean, act: string): Error =>
  isHttp2
    ? nodeError('ERR_HTTP2_HEADERS_SENT', 'Response has already been initiated.')
    : nodeError('ERR_HTTP_HEADERS_SENT', `Cannot ${act} headers after they are sent to the client`)

/** A write after the end of the application: as in Node, the callback and `res` get the error later. */
export const failWrite = (res: HostResponse, callback: Callback | undefined): false => {
  const error = nodeError('ERR_STREAM_WRITE_AFTER_END', 'write after end')
  process.nextTick(() => {
    callback?.(error)
    if (res.destroyed !== true) res.emit('error', error)
  })
  return false
}
