import { readFileSync, writeFileSync } from 'node:fs'

/** Ticks a second of utime and stime: what Linux calls USER_HZ, and 100 on all machines that Node runs on. */
const ticks = 100

const read = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not on Linux, or the process has gone.
    return ''
  }
}

/** Seconds of CPU, in user mode and in the kernel, that all threads of a process have taken; NaN where it cannot be told. */
export const cpuSeconds = (pid) => {
  // proc(5): utime and stime are fields 14 and 15. The name, field 2, may hold spaces and parentheses.
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

const statusBytes = (pid, name) => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`))
  return found === null ? Number.NaN : Number(found[1]) * 1024
}

/** Resident memory, in bytes. */
export const rssBytes = (pid) => statusBytes(pid, 'VmRSS')

/** The most resident memory since `forgetPeak`, in bytes. */
export const peakBytes = (pid) => statusBytes(pid, 'VmHWM')

/** Lets the peak begin anew at what is resident now. */
export const forgetPeak = (pid) => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Not on Linux: there is no peak to read either.
  }
}
