// Which codes compile. A mistyped code of a package does not.
import { BodyError } from '@sluice/body'
import { errorsOf } from '@sluice/body/engine'
import { HttpError, httpErrorsOf } from '@sluice/stack'

// Codes of body and stack have their statuses.
export const used: BodyError = new BodyError('BODY_USED', '')
export const lost: BodyError = new HttpError('NOT_FOUND', '', { headers: {}, cause: 1 })
// @ts-expect-error it is mistyped
new BodyError('BODY_USE', '')
// @ts-expect-error
new HttpError('NOT_FUOND', '', { expose: true })
// @ts-expect-error it is a code of stack
new BodyError('NOT_FOUND', '')

// Others bring theirs.
export const own: BodyError = new BodyError('ROW_LOST', '', { status: 500 })
export const tea: HttpError = new HttpError('OUT_OF_TEA', '', { status: 418, expose: false })
// @ts-expect-error without a status
new HttpError('OUT_OF_TEA', '', { headers: {} })

// A package declares its codes once.
const rowError = errorsOf({ ROW_LOST: 500, ROW_INVALID: 400 })
const teaError = httpErrorsOf({ OUT_OF_TEA: 418 })
export const row: BodyError = rowError('ROW_LOST', '', { cause: 1 })
export const brewed: HttpError = teaError('OUT_OF_TEA', '', { headers: {}, expose: true })
// @ts-expect-error it is mistyped
rowError('ROW_LSOT', '')
// @ts-expect-error
teaError('OUT_OF_COFFEE', '')
// @ts-expect-error the status is that of the code
teaError('OUT_OF_TEA', '', { status: 500 })
// @ts-expect-error a body's error has no fields
rowError('ROW_LOST', '', { headers: {} })

// Code that handles errors branches on any code.
export const isMine = (error: BodyError): boolean => error.code === 'ROW_LOST'
