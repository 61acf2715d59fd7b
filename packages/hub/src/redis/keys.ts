// Names of keys. All keys of a topic, and registers that are about it, have the same hash tag, so a cluster keeps them in one slot:
//
//   sluice:{t%3Anews}:log               the records of the log `t:news`: a stream
//   sluice:{t%3Anews}:meta              what is known of it: a hash
//   sluice:{t%3Anews}:r:r%3Alease       the register `r:lease:t:news`
//   sluice:notes                        logs that began or were removed: a stream
//   sluice:{c%3APROCESS}:log            messages to a process, in a log `c:PROCESS` with its own `:meta`
//   sluice:wake:CONNECTION              wakes the tail of one connection, if it waits: a stream
//
// Names are escaped, so none of them can leave its braces.

export interface Keys {
  readonly notes: string
  log(topic: string): string
  meta(topic: string): string
  register(name: string): string
  wake(process: string): string
}

export const keysOf = (prefix: string): Keys => ({
  notes: `${prefix}notes`,
  log: (topic) => `${prefix}{${encodeURIComponent(topic)}}:log`,
  meta: (topic) => `${prefix}{${encodeURIComponent(topic)}}:meta`,
  register: (name) => {
    const [kind, subject] = splitName(name)
    return `${prefix}{${encodeURIComponent(subject)}}:r:${encodeURIComponent(kind)}`
  },
  wake: (process) => `${prefix}wake:${process}`,
})

/** The part after the second colon of a register's name is what the register is about. */
const splitName = (name: string): readonly [string, string] => {
  const second = name.indexOf(':', name.indexOf(':') + 1)
  return second < 0 ? ['', name] : [name.slice(0, second), name.slice(second + 1)]
}
