import './health.css';
import type { ReadonlySignal } from '@preact/signals';
import { type Heard, troublesOf } from '../../../health.ts';
import { durationText } from '../../../strings/format.ts';
import { t } from '../../../strings/index.ts';
import { shortId } from '../../../words.ts';
import { ConnectionStrip } from '../../ui/connection-strip.tsx';
import { nowMs } from '../../ui/now.ts';
import type { Live } from '../../ui/use-client.ts';

interface HealthProps {
  readonly live: Live;
  readonly heard: ReadonlySignal<Heard | null>;
}

/** In the bar: one's own connection, which node answers, how far behind it is. */
export function HealthStrip({ live, heard }: HealthProps) {
  const last = heard.value;
  return (
    <div class="health">
      <ConnectionStrip live={live} />
      {last ? (
        <dl aria-label={t('health.title')}>
          <div title={t('health.node_help')}>
            <dt>{t('health.node')}</dt>
            <dd>{nodeWords(last.health)}</dd>
          </div>
          <div title={t('health.lag_help')}>
            <dt>{t('health.lag')}</dt>
            <dd>
              {last.health.logSilentMs < 1_000 ? t('health.no_lag') : durationText(last.health.logSilentMs)}
            </dd>
          </div>
          <div title={t('health.answer_help')}>
            <dt>{t('health.answer')}</dt>
            <dd>{t('health.ms', { n: Math.round(last.tookMs) })}</dd>
          </div>
          <div>
            <dt>{t('health.uptime')}</dt>
            <dd>{durationText(last.health.uptimeMs)}</dd>
          </div>
        </dl>
      ) : null}
    </div>
  );
}

function nodeWords({ nodeId, otherNodes }: Heard['health']): string {
  const id = shortId(nodeId);
  return otherNodes.length === 0 ? id : t('health.and_others', { id, n: otherNodes.length });
}

/** Below the bar, only when something is not as it should be: what that means, in a sentence each. */
export function Troubles({ live, heard }: HealthProps) {
  const troubles = troublesOf(heard.value, nowMs.value);
  const isOpen = live.status.value.state === 'open';
  // One's own connection says so by itself.
  const said = troubles.filter((one) => one !== 'unreachable' || isOpen);
  return (
    <div class="troubles" role="alert">
      {said.map((one) => (
        <p key={one}>{t(`health.trouble_${one}`)}</p>
      ))}
    </div>
  );
}
