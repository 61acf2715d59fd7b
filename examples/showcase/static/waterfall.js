// Shows what /waterfall/events tells: draws each arrival, keeps the numbers, and says in words what a run has shown.
import { Drawing } from './waterfall-drawing.js'

const sides = ['sluice', 'node']
const element = (id) => document.getElementById(`wf-${id}`)
const drawing = new Drawing(element('drawing'))
const status = element('status')
const again = element('again')
const switches = ['flushed', 'slow', 'paused']
const stillness = matchMedia('(prefers-reduced-motion: reduce)')

const number = (value) => Math.max(0, Math.round(value)).toLocaleString('en')
const milliseconds = (ms) => `${number(ms)} ms`
const kibibytes = (bytes) => `${number(bytes / 1024)} KiB`
const mebibytes = (bytes) =>
  bytes < 104_858 ? 'under 0.1 MiB' : `${(bytes / 1_048_576).toFixed(1)} MiB`
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** A stream of one side in this run: its pieces in order, and when so many bytes could be read. */
class Stream {
  readable
  first
  last
  wireBytes = 0
  delays = []
  #pieces = []
  #arrivals = []
  #decoded = 0
  #made = 0
  #read = 0

  made(message) {
    this.#made += message.bytes
    const drawn = drawing.piece(message, this.#pieces.length)
    this.#pieces.push({ ms: message.ms, end: this.#made, drawn })
    this.#match()
  }

  arrived(message) {
    drawing.arrival(message)
    this.first ??= message.ms
    if (message.decodedBytes > 0) this.readable ??= message.ms
    this.wireBytes += message.wireBytes
    this.#decoded += message.decodedBytes
    this.#arrivals.push({ ms: message.ms, decoded: this.#decoded })
    this.#match()
  }

  /** What was made and has not arrived is held by the server. */
  passed(nowMs) {
    for (const { drawn } of this.#pieces.slice(this.#read)) drawn.held(nowMs)
  }

  /** A piece can be read once as many bytes as were made up to its end have come. Either of the two is told first. */
  #match() {
    for (let piece = this.#pieces[this.#read]; piece; piece = this.#pieces[++this.#read]) {
      const arrival = this.#arrivals.find(({ decoded }) => decoded >= piece.end)
      if (arrival === undefined) return
      piece.drawn.read(arrival.ms)
      this.delays.push(Math.max(0, arrival.ms - piece.ms))
    }
  }
}

/** Numbers of both sides, with bars beside the ones that are to be compared. */
const show = (id, side, value, format) => {
  element(`${id}-${side}`).textContent = value === undefined ? '–' : format(value)
}

/** The most that each pair of bars has shown. At first what the usual run shows, so that two small numbers have short bars. */
const most = { readable: 1600, memory: 256 * 1024, held: 8 * 1_048_576 }
const shown = { readable: {}, memory: {}, held: {} }
const showBar = (id, side, value, format) => {
  show(id, side, value, format)
  shown[id][side] = Math.max(0, value ?? 0)
  most[id] = Math.max(most[id], shown[id][side])
  for (const each of sides)
    element(`${id}-${each}-bar`).style.width = `${(100 * (shown[id][each] ?? 0)) / most[id]}%`
}

let streams = new Map()
/** What each side's idle streams cost when they last worked, and at rest after that. */
let worked = {}
let rested = {}
let held = {}
let state = { phase: 'starting', switches: {} }
let startedAt
let lengthMs = 0
let frame = 0

const streamOf = ({ stream, side }) => {
  const key = `${stream} ${side}`
  if (!streams.has(key)) streams.set(key, new Stream())
  return streams.get(key)
}

const say = (text, failed = false) => {
  status.classList.toggle('wf-failed', failed)
  if (status.textContent !== text) status.textContent = text
}

const showPage = (side) => {
  const { readable, first, last, wireBytes } = streamOf({ stream: 'page', side })
  showBar('readable', side, readable, milliseconds)
  show('first', side, first, milliseconds)
  show('last', side, last, milliseconds)
  show('wire', side, wireBytes || undefined, (bytes) => `${number(bytes)} B`)
  show('event', side, median(streamOf({ stream: 'events', side }).delays), milliseconds)
}

const showMemory = ({ side, streams: count, before, now }) => {
  const each = (name) => (now[name] - before[name]) / count
  showBar('memory', side, each('rss'), kibibytes)
  show('heap', side, each('heap'), kibibytes)
  show('external', side, each('external'), kibibytes)
}

/** Both sides in words: said once a run is over, not while it lasts. */
const sayRun = () => {
  const [ours, theirs] = sides.map((side) => streamOf({ stream: 'page', side }).readable)
  if (ours === undefined || theirs === undefined) return
  const [our, their] = sides.map((side) => element(`memory-${side}`).textContent)
  const text = `The page could be read after ${milliseconds(ours)} through Sluice, and after ${milliseconds(theirs)} through node:http. An idle event stream takes ${our} and ${their}.`
  element('drawing-text').textContent = text
  say(text)
}

const act = {
  state(message) {
    const before = state
    state = message
    for (const name of switches) {
      element(name).checked = message.switches[name]
      element(name).disabled = ['starting', 'failed'].includes(message.phase)
    }
    again.disabled = message.phase === 'starting'
    if (message.phase !== 'running') stop()
    if (message.phase === 'starting') say('Starting two servers, each with 200 idle event streams.')
    if (message.phase === 'failed')
      say('A server cannot be kept running. Run again starts both.', true)
    if (message.phase === 'ready' && before.phase === 'running') sayRun()
    if (before.switches.slow && !message.switches.slow) saySlow()
  },
  run(message) {
    state = { ...state, phase: 'running' }
    lengthMs = message.lengthMs
    streams = new Map()
    drawing.clear(lengthMs)
    startedAt = performance.now()
    for (const side of sides) showPage(side)
    follow()
  },
  made: (message) => streamOf(message).made(message),
  arrival(message) {
    streamOf(message).arrived(message)
    showPage(message.side)
  },
  end(message) {
    streamOf(message).last = message.ms
    showPage(message.side)
  },
  memory(message) {
    const { side, paused } = message
    showMemory(message)
    element('memory-title').textContent = paused
      ? 'Memory of an idle event stream'
      : 'Memory of an event stream at work'
    const each = element(`memory-${side}`).textContent
    if (!paused) worked[side] = each
    else if (side in worked) rested[side] = each
    if (sides.every((each) => each in rested)) sayPaused()
  },
  held(message) {
    held[message.side] = message
    showBar('held', message.side, message.rss, mebibytes)
  },
  failure({ message }) {
    say(`${message}. It is tried again.`, true)
  },
}

/** The line that shows the time, and what is held meanwhile. Without motion, only what has arrived is drawn. */
const follow = () => {
  cancelAnimationFrame(frame)
  if (startedAt === undefined || stillness.matches) return
  const nowMs = performance.now() - startedAt
  if (nowMs > lengthMs) return drawing.now()
  drawing.now(nowMs)
  for (const stream of streams.values()) stream.passed(nowMs)
  for (const side of sides)
    if (streamOf({ stream: 'page', side }).readable === undefined)
      showBar('readable', side, nowMs, (ms) => `${milliseconds(ms)} …`)
  frame = requestAnimationFrame(follow)
}

const stop = () => {
  startedAt = undefined
  drawing.now()
}

const sayPaused = () => {
  say(
    `At work an event stream took ${worked.sluice} through Sluice, and at rest it takes ${rested.sluice}. Through node:http it took ${worked.node}, and takes ${rested.node}.`,
  )
  worked = {}
  rested = {}
}

const saySlow = () => {
  if (!sides.every((side) => side in held)) return
  const [ours, theirs] = sides.map((side) => mebibytes(held[side].rss))
  const [made, madeThere] = sides.map((side) => mebibytes(held[side].madeBytes))
  say(
    `For the slow reader Sluice held ${ours}, since its source stopped after ${made}. node:http held ${theirs} of ${madeThere}.`,
  )
  held = {}
}

const post = async (path) => {
  const response = await fetch(`/waterfall/${path}`, { method: 'POST' }).catch(() => undefined)
  if (response?.ok !== true) say('The server cannot be reached.', true)
}

again.addEventListener('click', () => post('again'))
for (const name of switches)
  element(name).addEventListener('change', ({ target }) =>
    post(`switches?${name}=${target.checked}`),
  )

/** A page that nobody sees watches nothing: the two servers end with their last viewer. */
let source
const watch = () => {
  source?.close()
  source = undefined
  if (document.hidden) return
  source = new EventSource('/waterfall/events')
  source.onmessage = ({ data }) => {
    const message = JSON.parse(data)
    act[message.kind](message)
  }
  source.onerror = () => {
    const isOver = source.readyState === EventSource.CLOSED
    say(
      isOver
        ? 'The server refuses to show it: perhaps too many watch. Load the page again later.'
        : 'The server cannot be reached. It is tried again.',
      true,
    )
  }
}
document.addEventListener('visibilitychange', watch)
watch()
