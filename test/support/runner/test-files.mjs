import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, sep } from 'node:path'

// The first of all: it is quick to say that something stands in the wrong place.
const first = 'test/repository/layout.test.ts'

/** Finds every test file: each `*.test.ts` under `test`, in whatever folder. The slow ones come before the others. */
export const findTestFiles = () => {
  const found = readdirSync('test', { recursive: true })
    .map((path) => join('test', path))
    .filter((path) => path.endsWith('.test.ts') && !path.split(sep).includes('node_modules'))
    .sort()
  const slow = found.filter((file) => file !== first && marksOf(file).slow)
  const others = found.filter((file) => file !== first && !slow.includes(file))
  return [first, ...slow.sort((a, b) => secondsOf(b) - secondsOf(a)), ...others]
}

/**
 * Reads the marks in the first five lines of a test file: `// @alone`, `// @waits`, `// @declarations`, `// @seconds 300`,
 * `// @installs test/hosts` and `// @slow 40`, which says how many seconds it takes.
 */
export const marksOf = (file) => {
  const top = readFileSync(file, 'utf8').split('\n').slice(0, 5)
  const numberAfter = (mark) => {
    const line = top.find((each) => new RegExp(`^// @${mark} \\d+$`).test(each))
    return line === undefined ? undefined : Number(line.split(' ')[2])
  }
  const wordsAfter = (mark) =>
    (top.find((each) => each.startsWith(`// @${mark} `)) ?? '').split(' ').slice(2)
  return {
    alone: top.includes('// @alone'),
    waits: top.includes('// @waits'),
    declarations: top.includes('// @declarations'),
    slow: numberAfter('slow') !== undefined,
    slowSeconds: numberAfter('slow') ?? 0,
    seconds: numberAfter('seconds') ?? 120,
    installs: wordsAfter('installs'),
  }
}

const secondsOf = (file) => marksOf(file).slowSeconds

/** `test/body/fields.test.ts` is `body/fields`. */
const shortName = (file) => file.slice('test/'.length, -'.test.ts'.length)

/** Says whether a name means this file: its path, its short name, the last part of that, or a folder above it. */
export const isNamed = (file, name) => {
  const short = shortName(file)
  const folder = name.replace(/^test\//, '').replace(/\/$/, '')
  return [file, short, basename(short)].includes(name) || short.startsWith(`${folder}/`)
}
