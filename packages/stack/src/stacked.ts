import type { Handler, HttpRequest, HttpResponse } from './http.ts'

/**
 * A stack: a middleware around the place for its handler.
 *
 * It takes what its first middleware takes, and passes on other fields of the request if all its middlewares do.
 */
export type Stacked<Ms extends readonly unknown[]> = <In extends FirstTaken<Ms>>(
  handler: Innermost<In, FirstAnswered<Ms>, Ms>,
) => Handler<In, FirstAnswered<Ms>>

/**
 * The middlewares in their order. One that cannot stand in its place is replaced by a sentence, which the compiler shows as the type
 * that it wanted.
 */
export type Placed<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer Rest]
  ? PlacedAfter<Without<SidesOf<M>['taken'], AddedBy<Rest>>, FirstAnswered<Ms>, Ms>
  : PlacedAfter<HttpRequest, HttpResponse, Ms>

/** What a middleware takes and answers outside, gives and expects inside; of a generic one, at its bound. */
interface Sides {
  readonly taken: unknown
  readonly given: unknown
  readonly expected: unknown
  readonly answered: unknown
}

type SidesOf<M> = [M] extends [
  (next: Handler<infer Given, infer Expected>) => Handler<infer Taken, infer Answered>,
]
  ? {
      readonly taken: Taken
      readonly given: Given
      readonly expected: Expected
      readonly answered: Answered
    }
  : never

type FirstTaken<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer _]
  ? SidesOf<M>['taken']
  : HttpRequest

type FirstAnswered<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer _]
  ? SidesOf<M>['answered']
  : HttpResponse

/** The handler inside the last middleware. `NoInfer`: what the handler needs does not decide what the stack takes. */
type Innermost<In, Expected, Ms extends readonly unknown[]> = Ms extends readonly [
  infer M,
  ...infer Rest,
]
  ? Innermost<Passed<In, M>, SidesOf<M>['expected'], Rest>
  : Handler<NoInfer<In>, Expected>

/** What `M` passes to the next for requests `In`: what it gives, and all of `In` if it passes that on. */
type Passed<In, M> =
  PassesAll<M, SidesOf<M>> extends true ? In & SidesOf<M>['given'] : SidesOf<M>['given']

/** A field that no middleware knows. One that passes it on is generic, and passes on every field. */
interface Unknown {
  readonly 'a field that no middleware knows': true
}

type PassesAll<M, S extends Sides> = [M] extends [
  (
    next: Handler<S['taken'] & S['given'] & Unknown, S['expected']>,
  ) => Handler<S['taken'] & Unknown, S['answered']>,
]
  ? true
  : false

type PlacedAfter<In, Expected, Ms extends readonly unknown[]> = Ms extends readonly [
  infer M,
  ...infer Rest,
]
  ? readonly [
      PlacedOne<In, Expected, M, SidesOf<M>>,
      ...PlacedAfter<Passed<In, M>, SidesOf<M>['expected'], Rest>,
    ]
  : Ms extends readonly []
    ? readonly []
    : PlacedArray<In, Expected, Ms>

type PlacedOne<In, Expected, M, S extends Sides> = [S] extends [never]
  ? 'this is no middleware'
  : [In] extends [S['taken']]
    ? [S['answered']] extends [Expected]
      ? M
      : 'this middleware answers what the one before it does not expect'
    : Misplaced<In, Unmet<In, S['taken']>>

/**
 * An array. Its type does not say how many middlewares it holds, so each has to leave the types as they are.
 *
 * The compiler first tries `unknown[]` if an argument is itself a generic call; that must not be refused yet.
 */
type PlacedArray<In, Expected, Ms extends readonly unknown[]> = unknown extends Ms[number]
  ? readonly unknown[]
  : readonly ((next: Handler<In, Expected>) => Handler<In, Expected>)[]

/** The names of the fields of `Needs` that `In` does not have, or has with another type. */
type Unmet<In, Needs> = {
  [K in keyof Needs]-?: K extends keyof In
    ? [In[K]] extends [Needs[K]]
      ? never
      : K
    : object extends Pick<Needs, K>
      ? never
      : K
}[keyof Needs]

type Misplaced<In, Names> = [Names] extends [never]
  ? 'this middleware takes other requests than the one before it gives'
  : [Exclude<Names, keyof In>] extends [never]
    ? `this middleware needs another ${Name<Names>} than those before it provide`
    : `this middleware needs ${Name<Exclude<Names, keyof In>>}, which none before it provides`

type Name<K> = K extends string | number ? K : 'a field named by a symbol'

/** The names of the fields that middlewares add to what they take. */
type AddedBy<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer Rest]
  ? Exclude<keyof SidesOf<M>['given'], keyof SidesOf<M>['taken']> | AddedBy<Rest>
  : never

/**
 * What the first middleware takes, without the fields that a later one adds: it stands before what it needs, so its needs must not
 * seem to be met outside.
 */
type Without<Taken, Added> = [Added & Exclude<keyof Taken, keyof HttpRequest>] extends [never]
  ? Taken
  : Omit<Taken, Added & Exclude<keyof Taken, keyof HttpRequest>>
