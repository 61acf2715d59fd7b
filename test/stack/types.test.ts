// @seconds 300
// @slow 7
// What the compilers say of a stack that is wrong: the type tests of test/types/stack.ts prove only that they complain.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const given = `
import { text } from '@sluice/stack'
import type { HttpRequest, HttpResponse, Middleware, PassingMiddleware } from '@sluice/stack'
export interface WithUser { readonly user: { readonly name: string } }
export declare const logs: PassingMiddleware
export declare const withUser: PassingMiddleware<HttpRequest, WithUser>
export declare const needsUser: PassingMiddleware<HttpRequest & WithUser>
export declare const needsBoth: PassingMiddleware<HttpRequest & WithUser & { readonly session: string }>
export declare const needsNumber: PassingMiddleware<HttpRequest & { readonly user: number }>
export declare const page: Middleware<HttpRequest, HttpRequest, { readonly title: string }, HttpResponse>
export const ok = () => text('')
`

const userMissing = `'"this middleware needs user, which none before it provides"'`

/** \`^\` stands before the argument of which the compilers have to complain, and nowhere else. */
const wrong: readonly { readonly name: string; readonly code: string; readonly says: string }[] = [
  { name: 'it stands first', code: 'stack(^needsUser, withUser)(ok)', says: userMissing },
  { name: 'it stands too early', code: 'stack(logs, ^needsUser, withUser)(ok)', says: userMissing },
  { name: 'nothing provides it', code: 'stack(logs, ^needsUser)(ok)', says: userMissing },
  {
    name: 'it is a stack in a stack',
    code: 'stack(logs, ^stack(needsUser), withUser)(ok)',
    says: userMissing,
  },
  {
    name: 'one of two is missing',
    code: 'stack(withUser, ^needsBoth)(ok)',
    says: `'"this middleware needs session, which none before it provides"'`,
  },
  {
    name: 'both of two are missing',
    code: 'stack(logs, ^needsBoth)(ok)',
    says: 'this middleware needs session, which none before it provides',
  },
  {
    name: 'it is something else',
    code: 'stack(withUser, ^needsNumber)(ok)',
    says: `'"this middleware needs another user than those before it provide"'`,
  },
  {
    name: 'the handler needs it',
    code: 'stack(logs)(^({ user }: HttpRequest & WithUser) => text(user.name))',
    says: `Property 'user' is missing in type 'HttpRequest'`,
  },
  {
    name: 'the server is given a handler that needs it',
    code: 'const serve = (_: Handler) => {}\nserve(^stack(needsUser)(ok))',
    says: `Property 'user' is missing in type 'HttpRequest'`,
  },
  {
    name: 'the answer is not the one expected',
    code: 'stack(page, ^logs)',
    says: `'"this middleware answers what the one before it does not expect"'`,
  },
  {
    name: 'it has not been called',
    code: 'stack(logs, ^answerErrors)',
    says: `'"this is no middleware"'`,
  },
]

/** Each needs what the one before it adds; one of them is left out. */
const chainOf = (length: number, leftOut: number): string => {
  const indices = Array.from({ length }, (_, i) => i)
  const declared = indices.map((i) => {
    const needs = i === 0 ? 'HttpRequest' : `HttpRequest & { readonly f${i - 1}: string }`
    return `declare const m${i}: PassingMiddleware<${needs}, { readonly f${i}: string }>`
  })
  const names = indices.filter((i) => i !== leftOut).map((i) => `m${i}`)
  const handler = `(request) => text(request.f0 + request.f${length - 1})`
  return `${declared.join('\n')}\nexport const app: Handler = stack(${names.join(', ')})(${handler})\n`
}

const imports = `
import { answerErrors, stack, text } from '@sluice/stack'
import { logs, needsBoth, needsNumber, needsUser, ok, page, withUser } from './given.mts'
import type { Handler, HttpRequest, PassingMiddleware } from '@sluice/stack'
import type { WithUser } from './given.mts'
export const used = [answerErrors, logs, needsBoth, needsNumber, needsUser, ok, page, text, withUser]
`

const { folder } = scratchFolder('node_modules/.cache/sluice', 'types-')
const write = (name: string, code: string) => writeFileSync(join(folder, name), code)
const fileOf = (index: number) => `wrong-${index}.mts`

write('given.mts', given)
for (const [index, { code }] of wrong.entries())
  write(fileOf(index), `${imports}${code.replace('^', '')}\n`)
write('twenty.mts', imports + chainOf(20, -1))
write('forty.mts', imports + chainOf(40, -1))
write('nineteen.mts', imports + chainOf(20, 10))
write(
  'tsconfig.json',
  JSON.stringify({
    extends: resolve('tsconfig.json'),
    compilerOptions: { isolatedDeclarations: false, declaration: false },
    files: [
      ...wrong.map((_, index) => fileOf(index)),
      'twenty.mts',
      'forty.mts',
      'nineteen.mts',
      resolve('test/types/stack.ts'),
    ],
    include: [],
  }),
)

/** What a compiler says of each file, by the end of its path; indented lines belong to the one before them. */
const complaintsOf = async (compiler: string) => {
  const args = [`node_modules/${compiler}/bin/tsc`, '-p', folder, '--pretty', 'false']
  const { output } = await runProcess(process.execPath, [...args, '--extendedDiagnostics'])
  const complaints = output.split(/\n(?! )/).filter((part) => part.includes('): error TS'))
  return {
    compiler,
    complaintsIn: (file: string) =>
      complaints.filter((part) => part.split('(')[0]?.endsWith(`/${file}`)),
    instantiations: Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]),
  }
}

const compilers = ['typescript', 'typescript5']
const reports = await Promise.all(compilers.map(complaintsOf))

for (const { compiler, complaintsIn, instantiations } of reports) {
  const says = suite(`what ${compiler} says of a stack`)

  for (const [index, { name, code, says: wanted }] of wrong.entries())
    says(`${name}: ${code.replaceAll('\n', ' ')}`, () => {
      const complaints = complaintsIn(fileOf(index))
      const [complaint = ''] = complaints
      const lines = `${imports}${code}`.split('\n')
      const line = lines.findIndex((each) => each.includes('^'))
      const column = (lines[line]?.indexOf('^') ?? 0) + 1
      assert.is(complaints.length, 1, complaints.join('\n'))
      assert.ok(complaint.includes(`${fileOf(index)}(${line + 1},${column}): error`), complaint)
      assert.ok(complaint.includes(wanted), complaint)
    })

  says('nothing of the type tests', () => {
    assert.equal(complaintsIn('stack.ts'), [])
  })

  says('nothing of twenty, or forty, that each need what the one before adds', () => {
    assert.equal(complaintsIn('twenty.mts'), [])
    assert.equal(complaintsIn('forty.mts'), [])
  })

  says('the one that is missing, of twenty', () => {
    const complaints = complaintsIn('nineteen.mts')
    assert.is(complaints.length, 1, complaints.join('\n'))
    assert.match(complaints[0] ?? '', /"this middleware needs f10, which none before it provides"/)
  })

  // 140,000 or so; what grows with the square of a stack's length shows here before it shows in time.
  says('all of it in fewer than 300,000 instantiations of types', () => {
    assert.ok(instantiations < 300_000, `${instantiations}`)
  })

  says.run()
}
