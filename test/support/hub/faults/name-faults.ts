import { changed, faulty } from './faulty-engine.ts'
import type { Engine } from '@sluice/hub'
import type { FaultyEngine } from './faulty-engine.ts'

/** Names of topics and registers are changed on the way in, and back on the way out. */
const renaming = (rename: (name: string) => string): Engine => {
  const given = new Map<string, string>()
  return changed(
    (inner) => ({
      append: (topic, records, options) => inner.append(rename(topic), records, options),
      read: (topic, after, limits) => inner.read(rename(topic), after, limits),
      follow: (topic) => {
        given.set(rename(topic), topic)
        return inner.follow(rename(topic))
      },
      unfollow: (topic) => inner.unfollow(rename(topic)),
      swap: (key, change) => inner.swap(rename(key), change),
      remove: (topic) => inner.remove(rename(topic)),
    }),
    (listener) => ({
      arrived: (topic, page) => listener.arrived(given.get(topic) ?? topic, page),
    }),
  )
}

export const nameFaults: readonly FaultyEngine[] = [
  ...[
    { name: 'names have no case', rename: (name: string) => name.toLowerCase() },
    { name: 'names have no case in Unicode', rename: (name: string) => name.toUpperCase() },
    { name: 'names are trimmed', rename: (name: string) => name.trim() },
    { name: 'names are normalized', rename: (name: string) => name.normalize('NFC') },
    { name: 'names are cut', rename: (name: string) => name.slice(0, 1_000) },
    {
      name: 'names are escaped, but not the escape',
      rename: (name: string) => name.replace('a', '%61'),
    },
    {
      name: 'names are hash tags without escapes',
      rename: (name: string) => /\{(.+?)\}/.exec(name)?.[1] ?? name,
    },
    { name: 'names are ASCII', rename: (name: string) => name.replace(/[^ -~]/g, '?') },
  ].flatMap(({ name, rename }) =>
    [/a log of its own/, /followed by itself/, /removed by itself/, /register of its own/].map(
      (foundBy) => ({
        name: `${name}, found by ${foundBy.source}`,
        foundBy,
        make: () => renaming(rename),
      }),
    ),
  ),
  faulty('a register of the same name removes the log', /register of its own/, (inner) => ({
    swap: async (key, change) => {
      await inner.remove(key)
      return inner.swap(key, change)
    },
  })),
]
