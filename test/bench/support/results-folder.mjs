import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCsv, renderResults, renderResultsChart } from './report.mjs'

const describeLoad = ({ connections, rounds, seconds, load }) =>
  `${rounds} rounds of ${seconds} s where time bounds them, ${connections} connections, load by ${load.name}; medians, ± half the spread of the rounds`

/** What the figures depend on. */
export const settingOf = (bench, work) => [
  `${bench.date}, ${bench.machine}`,
  bench.runtimes.map(({ name }) => name).join(', '),
  ...(work.usesPeers === false ? [] : [bench.versions.join(', ')]),
  describeLoad(bench),
  '`Sluice ÷ it`: our figure by theirs of the same round, median; over 1 is better where more is, under 1 where less is',
]

/** Writes the results of a work: Markdown, a chart, and all samples. */
export const writeResults = (folder, work, samples, bench) => {
  mkdirSync(folder, { recursive: true })
  const setting = settingOf(bench, work)
  const subtitle = `${bench.date}, ${bench.machine}`
  writeFileSync(
    join(folder, `${work.name}.md`),
    renderResults(work, samples, { setting, notes: bench.notes }),
  )
  writeFileSync(join(folder, `${work.name}.svg`), renderResultsChart(work, samples, { subtitle }))
  writeFileSync(join(folder, `${work.name}.csv`), renderCsv(work, samples))
}

/** Lists what is there, each with its chart. */
export const writeIndex = (folder, works) => {
  const there = works.filter(({ name }) => existsSync(join(folder, `${name}.md`)))
  const parts = there.map(
    ({ name, title }) =>
      `## [${title}](${name}.md)\n\n![${title}](${name}.svg)\n\n[Every round](${name}.csv)`,
  )
  const head =
    '# Results\n\nWritten by `npm run bench`. Each page says when, on what machine and with which versions.'
  writeFileSync(join(folder, 'README.md'), `${[head, ...parts].join('\n\n')}\n`)
}
