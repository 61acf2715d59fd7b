// A server whose clients leave. Anything that it prints is wrong.
import { closeOnSignal, serve } from '@sluice/server'
import { control } from '../faults/servers/control.ts'
import { leaveRoutes, tell } from './leave-routes.ts'

const server = await serve(leaveRoutes, { onError: tell })
closeOnSignal(server, { graceMs: 5000 })
control(server.port)
