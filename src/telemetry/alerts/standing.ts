import type { ActionOf } from '../../access/matrix.ts';
import { may } from '../../access/may.ts';
import type { Relation } from '../../access/words.ts';
import { type Alert, isForDispatchers } from './alert.ts';
import type { AlertCommand } from './command.ts';

/** Who asks. Grants are of the moment of asking. */
export interface Asking {
  readonly userId: string;
  readonly grants: readonly string[];
  /** Only a paired device is known: that it is its person's counts, never what they have been granted. */
  readonly deviceId?: string | undefined;
}

/** How somebody stands to one alert: to its person, and whether dispatchers were told of it. */
export function relationsTo(alert: Alert, toPerson: readonly Relation[]): readonly Relation[] {
  return isForDispatchers(alert) ? [...toPerson, 'escalated'] : toPerson;
}

/** Whether somebody is entitled to what was measured, and not only as a dispatcher. */
export const seesAll = (relations: readonly Relation[]): boolean =>
  may({ grants: [] }, 'read', 'alert', relations).allowed;

export const mayRead = ({ grants }: Asking, relations: readonly Relation[]): boolean =>
  may({ grants }, 'read', 'alert', relations).allowed;

/** The cell of the matrix by which a command is decided. Of what is critical somebody else has to know. */
export function actionOf([kind]: AlertCommand, { severity }: Alert): ActionOf<'alert'> {
  switch (kind) {
    case 'alert.acknowledge':
      return severity === 'CRITICAL' ? 'acknowledge_critical' : 'acknowledge';
    case 'alert.assign':
      return 'assign';
    case 'alert.resolve':
      return severity === 'CRITICAL' ? 'resolve_critical' : 'resolve';
    default:
      return 'cancel_sos';
  }
}

export const mayDo = (
  { grants }: Asking,
  command: AlertCommand,
  alert: Alert,
  relations: readonly Relation[],
): boolean => may({ grants }, actionOf(command, alert), 'alert', relations).allowed;
