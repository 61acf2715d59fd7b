import { fork } from 'node:child_process'
import { once } from 'node:events'
import { within } from '../../support/within.ts'
import { isRecord } from './report.ts'
import type { ChildProcess } from 'node:child_process'

/** What one client does to a server at full speed, on several connections. Text is Latin-1; `#` in it is a new number each time. */
export interface Attack {
  readonly port: number
  readonly connections: number
  /** Sent first on each connection. */
  readonly start: string
  /** Sent after that, again and again until the server ends the connection. Without it, the client waits for that end. */
  readonly again?: string
  /** Sends each byte by itself, and leaves after the last one. */
  readonly byteByByte?: boolean
  /** Sends nothing, and negotiates TLS 1.2 again and again. */
  readonly renegotiates?: boolean
}

/** What an attacker has done: a new connection begins where one has ended. */
export interface Damage {
  readonly connections: number
  readonly bytes: number
}

export interface Attacker {
  /** Ends the attack and tells what it was. */
  stop(): Promise<Damage>
  /** Ends the process, whatever it does. */
  end(): void
}

const isDamage = (message: unknown): message is Damage =>
  isRecord(message) && typeof message.connections === 'number' && typeof message.bytes === 'number'

const patienceMs = 10_000

const stop = async (child: ChildProcess): Promise<Damage> => {
  const told = within(patienceMs, once(child, 'message'))
  child.send('stop')
  const [damage] = await told
  if (!isDamage(damage)) throw new Error('Cannot read what the attacker has done')
  return damage
}

/** Starts an attacker and waits until it has begun. */
export const startAttack = async (script: string, attack: Attack): Promise<Attacker> => {
  const child = fork(script)
  child.send(attack)
  await within(patienceMs, once(child, 'message'))
  return { stop: () => stop(child), end: () => child.kill('SIGKILL') }
}
