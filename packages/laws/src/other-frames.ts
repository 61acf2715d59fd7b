import { encodeText } from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'

/** How many forms of frames of unknown kinds there are. */
export const otherForms = 14

/** Makes frames of unknown kinds, some of which look like known frames, and records which of their functions are called. */
export class OtherFrames {
  /** Functions of the frames that were called; only the reader may call them. */
  readonly used: string[] = []
  readonly #again: AnyFrame = { kind: 'again' }

  make(id: number, variant: number): AnyFrame | OtherFrame {
    const use = (what: string) => {
      this.used.push(what)
    }
    switch (variant % otherForms) {
      case 1:
        // For filters that look the kind up in a plain object.
        return { kind: 'constructor', id }
      case 2:
        return { kind: 'bytes', id, bytes: encodeText('no data') }
      case 3:
        return { kind: 'wait', id, until: 'never', sent: 'no receipt', fields: [] }
      case 4:
        return { kind: 'toString', id }
      case 5:
        return { kind: '__proto__', id }
      case 6:
        return { kind: '', id }
      case 7:
        return { kind: 'data-end', id, bytes: encodeText('no data'), byteLength: 7 }
      case 8: {
        const until = {
          // biome-ignore lint/suspicious/noThenProperty: it looks like what a pause waits for.
          then(told?: () => void) {
            use('until')
            told?.()
          },
        }
        return { kind: 'paused', id, until, sent: () => use('sent') }
      }
      case 9:
        return {
          kind: 'payload',
          id,
          when: new Date(0),
          nothing: undefined,
          list: [1, { deep: true }],
          [Symbol.for('sluice.laws')]: 'a symbol',
          run: () => use('run'),
        }
      case 10:
        return new ClassFrame(id)
      case 11:
        return Object.freeze({ kind: 'frozen', id })
      case 12:
        // The same object each time.
        return this.#again
      case 13:
        // Nothing but a kind.
        return { kind: 'bare' }
      default:
        return { kind: 'progress', id }
    }
  }
}

/** May have any property. */
interface OtherFrame extends AnyFrame {
  readonly [property: string | symbol]: unknown
}

class ClassFrame implements AnyFrame {
  readonly kind: string = 'class'
  readonly id: number
  readonly #secret = 42

  constructor(id: number) {
    this.id = id
  }

  get answer(): number {
    return this.#secret
  }
}
