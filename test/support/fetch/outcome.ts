import { within } from '../within.ts'

/** What an operation gave: its value, or the name of its error. Messages are each platform's own. */
export type Outcome = { readonly value: unknown } | { readonly error: string }

export const outcomeOf = async (run: () => unknown): Promise<Outcome> => {
  try {
    return { value: await run() }
  } catch (error) {
    return { error: error instanceof Error ? error.name : typeof error }
  }
}

/** A named operation on an object that may be the platform's or ours. */
export interface Operation<T> {
  readonly name: string
  readonly run: (on: T) => unknown
}

/** Runs operations one after another on the same object. */
export const outcomesOf = async <T>(
  operations: readonly Operation<T>[],
  on: T,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const { run } of operations)
    outcomes.push(
      await within(
        5000,
        outcomeOf(() => run(on)),
      ),
    )
  return outcomes
}

/** What reads and tells of content, on Request and Response alike. */
export const contentOperations: readonly Operation<Request | Response>[] = [
  { name: 'text()', run: (on) => on.text() },
  { name: 'json()', run: (on) => on.json() },
  { name: 'arrayBuffer()', run: async (on) => [...new Uint8Array(await on.arrayBuffer())] },
  { name: 'blob()', run: async (on) => blobOf(await on.blob()) },
  { name: 'formData()', run: async (on) => entriesOf(await on.formData()) },
  { name: 'text() twice', run: (on) => Promise.all([on.text(), on.text()]) },
  { name: 'clone().text()', run: (on) => on.clone().text() },
  { name: 'clone()', run: (on) => on.clone().bodyUsed },
  { name: 'body === null', run: (on) => on.body === null },
  { name: 'body === body', run: (on) => Object.is(on.body, on.body) },
  { name: 'body.locked', run: (on) => on.body?.locked },
  // Not awaited: of a stream that was cloned it ends when both are cancelled.
  { name: 'body.cancel()', run: (on) => void on.body?.cancel().catch(() => {}) },
  { name: 'reading body', run: (on) => (on.body === null ? null : streamText(on.body)) },
  { name: 'bodyUsed', run: (on) => on.bodyUsed },
  { name: 'bodyUsed after a call', run: (on) => usedAtOnce(on) },
  { name: 'tag', run: (on) => Object.prototype.toString.call(on) },
  { name: 'constructor', run: (on) => on.constructor.name },
  { name: 'JSON', run: (on) => JSON.stringify(on) },
  { name: 'Object.keys', run: (on) => Object.keys(on) },
  { name: 'headers', run: (on) => [...on.headers] },
  { name: 'headers === headers', run: (on) => Object.is(on.headers, on.headers) },
  { name: 'headers.set()', run: (on) => on.headers.set('x-set', 'later') },
  { name: "headers.get('x-set')", run: (on) => on.headers.get('x-set') },
  { name: 'clone().headers', run: (on) => on.clone().headers.get('x-set') },
]

const blobOf = async (blob: Blob) => [blob.type, blob.size, await blob.text()]

const entriesOf = (form: Awaited<ReturnType<Response['formData']>>) =>
  [...form].map(([name, value]) => [name, typeof value === 'string' ? value : value.name])

const streamText = async (stream: NonNullable<Response['body']>): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of stream) text += decoder.decode(bytes, { stream: true })
  return text
}

const usedAtOnce = async (on: Request | Response): Promise<boolean> => {
  const reading = on.text()
  const { bodyUsed } = on
  await reading
  return bodyUsed
}
