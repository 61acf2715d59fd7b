import { connectTo } from '../support/server/raw-client.ts'
import { readResponse } from '../support/server/read-response.ts'
import type { RawClient } from '../support/server/raw-client.ts'

/** What an action has at hand. */
export interface Soak {
  readonly port: number
  readonly random: () => number
  /** An id that no other request has. */
  newId(): string
}

/** Does something that a client does; rejects when an answer is not what it has to be. */
export type Action = (soak: Soak) => Promise<void>

/** Connects for the time of an action. */
export const connected = async (
  port: number,
  use: (client: RawClient) => Promise<void>,
): Promise<void> => {
  const client = await connectTo(port)
  try {
    await use(client)
  } finally {
    client.destroy()
  }
}

/** Reads an answer, strictly, and compares its content. */
export const expectContent = async (
  client: RawClient,
  wanted: string,
  what: string,
): Promise<void> => {
  const { status, content } = await readResponse(client)
  if (status === 200 && content === wanted) return
  const found = `${status} ${JSON.stringify(content.slice(0, 100))}`
  throw new Error(`wrong answer to ${what}: found ${found}, wanted ${wanted.slice(0, 100)}`)
}

/** A whole number from one bound to the other, both included. */
export const between = (random: () => number, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1))
