import { ROUTES } from '../access/doors.ts';
import { ERRORS, type ErrorCode } from '../protocol/errors.ts';
import type { GatewayParts } from './parts.ts';

/** Stands for the socket where a route is named. */
export const SOCKET_DOOR = 'socket';

/** Puts on record that a caller showed no good token. What they may try again as they are is no refusal. */
export function noteUnknownCaller(
  { services }: Pick<GatewayParts, 'services'>,
  { route, address }: { readonly route: string; readonly address: string },
  code: ErrorCode,
): void {
  const { http } = ERRORS[code];
  if (http !== 401 && http !== 403) return;
  const door = ROUTES[route];
  const { action, resource: resourceKind } =
    typeof door === 'object' ? door : { action: 'enter', resource: 'door' };
  services.access.trail.unknown({ address, action, resourceKind, door: route, code });
}
