import type { Host } from '../hosts.ts'

/** The command that runs a host's script. `SLUICE_NODE` names another Node for the hosts on Node. */
export const commandOf = (
  { runtime }: Host,
  script: string,
): readonly [command: string, ...args: string[]] => {
  const bin = 'test/hosts/runtimes/node_modules/.bin'
  switch (runtime) {
    case 'node':
      return [process.env.SLUICE_NODE ?? process.execPath, '--enable-source-maps', script]
    case 'deno':
      return [`${bin}/deno`, 'run', '--allow-all', '--no-lock', script]
    case 'bun':
      return [`${bin}/bun`, script]
    case 'workerd':
      return [process.execPath, script]
  }
}
