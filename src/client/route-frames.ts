import type { DownBody, DownFrame } from '../protocol/down.ts';
import type { CareWatch } from './care-watch.ts';
import type { Commands } from './commands.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Tails } from './tails.ts';
import type { Telemetry } from './telemetry.ts';
import type { Report } from './types.ts';

export interface Destinations {
  readonly commands: Commands;
  readonly subscriptions: Subscriptions;
  readonly tails: Tails;
  readonly care: CareWatch;
  readonly telemetry: Telemetry | undefined;
  readonly report: Report;
  /** The server asks where this phone is. */
  readonly onLocate: () => void;
  /** How often the server wants samples. */
  readonly onRate: (rate: DownBody<'rate'>) => void;
  readonly onHeartbeat: (heartbeat: DownBody<'hb'>) => void;
  /** Told on the feed, as soon as it is so. */
  readonly onDegraded: (missing: NonNullable<DownBody<'state'>['degraded']>) => void;
}

/** Brings each checked frame to whom it concerns. */
export function routeFrames(to: Destinations): (frame: DownFrame) => void {
  const { care, commands, subscriptions, tails, telemetry, report, onLocate, onRate } = to;
  const refused = (error: DownBody<'error'>) => {
    const isKnown = error.id === null ? subscriptions.refused(error) : commands.refused(error.id, error);
    if (!isKnown) report({ kind: 'refused', detail: error.code });
  };
  return ([kind, body]) => {
    switch (kind) {
      case 'done':
        commands.done(body);
        break;
      case 'error':
        refused(body);
        break;
      case 'event':
        subscriptions.event(body);
        break;
      case 'snapshot':
        subscriptions.snapshot(body);
        break;
      case 'subscribed':
        subscriptions.subscribed(body);
        break;
      case 'unsubscribed':
        subscriptions.unsubscribed(body);
        break;
      case 'feed':
        subscriptions.feed(body);
        break;
      case 'state':
        if (body.degraded) to.onDegraded(body.degraded);
        subscriptions.state(body);
        break;
      case 'tail':
        tails.state(body);
        break;
      case 'untailed':
        tails.ended(body);
        break;
      case 'care':
        care.people(body);
        break;
      case 'care_state':
        care.state(body);
        break;
      case 'ack':
        telemetry?.acked(body);
        break;
      case 'nack':
        telemetry?.nacked(body);
        break;
      case 'hold':
        telemetry?.held(body);
        break;
      case 'rate':
        onRate(body);
        break;
      case 'locate':
        onLocate();
        break;
      case 'hb':
        to.onHeartbeat(body);
        break;
      case 'welcome':
      case 'renewed':
      case 'bye':
      case 'resume':
        // The connection's own.
        break;
    }
  };
}
