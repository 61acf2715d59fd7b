// What is not text in a telnet connection (RFC 854): commands begin with the byte IAC, and some have an option (RFC 855).
import { filter } from '@sluice/filter'
import type { Filter } from '@sluice/filter'

const IAC = 255
const DONT = 254
const DO = 253
const WONT = 252
const WILL = 251
/** Begins the parameters of an option, which SE ends. */
const SB = 250
const SE = 240

/** What the next byte is, wherever the bytes were cut. */
type State = 'text' | 'command' | 'option' | 'parameter' | 'command in parameters'

/**
 * Takes out the commands. What the other end wants or offers is refused: no option is needed to send lines.
 *
 * @param answer Sends bytes to the other end.
 */
export const withoutCommands = (answer: (bytes: Uint8Array) => void): Filter =>
  filter('withoutCommands', () => {
    let state: State = 'text'
    let command = 0

    const afterCommand = (byte: number): State => {
      command = byte
      if (byte === SB) return 'parameter'
      return byte >= WILL && byte <= DONT ? 'option' : 'text'
    }

    /** Moves on by a byte; whether it is text. */
    const isText = (byte: number): boolean => {
      switch (state) {
        case 'text':
          if (byte === IAC) state = 'command'
          return byte !== IAC
        case 'command':
          // Twice, it stands for itself.
          state = byte === IAC ? 'text' : afterCommand(byte)
          return byte === IAC
        case 'option':
          state = 'text'
          // Nothing answers a refusal, so that two ends never go on answering each other.
          if (command === DO) answer(Uint8Array.of(IAC, WONT, byte))
          if (command === WILL) answer(Uint8Array.of(IAC, DONT, byte))
          return false
        case 'parameter':
          if (byte === IAC) state = 'command in parameters'
          return false
        case 'command in parameters':
          state = byte === SE ? 'text' : 'parameter'
          return false
      }
    }

    return { data: (bytes) => bytes.filter(isText) }
  })
