import { hubError } from '../errors.ts'
import type { BodyError } from '@sluice/body'

/** Why a source is closed before its end: the reason of its signal. */
export const producedNoMore = (
  topic: string,
  why: 'ended' | 'lost' | 'over' | 'no readers',
): BodyError => {
  const act = `Cannot go on producing the topic ${JSON.stringify(topic)}`
  switch (why) {
    case 'ended':
      return hubError('TOPIC_ENDED', `${act}: it was stopped`)
    case 'lost':
      return hubError('LEASE_LOST', `${act}: another process produces it now`)
    case 'no readers':
      return hubError('READERS_GONE', `${act}: found no readers in any process`)
    case 'over':
      return hubError('HUB_CLOSED', `${act}: the hub is closed`)
  }
}
