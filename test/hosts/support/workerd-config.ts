import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * Writes the configuration with which workerd serves a script, beside it.
 *
 * With `--control-fd=1` workerd prints a line of JSON with its port, as the other programs do.
 */
export const workerdConfig = (script: string): string => {
  const path = `${script}.capnp`
  writeFileSync(path, config(basename(script)))
  return path
}

const config = (script: string) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${script}")],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["enable_request_signal"],
);
`
