import { installFolder } from '../../support/runner/install-folder.mjs'

/** Installs the peers on first use, from their own lock file. */
export const installPeers = () => installFolder('test/bench')
