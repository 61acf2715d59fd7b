import { openHub } from '@sluice/hub'
import type { Hub, HubOptions } from '@sluice/hub'

/** Opens a hub for the time of a test. */
export const withHub = async (
  run: (hub: Hub) => Promise<void>,
  options: HubOptions = {},
): Promise<void> => {
  const hub = openHub(options)
  try {
    await run(hub)
  } finally {
    await hub.close()
  }
}
