import { parseArgs } from 'node:util'

const config = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  connections: { type: 'string' },
  peers: { type: 'string' },
  node: { type: 'string' },
  out: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean' },
}

const count = (name, given, otherwise) => {
  const value = given === undefined ? otherwise : Number(given)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`Cannot take --${name}: found ${given}, wanted a number over 0`)
}

/** Where results go: into the repository only from a run that leaves nobody out. */
const folderFor = ({ out, peers, node }, names) => {
  if (out !== undefined) return out
  return names.length === 0 && peers === undefined && node === undefined
    ? 'test/bench/results'
    : undefined
}

/**
 * Reads the arguments of the command.
 *
 * @throws {Error} When one is unknown or no number.
 */
export const readOptions = (args) => {
  const { values, positionals } = parseArgs({ args, options: config, allowPositionals: true })
  return {
    names: positionals,
    help: values.help === true,
    rounds: count('rounds', values.rounds, 3),
    seconds: count('seconds', values.seconds, 2),
    connections: count('connections', values.connections, 64),
    only: values.peers?.split(','),
    node: values.node,
    out: folderFor(values, positionals),
    profile: values.profile,
  }
}

export const usage = `node build.mjs bench [WORK...] [options]

  --rounds N         rounds, in turns (3)
  --seconds N        seconds a round, where time bounds it (2; wrk counts in whole ones)
  --connections N    connections of the load (64)
  --peers a,b        only these; sluice is what the others are compared with
  --node MAJOR       only this version of Node
  --out FOLDER       where results are written (test/bench/results where nothing is named or left out, else nowhere)
  --profile FOLDER   CPU profiles of our servers, for node --cpu-prof's readers
`
