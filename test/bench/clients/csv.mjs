const row = (id) =>
  `${id},Customer ${id % 997},2026-11-${String((id % 30) + 1).padStart(2, '0')},${(id * 7.3).toFixed(2)},EUR,"order of ${id % 13} parts, paid"`

/** About a MiB of whole lines, some 70 bytes each, as a batch of `upload`. */
export const csvBatch = () => {
  const rows = []
  let length = 0
  for (let id = 1; length < 1_048_576; id++) {
    rows.push(row(id))
    length += rows.at(-1).length + 1
  }
  const bytes = Buffer.from(`${rows.join('\n')}\n`)
  return { bytes, contentBytes: bytes.length }
}
