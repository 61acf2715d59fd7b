import { cpus, release, totalmem, type } from 'node:os'

/** What the figures depend on, in a line. */
export const describeMachine = () => {
  const cores = cpus()
  const model = cores[0]?.model.trim() ?? 'unknown CPU'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${model}, ${cores.length} cores, ${memory}, ${type()} ${release().split('-')[0]}`
}
