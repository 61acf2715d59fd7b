// The page: what Sluice is, then a card for each example, in groups. Each group leaves when it is written.
import { flush } from '@sluice/flush'
import { cardOf } from './card.ts'
import { commands, copyOf } from './command.ts'
import { contents, groups } from './contents.ts'
import { examples } from './examples.ts'
import { escapeHtml } from './source.ts'
import { addressOf, documents } from './source-files.ts'
import { waterfallSection } from './waterfall/section.ts'
import type { Frame } from '@sluice/body'

/** Read and checked before the server listens: a card that cannot be made ends the program. */
const groupsOfCards = groups.map((group) => ({ ...group, cards: group.examples.map(cardOf) }))

const head = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sluice: the examples</title>
<meta name="description" content="Streaming HTTP for TypeScript: examples at work, with the lines that matter.">
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/showcase.css">
<link rel="stylesheet" href="/static/pane.css">
<link rel="stylesheet" href="/static/waterfall.css">
<script type="module" async src="/static/showcase.js"></script>
<a class="skip" href="#examples">Skip to the examples</a>
<header class="hero wrap">
<div>
<h1>Sluice</h1>
<p class="lead">Small TypeScript packages for HTTP that streams: every byte leaves when it is ready, through filters, compression and the framework that you already have.</p>
<p class="arrival small muted" id="arrival"></p>
</div>
<nav class="begin" aria-label="Where to begin">
<ul>
<li><a href="#contents">Examples</a> <span class="muted">all ${examples.length + 1}, by what you need</span>
<li><a href="${addressOf(documents.readme)}">README</a> <span class="muted">install, first stack, packages</span>
<li><a href="${addressOf(documents.recipes)}">Recipes</a> <span class="muted">I want to …, and the line that does it</span>
<li><a href="${addressOf(documents.migrating)}">Migrating</a> <span class="muted">from Express, Hono or <code>node:stream</code></span>
<li><a href="${addressOf(documents.costs)}">Costs</a> <span class="muted">every figure, with its command</span>
</ul>
${commands('first', 'Your first stack: in the clone, copy an example and start it', [copyOf('out-of-order-page', 'first-stack')])}
</nav>
</header>
`

/** The script comes after the section that it draws in. */
const comparison = `<div class="above wrap">${waterfallSection}</div>
<script type="module" async src="/static/waterfall.js"></script>
`

const navigation = `<nav class="jump" aria-label="Groups of examples"><ul class="wrap">
<li><a href="#contents">All examples</a>
${groups.map(({ need, title }) => `<li><a href="#${need}">${title}</a>`).join('\n')}
</ul></nav>
`

/** What is written last, with the address at which this page was asked for. */
const foot = (site: string): string => `</div>
</main>
<footer class="wrap small muted">
<p>The same list as text: <code>curl ${escapeHtml(site)}/</code>. Each example is a folder of <code>examples/</code>, and runs alone when it is copied.
</footer>
</html>
`

export async function* page(site: string): AsyncGenerator<string | Frame> {
  yield head
  yield '<main>\n'
  yield comparison
  yield `${contents}${navigation}<div id="examples" tabindex="-1">\n`
  for (const { need, title, line, cards } of groupsOfCards) {
    yield `<section class="group wrap" id="${need}" aria-labelledby="${need}-title">
<div class="group-head"><h2 id="${need}-title">${title}</h2>
<p class="muted">${line}</p></div>
`
    for (const card of cards) yield card(site)
    yield '</section>\n'
    // The browser draws this group, and its panes can be started, while the rest is on its way.
    yield flush
  }
  yield foot(site)
}
