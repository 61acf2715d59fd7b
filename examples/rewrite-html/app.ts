// A filter that rewrites the tags of a page as it passes, wherever the page was cut into pieces.
import { concat } from '@sluice/body'
import { filter } from '@sluice/filter'
import { flush, proxyHints } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { output, stack, stream, text } from '@sluice/stack'
import type { Frame } from '@sluice/body'
import type { Filter } from '@sluice/filter'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/rewrite-html',
  line: 'a filter that rewrites tags although they are cut between pieces',
  curl: (url: string): readonly string[] => [`curl -N ${url}`],
}

interface Rewrite {
  readonly tag: Uint8Array
  readonly by: Uint8Array
}

const encoder = new TextEncoder()
const nothing = new Uint8Array()
const lessThan = 60

/**
 * Replaces tags by what the table says.
 *
 * A tag is found where exactly its text stands. Holds back only what may be the beginning of one, so fewer bytes than the
 * longest has; a flush and a pause leave it held, since half a tag shows nothing. Other bytes pass without a copy.
 *
 * @throws {TypeError} At the call, when a tag does not begin with its only `<`.
 */
export const rewriteTags = (table: Readonly<Record<string, string>>): Filter => {
  const rewrites = Object.entries(table).map(([tag, by]): Rewrite => {
    if (tag.lastIndexOf('<') !== 0) throw new TypeError(`Cannot rewrite ${tag}: wanted a tag`)
    return { tag: encoder.encode(tag), by: encoder.encode(by) }
  })
  return filter('rewriteTags', () => {
    let held = nothing
    return {
      *data(bytes) {
        const all = held.length === 0 ? bytes : concat([held, bytes])
        held = nothing
        let passed = 0
        for (let at = all.indexOf(lessThan); at !== -1; at = all.indexOf(lessThan, at + 1)) {
          const found = findAt(rewrites, all, at)
          if (found === 'none') continue
          yield all.subarray(passed, at)
          if (found === 'perhaps') {
            // A copy, so that a few bytes do not keep all of them.
            held = all.slice(at)
            return
          }
          yield found.by
          passed = at + found.tag.length
        }
        yield all.subarray(passed)
      },
      release(why) {
        if (why !== 'trailers' && why !== 'end') return undefined
        const last = held
        held = nothing
        return last
      },
    }
  })
}

/** Looks for a tag at a place: the first of the table that stands there, or may do so once more bytes have come. */
const findAt = (rewrites: readonly Rewrite[], bytes: Uint8Array, at: number) => {
  for (const rewrite of rewrites) {
    const { tag } = rewrite
    let same = 1
    while (same < tag.length && bytes[at + same] === tag[same]) same++
    if (same === tag.length) return rewrite
    if (at + same >= bytes.length) return 'perhaps'
  }
  return 'none'
}

const oldPage = `<!doctype html><html lang="en"><title>Old page</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body { font: 1.25rem/1.5 system-ui; margin: 1rem }</style><body><main><h1>An old page</h1>
<p>Once this was <b>bold</b>, and this <i>slanted</i>: 1 < 2, and <br> is no <b>.
</main></body>
`

/** Seven characters at a time, to be seen as it comes. */
async function* pieces(signal: AbortSignal): AsyncGenerator<string | Frame> {
  for (let at = 0; at < oldPage.length; at += 7) {
    yield oldPage.slice(at, at + 7)
    yield flush
    await sleep(40, { signal })
  }
}

const modern = rewriteTags({
  '<b>': '<strong>',
  '</b>': '</strong>',
  '<i>': '<em>',
  '</i>': '</em>',
  '</body>': '<footer>Rewritten on its way.</footer>\n</body>',
})

export const app: Handler = stack(
  proxyHints(),
  output(modern),
)(({ method, client }) =>
  method === 'GET' || method === 'HEAD'
    ? stream(pieces(client.signal), { headers: { 'content-type': 'text/html; charset=utf-8' } })
    : text('', { status: 405, headers: { allow: 'GET, HEAD' } }),
)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
