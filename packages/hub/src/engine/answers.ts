// What an engine answers is checked: a wrong answer would otherwise stop a queue, or end the process, far from its cause.
import { foundIn, isByteArray, isObject, isPromiseLike, propertyOf } from '@sluice/body/engine'
import type {
  AppendOutcome,
  Engine,
  EngineConnection,
  EngineListener,
  LogEpoch,
  LogPage,
  LogRecord,
  LogState,
} from './engine.ts'

const methods = ['append', 'read', 'follow', 'unfollow', 'swap', 'remove', 'close'] as const

/**
 * Connects an engine.
 *
 * @throws {TypeError} When an engine in plain JavaScript returns no connection.
 */
export const connectEngine = (engine: Engine, listener: EngineListener): EngineConnection => {
  const connection: EngineConnection = engine.connect(listener)
  const fault = faultOfConnection(connection)
  if (fault === undefined) return connection
  throw new TypeError(`Cannot use the engine ${engine.name}: connect() returned ${fault}`)
}

const faultOfConnection = (connection: unknown): string | undefined => {
  if (isPromiseLike(connection)) return 'a promise, wanted a connection at once'
  if (!isObject(connection)) return `${foundIn(connection)}, wanted a connection`
  const missing = methods.find((name) => typeof propertyOf(connection, name) !== 'function')
  return missing === undefined ? undefined : `a connection without ${missing}()`
}

/** Each returns the answer, or throws an error that says what was wanted. */
export const checkOutcome = (answer: AppendOutcome): AppendOutcome => {
  if (isOutcome(answer)) return answer
  throw unwanted('append', answer, 'an outcome')
}

export const checkState = (answer: LogState): LogState => {
  if (isState(answer)) return answer
  throw unwanted('follow', answer, 'the state of a log')
}

export const checkPage = (answer: LogPage): LogPage => {
  if (isPage(answer)) return answer
  throw unwanted('read', answer, 'a page of a log')
}

/** As `checkPage`, for what a listener was given. */
export const checkArrived = (page: LogPage): LogPage => {
  if (isPage(page)) return page
  throw new Error(`it gave ${shown(page)} to arrived(), wanted a page of a log`)
}

export const checkRegister = (answer: string | undefined): string | undefined => {
  if (answer === undefined || typeof answer === 'string') return answer
  throw unwanted('swap', answer, 'a string or undefined')
}

const isOutcome = (answer: AppendOutcome): boolean => {
  if (!isObject(answer)) return false
  switch (answer.kind) {
    case 'appended':
      return isEpochName(answer.epoch) && isSeq(answer.seq, 1)
    case 'ended':
    case 'not held':
      return true
    // An engine in plain JavaScript.
    default:
      return false
  }
}

const isPage = (page: LogPage): boolean =>
  isObject(page) &&
  isState(page.state) &&
  Array.isArray(page.records) &&
  page.records.every(isRecord)

const isRecord = (record: LogRecord): boolean =>
  isObject(record) && isSeq(record.seq, 1) && isByteArray(record.bytes)

const isState = (state: LogState): boolean =>
  isObject(state) &&
  isSeq(state.last, 0) &&
  isSeq(state.first, 1) &&
  state.first <= state.last + 1 &&
  typeof state.ended === 'boolean' &&
  Array.isArray(state.epochs) &&
  state.epochs.every(isEpoch)

const isEpoch = (epoch: LogEpoch): boolean =>
  isObject(epoch) && isEpochName(epoch.id) && isSeq(epoch.from, 1)

const isSeq = (seq: number, least: number): boolean => Number.isSafeInteger(seq) && seq >= least

const isEpochName = (id: string): boolean => typeof id === 'string' && /^[\w-]{1,64}$/.test(id)

const unwanted = (call: string, answer: unknown, wanted: string): Error =>
  new Error(`${call}() answered ${shown(answer)}, wanted ${wanted}`)

const longestShown = 200

/** Its properties one level deep: records are the users' data. */
const shown = (answer: unknown): string => {
  if (!isObject(answer)) return nameOf(answer)
  const fields = Object.entries(answer).map(([key, value]) => `${key}: ${nameOf(value)}`)
  return `{ ${fields.join(', ')} }`.slice(0, longestShown)
}

const nameOf = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return foundIn(value)
  }
}
