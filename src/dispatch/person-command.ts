import type { LatLng } from '../geo/lat-lng.ts';
import { unreachable } from '../lib/assert.ts';
import { derivedId } from '../lib/derived-id.ts';
import { NIL_ID } from './deciding.ts';
import type { Actor, SosCommand, SosCreation } from './machine/commands.ts';
import type { EmergencyType, Priority } from './machine/state.ts';
import type { CommandKey } from './store.ts';

interface About {
  readonly id: string;
  readonly sosId: string;
}
interface WithReason extends About {
  readonly reason?: string | undefined;
}
/** The last number of the stream that whoever asks has seen: what came since may change their mind. */
interface Edit extends About {
  readonly expectSeq?: number | undefined;
}
type EditWithReason = Edit & WithReason;

interface Raised {
  readonly id: string;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly description?: string | undefined;
}

interface Bodies {
  'sos.create': Raised & { readonly isDrill?: boolean | undefined };
  'sos.raise': Raised & {
    readonly addressText?: string | undefined;
    readonly callbackNumber?: string | undefined;
    readonly isDrill?: boolean | undefined;
  };
  'offer.accept': About & { readonly offerId: string };
  'offer.decline': About & { readonly offerId: string };
  'sos.depart': About;
  'sos.arrive': About;
  'sos.start': About;
  'sos.resolve': About;
  'sos.withdraw': WithReason;
  'sos.cancel': EditWithReason;
  'sos.escalate': EditWithReason;
  'sos.take_over': Edit & { readonly ownerId?: string | undefined };
  'sos.assign': Edit & { readonly responderId: string; readonly slot?: number | undefined };
  'sos.release': EditWithReason & { readonly responderId: string };
  'sos.hold': EditWithReason & { readonly forMs: number };
  'sos.unhold': Edit;
  'sos.reopen': EditWithReason;
  'sos.merge': EditWithReason & { readonly intoId: string };
  'sos.hand_off': Edit & {
    readonly service: string;
    readonly reference?: string | undefined;
    readonly note?: string | undefined;
  };
  'chat.send': About & { readonly text: string };
  'chat.read': About & { readonly upToSeq: number };
}

export type PersonCommandKind = keyof Bodies;
/** A command about an SOS as it comes from a person. */
export type PersonCommand = { [K in PersonCommandKind]: readonly [K, Bodies[K]] }[PersonCommandKind];
export type BodyOf<K extends PersonCommandKind> = Bodies[K];

/** The SOS that it is about; null: it begins one. */
export const sosOf = ([, body]: PersonCommand): string | null => ('sosId' in body ? body.sosId : null);

/** What has a way of its own: it begins an SOS, concerns two, or is no part of the machine. */
export type OwnWay = 'sos.create' | 'sos.raise' | 'sos.merge' | 'chat.send' | 'chat.read';
export type MachineCommand = { [K in Exclude<PersonCommandKind, OwnWay>]: readonly [K, Bodies[K]] }[Exclude<
  PersonCommandKind,
  OwnWay
>];

/** Fields that name somebody or something else that a command is about. */
const TARGETS = ['responderId', 'intoId', 'ownerId'];

/** What is asked, and of what: an id that comes again with something else is not the same command again. */
export function aboutOf([kind, body]: PersonCommand): string {
  const of = 'offerId' in body ? body.offerId : 'sosId' in body ? body.sosId : '';
  const to = TARGETS.map((name) => (name in body ? String(body[name as keyof typeof body] ?? '') : ''));
  return [kind, of, ...to].filter((part) => part !== '').join(' ');
}

export function creationOf(
  by: Actor,
  [kind, body]: Extract<PersonCommand, readonly ['sos.create' | 'sos.raise', unknown]>,
): SosCreation {
  const { emergencyType, priority, point, description = null } = body;
  const common = { emergencyType, priority, point, description, isDrill: body.isDrill ?? false };
  if (kind === 'sos.create') {
    return {
      ...common,
      requesterId: by.userId,
      origin: 'person',
      raisedBy: by.userId,
      alertId: null,
      callbackNumber: null,
      addressText: null,
      // Whoever is no dispatcher can alarm nobody but themselves for practice.
      drillFor: common.isDrill ? by.userId : null,
    };
  }
  return {
    ...common,
    requesterId: null,
    origin: 'dispatcher',
    raisedBy: by.userId,
    alertId: null,
    callbackNumber: body.callbackNumber ?? null,
    addressText: body.addressText ?? null,
    drillFor: null,
  };
}

/** What a machine says of somebody it calls for help for. */
export interface AlertOrder {
  readonly alertId: string;
  /** When its time came: a second press of a button is another time of the same alert. */
  readonly dueAtMs: number;
  /** Null: somebody without an account. */
  readonly requesterId: string | null;
  readonly point: LatLng;
  readonly description: string;
}

/** Once for each alert and time, whichever node does it. */
export const keyForAlert = ({ alertId, dueAtMs }: AlertOrder): CommandKey => ({
  actorId: NIL_ID,
  commandId: derivedId('alert.sos', alertId, String(Math.trunc(dueAtMs))),
  about: `alert.sos ${alertId}`,
});

export const creationForAlert = ({ alertId, requesterId, point, description }: AlertOrder): SosCreation => ({
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point,
  description,
  requesterId,
  origin: 'machine',
  raisedBy: null,
  alertId,
  callbackNumber: null,
  addressText: null,
  isDrill: false,
  drillFor: null,
});

export function commandOf(command: MachineCommand): SosCommand {
  switch (command[0]) {
    case 'offer.accept':
      return { type: 'accept', offerId: command[1].offerId };
    case 'offer.decline':
      return { type: 'decline', offerId: command[1].offerId };
    case 'sos.depart':
      return { type: 'depart' };
    case 'sos.arrive':
      return { type: 'arrive' };
    case 'sos.start':
      return { type: 'start' };
    case 'sos.resolve':
      return { type: 'resolve' };
    case 'sos.withdraw':
      return { type: 'withdraw', reason: command[1].reason ?? null };
    case 'sos.cancel':
      return { type: 'cancel', reason: command[1].reason ?? null };
    case 'sos.escalate':
      return { type: 'escalate', reason: command[1].reason ?? null };
    case 'sos.take_over':
      return { type: 'take_over', ownerId: command[1].ownerId ?? null };
    case 'sos.assign':
      return { type: 'assign', responderId: command[1].responderId, slot: command[1].slot ?? null };
    case 'sos.release': {
      const { responderId, reason = null } = command[1];
      return { type: 'release', responderId, reason };
    }
    case 'sos.hold':
      return { type: 'hold', forMs: command[1].forMs, reason: command[1].reason ?? null };
    case 'sos.unhold':
      return { type: 'unhold' };
    case 'sos.reopen':
      return { type: 'reopen', reason: command[1].reason ?? null };
    case 'sos.hand_off': {
      const { service, reference = null, note = null } = command[1];
      return { type: 'hand_off', service, state: 'reported', reference, note };
    }
    default:
      return unreachable(command);
  }
}
