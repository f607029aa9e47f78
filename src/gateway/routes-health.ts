import type { TemplatedApp } from 'uWebSockets.js';
import type { NodeHealth } from '../protocol/http/health.ts';
import { addRoute, json } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

/** For supervisors, load balancers, Prometheus, and whoever has not signed in yet. `draining` answers whether this node is about to stop. */
export function addHealthRoutes(app: TemplatedApp, parts: GatewayParts, draining: () => boolean): void {
  const { services, clock } = parts;

  addRoute(app, parts, 'get', '/healthz', () => {
    const { nodeId, startedAtMs } = services.health;
    return json(200, { status: 'ok', nodeId, uptimeMs: Math.max(0, clock.nowMs() - startedAtMs) });
  });

  addRoute(app, parts, 'get', '/readyz', () => {
    const reason = draining() ? 'The node is stopping.' : services.health.notReady();
    if (reason !== null) return json(503, { status: 'not ready', reason, degraded: services.health.away() });
    // An overloaded node is ready all the same: an SOS must find its way in.
    return json(200, { status: 'ready', overload: parts.overload(), degraded: services.health.away() });
  });

  addRoute(
    app,
    parts,
    'get',
    '/v1/dispatch/health',
    signedIn(parts, () => json(200, healthOf(parts, draining()))),
  );

  addRoute(app, parts, 'get', '/v1/about', () => json(200, parts.config.about));

  addRoute(app, parts, 'get', '/metrics', () => ({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: services.metricsText(),
  }));
}

/** What a dispatcher has to know of the node: who it is, how far behind it is, and what it has to do without. */
function healthOf({ services: { health }, clock, overload }: GatewayParts, isStopping: boolean): NodeHealth {
  return {
    nodeId: health.nodeId,
    otherNodes: [...health.otherNodes()],
    uptimeMs: Math.max(0, clock.nowMs() - health.startedAtMs),
    logSilentMs: Math.round(health.logSilentMs()),
    missing: [...(isStopping ? (['stopping'] as const) : []), ...health.away().map(({ engine }) => engine)],
    overload: overload(),
  };
}
