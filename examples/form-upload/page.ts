import { fileTypes } from './file-type.ts'
import type { FormLimits } from './form-parts.ts'
import type { Progress } from './progress.ts'
import type { CheckedFile } from './store.ts'

/** The beginning of every page here. */
export const head = (
  title: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title><style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: .5rem 1rem; overflow-wrap: anywhere }
h1 { font-size: 1rem; margin: 0 } form { display: grid; gap: .5rem; margin: .5rem 0 } p { margin: 0; white-space: pre-line }
label { display: grid } input { width: 100%; box-sizing: border-box } input, button { font: inherit } button { justify-self: start }
iframe { border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: .5rem; width: 100%; height: 6rem; box-sizing: border-box }
iframe[name] { height: 11rem } progress { width: 100%; height: .5rem; appearance: none; border: 0; background: color-mix(in srgb, CanvasText 20%, Canvas) }
::-webkit-progress-bar { background: none } ::-webkit-progress-value { background: #0a7 } ::-moz-progress-bar { background: #0a7 }
.now:has(+ .now) { display: none }
</style><main aria-label="${title}" aria-live="polite"><h1>${title}</h1>
`

/**
 * The form. It stays while it sends: its answer goes into one frame, and the other shows how much has arrived. A browser that speaks
 * HTTP/1.1 reads no answer before it has sent the form, so the progress needs a request of its own.
 */
export const formPage = (
  path: string,
  { maxBytes, maxFiles }: FormLimits,
): string => `${head('Send files')}
<form action="${path}" method="post" enctype="multipart/form-data" target="answer">
<label>${fileTypes} files: ${maxFiles} at most, of ${sizeOf(maxBytes)} together <input type="file" name="file" multiple required></label>
<label>SHA-256 of the first, if you know it <input name="sha256" pattern="[0-9a-fA-F]{64}" size="64"></label>
<button>Send</button>
</form>
<noscript><iframe title="Progress" src="${path}"></iframe></noscript>
<iframe title="Answer" name="answer"></iframe>
<script>
// The frame never ends, and the page would not be loaded before it: it comes after that, where there are scripts.
onload = () => { const frame = document.querySelector('noscript'); frame.outerHTML = frame.textContent }
</script></main>
`

/** What is there before anything has arrived. */
export const progressHead = (isBrowser: boolean): string =>
  isBrowser ? `${head('Progress')}<p class="now">Waiting for files.</p>` : 'Waiting for files.\n'

/** A new line takes the place of the last: by CSS, without a script. */
export const progressLine = (
  { what, bytes, ofBytes, isOver }: Progress,
  isBrowser: boolean,
): string => {
  const share = ofBytes === undefined ? '' : ` of ${ofBytes}`
  const line = `${what}: ${bytes}${share} bytes`
  if (!isBrowser) return `${line.replaceAll(/\p{Cc}/gu, ' ')}\n`
  const bar =
    ofBytes === undefined || isOver
      ? ''
      : `<progress aria-label="Arrived" value="${bytes}" max="${ofBytes}"></progress>`
  return `<p class="now">${bar}${escapeHtml(line)}</p>\n`
}

/** What became of the form. */
export const answerPage = (message: string): string =>
  `${head('Answer')}<p id="answer">${escapeHtml(message)}</p></main>\n`

export const fileLine = ({ name, type, byteLength, sha256 }: CheckedFile): string =>
  `${name.replaceAll(/\p{Cc}/gu, ' ')}: ${type.name}, ${byteLength} bytes, sha256 ${sha256}\n`

/** Rounded down: what is said to be allowed is. */
const sizeOf = (bytes: number): string =>
  bytes < 1_048_576 ? `${bytes} bytes` : `${Math.floor(bytes / 1_048_576)} MiB`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
