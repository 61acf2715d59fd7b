import { spawn } from 'node:child_process'
import { compileFile } from './compile-file.mjs'

/**
 * What Node is to run for a source file.
 *
 * An example runs as it does where it is copied to, by tsx: each of its files keeps its own `import.meta.filename`, by which
 * it knows whether it was started or imported. Compiled into one script, all would take themselves for the one started.
 */
const programOf = async (source) => {
  if (source.startsWith('examples/'))
    return { program: ['--import', 'tsx', source], discard: () => {} }
  const { file, discard } = await compileFile(source)
  return { program: ['--enable-source-maps', '--expose-gc', file], discard }
}

/** Runs one TypeScript or JavaScript program in this terminal, and gives its exit code. */
export const handOver = async (source, args) => {
  const { program, discard } = await programOf(source)
  const child = spawn(process.execPath, [...program, ...args], { stdio: 'inherit' })
  // The build's own answer to these is to end at once, which would leave the program behind.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.removeAllListeners(signal)
  // The terminal sends Ctrl-C to both; the program decides when it is done, and this process waits.
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const code = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  discard()
  return code
}
