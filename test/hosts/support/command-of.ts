import { runtimePath } from './runtime-path.ts'
import { workerdConfig } from './workerd-config.ts'
import type { Host } from '../hosts.ts'
import type { Runtime } from './runtime-path.ts'

/** The command that runs a host's script. `SLUICE_NODE` names another Node for the hosts on Node. */
export const commandOf = (
  runtime: Host['runtime'],
  script: string,
): readonly [command: string, ...args: string[]] => {
  switch (runtime) {
    case 'node':
      return [process.env.SLUICE_NODE ?? process.execPath, '--enable-source-maps', script]
    case 'deno':
      return [pathOf(runtime), 'run', '--allow-all', '--no-lock', '--quiet', script]
    case 'bun':
      return [pathOf(runtime), 'run', script]
    case 'workerd':
      return [pathOf(runtime), 'serve', workerdConfig(script), '--control-fd=1']
  }
}

const pathOf = (runtime: Runtime): string => {
  const path = runtimePath(runtime)
  if (path === undefined) throw new Error(`Cannot run ${runtime}: it is not installed`)
  return path
}
