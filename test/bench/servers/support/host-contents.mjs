// What the servers of the work `hosts` answer with.

/** An order, as an application has it. */
export const order = { id: 4711, customer: { name: 'Ann Example', city: 'Zürich' }, open: true }

/** A list whose JSON has about 16 KiB. */
export const list = Array.from({ length: 160 }, (_, n) => ({
  id: n,
  sku: `A-${1000 + n * 7}`,
  name: `Item number ${n * 31}`,
  price: 19.99 + n,
  tags: ['new', `shelf ${n % 12}`],
}))

/** Bytes that are there already, as of a file in memory. */
export const bytes16 = new Uint8Array(16_384).fill(97)

export const greeting = 'Hello, world!'
