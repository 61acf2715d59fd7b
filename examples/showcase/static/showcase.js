// The live panes and the copy buttons. One listener for each kind of event: cards work as soon as they have arrived.
import { copy } from './copy.js'
import { amount, openLog } from './pane-log.js'
import './whole-page.js'

/** A browser opens six connections to one origin: two are left for the waterfall, and for short requests. */
const mostConnections = 4

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
  if (button?.matches('.unfold')) unfold(button)
})

/** On a narrow page the code and the commands of a card are folded. */
const unfold = (button) => {
  const isOpen = button.closest('.card').classList.toggle('open')
  button.ariaExpanded = String(isOpen)
}

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
  // It keeps its height once it has been started.
  pane.classList.add('started', 'running')
  pane.querySelector('.stop').hidden = false
  const button = pane.querySelector('.primary')
  button.querySelector('span').textContent = `${callOf(button.form).button} again`
  say(pane, 'Waiting for the first byte')
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
  const frame = document.createElement('iframe')
  frame.title = `The page of ${pane.dataset.name}`
  frame.src = callOf(form).path
  const look = setInterval(() => {
    if (!hasBegun(frame)) return
    clearInterval(look)
    stage.classList.add('filled')
    say(pane, 'Running')
  }, 50)
  enter(pane, () => {
    clearInterval(look)
    frame.remove()
    stage.classList.remove('filled')
  })
  stage.append(frame)
}

/** No event tells it: a page that streams is loaded only when it ends. An error of the browser is a page of no document. */
const hasBegun = ({ contentDocument }) =>
  contentDocument === null ||
  (contentDocument.URL !== 'about:blank' && contentDocument.body?.firstElementChild != null)

// A pane that asks, and writes down what arrives, and when.

/** The log of each pane that has been started. */
const logs = new WeakMap()

const startCall = (pane, form) => {
  const call = callOf(form)
  const isFirst = form.querySelector('.primary') !== null
  if (isFirst) stop(pane, '')
  let found = running.find((each) => each.pane === pane)
  if (found === undefined) {
    // The first button begins a new log; the others go on in the one that is there.
    const log = (isFirst ? undefined : logs.get(pane)) ?? beginLog(pane)
    const controller = new AbortController()
    enter(pane, () => controller.abort())
    found = running.at(-1)
    Object.assign(found, { log, signal: controller.signal, open: 0 })
  }
  ask(pane, found, call, form.elements.typed?.value ?? '')
}

/** A new log. The buttons that wait for something to be found in it wait again. */
const beginLog = (pane) => {
  const waiting = [...pane.querySelectorAll('form.call')].filter((form) => callOf(form).finds)
  for (const form of waiting) form.querySelector('button').disabled = true
  const log = openLog(pane, (text) => {
    for (const form of waiting) {
      const match = new RegExp(callOf(form).finds).exec(text)
      if (match === null) continue
      log.id = match[1]
      form.querySelector('button').disabled = false
    }
  })
  logs.set(pane, log)
  return log
}

const ask = async (pane, run, call, words) => {
  const { log, signal } = run
  const { method = 'GET', headers } = call
  const target = call.path
    .replace('{id}', log.id ?? '')
    .replace('{typed}', encodeURIComponent(words))
  const body = bodyOf(call, words)
  const lane = log.asked ? 'second' : 'first'
  log.asked = true
  run.open++
  log.note(lane, `${method} ${target}${body instanceof Blob ? `, ${amount(body.size)}` : ''}`)
  try {
    const response = await fetch(target, { method, headers, body, signal, cache: 'no-store' })
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content'
    log.note(lane, `${response.status} ${type}`)
    const decoder = new TextDecoder()
    for await (const bytes of piecesOf(response)) {
      if (!signal.aborted) say(pane, 'Running')
      log.piece(lane, decoder.decode(bytes, { stream: true }), bytes.length)
    }
    log.note(lane, 'end')
  } catch (error) {
    if (signal.aborted) return
    log.note(lane, `cut: ${error.message}`)
  }
  run.open--
  if (run.open === 0 && running.includes(run)) leave(pane, log.sum())
}

const bodyOf = ({ path, typed, lines }, words) => {
  if (lines !== undefined) return linesOf(lines)
  return typed === undefined || path.includes('{typed}') ? undefined : words
}

/** As they arrive. Not all browsers iterate a stream. */
async function* piecesOf({ body }) {
  if (body === null) return
  const reader = body.getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    yield value
  }
}

const linesOf = ({ first, line, count }) => {
  const parts = first === undefined ? [] : [`${first}\n`]
  for (let n = 1; n <= count; n++) parts.push(`${line.replace('{n}', n)}\n`)
  return new Blob([parts.join('')])
}
