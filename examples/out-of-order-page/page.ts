import { BodyError } from '@sluice/body'

/** Escapes text for HTML. */
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const slotOf = (section: string): string => section.toLowerCase()

/** A slot stands where its section will be. The fallback in it is shown until an element of this slot arrives. */
const place = (section: string): string =>
  `<section aria-live="polite"><slot name="${slotOf(section)}">${section}: loading</slot></section>\n`

/**
 * What is sent at once. The `template` becomes a shadow tree while the page is parsed, by the browser and without a script. The
 * `div` around it stays open: all that follows are its children, shown in the slots that they name.
 */
export const shell = (sections: readonly string[]): string => `<!doctype html><html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>Waterways</title><style>
body { font: 1rem/1.5 system-ui; margin: 1rem } h1, h2, ul, p { margin: 0; font-size: 1rem } h1 { font-size: 1.25rem } ul { padding-left: 1.25rem }
</style>
<main><h1>Waterways</h1><div><template shadowrootmode="open"><style>
:host { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem 1rem; margin-top: .5rem }
section { border-top: 2px solid; padding-top: .25rem; min-height: 7rem }
</style>
${sections.map(place).join('')}</template>
`

/** A section, whenever it is ready. */
export const loaded = (section: string, rows: readonly string[]): string =>
  `<div slot="${slotOf(section)}"><h2>${section}</h2><ul>
${rows.map((row) => `<li>${escapeHtml(row)}\n`).join('')}</ul></div>
`

/** In the place of a section that cannot be shown. The error has a message for operators; readers get one of these two. */
export const failed = (section: string, error: unknown): string => {
  const isLate = error instanceof BodyError && error.code === 'TIMED_OUT'
  const words = isLate ? 'They took too long.' : 'They cannot be shown now.'
  return `<div slot="${slotOf(section)}"><h2>${section}</h2><p>${words} Please try again later.</div>\n`
}

export const end = '</div></main>\n'
