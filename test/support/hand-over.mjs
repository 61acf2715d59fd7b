import { spawn } from 'node:child_process'
import { compileFile } from './compile-file.mjs'

/** Runs one TypeScript or JavaScript program in this terminal, and gives its exit code. */
export const handOver = async (source, args) => {
  const { file, discard } = await compileFile(source)
  const child = spawn(process.execPath, ['--enable-source-maps', '--expose-gc', file, ...args], {
    stdio: 'inherit',
  })
  // The terminal sends Ctrl-C to both; the program decides when it is done, and this process waits.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const code = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  discard()
  return code
}
