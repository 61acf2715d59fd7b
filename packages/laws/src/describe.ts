import { isData } from '@sluice/body'
import { kindOf } from './script.ts'
import type { AnyFrame } from '@sluice/body'
import type { Script } from './script.ts'

/** The most bytes of one frame that are shown. */
const maxShown = 32

/** The most frames of one body that are shown, at its beginning and at its end. */
const maxFirst = 16
const maxLast = 4

/** Frames in words: `"ab" | flush | {progress}`. */
export const describeFrames = (frames: readonly AnyFrame[]): string[] => {
  const left = frames.length - maxFirst - maxLast
  if (left <= 0) return frames.map(describeFrame)
  const first = frames.slice(0, maxFirst).map(describeFrame)
  return [...first, `… ${left} frames more …`, ...frames.slice(-maxLast).map(describeFrame)]
}

const describeFrame = (frame: AnyFrame): string => {
  if (isData(frame)) return describeBytes(frame.bytes)
  return kindOf(frame) === 'other' ? `{${frame.kind}}` : frame.kind
}

/** Bytes as text if they are valid UTF-8, else in hexadecimal. */
export const describeBytes = (bytes: Uint8Array): string => {
  const shown = bytes.subarray(0, maxShown)
  const rest = bytes.length > maxShown ? `… (${bytes.length} bytes)` : ''
  return `${textOf(shown) ?? hexOf(shown)}${rest}`
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return JSON.stringify(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

const hexOf = (bytes: Uint8Array): string =>
  `<${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}>`

/** How a body is given and read, if not in the simplest way. */
export const describeWay = ({ answers, memory, reader, sized, source }: Script): string => {
  const way: string[] = []
  if (answers.some((answer) => answer !== 'at once')) way.push(`answered ${answers.join(', ')}`)
  if (memory !== 'own')
    way.push(`bytes are ${memory === 'views' ? 'views' : 'Buffers'} of larger memory`)
  if (!sized) way.push('of unknown byteLength')
  if (source !== 'pull') way.push('source: only an async iterable')
  if (source === 'bare') way.push('without return()')
  if (reader !== 'pull') way.push('read by its async iterator')
  return way.length === 0 ? '' : ` (${way.join('; ')})`
}

export const describeError = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error)
  const { name = 'error', code, message = '' } = fieldsOf(error)
  return `${name}${code === undefined ? '' : ` ${code}`}: ${message}`
}

/** Two failures with the same name count as the same failure. */
export const nameOfError = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error)
  const { name = '', code, message = '' } = fieldsOf(error)
  return code ?? `${name}: ${message}`
}

const fieldsOf = (
  error: object,
): { readonly name?: string; readonly code?: string; readonly message?: string } => ({
  ...('name' in error ? { name: String(error.name) } : {}),
  ...('code' in error ? { code: String(error.code) } : {}),
  ...('message' in error ? { message: String(error.message) } : {}),
})
