import { COMMANDS } from '../access/doors.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { UpBody } from '../protocol/up.ts';
import { failureCode } from './failures.ts';
import type { Peer } from './peer.ts';
import type { AlertCommand, DispatchCommand, Done, RecordCommand } from './services.ts';

export type CommandFrame =
  | DispatchCommand
  | AlertCommand
  | RecordCommand
  | readonly ['duty.set', UpBody<'duty.set'>];

/** What became of it; refused, also how the SOS or the alert stands, for those who may know. */
type Carried = Result<Done, ErrorCode> & { readonly current?: unknown; readonly retryAfterMs?: number };

const isOfRecord = (frame: CommandFrame): frame is RecordCommand => frame[0].startsWith('record.');
const isOfAlert = (frame: CommandFrame): frame is AlertCommand => frame[0].startsWith('alert.');

const BUSY_RETRY_MS = 1_000;
/** The level of overload from which on records wait, as they do over HTTP. */
const RECORDS_WAIT_FROM = 3;

const shown = (answered: Result<unknown, ErrorCode>): Carried =>
  answered.ok ? ok(answered.value === null ? {} : { record: answered.value }) : answered;

/** Answers that mean: this is not for you. */
const REFUSALS: ReadonlySet<string> = new Set([
  'forbidden',
  'not_found',
  'not_holder',
  'sos_not_found',
  'offer_not_found',
]);

/** The commands of one socket. Each is answered with `done` or `error` under its own id, in whatever order they end. */
export class SocketCommands {
  readonly #peer: Peer;
  #inFlight = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  take(frame: CommandFrame, receivedAtMs: number): void {
    const { id } = frame[1];
    if (this.#inFlight >= this.#peer.parts.config.commandsInFlight) {
      this.#peer.refuse('busy', { id, retryAfterMs: BUSY_RETRY_MS });
      return;
    }
    this.#inFlight += 1;
    this.#carryOut(frame, receivedAtMs)
      .then((result) => {
        this.#inFlight -= 1;
        this.#audit(frame, result);
        if (this.#peer.isOpen()) this.#answer(frame, result);
        if (result.ok) this.#note(frame, result.value);
      })
      .catch((error: unknown) => {
        this.#peer.refuse(failureCode(error, this.#peer.parts.log, 'an answer could not be sent'), { id });
      });
  }

  async #carryOut(frame: CommandFrame, receivedAtMs: number): Promise<Carried> {
    const { principal, parts } = this.#peer;
    try {
      if (isOfAlert(frame)) return await this.#onAlert(frame);
      if (isOfRecord(frame)) return await this.#onRecord(frame);
      if (frame[0] !== 'duty.set')
        return await parts.services.dispatch.execute(principal, frame, receivedAtMs);
      const set = await parts.services.accounts.setAvailable(principal.userId, frame[1].available);
      return set.ok ? ok({}) : set;
    } catch (error) {
      return { ok: false, code: failureCode(error, parts.log, `${frame[0]} failed`) };
    }
  }

  async #onAlert(frame: AlertCommand): Promise<Carried> {
    const { principal, parts } = this.#peer;
    const carried = await parts.services.alerts.execute(principal, frame);
    if (!carried.ok) return carried;
    const { alertId, alert } = carried.value;
    return ok({ alertId, alert: { ...alert, detail: alert.detail && { ...alert.detail } } });
  }

  /** As over HTTP, the id of the command being its key; put off where that is. */
  async #onRecord([kind, body]: RecordCommand): Promise<Carried> {
    const { principal, parts } = this.#peer;
    const { records } = parts.services;
    if (parts.overload().level >= RECORDS_WAIT_FROM)
      return { ...refused('busy'), retryAfterMs: BUSY_RETRY_MS };
    const { id: key, type } = body;
    if (kind === 'record.create') return shown(await records.create(principal, type, body.fields, key));
    const { id: _key, type: _type, recordId, ...said } = body;
    return kind === 'record.change'
      ? shown(await records.change(principal, type, recordId, said, key))
      : shown(await records.remove(principal, type, recordId, said, key));
  }

  #answer(frame: CommandFrame, result: Carried): void {
    const { id } = frame[1];
    if (result.ok) {
      this.#peer.say(['done', { ...result.value, id }]);
      return;
    }
    const { code, detail, current, retryAfterMs } = result;
    this.#peer.refuse(code, {
      id,
      ...(detail ? { detail } : {}),
      ...(current ? { [isOfAlert(frame) ? 'alert' : 'sos']: current } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  #note([kind, body]: CommandFrame, { sosId }: Done): void {
    if (kind !== 'sos.create' || sosId === undefined || body.isDrill) return;
    const { address, parts, principal } = this.#peer;
    parts.services.accounts.noteSos({ userId: principal.userId, sosId, address, point: body.point });
  }

  /** After it was carried out, and without waiting: nothing here may slow an SOS. */
  #audit(frame: CommandFrame, result: Result<Done, ErrorCode>): void {
    const door = COMMANDS[frame[0]];
    // What is done with records is on record with it.
    if (!door || isOfRecord(frame)) return;
    const { principal, parts } = this.#peer;
    const { trail } = parts.services.access;
    const entry = {
      actorId: principal.userId,
      grants: principal.grants,
      action: door.action,
      resourceKind: door.resource,
      resourceId: 'sosId' in frame[1] ? frame[1].sosId : 'alertId' in frame[1] ? frame[1].alertId : null,
    };
    // Requesters and holders do the same with what is theirs, and the event log of the SOS has it.
    const isAct = door.audited && principal.grants.includes('dispatcher');
    if (result.ok && isAct) trail.record({ ...entry, outcome: 'allowed' });
    if (!result.ok && REFUSALS.has(result.code)) trail.refused({ ...entry, reason: result.code });
  }
}
