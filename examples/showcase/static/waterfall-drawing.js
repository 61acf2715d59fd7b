// The picture: a lane for each stream of each side, with a common axis of time.

const svg = (name, attributes, text) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text !== undefined) element.textContent = text
  return element
}

const rowHeight = 15
const wireHeight = 24

/** From top to bottom. A page has a row for each of its pieces. */
const lanes = [
  { stream: 'page', side: 'sluice', name: 'Page through Sluice', rows: 4 },
  { stream: 'page', side: 'node', name: 'Page through node:http', rows: 4 },
  { stream: 'events', side: 'sluice', name: 'Events through Sluice', rows: 1 },
  { stream: 'events', side: 'node', name: 'Events through node:http', rows: 1 },
]
const laneHeight = ({ rows }) => 20 + rows * rowHeight + wireHeight + 14

/** Draws into an `svg` element, which keeps its title and its description. */
export class Drawing {
  #svg
  #lengthMs = 3000
  #now
  #lanes = new Map()

  constructor(element) {
    this.#svg = element
    this.clear(this.#lengthMs)
  }

  /** Begins anew. */
  clear(lengthMs) {
    this.#lengthMs = lengthMs
    for (const group of this.#svg.querySelectorAll(':scope > g')) group.remove()
    let top = 0
    this.#lanes.clear()
    const axis = this.#svg.appendChild(svg('g', {}))
    for (const lane of lanes) {
      const group = this.#svg.appendChild(svg('g', { class: `wf-${lane.side}` }))
      group.append(svg('text', { class: 'wf-lane', x: 0, y: top + 12 }, lane.name))
      const base = top + 20 + lane.rows * rowHeight + wireHeight
      group.append(svg('line', { class: 'wf-grid', x1: 0, x2: '100%', y1: base, y2: base }))
      this.#lanes.set(`${lane.stream} ${lane.side}`, { ...lane, group, top: top + 20, base })
      top += laneHeight(lane)
    }
    this.#axis(axis, top)
    this.#svg.style.height = `${top + 16}px`
  }

  /** A piece was made. @returns What draws that it can be read. */
  piece({ stream, side, ms, what }, number) {
    const { group, top, rows } = this.#lanes.get(`${stream} ${side}`)
    const y = top + (number % rows) * rowHeight + rowHeight / 2
    const held = svg('line', { class: 'wf-held', x1: this.#x(ms), x2: this.#x(ms), y1: y, y2: y })
    group.append(held, svg('circle', { class: 'wf-made', cx: this.#x(ms), cy: y, r: 4 }))
    return {
      held: (nowMs) => held.setAttribute('x2', this.#x(Math.max(ms, nowMs))),
      read: (readMs) => {
        held.setAttribute('x2', this.#x(readMs))
        group.append(svg('circle', { class: 'wf-read', cx: this.#x(readMs), cy: y, r: 4 }))
        if (rows === 1) return
        const late = Math.round(readMs - ms)
        const isLate = late >= 100
        const label = isLate ? `${what}, ${late.toLocaleString('en')} ms late` : what
        const at = { x: this.#x(readMs), y: y + 4, dx: 9, class: isLate ? 'wf-late' : '' }
        group.append(svg('text', at, label))
      },
    }
  }

  /** Bytes have arrived: the more, the higher. */
  arrival({ stream, side, ms, wireBytes }) {
    if (wireBytes === 0) return
    const { group, base } = this.#lanes.get(`${stream} ${side}`)
    const height = Math.min(wireHeight - 4, 2 + Math.log2(wireBytes) * 1.8)
    const x = this.#x(ms)
    group.append(svg('line', { class: 'wf-wire', x1: x, x2: x, y1: base, y2: base - height }))
  }

  /** Where time is now; without a time, no run lasts. */
  now(ms) {
    this.#now.setAttribute('visibility', ms === undefined ? 'hidden' : 'visible')
    if (ms === undefined) return
    const x = this.#x(Math.min(ms, this.#lengthMs))
    this.#now.setAttribute('x1', x)
    this.#now.setAttribute('x2', x)
  }

  #axis(group, bottom) {
    for (let ms = 0; ms <= this.#lengthMs; ms += 500) {
      const x = this.#x(ms)
      group.append(svg('line', { class: 'wf-grid', x1: x, x2: x, y1: 0, y2: bottom - 6 }))
      if (ms % 1000 !== 0) continue
      const anchor = ms === 0 ? 'start' : ms === this.#lengthMs ? 'end' : 'middle'
      group.append(svg('text', { x, y: bottom + 10, 'text-anchor': anchor }, `${ms / 1000} s`))
    }
    this.#now = svg('line', { class: 'wf-now', y1: 0, y2: bottom - 6, visibility: 'hidden' })
    group.append(this.#now)
  }

  /** Room at both ends for the circles. */
  #x(ms) {
    return `${(1 + (98 * ms) / this.#lengthMs).toFixed(3)}%`
  }
}
