import { median, ms, msUntil, warmUp } from './support/measure.ts'
import { probe } from './support/probe.ts'
import { isInstalled, runProgram } from './support/programs.ts'
import { met, skipped } from './support/row.ts'
import type { Lab, Mark, Measured, Row } from './support/row.ts'

const connections = 1000

/**
 * Over loopback, where a segment has 64 KiB, the kernel takes 2.5 MiB for each slow reader at once: for 250 a second others
 * may wait so long.
 */
const worstMs = 5000

const common = ['-c', `${connections}`, '-r', '250', '-l', '10', '-p', '2']

/** The modes of slowhttptest: what it does, where, and how. */
const modes = [
  { name: 'heads', what: 'slow heads (-H)', path: '/', args: ['-H', '-i', '1', '-x', '24'] },
  {
    name: 'content',
    what: 'slow uploads (-B)',
    path: '/upload',
    args: ['-B', '-i', '1', '-s', '8192', '-x', '10'],
  },
  {
    name: 'ranges',
    what: 'of many ranges (-R)',
    path: '/',
    args: ['-R', '-a', '10', '-b', '3000'],
  },
  {
    name: 'readers',
    what: 'slow readers (-X)',
    path: '/download?bytes=8388608',
    args: ['-X', '-w', '512', '-y', '1024', '-n', '1', '-z', '32'],
  },
] as const

/** Runs one mode; others are asking all the while. */
const attack = async (lab: Lab, path: string, args: readonly string[]): Promise<Measured> => {
  const server = await lab.start('sluice')
  await warmUp(server, '/')
  const base = server.sockets()
  let most = 0
  let over = false
  const probing = probe(server.port, () => {
    most = Math.max(most, server.sockets() - base)
    return over
  })
  const url = `http://127.0.0.1:${server.port}${path}`
  const { code, output } = await runProgram('slowhttptest', [...args, ...common, '-u', url], 60)
  over = true
  const times = await probing
  const failed = times.filter((time) => time === Number.POSITIVE_INFINITY).length
  await msUntil(5000, () => server.sockets() <= base)
  const left = server.sockets() - base
  const { uncaught } = await server.report()
  if (code !== 0) return met(false, `slowhttptest failed:\n${output}`)
  const worst = Math.max(...times)
  const isMet = failed === 0 && worst <= worstMs && left === 0 && uncaught === 0
  return met(
    isMet,
    `${times.length - failed} answered, ${failed} not, median ${ms(median(times))}, worst ${ms(worst)}; ${most} at once, ${left} left`,
  )
}

/** Ours alone: what is asked is that it stands, and the modes take their time. */
export const slowhttptest: readonly Row[] = modes.map(({ name, what, path, args }) => ({
  name: `slowhttptest-${name}`,
  async run(lab): Promise<readonly Mark[]> {
    const sluice = isInstalled('slowhttptest')
      ? await attack(lab, path, args)
      : skipped('slowhttptest is not installed')
    const wanted = 'others answered, <= 5000 ms'
    return [{ title: `slowhttptest: 1,000 ${what}`, wanted, sluice }]
  },
}))
