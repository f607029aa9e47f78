import { durationText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { nowMs } from './now.ts';
import type { Live } from './use-client.ts';

/** Where the connection stands, in words; what can be done about it is beside. */
export function ConnectionStrip({ live }: { readonly live: Live }) {
  const { state } = live.status.value;
  return (
    <div class="connection" data-state={state}>
      <p role="status">{words(live)}</p>
      {state === 'waiting' ? (
        <button type="button" class="button quiet" onClick={() => live.client.connect()}>
          {t('ui.try_now')}
        </button>
      ) : null}
    </div>
  );
}

function words({ status, openUntilMs }: Live): string {
  const now = status.value;
  switch (now.state) {
    case 'connecting':
      return t('ui.connecting');
    case 'open':
      return t('ui.live');
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((now.retryAtMs - nowMs.value) / 1000));
      const why = plainWords(now.reason);
      return openUntilMs.value === null
        ? t('ui.waiting_no_age', { why, seconds })
        : t('ui.waiting', { why, seconds, age: durationText(nowMs.value - openUntilMs.value) });
    }
    case 'closed':
      return t('ui.ended', { why: plainWords(now.reason) });
  }
}
