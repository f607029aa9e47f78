import type { LatLng } from '../../geo/lat-lng.ts';
import type { Result } from '../../lib/result.ts';
import type { LogEvent } from '../log-event.ts';
import type { Severity } from '../vitals/finding.ts';
import type { Alert } from './alert.ts';
import type { AlertEventType, AlertRefusal, Around, Change } from './machine.ts';
import type { Step } from './step.ts';

/** Who is told of an alert at this moment. */
export interface Audience {
  /** The account of the person; null: they have none. */
  readonly userId: string | null;
  readonly careTeam: readonly string[];
  /** On shift, or all there are; told of what was escalated to them, without what was measured. */
  readonly dispatchers: readonly string[];
  /** How those who care for the person are reached outside, should it be escalated. */
  readonly reach: readonly Reach[];
}

/** How somebody is reached who is not connected. What is sent says that there is an alert, and nothing of it. */
export interface Reach {
  readonly userId: string;
  readonly channel: 'email' | 'sms';
  readonly recipient: string;
}

export interface CommandKey {
  readonly actorId: string;
  readonly commandId: string;
  /** What is asked, and of what: an id that comes again with something else is not the same command again. */
  readonly about: string;
}

/** What was written, to be told after commit. */
export interface Written {
  readonly alert: Alert;
  readonly events: readonly LogEvent[];
  /** When to look at it again, counted from now; null: nothing is due. */
  readonly dueInMs: number | null;
}

export type Changed =
  | ({ readonly kind: 'done' } & Written)
  /** Carried out before: this is how it stands now. */
  | { readonly kind: 'repeated'; readonly alert: Alert }
  | { readonly kind: 'refused'; readonly code: AlertRefusal | 'forbidden'; readonly alert: Alert }
  | { readonly kind: 'reused' }
  | { readonly kind: 'missing' };

/** On one step and the open alert of its condition, if there is one. Null: there is nothing to do. */
export type DecideStep = (
  open: Alert | null,
  step: Step,
  around: Pick<Around, 'nowMs' | 'opensSos'>,
) => Change | null;

export type Decide = (alert: Alert, nowMs: number) => Result<Change, AlertRefusal | 'forbidden'>;

/** Which alerts somebody asks for. */
export interface AlertQuery {
  /** Of these people, or assigned to `assignedTo`, or, with `forDispatchers`, of which dispatchers were told. */
  readonly personIds: readonly string[];
  readonly assignedTo: string | null;
  readonly forDispatchers: boolean;
  /** Of all these only those of which dispatchers were told. */
  readonly onlyForDispatchers: boolean;
  readonly isOpen: boolean | null;
  readonly severities: readonly Severity[] | null;
  /** The last id of the page before; the newest come first. */
  readonly before: string | null;
  readonly limit: number;
}

export interface HistoryEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: AlertEventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Steps of one person that are written together, once: `batchId` tells a repeat from something new. */
export interface Batch {
  readonly batchId: string;
  readonly personId: string;
  readonly steps: readonly Step[];
}

/** Whether an SOS may be opened for somebody by a machine, and who said so. */
export interface PersonSetting {
  readonly opensSos: boolean;
  readonly changedBy: string | null;
  readonly changedAtMs: number | null;
}

/**
 * Where alerts are kept. Each method that writes is one transaction that locks the alerts it decides on, writes their rows,
 * and appends to `alert:<id>` and to the inboxes of the audience. Errors mean unknown, never "not stored".
 */
export interface AlertStore {
  /**
   * Decides on the open alerts of one person. A batch that was written before changes nothing. With a key the same for
   * whatever is only to happen once ever, such as an alarm of a device.
   */
  take(
    batch: Batch,
    audience: Audience,
    key: CommandKey | null,
    decide: DecideStep,
  ): Promise<readonly Written[]>;
  /** Without a key (a deadline) no answer is stored. */
  change(key: CommandKey | null, alertId: string, audience: Audience, decide: Decide): Promise<Changed>;
  get(alertId: string): Promise<Alert | null>;
  history(alertId: string): Promise<readonly HistoryEntry[]>;
  list(query: AlertQuery): Promise<readonly Alert[]>;
  /** Alerts whose deadline has passed by the store's clock, leased to this node so that no other takes them too. */
  claimDue(nodeId: string, limit: number): Promise<string[]>;
  setting(personId: string): Promise<PersonSetting>;
  setSetting(personId: string, opensSos: boolean, by: string): Promise<PersonSetting>;
  /** For whom no machine opens an SOS, because they have said so. */
  refusing(): Promise<readonly string[]>;
  /** Where somebody's phone was last; null: nobody knows. */
  lastSeen(userId: string): Promise<{ readonly point: LatLng; readonly atMs: number } | null>;
}
