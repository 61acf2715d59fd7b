// The live panes and the copy buttons. One listener for each kind of event: cards work as soon as they have arrived.

/** A browser opens six connections to one origin: two are left for the waterfall, and for short requests. */
const mostConnections = 4

/** Rows of a log, and characters of a row, that are kept. */
const mostRows = 400
const mostCharacters = 600

/** The panes that run, the oldest first: `{ pane, holds, stop }`. */
let running = []

document.documentElement.classList.add('script')

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form.call')
  if (form === null) return
  event.preventDefault()
  const pane = form.closest('.pane')
  if (pane.dataset.kind === 'page') startPage(pane, form)
  else startCall(pane, form)
})

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button')
  if (button?.matches('.stop')) stop(button.closest('.pane'), 'Stopped')
  if (button?.matches('.copy')) copy(button)
})

const callOf = (form) => JSON.parse(form.dataset.call)

const say = (pane, words) => {
  pane.querySelector('.state').textContent = words
}

/** Makes room, the oldest first, and remembers how to stop the pane. */
const enter = (pane, end) => {
  const holds = Number(pane.dataset.holds)
  const used = () => running.reduce((sum, each) => sum + each.holds, 0)
  while (used() + holds > mostConnections) stop(running[0].pane, 'Stopped: four run at once')
  running.push({ pane, holds, end })
  pane.classList.add('running')
  pane.querySelector('.stop').hidden = false
  const button = pane.querySelector('.primary')
  button.querySelector('span').textContent = `${callOf(button.form).button} again`
  say(pane, 'Running')
}

const leave = (pane, words) => {
  running = running.filter((each) => each.pane !== pane)
  pane.classList.remove('running')
  const button = pane.querySelector('.primary')
  const stopButton = pane.querySelector('.stop')
  if (document.activeElement === stopButton) button.focus()
  stopButton.hidden = true
  say(pane, words)
}

const stop = (pane, words) => {
  const found = running.find((each) => each.pane === pane)
  if (found === undefined) return
  leave(pane, words)
  found.end()
}

// A pane that shows the example's own page.

const startPage = (pane, form) => {
  stop(pane, '')
  const stage = pane.querySelector('.stage')
  const idle = [...stage.childNodes]
  const frame = document.createElement('iframe')
  frame.title = `The page of ${pane.dataset.name}`
  frame.src = callOf(form).path
  enter(pane, () => stage.replaceChildren(...idle))
  stage.replaceChildren(frame)
}

// A pane that asks, and writes down what arrives, and when.

const startCall = (pane, form) => {
  const call = callOf(form)
  const isFirst = form.querySelector('.primary') !== null
  if (isFirst) stop(pane, '')
  let found = running.find((each) => each.pane === pane)
  if (found === undefined) {
    const log = openLog(pane)
    const controller = new AbortController()
    enter(pane, () => controller.abort())
    found = running.at(-1)
    Object.assign(found, { log, signal: controller.signal, open: 0 })
  }
  ask(pane, found, call, form.elements.typed?.value ?? '')
}

const ask = async (pane, run, { method = 'GET', path, headers, typed, lines }, words) => {
  const { log, signal } = run
  const target = path.replace('{id}', log.id ?? '').replace('{typed}', encodeURIComponent(words))
  const takesBody = typed !== undefined && !path.includes('{typed}')
  const body = lines === undefined ? (takesBody ? words : undefined) : linesOf(lines)
  const size = lines === undefined ? '' : `, ${amount(body.size)}`
  const lane = run.open > 0 || log.asked ? 'second' : 'first'
  log.asked = true
  run.open++
  log.add(lane, 'ask', `${method} ${target}${size}`)
  try {
    const response = await fetch(target, { method, headers, body, signal, cache: 'no-store' })
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content'
    log.add(lane, 'ask', `${response.status} ${type}`)
    const decoder = new TextDecoder()
    for (const reader = response.body.getReader(); ; ) {
      const { value, done } = await reader.read()
      if (done) break
      log.piece(lane, decoder.decode(value, { stream: true }), value.length)
    }
    log.add(lane, 'ask', 'end')
  } catch (error) {
    if (signal.aborted) return
    log.add(lane, 'ask', `cut: ${error.message}`)
  }
  run.open--
  if (run.open === 0 && running.includes(run)) leave(pane, log.sum())
}

const linesOf = ({ first, line, count }) => {
  const parts = first === undefined ? [] : [`${first}\n`]
  for (let n = 1; n <= count; n++) parts.push(`${line.replace('{n}', n)}\n`)
  return new Blob([parts.join('')])
}

const amount = (bytes) =>
  bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1000).toLocaleString('en')} kB`

/** The log of a pane: a strip that marks each arrival, and a row for each. */
const openLog = (pane) => {
  const stage = pane.querySelector('.stage')
  const strip = document.createElement('div')
  strip.className = 'strip'
  strip.setAttribute('aria-hidden', 'true')
  const rows = document.createElement('div')
  rows.className = 'log'
  rows.tabIndex = 0
  rows.setAttribute('role', 'log')
  rows.setAttribute('aria-live', 'off')
  rows.setAttribute('aria-label', `What arrives from ${pane.dataset.name}`)
  stage.replaceChildren(strip, rows)
  const begun = performance.now()
  const waiting = [...pane.querySelectorAll('form.call')].filter((form) => callOf(form).finds)
  for (const form of waiting) form.querySelector('button').disabled = true
  let text = ''
  let pieces = 0
  let bytes = 0
  const log = {
    asked: false,
    id: undefined,
    add(lane, kind, words) {
      const seconds = (performance.now() - begun) / 1000
      const row = document.createElement('div')
      row.className = `${lane} ${kind}`
      const at = document.createElement('span')
      at.className = 'at'
      at.textContent = seconds.toFixed(3)
      const what = document.createElement('span')
      what.textContent = clipped(words)
      row.append(at, what)
      const follows = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 40
      rows.append(row)
      if (rows.childElementCount > mostRows) rows.firstElementChild.remove()
      if (follows) rows.scrollTop = rows.scrollHeight
      const shownSeconds = Math.max(3, Math.ceil(seconds))
      strip.style.setProperty('--window', shownSeconds)
      strip.dataset.end = `${shownSeconds} s`
      if (kind === 'ask' || strip.childElementCount > mostRows) return
      const mark = document.createElement('i')
      mark.className = lane
      mark.style.setProperty('--at', seconds)
      strip.append(mark)
    },
    piece(lane, words, length) {
      pieces++
      bytes += length
      text = (text + words).slice(-4000)
      for (const form of waiting) {
        const match = new RegExp(callOf(form).finds).exec(text)
        if (match === null) continue
        log.id = match[1]
        form.querySelector('button').disabled = false
      }
      log.add(lane, 'piece', words)
    },
    sum: () => `${pieces} ${pieces === 1 ? 'piece' : 'pieces'}, ${amount(bytes)}`,
  }
  return log
}

const clipped = (words) => {
  const shown = words.replace(/\n+$/, '')
  if (shown.length <= mostCharacters) return shown
  return `${shown.slice(0, mostCharacters)}… and ${amount(shown.length - mostCharacters)} more`
}

// The copy buttons.

const copy = async (button) => {
  const code = button.parentElement.querySelector('code')
  const label = button.querySelector('span')
  try {
    await navigator.clipboard.writeText(code.textContent)
    label.textContent = 'Copied'
  } catch {
    // Without the permission, or where the page is no secure context: a key is enough then.
    getSelection().selectAllChildren(code)
    label.textContent = 'Selected'
  }
  setTimeout(() => {
    label.textContent = 'Copy'
  }, 2000)
}

// The group that is in sight.

const links = () => [...document.querySelectorAll('.jump a')]

const inSight = new IntersectionObserver(
  (entries) => {
    const seen = entries.find(({ isIntersecting }) => isIntersecting)
    if (seen === undefined) return
    for (const link of links())
      link.ariaCurrent = link.hash === `#${seen.target.id}` ? 'true' : null
  },
  { rootMargin: '-20% 0px -75%' },
)

// How this page itself arrived.

const tellArrival = () => {
  const [entry] = performance.getEntriesByType('navigation')
  const { requestStart, responseStart, responseEnd, encodedBodySize, decodedBodySize } = entry
  const ms = (at) => `${Math.max(1, Math.round(at - requestStart))} ms`
  document.getElementById('arrival').textContent =
    `This page came through Sluice: its first bytes after ${ms(responseStart)}, its last after ${ms(responseEnd)}; ${amount(decodedBodySize)} of HTML as ${amount(encodedBodySize)}.`
}

const whenWhole = () => {
  tellArrival()
  for (const group of document.querySelectorAll('.group')) inSight.observe(group)
}

if (document.readyState === 'complete') whenWhole()
else addEventListener('load', whenWhole)
