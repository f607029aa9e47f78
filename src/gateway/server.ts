import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { access, constants } from 'node:fs/promises';
import { Admission } from './admission.ts';
import type { GatewayConfig } from './config.ts';
import { addPreflight } from './cors.ts';
import { DoorLimits } from './door-limits.ts';
import { DoorLine } from './door-line.ts';
import { drainSessions } from './drain.ts';
import { addNotFound } from './http.ts';
import { LaneQueue } from './lane-queue.ts';
import type { GatewayOptions, GatewayParts } from './parts.ts';
import { addAccessRoutes } from './routes-access.ts';

import { addAccountRoutes } from './routes-accounts.ts';
import { addAdminRoutes } from './routes-admin.ts';
import { addAlertRoutes } from './routes-alerts.ts';
import { addAppRoutes } from './routes-apps.ts';
import { addAreaRoutes } from './routes-area.ts';
import { addAttachmentRoutes } from './routes-attachments.ts';
import { addBedsideRoutes } from './routes-bedside.ts';
import { addConnectionRoutes } from './routes-connections.ts';
import { addDeviceRoutes } from './routes-devices.ts';
import { addDispatchRoutes } from './routes-dispatch.ts';
import { addDocumentRoutes } from './routes-documents.ts';
import { addFeedbackRoutes } from './routes-feedback.ts';
import { addFhirNotFound, addFhirRoutes } from './routes-fhir.ts';
import { addGeofenceRoutes } from './routes-geofences.ts';
import { addHealthRoutes } from './routes-health.ts';
import { addHistoryRoutes } from './routes-history.ts';
import { addNotificationRoutes } from './routes-notifications.ts';
import { addPageRoutes } from './routes-pages.ts';
import { addPatientRoutes } from './routes-patients.ts';
import { addPeopleRoutes } from './routes-people.ts';
import { addPushRoutes } from './routes-push.ts';
import { addRecordRoutes } from './routes-records.ts';
import { addReportRoutes } from './routes-reports.ts';
import { addRightsRoutes } from './routes-rights.ts';
import { addSessionRoutes } from './routes-sessions.ts';
import { addSosRoutes } from './routes-sos.ts';
import type { StandingChange } from './services.ts';
import type { Session } from './session.ts';
import { addSocketRoute, guarded } from './socket.ts';
import { sweepRegularly } from './sweep.ts';
import { loadUws } from './uws-binary.ts';

type Uws = Awaited<ReturnType<typeof loadUws>>;

export interface Gateway {
  /** The port that is listened on. */
  readonly port: number;
  /** Asks the devices of these people that are connected here where they are. */
  locate(userIds: readonly string[]): void;
  /** What waits for all sockets together. */
  outboxBytes(): number;
  /** Takes no new connections, tells everybody where they stand, and ends all sockets within `drainMs`. */
  drain(): Promise<void>;
  /** Ends everything at once; after `drain` there is nothing left to notice it. */
  close(): void;
}

/** The gateway can't listen. The message is one sentence that says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Opens the street door. Throws {@link ListenError} when the port can't be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { addressRates, personRates } = options.config;
  const onExceeded = options.onLimitExceeded ?? (() => {});
  const { clock, spending } = options;
  const doorLimits = new DoorLimits({ clock, addressRates, personRates, onExceeded, spending });
  const admission = new Admission({
    ...options,
    rate: options.config.admissions,
    gate: { level: () => options.overload().level },
  });
  const laneQueue = new LaneQueue(options);
  const hellos = new DoorLine({ step: 'hello', metrics: options.metrics, clock });
  const parts: GatewayParts = { ...options, doorLimits, admission, hellos, laneQueue };
  const uws = await loadUws();
  const app = await openApp(uws, parts.config.tls);
  const sessions = new Set<Session>();
  let lastLetInMs = Number.NEGATIVE_INFINITY;
  const letIn = (_: unknown, count: number): void => {
    if (count > 0) lastLetInMs = clock.monotonicMs();
  };
  app.filter(letIn);
  let stopping = false;
  const isStopping = () => stopping;
  const handshakes = addSocketRoute(app, parts, sessions, isStopping);
  await addRoutes(app, parts, isStopping);
  addFhirNotFound(app, parts);
  addNotFound(app, parts);
  addPreflight(app, parts);
  const listening = await listen(app, parts.config).catch((error: unknown) => {
    app.close();
    throw error;
  });
  const port = uws.us_socket_local_port(listening as Parameters<Uws['us_socket_local_port']>[0]);
  const stopSweep = sweepRegularly({
    clock,
    everyMs: parts.config.sweepMs,
    members: sessions,
    look: (session) => guarded(session, parts, (looked) => looked.sweep()),
  });
  const obey = (change: StandingChange) => {
    for (const session of sessions) guarded(session, parts, (told) => told.obey(change));
  };
  const { accounts, devices } = parts.services;
  const stopObeying = [accounts, devices].map((decider) => decider.onStandingChange(obey));
  const stopListening = once(() => {
    stopping = true;
    uws.us_listen_socket_close(listening);
  });
  return {
    port,
    locate: (userIds) => {
      const asked = new Set(userIds);
      for (const session of sessions) guarded(session, parts, (told) => told.locate(asked));
    },
    outboxBytes: () => {
      let bytes = 0;
      for (const { outbox } of sessions) bytes += outbox.queuedBytes;
      return bytes;
    },
    drain: async () => {
      stopping = true;
      // Whom the kernel has let in while this process was busy gets an answer, before it stops listening.
      for (let turn = 0; turn < TURNS_BEFORE_CLOSING || handshakes.waiting > 0; turn++)
        await new Promise((next) => setImmediate(next));
      stopListening();
      await drainSessions(parts, sessions);
      const leftMs = lastLetInMs + ASKS_WITHIN_MS - clock.monotonicMs();
      if (leftMs > 0) await new Promise<void>((resolve) => clock.after(leftMs, resolve));
    },
    close: once(() => {
      stopListening();
      stopSweep();
      for (const stop of stopObeying) stop();
      app.close();
    }),
  };
}

/** Each turn of the event loop takes in all connections that wait. */
const TURNS_BEFORE_CLOSING = 3;
/** Whoever was let in last has not said yet what they want, on a busy machine: closed before, they would hear nothing. */
const ASKS_WITHIN_MS = 500;

/** Every HTTP route. Who may use them stands in src/access/doors.ts. */
export async function addRoutes(
  app: TemplatedApp,
  parts: GatewayParts,
  isStopping: () => boolean,
): Promise<void> {
  addHealthRoutes(app, parts, isStopping);
  addAccountRoutes(app, parts);
  addSessionRoutes(app, parts);
  addPeopleRoutes(app, parts);
  addRightsRoutes(app, parts);
  addDocumentRoutes(app, parts);
  addPatientRoutes(app, parts);
  addFhirRoutes(app, parts);
  addDeviceRoutes(app, parts);
  addAppRoutes(app, parts);
  addDispatchRoutes(app, parts);
  addFeedbackRoutes(app, parts);
  addSosRoutes(app, parts);
  addReportRoutes(app, parts);
  addAlertRoutes(app, parts);
  addAreaRoutes(app, parts);
  addHistoryRoutes(app, parts);
  addAttachmentRoutes(app, parts);
  addNotificationRoutes(app, parts);
  addPushRoutes(app, parts);
  addGeofenceRoutes(app, parts);
  addRecordRoutes(app, parts);
  addBedsideRoutes(app, parts);
  addAccessRoutes(app, parts);
  addAdminRoutes(app, parts);
  addConnectionRoutes(app, parts);
  await addPageRoutes(app, parts);
}

async function openApp(uws: Uws, tls: GatewayConfig['tls']): Promise<TemplatedApp> {
  if (!tls) return uws.App();
  // uWebSockets.js says only that it failed, so what usually is the reason is looked at first.
  for (const file of [tls.keyFile, tls.certFile]) {
    await access(file, constants.R_OK).catch(() => {
      throw new ListenError(`The TLS file ${file} can't be read: check its path and its permissions.`);
    });
  }
  try {
    return uws.SSLApp({ key_file_name: tls.keyFile, cert_file_name: tls.certFile });
  } catch {
    throw new ListenError(
      `${tls.keyFile} and ${tls.certFile} are no PEM key and certificate that fit each other.`,
    );
  }
}

const EXCLUSIVE_PORT = 1;
const SHARED_PORT = 0;

/** `listen` with all its arguments; the package's types know it only without the host or without the options. */
type ListenFully = (
  host: string,
  port: number,
  options: number,
  then: (socket: us_listen_socket | false) => void,
) => unknown;

function listen(
  app: TemplatedApp,
  { host = '0.0.0.0', port, exclusivePort }: GatewayConfig,
): Promise<us_listen_socket> {
  const options = exclusivePort ? EXCLUSIVE_PORT : SHARED_PORT;
  return new Promise((resolve, reject) => {
    (app.listen as unknown as ListenFully).call(app, host, port, options, (socket) => {
      if (socket) resolve(socket);
      else
        reject(
          new ListenError(
            `Port ${port} on ${host} can't be had: another program listens there, or it is not ours to use.`,
          ),
        );
    });
  });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
