// Clients that leave at any time while responses pause, compress, share, spool and wait for a flush: nothing is left of them.
// `node build.mjs soak --disconnects 100000` does the same for longer.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { disconnects } from '../soak/disconnects.ts'

const leaving = suite('2,000 clients that leave at a random time')

// Descriptors are counted in /proc.
if (process.platform === 'linux')
  leaving('nothing is printed, kept or left open, and the server ends well', async () => {
    const bad = (await disconnects(2000)).filter(({ good }) => !good)
    assert.equal(
      bad.map(({ name, found }) => `${name}: ${found}`),
      [],
    )
  })

leaving.run()
