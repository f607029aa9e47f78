import type { SosView } from '../protocol/down.ts';

/** What a dispatcher does to one SOS, with what it takes. */
export type DispatcherCommand =
  | { readonly kind: 'sos.assign'; readonly responderId: string; readonly slot?: number }
  | { readonly kind: 'sos.release'; readonly responderId: string }
  | { readonly kind: 'sos.escalate' }
  | { readonly kind: 'sos.take_over'; readonly ownerId?: string }
  | { readonly kind: 'sos.hold'; readonly forMs: number }
  | { readonly kind: 'sos.unhold' }
  | { readonly kind: 'sos.merge'; readonly intoId: string }
  | {
      readonly kind: 'sos.hand_off';
      readonly service: string;
      readonly reference?: string;
      readonly note?: string;
    }
  | { readonly kind: 'sos.cancel'; readonly reason?: string }
  | { readonly kind: 'sos.resolve' }
  | { readonly kind: 'sos.reopen' };

export type CommandName = DispatcherCommand['kind'];

/** What nothing takes back: people are sent home, alarmed, or told. */
export const IRREVERSIBLE: ReadonlySet<CommandName> = new Set<CommandName>([
  'sos.escalate',
  'sos.merge',
  'sos.hand_off',
  'sos.cancel',
  'sos.resolve',
]);

/** What makes no sense now is not offered; what the server alone can know is asked of it. */
export function mayCommand(kind: CommandName, sos: SosView, me: string): boolean {
  const isOpen = sos.closedAtMs === null;
  switch (kind) {
    case 'sos.reopen':
      return !isOpen;
    case 'sos.take_over':
      return isOpen && sos.ownerId !== me;
    case 'sos.hold':
      return isOpen && sos.holdUntilMs === null;
    case 'sos.unhold':
      return isOpen && sos.holdUntilMs !== null;
    case 'sos.release':
      return isOpen && sos.slots.some(({ holderId }) => holderId !== null);
    case 'sos.merge':
      return isOpen && sos.slots.every(({ holderId }) => holderId === null);
    default:
      return isOpen;
  }
}

/**
 * What takes a command back, as far as anything can; null: nothing does. `before` is how the SOS stood when it was given.
 */
export function undoOf(command: DispatcherCommand, before: SosView, nowMs: number): DispatcherCommand | null {
  switch (command.kind) {
    case 'sos.hold':
      return { kind: 'sos.unhold' };
    case 'sos.unhold': {
      const leftMs = Math.round((before.holdUntilMs ?? 0) - nowMs);
      return leftMs >= 1_000 ? { kind: 'sos.hold', forMs: Math.min(leftMs, 86_400_000) } : null;
    }
    case 'sos.assign':
      return { kind: 'sos.release', responderId: command.responderId };
    case 'sos.release': {
      const held = before.slots.find(({ holderId }) => holderId === command.responderId);
      return held ? { kind: 'sos.assign', responderId: command.responderId } : null;
    }
    case 'sos.take_over':
      return before.ownerId === null ? null : { kind: 'sos.take_over', ownerId: before.ownerId };
    default:
      return null;
  }
}

/** What was not carried out, and why, to be said where it was asked. */
export interface Refused {
  readonly command: CommandName | 'chat.send';
  /** Of the protocol's table of errors, or of the client. */
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly atMs: number;
}
