// What several hosts lose for one reason. Names of behaviours, and what happens instead: a key of their `losses`.

/** A listener is called for requests alone; Node answers `Expect`, and has no listener for an Upgrade. `attach` adds them. */
export const lossesOfListeners = {
  '`100 Continue` is sent when the handler first reads': 'it is sent before the handler is called',
  'an Upgrade is taken over': 'it is answered with 500, and the error is reported',
} as const
