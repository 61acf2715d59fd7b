import { data } from '@sluice/body'
import { encodeText } from '@sluice/body/engine'
import { encodeEvent } from './encode-event.ts'
import type { Data } from '@sluice/body'
import type { EventMessage } from './message.ts'

/** The data frame of one event. */
export const eventFrame = (message: EventMessage): Data => data(encodeText(encodeEvent(message)))
