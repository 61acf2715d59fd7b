// For tests that say what happens within one turn of the event loop. Bodies yield when a turn takes too long by
// `performance.now` (law 12), and a busy machine can stop a process for longer than that at any moment. Importing this file
// hides such stops: while the event loop is busy, the clock advances by at most `stepMs` from one call to the next.
const stepMs = 0.25

/** Turns without a call after which the event loop may have waited: a turn of the bodies ends with the next immediate. */
const busyTurns = 2

const realNow = performance.now.bind(performance)
let real = realNow()
let shown = real
let turnsLeft = 0
let isCounting = false

const countTurn = () => {
  turnsLeft--
  if (turnsLeft > 0) setImmediate(countTurn)
  else isCounting = false
}

performance.now = () => {
  const now = realNow()
  shown += turnsLeft > 0 ? Math.min(now - real, stepMs) : now - real
  real = now
  turnsLeft = busyTurns
  if (!isCounting) {
    isCounting = true
    setImmediate(countTurn)
  }
  return shown
}

export {}
