import { fields, noFields } from '@sluice/body'
import {
  fieldName,
  fieldsOfLines,
  flatFields,
  isFieldValue,
  isToken,
  uncheckedFields,
} from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { throwsAtOnce } from '../support/rejects.ts'
import type { Fields, FieldsInit } from '@sluice/body'

const pairs = (list: Fields): readonly (readonly [string, string])[] => [...list]

const making = suite('fields')

const inits: readonly {
  readonly name: string
  readonly given: FieldsInit | undefined
  readonly wanted: readonly (readonly [string, string])[]
}[] = [
  { name: 'nothing gives an empty list', given: undefined, wanted: [] },
  { name: 'an empty record gives an empty list', given: {}, wanted: [] },
  {
    name: 'pairs stay in order, also those of one name',
    given: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ],
    wanted: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ],
  },
  { name: 'names read back in lower case', given: [['X-Ab', 'C']], wanted: [['x-ab', 'C']] },
  {
    name: 'a list in a record gives a line each, an empty one none',
    given: { 'Set-Cookie': ['a=1', 'b=2'], vary: [] },
    wanted: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  },
  { name: 'a number in a record becomes digits', given: { age: 0 }, wanted: [['age', '0']] },
  {
    name: 'undefined in a record is left out',
    given: { a: undefined, b: '' },
    wanted: [['b', '']],
  },
  {
    name: 'spaces and tabs around a value go, those inside stay',
    given: [['a', ' \t b \t c\t ']],
    wanted: [['a', 'b \t c']],
  },
  { name: 'a value of blanks only is empty', given: [['a', ' \t']], wanted: [['a', '']] },
  {
    name: 'U+00FF stays as it is',
    given: [['a', '\u0080\u00ff']],
    wanted: [['a', '\u0080\u00ff']],
  },
  {
    name: 'names that objects have are names like others',
    given: [
      ['__proto__', '1'],
      ['constructor', '2'],
      ['hasOwnProperty', '3'],
    ],
    wanted: [
      ['__proto__', '1'],
      ['constructor', '2'],
      ['hasownproperty', '3'],
    ],
  },
  {
    name: '__proto__ as an own key of a record is a name like others',
    given: JSON.parse('{"__proto__":"1","constructor":"2"}'),
    wanted: [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  },
  {
    name: 'a Map is pairs',
    given: new Map([['A', '1']]),
    wanted: [['a', '1']],
  },
  {
    name: 'Headers are pairs',
    given: new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]),
    wanted: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  },
]

for (const { name, given, wanted } of inits)
  making(name, () => {
    const list = fields(given)
    assert.equal(pairs(list), wanted)
    assert.is(list.size, wanted.length)
  })

making('what is inherited by a record is not read', () => {
  assert.is(fields(Object.create({ a: '1' })).size, 0)
})

making('nothing of a list gets on to objects', () => {
  const list = fields([['__proto__', 'x']])
  assert.is(list.get('__proto__'), 'x')
  assert.is(Object.getOwnPropertyDescriptor(Object.prototype, 'x'), undefined)
  assert.not(list.has('tostring'))
  assert.is(list.get('constructor'), undefined)
})

making('a list of this package is given back as it is', () => {
  const list = fields({ a: '1' })
  assert.is(fields(list), list)
  assert.is(fields(noFields), noFields)
  assert.is(fields([]), noFields)
})

for (const { found, init } of [
  { found: 'null', init: null },
  { found: 'a string', init: 'a: 1' },
  { found: 'a number', init: 5 },
])
  making(`of ${found} is refused with what is wanted`, () => {
    // @ts-expect-error plain JavaScript
    assert.throws(() => fields(init), new RegExp(`^Cannot make fields: found ${found}, wanted`))
  })

making('a list that only looks like one is checked', () => {
  const foreign = new Map([['a', 'x\ny']])
  throwsAtOnce(() => fields(foreign), TypeError)
})

for (let code = 0; code < 0x120; code++) {
  const character = String.fromCharCode(code)
  const isControl = (code < 32 && code !== 9) || code === 127
  if (isControl || code > 0xff)
    making(
      `U+${code.toString(16).padStart(4, '0')} is refused inside, before and after a value`,
      () => {
        for (const value of [`a${character}b`, `${character}a`, `a${character}`, character]) {
          throwsAtOnce(() => fields([['a', value]]), TypeError)
          throwsAtOnce(() => fields({ a: value }), TypeError)
          throwsAtOnce(() => fields({ a: ['ok', value] }), TypeError)
          throwsAtOnce(() => noFields.with('a', value), TypeError)
          throwsAtOnce(() => noFields.withAdded('a', value), TypeError)
          assert.not(isFieldValue(value))
        }
      },
    )
}

for (const value of ['\u0100', '\u010d\u010a', '\u2028', '\u560d\u560a', '\ud800', '\u{1f600}'])
  making(`a value of ${JSON.stringify(value)} is refused: its low byte could be a line end`, () => {
    throwsAtOnce(() => fields([['a', value]]), TypeError)
  })

for (const name of [
  '',
  ' ',
  'a b',
  'a:',
  ':a',
  'a\r',
  'a\n',
  'a\0',
  'é',
  '\u212a',
  'a\u0100',
  '(a)',
  'a/b',
  'a=b',
  '"a"',
  '[',
  '{',
  '@',
  ',',
  ';',
  '\\',
  '?',
  '<',
  '\x7f',
])
  making(
    `the name ${JSON.stringify(name)} is refused, where one is made and where one is asked for`,
    () => {
      throwsAtOnce(() => fields([[name, 'x']]), TypeError)
      throwsAtOnce(() => fields({ [name]: 'x' }), TypeError)
      throwsAtOnce(() => fieldName(name), TypeError)
      for (const ask of [
        () => noFields.get(name),
        () => noFields.getAll(name),
        () => noFields.has(name),
        () => noFields.without(name),
        () => noFields.with(name, 'x'),
        () => noFields.withAdded(name, 'x'),
      ])
        throwsAtOnce(ask, TypeError)
      assert.not(isToken(name))
    },
  )

making('every character of a token may stand in a name, in either case', () => {
  const token = "!#$%&'*+-.^_`|~0189azAZ"
  assert.is(fieldName(token), token.toLowerCase())
  assert.ok(isToken(token))
})

making('more names than are remembered are checked all the same', () => {
  for (let i = 0; i < 3000; i++) assert.is(fieldName(`X-${i}`), `x-${i}`)
  throwsAtOnce(() => fieldName('x y'), TypeError)
  assert.is(fieldName('X-2999'), 'x-2999')
})

const posing = {
  length: 1,
  charCodeAt: () => 97,
  toLowerCase: () => 'x: 1\r\nset-cookie: a=b\r\ny',
  toString: () => 'a',
  toJSON: () => {
    throw new Error('asked')
  },
}

for (const [what, given] of [
  ['an object that has the methods of a string', posing],
  ['a string object', new String('a')],
  ['an array of a string', ['a']],
  ['null', null],
  ['a number', 1],
  ['a symbol', Symbol('a')],
  ['a function', () => 'a'],
] as const) {
  making(`a name that is ${what} is a TypeError in our words`, () => {
    for (const make of [
      () => Reflect.apply(fields, undefined, [[[given, 'x']]]),
      () => Reflect.apply(fieldName, undefined, [given]),
      () => Reflect.apply(noFields.get, noFields, [given]),
      () => Reflect.apply(noFields.withAdded, noFields, [given, 'x']),
    ])
      assert.match(throwsAtOnce(make, TypeError).message, /its name is of the type/)
  })

  making(`a value that is ${what} is a TypeError in our words`, () => {
    const pairsOf = () => Reflect.apply(fields, undefined, [[['x', given]]])
    assert.match(throwsAtOnce(pairsOf, TypeError).message, /its value is of the type/)
    if (typeof given === 'number' || Array.isArray(given)) return
    const recordOf = () => Reflect.apply(fields, undefined, [{ x: given }])
    assert.match(throwsAtOnce(recordOf, TypeError).message, /its value is of the type/)
  })
}

making('names of clients are remembered without the heads that they came in', () => {
  const heap = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const read = (round: number) => {
    for (let i = 0; i < 600; i++) {
      const line = `X-A-Name-Of-Its-Own-${round}-${i}: ${'v'.repeat(16_000)}\r\n`
      for (let again = 0; again < 3; again++) [...fieldsOfLines(line)]
    }
  }
  read(0)
  const before = heap()
  read(1)
  const grown = heap() - before
  assert.ok(grown < 524_288, `${grown} bytes for 600 names`)
})

making('the message names the field of an invalid value', () => {
  for (const make of [
    () => Reflect.apply(fields, undefined, [{ 'X-A': null }]),
    () => Reflect.apply(fields, undefined, [[['x-a', null]]]),
    () => Reflect.apply(noFields.with, noFields, ['x-a', null]),
  ])
    assert.match(
      throwsAtOnce(make, TypeError).message,
      /^Cannot make a field: for x-a its value is of the type null/i,
    )
})

making('the message names what was found, with control characters escaped', () => {
  const { message } = throwsAtOnce(() => fields([['a', 'x\r\ny']]), TypeError)
  assert.match(message, /^Cannot make a field: .*"x\\r\\ny"/)
  assert.not.match(message, /[\r\n]/)
})

making.run()

const reading = suite('Fields')

const list = fields([
  ['Accept', 'a'],
  ['Set-Cookie', 'x=1'],
  ['accept', 'b'],
  ['set-cookie', 'y=2'],
  ['ACCEPT', ''],
])

reading('get joins the lines of a name, in any case', () => {
  assert.is(list.get('aCCept'), 'a, b, ')
  assert.is(list.get('none'), undefined)
})

reading('get gives the first set-cookie and joins none (RFC 9110 5.3)', () => {
  assert.is(list.get('Set-Cookie'), 'x=1')
})

for (const [how, cookies] of [
  [
    'made of pairs',
    fields([
      ['Cookie', 'a=1'],
      ['x', ''],
      ['cookie', 'b=2; c=3'],
    ]),
  ],
  ['of lines that came', fieldsOfLines('Cookie: a=1\r\nx:\r\ncookie: b=2; c=3\r\n')],
] as const)
  reading(`get joins the lines of cookie by a semicolon (RFC 6265 4.2.1), ${how}`, () => {
    assert.is(cookies.get('COOKIE'), 'a=1; b=2; c=3')
    assert.equal(cookies.getAll('cookie'), ['a=1', 'b=2; c=3'])
  })

for (const [how, cookies] of [
  ['made of pairs', list],
  ['of lines that came', fieldsOfLines('Set-Cookie: x=1\r\na: b\r\nset-cookie:\ty=2 \r\n')],
  ['with lines added', fields({ 'set-cookie': 'x=1' }).withAdded('SET-cookie', 'y=2')],
] as const)
  reading(`getSetCookie gives every set-cookie in order (RFC 6265 3), ${how}`, () => {
    assert.equal(cookies.getSetCookie(), ['x=1', 'y=2'])
    assert.equal(cookies.without('set-cookie').getSetCookie(), [])
  })

reading(
  'getSetCookie keeps commas, two equal lines and an empty one, and is empty for none',
  () => {
    const given = ['a=1; expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2', 'b=2', '']
    assert.equal(fields({ 'set-cookie': given, cookie: 'c=3' }).getSetCookie(), given)
    assert.equal(noFields.getSetCookie(), [])
  },
)

reading('getAll gives every line in order', () => {
  assert.equal(list.getAll('accept'), ['a', 'b', ''])
  assert.equal(list.getAll('SET-COOKIE'), ['x=1', 'y=2'])
  assert.equal(list.getAll('none'), [])
})

reading('has tells an empty value from none', () => {
  assert.ok(fields({ a: '' }).has('A'))
  assert.not(fields({ a: '' }).has('b'))
})

reading('set puts one line where the first stood, and gives a new list', () => {
  const before = pairs(list)
  assert.equal(pairs(list.with('ACCEPT', ' z ')), [
    ['accept', 'z'],
    ['set-cookie', 'x=1'],
    ['set-cookie', 'y=2'],
  ])
  assert.equal(pairs(list), before)
})

reading('set puts a line of a new name last', () => {
  assert.equal(pairs(fields({ a: '1' }).with('B', '2')), [
    ['a', '1'],
    ['b', '2'],
  ])
})

reading('append puts a line last, also beside others of its name, and gives a new list', () => {
  const one = fields({ a: '1' })
  assert.equal(pairs(one.withAdded('A', ' 2')), [
    ['a', '1'],
    ['a', '2'],
  ])
  assert.is(one.size, 1)
  assert.is(noFields.withAdded('a', '1').size, 1)
  assert.is(noFields.size, 0)
})

reading('delete takes every line of a name, and gives the same list where there is none', () => {
  assert.equal(pairs(list.without('Set-Cookie')), [
    ['accept', 'a'],
    ['accept', 'b'],
    ['accept', ''],
  ])
  assert.is(list.without('none'), list)
  assert.is(fields({ a: '1' }).without('a').size, 0)
  assert.is(list.size, 5)
})

reading(
  'merge puts all lines of another list last, in the place of those of the same names',
  () => {
    const security = fields({ 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' })
    const one = fields({ a: '1' })
    assert.equal(pairs(one.withAll(security)), [
      ['a', '1'],
      ['x-frame-options', 'DENY'],
      ['referrer-policy', 'no-referrer'],
    ])
    assert.equal(pairs(list.withAll(fields({ b: '0', 'Set-Cookie': ['p=3', 'q=4'], c: '5' }))), [
      ['accept', 'a'],
      ['accept', 'b'],
      ['accept', ''],
      ['b', '0'],
      ['set-cookie', 'p=3'],
      ['set-cookie', 'q=4'],
      ['c', '5'],
    ])
    assert.is(one.size, 1)
    assert.is(security.size, 2)
    assert.is(list.size, 5)
  },
)

reading('merge with the empty list, of the empty list, with itself', () => {
  assert.is(list.withAll(noFields), list)
  assert.equal(pairs(noFields.withAll(list)), pairs(list))
  assert.is(noFields.size, 0)
  assert.equal(pairs(list.withAll(list)), pairs(list))
  const longer = list.withAdded('z', '1')
  assert.equal(pairs(list.withAll(longer)), pairs(longer))
  assert.equal(pairs(longer.withAll(list)), [['z', '1'], ...pairs(list)])
})

reading('merge checks the lines of a list that is not ours', () => {
  const evil = {
    ...fields({ a: '1' }),
    *[Symbol.iterator]() {
      yield ['a', 'b\r\nc: d']
    },
  }
  throwsAtOnce(() => Reflect.apply(list.withAll, list, [evil]), TypeError)
})

reading('a pair that was given out changes nothing when it is changed', () => {
  for (const pair of list) Reflect.set(pair, 1, 'changed')
  assert.is(list.get('accept'), 'a, b, ')
})

reading('an array given to fields may change afterwards', () => {
  const given: [string, string][] = [['a', '1']]
  const made = fields(given)
  given.push(['b', '2'])
  const [first] = given
  if (first !== undefined) first[1] = 'changed'
  assert.equal(pairs(made), [['a', '1']])
})

reading('two iterations at once do not meet', () => {
  const found: string[] = []
  const two = fields({ a: '1', b: '2' })
  for (const [outer] of two) for (const [inner] of two) found.push(outer + inner)
  assert.equal(found, ['aa', 'ab', 'ba', 'bb'])
})

reading('as JSON it is its pairs', () => {
  assert.is(JSON.stringify(fields({ a: '1' })), '[["a","1"]]')
})

reading(
  'lists made of one list by append or set are each their own, in whatever order they are made and read',
  () => {
    const base = fields({ a: '1' })
    const left = base.withAdded('b', 'left')
    const right = base.withAdded('b', 'right')
    const further = left.with('c', '3')
    const other = left.with('c', '4').withAdded('a', '5')
    const merged = further.withAll(fields({ e: '7', f: '8' }))
    const read = [...further]
    const last = further.withAdded('d', '6')
    assert.equal([...base], [['a', '1']])
    assert.equal([...left], [...base, ['b', 'left']])
    assert.equal([...right], [...base, ['b', 'right']])
    assert.equal(read, [...left, ['c', '3']])
    assert.equal([...further], read)
    assert.equal([...last], [...read, ['d', '6']])
    assert.equal([...other], [...left, ['c', '4'], ['a', '5']])
    assert.equal([...merged], [...read, ['e', '7'], ['f', '8']])
    assert.equal([...merged.withAdded('g', '9')], [...merged, ['g', '9']])
    assert.is(left.size, 2)
    assert.is(left.get('c'), undefined)
    assert.not(left.has('c'))
    assert.equal(base.getAll('a'), ['1'])
    assert.is(further.get('d'), undefined)
    assert.equal([...left.without('a')], [['b', 'left']])
    assert.equal([...left.with('b', 'new')], [...base, ['b', 'new']])
  },
)

reading('what flatFields has given does not change when a list is made of that list', () => {
  const list = fields({ a: '1' }).withAdded('b', '2')
  const given = flatFields(list)
  const longer = list.withAdded('c', '3')
  assert.equal(given, ['a', '1', 'b', '2'])
  assert.equal(flatFields(longer), ['a', '1', 'b', '2', 'c', '3'])
  assert.equal(flatFields(list), given)
})

reading.run()

const flat = suite('flatFields')

flat('names and values in turn', () => {
  assert.equal(flatFields(fields({ A: '1', b: ['2', '3'] })), ['a', '1', 'b', '2', 'b', '3'])
})

flat('a list from elsewhere is checked on the way', () => {
  const foreign = (value: string): Fields => ({
    ...unchanging,
    size: 1,
    *[Symbol.iterator]() {
      yield ['A', value]
    },
  })
  assert.equal(flatFields(foreign('1')), ['a', '1'])
  throwsAtOnce(() => flatFields(foreign('1\r\nx: y')), TypeError)
})

const unchanging = {
  get: () => undefined,
  getAll: () => [],
  getSetCookie: () => [],
  has: () => false,
  with: () => noFields,
  withAdded: () => noFields,
  withAll: () => noFields,
  without: () => noFields,
}

flat('uncheckedFields is a list like another', () => {
  const made = uncheckedFields(['a', '1', 'a', '2'])
  assert.is(made.get('A'), '1, 2')
  assert.is(fields(made), made)
  assert.is(uncheckedFields([]), noFields)
})

const lines =
  'A: 1\r\nContent-Type:text/plain\r\na:\t2 \r\nset-cookie: x=1\r\nSet-Cookie: y=2\r\nempty:\r\n'
const linesFlat = [
  'a',
  '1',
  'content-type',
  'text/plain',
  'a',
  '2',
  'set-cookie',
  'x=1',
  'set-cookie',
  'y=2',
  'empty',
  '',
]

flat('fieldsOfLines reads as a list of the same lines does, whatever is asked first', () => {
  const asks: ((list: Fields) => unknown)[] = [
    (list) => list.size,
    ...[
      'a',
      'A',
      'content-type',
      'set-cookie',
      'empty',
      'b',
      'content',
      'a: 1'.slice(0, 1),
    ].flatMap((name) => [
      (list: Fields) => list.get(name),
      (list: Fields) => list.getAll(name),
      (list: Fields) => list.getSetCookie(),
      (list: Fields) => list.has(name),
    ]),
    (list) => [...list.with('a', '3')],
    (list) => [...list.withAdded('a', '3')],
    (list) => [...list.without('a')],
    (list) => [...list.withAll(fields({ a: '3', z: '4' }))],
    (list) => [...noFields.withAll(list)],
    (list) => [...list],
    (list) => JSON.stringify(list),
    (list) => flatFields(list),
  ]
  for (const first of asks) {
    for (const second of asks) {
      const list = fieldsOfLines(lines)
      assert.is(fields(list), list)
      assert.equal(first(list), first(uncheckedFields(linesFlat)))
      assert.equal(second(list), second(uncheckedFields(linesFlat)))
    }
  }
})

flat('fieldsOfLines tells characters apart that differ in the bit of case alone', () => {
  const list = fieldsOfLines('x^: 1\r\n`a: 2\r\n')
  assert.is(list.get('x^'), '1')
  assert.is(list.get('x~'), undefined)
  assert.is(list.get('`A'), '2')
  assert.is(list.get('`a'), '2')
})

flat('fieldsOfLines finds no name in a value, nor over the end of a line', () => {
  const list = fieldsOfLines('a: b:c\r\nd: e\r\n')
  assert.is(list.get('b'), undefined)
  assert.is(list.get('c'), undefined)
  assert.not(list.has('e'))
  assert.equal(list.getAll('d'), ['e'])
  assert.throws(() => list.get('b:c'), /wanted a token/)
})

flat('fieldsOfLines of no line is the empty list', () => {
  assert.is(fieldsOfLines(''), noFields)
})

flat.run()
