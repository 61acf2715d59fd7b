import { renderChart } from './chart.mjs'
import { lookAt } from './look.mjs'
import { checkMarks } from './marks.mjs'
import { labelOf } from './peers.mjs'
import { readable, spread } from './statistics.mjs'
import { renderTable } from './table.mjs'

const labelIn = (work, peer) => work.labels?.[peer] ?? labelOf(peer)

const percent = (part) => (Number.isFinite(part) ? `±${Math.round((part / 2) * 100)} %` : '–')

const columnsOf = (work, severalVariants) => [
  ...(severalVariants ? [{ title: work.variantTitle ?? '', text: true }] : []),
  { title: '', text: true },
  ...Object.values(work.metrics).flatMap(({ title, compared }) => [
    { title },
    ...(compared ? [{ title: 'Sluice ÷ it' }] : []),
  ]),
  { title: 'rounds' },
]

const cellsOf = (work, look, peer, runtime, variant) => [
  ...Object.entries(work.metrics).flatMap(([metric, { compared }]) => [
    readable(look.value(metric, peer, runtime, variant)),
    ...(compared ? [readable(look.ratio(metric, peer, runtime, variant))] : []),
  ]),
  percent(spread(look.values(work.charted, peer, runtime, variant))),
]

const nameOf = (work, look, peer, runtime) => {
  const own = look.runtimeOf(peer, runtime)
  return own === runtime ? labelIn(work, peer) : `${labelIn(work, peer)} (${own})`
}

const tableOf = (work, look, runtime) => {
  const several = look.variants.length > 1
  const rows = look.variants.flatMap((variant) =>
    look.peers
      .filter((peer) => look.has(peer, runtime, variant))
      .map((peer) => [
        ...(several ? [variant] : []),
        nameOf(work, look, peer, runtime),
        ...cellsOf(work, look, peer, runtime, variant),
      ]),
  )
  return renderTable(columnsOf(work, several), rows)
}

const marksOf = (work, look) => {
  const rows = checkMarks(work, look)
  if (rows.length === 0) return []
  const titles = ['mark', 'runtime', 'wanted', 'found', '']
  return [
    '## Marks',
    renderTable(
      titles.map((title) => ({ title, text: true })),
      rows,
    ),
  ]
}

/** The results of a work, in Markdown. */
export const renderResults = (work, samples, { setting, notes }) => {
  const look = lookAt(samples)
  return `${[
    `# ${work.title}`,
    work.about,
    setting.map((line) => `- ${line}`).join('\n'),
    `![${work.metrics[work.charted].title}](${work.name}.svg)`,
    ...look.runtimes.flatMap((runtime) => [`## ${runtime}`, tableOf(work, look, runtime)]),
    ...marksOf(work, look),
    ...(notes.length === 0 ? [] : ['## Left out', notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n')}\n`
}

/** The chart of a work: the metric it names, for each runtime and variant. */
export const renderResultsChart = (work, samples, { subtitle }) => {
  const look = lookAt(samples)
  const metric = work.charted
  const variants = work.chartedVariants ?? look.variants
  const sections = variants.flatMap((variant) =>
    look.runtimes.map((runtime) => ({
      title: [variant, runtime].filter((part) => part !== '').join(', '),
      bars: look.peers
        .map((peer) => ({ peer, value: look.value(metric, peer, runtime, variant) }))
        .filter(({ value }) => Number.isFinite(value))
        .sort((a, b) => a.value - b.value)
        .map(({ peer, value }) => ({
          label: labelIn(work, peer),
          value,
          text: readable(value),
          own: peer === 'sluice',
        })),
    })),
  )
  const title = `${work.title}: ${work.metrics[metric].title}`
  return renderChart({ title, subtitle, sections: sections.filter(({ bars }) => bars.length > 0) })
}

/** All samples, so that others can do their own arithmetic. */
export const renderCsv = (work, samples) => {
  const metrics = Object.keys(work.metrics)
  const rows = samples.map(({ runtime, peer, variant, round, values }) =>
    [runtime, peer, variant, round, ...metrics.map((metric) => values[metric])]
      .map((value) => `"${String(value ?? '').replaceAll('"', '""')}"`)
      .join(','),
  )
  return `${[['runtime', 'peer', 'variant', 'round', ...metrics].join(','), ...rows].join('\n')}\n`
}
