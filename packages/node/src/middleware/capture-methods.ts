import { ServerResponse } from 'node:http'
import type { Capture } from './capture.ts'
import type { Callback, HostResponse } from './host-response.ts'

/** Replaces the methods by which an application answers. */
export const captureMethods = (res: HostResponse, capture: Capture): void => {
  const { original, calls } = capture
  if (copiesShapes) prepareForProperties(res)
  res.writeHead = (status, ...more) => {
    if (capture.head.passes) original.writeHead(status, ...more)
    else calls.writeHead(status, more[0], more[1])
    return res
  }
  res.write = (chunk, encoding, callback) => {
    if (capture.isReleased) return original.write(chunk, encoding, callback)
    return typeof encoding === 'function'
      ? calls.write(chunk, undefined, callbackOf(encoding))
      : calls.write(chunk, encoding, callbackOf(callback))
  }
  res.end = (chunk, encoding, callback) => {
    if (capture.isReleased) return original.end(chunk, encoding, callback)
    if (typeof chunk === 'function') calls.end(undefined, undefined, callbackOf(chunk))
    else if (typeof encoding === 'function') calls.end(chunk, undefined, callbackOf(encoding))
    else calls.end(chunk, encoding, callbackOf(callback))
    return res
  }
  res.flush = () => {
    if (capture.isReleased) original.flush()
    else calls.flush()
  }
  res.flushHeaders = () => {
    if (capture.isReleased) original.flushHeaders()
    else calls.flushHeaders()
  }
  res.addTrailers = (trailers) => {
    if (capture.isReleased || capture.passesTrailers) original.addTrailers(trailers)
    else calls.addTrailers(trailers)
  }
}

/** V8 of Node 20 and 22. */
const copiesShapes = Number.parseInt(process.versions.node, 10) < 24

/**
 * V8 copies the shape of an object for every property that it gets after its prototype was replaced, as Express does: that takes longer
 * than all the rest of a capture. An object from which a property was deleted has no shape.
 */
const prepareForProperties = (res: HostResponse & { req?: unknown }): void => {
  if (Object.getPrototypeOf(res) === ServerResponse.prototype) return
  const descriptor = Object.getOwnPropertyDescriptor(res, 'req')
  if (descriptor?.configurable !== true) return
  delete res.req
  Object.defineProperty(res, 'req', descriptor)
}

const callbackOf = (callback: unknown): Callback | undefined =>
  isCallback(callback) ? callback : undefined

const isCallback = (callback: unknown): callback is Callback => typeof callback === 'function'
