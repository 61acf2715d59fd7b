import { data, readText } from '@sluice/body'
import { takeOver } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import type { Frame } from '@sluice/body'
import type { Client, Handler } from '@sluice/stack'
import type { RawClient } from '../server/raw-client.ts'
import type { Site } from '../server/serving.ts'
import type { Deferred } from '../within.ts'

/** What the bodies of the handler did: for each that was begun how often its `finally` ran. */
export interface Scene {
  readonly site: Site
  readonly client: RawClient
  readonly gate: Deferred<void>
  readonly finallys: number[]
  /** The signals of the requests that the handler was given. */
  readonly signals: AbortSignal[]
}

export const bigContent: Buffer = Buffer.alloc(8 * 1_048_576, 'abcdefg')

async function* gated(target: string, gate: Deferred<void>): AsyncGenerator<Frame> {
  yield data(Buffer.from('a'))
  if (target === '/pausing') yield { kind: 'pause', until: gate.promise }
  else if (target === '/streaming') await gate.promise
  else {
    // A chunk of its own, so that what has arrived tells where the body is.
    yield { kind: 'flush' }
    yield data(bigContent)
  }
  yield data(Buffer.from('b'))
}

async function* counted(body: AsyncGenerator<Frame>, finallys: number[], client: Client) {
  const place = finallys.push(0) - 1
  const gone = new Promise<never>((_, reject) => {
    client.signal.addEventListener('abort', () => reject(client.signal.reason))
  })
  gone.catch(() => {})
  try {
    for (;;) {
      // A generator that waits for something else than its client is closed only when that comes.
      const next = await Promise.race([body.next(), gone])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    finallys[place] = (finallys[place] ?? 0) + 1
  }
}

/** Answers each target in another way, and stays in it until the gate opens. */
export const sceneHandler =
  ({ gate, finallys, signals }: Omit<Scene, 'site' | 'client'>): Handler =>
  async ({ target, body, client }) => {
    signals.push(client.signal)
    switch (target) {
      case '/running':
        await gate.promise
        return text('ran')
      case '/reading':
        return text(await readText(body))
      case '/over':
        return takeOver(
          (socket) =>
            socket
              .on('error', () => {})
              .on('end', () => socket.end())
              .resume(),
          {
            headers: { upgrade: 'none' },
          },
        )
      case '/streaming':
      case '/pausing':
      case '/stalled':
        return stream(counted(gated(target, gate), finallys, client))
    }
    return text('at once')
  }
