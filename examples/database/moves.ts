import { BodyError, reader } from '@sluice/body'
import { flush } from '@sluice/flush'
import { until } from '@sluice/pause'
import { HttpError } from '@sluice/stack'
import { Transaction } from './transaction.ts'
import type { Frame } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'
import type { Turns } from './turns.ts'

const take = `update sluice_database.accounts set balance = balance - $2
  where name = $1 and balance >= $2 returning balance`
const give = `update sluice_database.accounts set balance = balance + $2
  where name = $1 returning balance`

/** Does what a line asks for, and gives the answer. */
const move = async (transaction: Transaction, line: string): Promise<string> => {
  const [, from, to, amount] = /^(\S+) (\S+) ([1-9]\d{0,8})\r?$/.exec(line) ?? []
  if (amount === undefined || from === to)
    throw new HttpError(
      'UNPROCESSABLE_CONTENT',
      'Cannot move: wanted two names and an amount from 1, as in "Ann Bob 10"',
    )
  const [taken] = await transaction.query(take, [from, amount])
  const [given] = taken === undefined ? [] : await transaction.query(give, [to, amount])
  if (taken === undefined || given === undefined)
    throw new HttpError(
      'CONFLICT',
      `Cannot move ${amount} from ${from} to ${to}: no such accounts, or too little there`,
    )
  return `${from} ${taken.balance}, ${to} ${given.balance}\n`
}

/** Reads a line for each move, and answers each. All are one transaction, which has the connection from the first line on. */
export async function* moves(
  turns: Turns,
  transactionMs: number,
  { body, client }: HttpRequest,
): AsyncGenerator<string | Frame> {
  const lines = reader(body)
  let line = await lines.readLine({ maxBytes: 200 })
  if (line === undefined) throw new HttpError('UNPROCESSABLE_CONTENT', 'Cannot move: found no line')
  const transaction = await Transaction.begin(turns, transactionMs, client.signal)
  let done = 0
  try {
    while (line !== undefined) {
      yield await move(transaction, line)
      yield flush
      done++
      line = await until(lines.readLine({ maxBytes: 200 }), { signal: transaction.signal })
    }
    await transaction.commit()
    yield `Committed ${done}.\n`
  } catch (error) {
    await transaction.rollBack()
    // If nothing was sent, the error becomes the status. Else it cuts the response, and this line says why.
    if (done > 0) {
      yield `Rolled back. ${error instanceof BodyError && error.status < 500 ? error.message : ''}\n`
      yield flush
    }
    throw error
  } finally {
    // The client has left, if it is not over yet.
    await transaction.rollBack()
    await lines.close()
  }
}
