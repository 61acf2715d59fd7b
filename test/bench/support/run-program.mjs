import { runProcess } from '../../support/runner/run-process.mjs'

/** Runs a program of the bench on a Node, and gives the JSON that it prints last. */
export const runProgram = async ({ command, flags = [] }, script, args) => {
  const { code, output, timedOut } = await runProcess(command, [...flags, script, ...args], {
    seconds: 60,
    env: { NODE_NO_WARNINGS: '1', NODE_ENV: 'production' },
  })
  if (timedOut) throw new Error('it took more than 60 s')
  if (code !== 0) throw new Error(output.trim().split('\n').slice(-3).join(' '))
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}
