import { peers } from './peers.mjs'

/**
 * Lists who takes part: each peer on each of its runtimes.
 *
 * @param options.only Names of peers; all where `undefined`.
 * @param options.profile A folder for CPU profiles of our own server, written when it ends.
 */
export const candidatesOf = (runtimes, names, { only, profile }) =>
  peers
    .filter(({ name }) => names.includes(name) && (only === undefined || only.includes(name)))
    .flatMap((peer) =>
      runtimes
        .filter(({ kind }) => kind === peer.kind)
        .map((runtime) => ({
          peer: peer.name,
          script: `test/bench/servers/${peer.name}.mjs`,
          runtime: runtime.name,
          command: runtime.command,
          args:
            profile === undefined || peer.name !== 'sluice'
              ? runtime.args
              : [...runtime.args, '--cpu-prof', `--cpu-prof-dir=${profile}`],
        })),
    )
