const width = 760
const labelWidth = 190
const valueWidth = 80
const barHeight = 16
const step = 21
const sectionGap = 34
const top = 52

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

const escapeText = (text) => String(text).replaceAll(/[&<>"']/g, (found) => escapes[found])

/** Readable on a light page and on a dark one. */
const style = [
  'text{font:13px system-ui,sans-serif;fill:#24292f}',
  '.t{font-size:16px;font-weight:600}',
  '.s{font-weight:600}',
  '.n{fill:#57606a}',
  'rect{fill:#afb8c1}',
  'rect.o{fill:#0969da}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9198a1}rect{fill:#59636e}rect.o{fill:#4493f8}}',
].join('')

const text = (x, y, content, attributes = '') =>
  `<text x="${x}" y="${y}"${attributes}>${escapeText(content)}</text>`

const bar = ({ label, value, text: shown, own }, y, longest) => {
  const room = width - labelWidth - valueWidth
  const length = longest > 0 ? Math.max(1, Math.round((value / longest) * room)) : 1
  const middle = y + barHeight - 3
  return [
    text(labelWidth - 8, middle, label, ' text-anchor="end"'),
    `<rect${own ? ' class="o"' : ''} x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
    text(labelWidth + length + 6, middle, shown, ' class="n"'),
  ].join('')
}

/**
 * Bars that lie, in sections, all to one scale, as an SVG image. What is no finite number has no bar.
 *
 * @param sections `{ title, bars: { label, value, text, own }[] }`; `own` stands out.
 */
export const renderChart = ({ title, subtitle, sections }) => {
  const counted = sections.map((section) => ({
    ...section,
    bars: section.bars.filter(({ value }) => Number.isFinite(value)),
  }))
  const longest = Math.max(0, ...counted.flatMap(({ bars }) => bars.map(({ value }) => value)))
  let y = top
  const parts = []
  for (const section of counted) {
    parts.push(text(0, y + 14, section.title, ' class="s"'))
    y += sectionGap - 8
    for (const each of section.bars) {
      parts.push(bar(each, y, longest))
      y += step
    }
    y += sectionGap - step
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img">`
  const titles = [text(0, 18, title, ' class="t"'), text(0, 38, subtitle, ' class="n"')]
  return `${[head, `<title>${escapeText(title)}</title>`, `<style>${style}</style>`, ...titles, ...parts, '</svg>'].join('\n')}\n`
}
