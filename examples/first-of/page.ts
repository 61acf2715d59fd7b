// What is shown, as a page or as text. The page needs no script: what came first is marked by a line of CSS that follows.

type Waited = 'look-up' | 'timer' | 'signal'

export interface View {
  readonly type: string
  readonly begin: (wait: {
    /** Of the example. */
    readonly path: string
    readonly id: string
    readonly name: string
    readonly waitMs: number
  }) => string
  readonly won: (first: Waited, words: string) => string
}

export const asText: View = {
  type: 'text/plain',
  begin: ({ path, id, name, waitMs }) =>
    `Waiting for the address of ${name}, for ${waitMs} ms, or for a POST to ${path}/${id}\n`,
  won: (first, words) => `The ${first} was first: ${words}.\n`,
}

/** Names were checked: there is nothing in them to escape. */
export const asPage: View = {
  type: 'text/html',
  begin: ({ path, id, name, waitMs }) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>The first of three</title><style>
body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;max-width:40rem}h1{font-size:1.25rem}button{font:inherit}a{color:inherit}
li{margin:.5rem 0;padding:.25rem .75rem;border-left:4px solid color-mix(in srgb,CanvasText 30%,Canvas)}ul{padding:0;list-style:none}
#timer::after{content:'';display:block;height:3px;background:CanvasText;animation:run ${waitMs}ms linear forwards}
@keyframes run{from{width:0}}@media(prefers-reduced-motion:reduce){#timer::after{animation:none}}
</style><main><h1>The first of three</h1><ul>
<li id="look-up">the address of ${name}
<li id="timer">${waitMs} ms
<li id="signal"><form method="post" action="${path}/${id}" target="told">a signal: <button>Give it</button></form>
</ul><iframe name="told" title="Whether it was given" hidden></iframe>
<p>Again, with <a href="${path}/quick.example">quick.example</a>, <a href="${path}/slow.example">slow.example</a> or
<a href="${path}/no.example">no.example</a>.</p><div aria-live="polite">
`,
  won(first, words) {
    const style = `li:not(#${first}){text-decoration:line-through}#${first}{border-color:green}
#timer::after{animation-play-state:paused}button{display:none}`
    return `<style>${style}</style><p><b>The ${first} was first:</b> ${words}.</p></div></main></html>\n`
  },
}
