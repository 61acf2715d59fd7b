// What the browser shows. It needs no script: an answer takes the place of its row by one line of CSS.
import { escapeXml } from './xml-rpc.ts'

const row = (at: number, kind: string, title: string, content: string): string =>
  `<p class="${kind}" id="${kind}-${at}" style="order:${at}"><b>${escapeXml(title)}</b> ${escapeXml(content)}</p>\n`

/** All that is there at once: a row for each question. */
export const shell = (questions: readonly { readonly title: string }[]): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>XML-RPC</title><style>
body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;max-width:40rem}
main{display:flex;flex-direction:column;gap:.5rem}h1,p{margin:0}h1{font-size:1.25rem}
p{overflow-wrap:anywhere;padding:.4rem .75rem;border-left:4px solid color-mix(in srgb,CanvasText 30%,Canvas)}
.waiting{opacity:.75}.answer{border-color:green}.problem{border-color:red;border-left-style:double}
</style><main aria-live="polite"><h1>${questions.length} calls to another server</h1>
${questions.map(({ title }, at) => row(at + 1, 'waiting', title, '…')).join('')}`

/** What makes the row of an answer, or of a problem. It takes the place of the one that waits. */
export const rowOf =
  (at: number, title: string) =>
  (kind: 'answer' | 'problem', content: string): string =>
    `<style>#waiting-${at}{display:none}</style>${row(at, kind, title, content)}`

export const pageEnd = '</main></html>\n'
