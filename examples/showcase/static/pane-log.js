// What a pane writes down: a strip that marks each arrival, and a row for each.

/** Rows of a log, and characters of a row, that are kept. */
const mostRows = 400
const mostCharacters = 600

export const amount = (bytes) =>
  bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1000).toLocaleString('en')} kB`

const element = (className, attributes = {}) => {
  const made = document.createElement('div')
  made.className = className
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

/** Adds rows, and follows the newest unless somebody has scrolled away from it. */
const rowsOf = (name) => {
  const rows = element('log', {
    tabindex: 0,
    role: 'log',
    'aria-live': 'off',
    'aria-label': `What arrives from ${name}`,
  })
  const add = (className, seconds, words) => {
    const row = element(className)
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
  }
  return { rows, add }
}

/** Marks seconds on a line, which is as long as the last of them, and 3 at least. */
const stripOf = () => {
  const strip = element('strip', { 'aria-hidden': true })
  const lengthen = (seconds) => {
    const length = Math.max(3, Math.ceil(seconds))
    strip.style.setProperty('--window', length)
    strip.dataset.end = `${length} s`
  }
  const mark = (lane, seconds) => {
    if (strip.childElementCount > mostRows) return
    const made = document.createElement('i')
    made.className = lane
    made.style.setProperty('--at', seconds)
    strip.append(made)
  }
  return { strip, lengthen, mark }
}

/** Begins a log in the pane. `seen` gets the last that has arrived, as text. */
export const openLog = (pane, seen) => {
  const { rows, add } = rowsOf(pane.dataset.name)
  const { strip, lengthen, mark } = stripOf()
  pane.querySelector('.stage').replaceChildren(strip, rows)
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1000
  let text = ''
  let pieces = 0
  let bytes = 0
  return {
    /** A line about a request or its answer. */
    note(lane, words) {
      const seconds = elapsed()
      lengthen(seconds)
      add(`${lane} ask`, seconds, words)
    },
    piece(lane, words, length) {
      const seconds = elapsed()
      pieces++
      bytes += length
      text = (text + words).slice(-4000)
      lengthen(seconds)
      mark(lane, seconds)
      add(lane, seconds, words)
      seen(text)
    },
    sum: () => `${pieces} ${pieces === 1 ? 'piece' : 'pieces'}, ${amount(bytes)}`,
  }
}

const clipped = (words) => {
  const shown = words.replace(/\n+$/, '')
  if (shown.length <= mostCharacters) return shown
  return `${shown.slice(0, mostCharacters)}… and ${amount(shown.length - mostCharacters)} more`
}
