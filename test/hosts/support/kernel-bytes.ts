import { readFileSync } from 'node:fs'

/** What the kernels of other systems may hold of one connection over the loopback, in both directions. */
const assumed = 16 << 20

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')

/**
 * The bytes that the kernel holds of what was sent from one port of this machine to another: sent and not read.
 *
 * Each line of `/proc/net/tcp` has the local address, the remote one, the state, and `tx_queue:rx_queue`.
 */
export const kernelBytes = (from: number, to: number): number => {
  if (process.platform !== 'linux') return assumed
  const table = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8')
  const rows = table.matchAll(/: \w+:(\w{4}) \w+:(\w{4}) \w\w (\w+):(\w+) /g)
  let bytes = 0
  for (const [, local, remote, sending = '', received = ''] of rows) {
    if (local === hex(from) && remote === hex(to)) bytes += Number.parseInt(sending, 16)
    if (local === hex(to) && remote === hex(from)) bytes += Number.parseInt(received, 16)
  }
  return bytes
}
