import type { AnyFrame } from '@sluice/body'

/** Of so many forms are the frames of unknown kinds. */
export const otherForms = 14

/** Makes frames of kinds that nobody knows, which may look like others in all but their kind, and sees what is done to them. */
export class OtherFrames {
  /** What of them was called, and ought to be nobody's but their reader's. */
  readonly used: string[] = []
  readonly #again: AnyFrame = { kind: 'again' }

  make(id: number, variant: number): AnyFrame | OtherFrame {
    const use = (what: string) => {
      this.used.push(what)
    }
    switch (variant % otherForms) {
      case 1:
        // For tables that are looked into by kind.
        return { kind: 'constructor', id }
      case 2:
        return { kind: 'bytes', id, bytes: encoder.encode('no data') }
      case 3:
        return { kind: 'wait', id, until: 'never', sent: 'no receipt', fields: [] }
      case 4:
        return { kind: 'toString', id }
      case 5:
        return { kind: '__proto__', id }
      case 6:
        return { kind: '', id }
      case 7:
        return { kind: 'data-end', id, bytes: encoder.encode('no data'), byteLength: 7 }
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
        // One object, each time that it comes.
        return this.#again
      case 13:
        // By which it is no more than a kind.
        return { kind: 'bare' }
      default:
        return { kind: 'progress', id }
    }
  }
}

/** With what any other kind may have. */
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

const encoder = new TextEncoder()
