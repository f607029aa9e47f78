import { MusterError, type SosView } from '../../../client/index.ts';
import {
  type CommandName,
  type DispatcherCommand,
  IRREVERSIBLE,
  type Refused,
  undoOf,
} from '../../sos-commands.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { problemWords } from '../session.ts';
import { confirmed } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';
import type { Desk } from './desk.ts';

const UNDO_MS = 8_000;
const ANSWER_WITHIN_MS = 20_000;

/**
 * Gives a command about an SOS as it is looked at: asks first where nothing takes it back, offers to take it back where
 * something does, and keeps with the SOS why it was refused. True: it was carried out.
 */
export async function act(desk: Desk, sos: SosView, command: DispatcherCommand): Promise<boolean> {
  if (IRREVERSIBLE.has(command.kind) && !(await isMeant(command))) return false;
  // As it is shown now, which may be later than when a dialog about it was opened.
  const shown = desk.store.openSos.value.find(({ sosId }) => sosId === sos.sosId) ?? sos;
  if (!(await send(desk, shown, command, shown.seq))) return false;
  const back = undoOf(command, shown, Date.now());
  const undo = back && (() => takeBack(desk, sos, back));
  toast(doneWords(desk, command), { staysMs: UNDO_MS, ...(undo ? { undo } : {}) });
  return true;
}

async function takeBack(desk: Desk, sos: SosView, back: DispatcherCommand): Promise<void> {
  if (await send(desk, sos, back, undefined)) toast(t('incident.undone'));
}

async function send(
  desk: Desk,
  { sosId }: SosView,
  { kind, ...body }: DispatcherCommand,
  expectSeq: number | undefined,
): Promise<boolean> {
  const seen = kind === 'sos.resolve' || expectSeq === undefined ? {} : { expectSeq };
  try {
    await desk.store.client.command(kind, { sosId, ...seen, ...body } as never, {
      timeoutMs: ANSWER_WITHIN_MS,
    });
    forgive(desk, sosId);
    return true;
  } catch (error) {
    refuse(desk, sosId, kind, error);
    return false;
  }
}

export function refuse(desk: Desk, sosId: string, command: Refused['command'], error: unknown): void {
  const refused: Refused =
    error instanceof MusterError
      ? { command, code: error.code, message: error.message, advice: error.advice, atMs: Date.now() }
      : { command, code: 'internal', message: problemWords(error), advice: '', atMs: Date.now() };
  desk.refused.value = new Map(desk.refused.value).set(sosId, refused);
}

export function forgive(desk: Desk, sosId: string): void {
  if (!desk.refused.value.has(sosId)) return;
  const left = new Map(desk.refused.value);
  left.delete(sosId);
  desk.refused.value = left;
}

type Short<K extends string> = K extends `sos.${infer S}` ? S : never;
const shortOf = (kind: CommandName) => kind.slice(4) as Short<CommandName>;

/** What a command is called on its button. */
export function commandWords(kind: Refused['command']): string {
  if (kind === 'chat.send') return t('incident.cmd_chat');
  const short = shortOf(kind);
  return short === 'release' ? t('incident.cmd_release_short') : t(`incident.cmd_${short}`);
}

function doneWords({ names }: Desk, command: DispatcherCommand): string {
  switch (command.kind) {
    case 'sos.assign':
      return t('incident.done_assign', { who: names.nameOf(command.responderId) });
    case 'sos.release':
      return t('incident.done_release', { who: names.nameOf(command.responderId) });
    default:
      return t(`incident.done_${shortOf(command.kind) as 'escalate'}`);
  }
}

function isMeant(command: DispatcherCommand): Promise<boolean> {
  const action = commandWords(command.kind);
  switch (command.kind) {
    case 'sos.escalate':
      return confirmed({
        title: t('incident.confirm_escalate_title'),
        text: t('incident.confirm_escalate'),
        action,
      });
    case 'sos.merge':
      return confirmed({
        title: t('incident.confirm_merge_title', { id: shortId(command.intoId) }),
        text: t('incident.confirm_merge'),
        action,
        danger: true,
      });
    case 'sos.hand_off':
      return confirmed({
        title: t('incident.confirm_hand_off_title'),
        text: t('incident.confirm_hand_off', { service: command.service }),
        action,
      });
    case 'sos.cancel':
      return confirmed({
        title: t('incident.confirm_cancel_title'),
        text: t('incident.confirm_cancel'),
        action,
        danger: true,
      });
    default:
      return confirmed({
        title: t('incident.confirm_resolve_title'),
        text: t('incident.confirm_resolve'),
        action,
      });
  }
}
