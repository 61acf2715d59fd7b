// The part of a page that shows the waterfall. static/waterfall.js fills it, static/waterfall.css gives it its looks.

const sides = [
  { side: 'sluice', name: 'Sluice' },
  { side: 'node', name: 'node:http' },
]

/** Two bars to compare, with a number each, and what switches it. */
const comparison = (
  id: string,
  title: string,
  note: string,
  toggle = '',
): string => `<div class="wf-stat">
<h3 id="wf-${id}-title">${title}</h3>
<dl>
${sides
  .map(
    ({ side, name }) => `<div class="wf-${side}"><dt>${name}</dt>
<dd><span class="wf-number" id="wf-${id}-${side}">–</span>
<span class="wf-track" aria-hidden="true"><span class="wf-bar" id="wf-${id}-${side}-bar"></span></span></dd></div>`,
  )
  .join('\n')}
</dl>
${toggle}
<p class="wf-note">${note}</p>
</div>`

const row = (id: string, title: string): string =>
  `<tr><th scope="row">${title}</th>${sides
    .map(({ side }) => `<td id="wf-${id}-${side}">–</td>`)
    .join('')}</tr>`

const check = (id: string, title: string): string =>
  `<label class="wf-switch"><input type="checkbox" id="wf-${id}" autocomplete="off" disabled> ${title}</label>`

const memoryNote = `Resident memory of the process with 200 of them, less without, divided by 200. Unpaused,
each sends rows five times a second; paused, each waits for the next.`

const slowNote =
  'Check the box to see: a client then takes 8 KiB a second of a stream of images that come faster.'

export const waterfallSection: string = `<section id="waterfall" aria-labelledby="wf-title">
<div class="wf-head">
<h2 id="wf-title">The same page and the same events, twice</h2>
<p>Through Sluice and through plain <code>node:http</code>, both with gzip: every arrival is drawn as it comes, measured now on the machine that serves this page.</p>
</div>
<div class="wf-controls" role="group" aria-label="The waterfall">
<button type="button" class="primary" id="wf-again" disabled>Run again</button>
${check('flushed', 'Flush the page by hand in <code>node:http</code> too')}
</div>
<div class="wf-body">
<div class="wf-picture">
<figure class="wf-figure">
<svg id="wf-drawing" role="img" aria-labelledby="wf-drawing-title wf-drawing-text"><title id="wf-drawing-title">When each piece was made, and when it could be read</title><desc id="wf-drawing-text">Nothing has arrived yet.</desc></svg>
<figcaption>
<span><svg class="wf-key" aria-hidden="true"><circle class="wf-made" cx="8" cy="8" r="4"/></svg>made by the source</span>
<span><svg class="wf-key" aria-hidden="true"><path class="wf-held" d="M1 8h14"/></svg>held by the server</span>
<span><svg class="wf-key" aria-hidden="true"><circle class="wf-read" cx="8" cy="8" r="4"/></svg>can be read</span>
<span><svg class="wf-key" aria-hidden="true"><path class="wf-wire" d="M5 14v-6M9 14v-12M13 14v-9"/></svg>bytes on the wire</span>
</figcaption>
</figure>
<p class="wf-status" id="wf-status" role="status">Starting two servers.</p>
</div>
<div class="wf-stats">
${comparison('readable', 'First byte of the page that can be read', 'From the request on. The head comes earlier, and shows nothing.')}
${comparison('memory', 'Memory of an idle event stream', memoryNote, check('paused', 'Pause the 200 idle streams'))}
${comparison('held', 'Memory held for a slow reader', slowNote, check('slow', 'Start a slow reader'))}
</div>
</div>
<div class="wf-foot">
<table>
<caption>More numbers of this run</caption>
<thead><tr><td></td>${sides.map(({ name }) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${row('first', 'Page: first byte on the wire')}
${row('last', 'Page: last byte on the wire')}
${row('wire', 'Page: bytes on the wire')}
${row('event', 'Event: from made to read, median')}
${row('heap', 'Idle stream: JavaScript heap')}
${row('external', 'Idle stream: external memory')}
</tbody>
</table>
<div class="wf-sides">
<p><strong>Sluice</strong> sends the page section by section: its source yields a <code>flush</code> after each, which <code>compress()</code> carries through gzip. Between two flushes gzip keeps no context.
<p><strong>node:http</strong> sends the page by <code>pipeline(source, createGzip(), response)</code>, as most people write it, and gzip keeps the page until it has some 50 KiB or the end. Its events are flushed by hand after each: otherwise they would not arrive. To the slow reader it writes without waiting, as most code does.
<p>Each side is a process of its own with the same settings for memory. Both collect their garbage before they are measured.
<p>The 6 KiB of the README are of a stream of text that only waits. Here each stream is made by <code>events()</code>: it has a heartbeat, and ends with its client.
</div>
</div>
</section>
`
