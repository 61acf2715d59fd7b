import { execFileSync } from 'node:child_process'
import { runAutocannon } from './autocannon.mjs'
import { runWrk } from './wrk.mjs'

const hasWrk = () => {
  try {
    execFileSync('wrk', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    // wrk prints its version and ends with code 1.
    return error.code !== 'ENOENT'
  }
}

/** What makes requests here: wrk where it is installed, else autocannon, from npm. */
export const findLoad = () =>
  hasWrk() ? { name: 'wrk', run: runWrk } : { name: 'autocannon', run: runAutocannon }
