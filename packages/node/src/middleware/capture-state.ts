import { EventEmitter } from 'node:events'
import { innermost } from '../sending/cut-layer.ts'
import { isGone, isHttp2 } from './host-response.ts'
import { headersSent } from './node-error.ts'
import type { Capture } from './capture.ts'
import type { HostResponse } from './host-response.ts'

// What a response says of itself while a capture holds what was written: properties and events. All is Node's own again as soon as
// no capture holds anything. Properties are defined when they would first differ.

/** Marks a response whose properties are defined. */
const shown: unique symbol = Symbol('sluice.shown')

export interface CapturedResponse extends HostResponse {
  [innermost]?: Capture | undefined
  [shown]?: 'writes' | undefined
}

/** A property of a response without what was defined on the object itself. */
const inherited = (res: object, name: string): unknown =>
  Reflect.get(Object.getPrototypeOf(res), name, res)

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** After the first write: what is held counts, and the application hears only of its own room. */
export const showWrites = (res: CapturedResponse): void => {
  if (res[shown] !== undefined) return
  res[shown] = 'writes'
  Object.defineProperty(res, 'writableLength', writableLength)
  Object.defineProperty(res, 'writableNeedDrain', writableNeedDrain)
  const { emit } = res
  res.emit = (event, ...values) => {
    // That of the socket.
    if (event === 'drain' && res[innermost] !== undefined) return false
    return emit.call(res, event, ...values)
  }
}

/** After the end of the application, which is not that of the response. */
export const showEnd = (res: CapturedResponse): void => {
  Object.defineProperty(res, 'writableEnded', writableEnded)
  // HTTP/1 has a property that is written.
  if (isHttp2(res)) Object.defineProperty(res, 'finished', finished)
  Object.defineProperty(res, 'writableFinished', writableFinished)
}

/** HTTP/2 has no property that says of the head what `_header` says in HTTP/1. */
export const showHead = (res: CapturedResponse): void => {
  for (const name of ['headersSent', '_header'])
    Object.defineProperty(res, name, {
      configurable: true,
      get: () => holdsHead(res) || inherited(res, name),
    })
  const { setHeader, appendHeader, removeHeader } = res
  res.setHeader = (...given) => {
    refuseFields(res)
    return setHeader.apply(res, given)
  }
  res.removeHeader = (name) => {
    refuseFields(res)
    removeHeader.call(res, name)
  }
  if (appendHeader === undefined) return
  res.appendHeader = (...given) => {
    refuseFields(res)
    return appendHeader.apply(res, given)
  }
}

/** Tells the application that it may write on, unless a layer inside holds what it writes. */
export const emitDrain = (res: CapturedResponse, capture: Capture): void => {
  process.nextTick(() => {
    const current = res[innermost]
    if (isGone(res)) return
    // Not by `res.emit`, which layers outside have replaced as we do.
    if (current === capture || current === undefined) EventEmitter.prototype.emit.call(res, 'drain')
  })
}

const holdsHead = (res: CapturedResponse): boolean => {
  const capture = res[innermost]
  return capture?.head.hasBegun === true && !capture.head.passes
}

const refuseFields = (res: CapturedResponse): void => {
  if (holdsHead(res)) throw headersSent(true, 'set')
}

const writableLength = {
  configurable: true,
  get(this: CapturedResponse): number {
    return (this[innermost]?.body.heldBytes ?? 0) + numberOf(inherited(this, 'writableLength'))
  },
}

const writableNeedDrain = {
  configurable: true,
  get(this: CapturedResponse): unknown {
    const capture = this[innermost]
    return capture === undefined ? inherited(this, 'writableNeedDrain') : capture.body.needsDrain
  },
}

const writableEnded = {
  configurable: true,
  get(this: CapturedResponse): unknown {
    return this[innermost]?.hasEnded === true || inherited(this, 'writableEnded')
  },
}

const finished = {
  configurable: true,
  get(this: CapturedResponse): unknown {
    return this[innermost]?.hasEnded === true || inherited(this, 'finished')
  },
}

const writableFinished = {
  configurable: true,
  get(this: CapturedResponse): unknown {
    return this[innermost] === undefined && inherited(this, 'writableFinished')
  },
}
