// What can be said once all of the page is there.
import { amount } from './pane-log.js'

/** Marks the link to the group that is in sight. */
const inSight = new IntersectionObserver(
  (entries) => {
    const seen = entries.find(({ isIntersecting }) => isIntersecting)
    if (seen === undefined) return
    for (const link of document.querySelectorAll('.jump a')) {
      const isCurrent = link.hash === `#${seen.target.id}`
      link.ariaCurrent = isCurrent ? 'true' : null
      // Narrow, the links are one line that scrolls.
      if (isCurrent) link.closest('ul').scrollTo({ left: link.offsetLeft - 120 })
    }
  },
  { rootMargin: '-20% 0px -75%' },
)

/** Says how this page itself arrived. */
const tellArrival = () => {
  const [entry] = performance.getEntriesByType('navigation')
  const { requestStart, responseStart, responseEnd, encodedBodySize, decodedBodySize } = entry
  const ms = (at) => `${Math.max(1, Math.round(at - requestStart))}\u00a0ms`
  document.getElementById('arrival').textContent =
    `This page came through Sluice: its first bytes after ${ms(responseStart)}, its last after ${ms(responseEnd)}; ${amount(decodedBodySize)} of HTML as ${amount(encodedBodySize)}.`
}

const whenWhole = () => {
  tellArrival()
  for (const group of document.querySelectorAll('.group')) inSight.observe(group)
}

if (document.readyState === 'complete') whenWhole()
else addEventListener('load', whenWhole)
