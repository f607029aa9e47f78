import { limitsOf } from '../../locked-screen.ts';
import { t } from '../../strings/index.ts';
import { isInstalled } from '../phone/install.ts';

/** Whoever has read it may fold it away. */
const KEY = 'muster.limits';

/** What a page can not do, in plain words, for this very browser. */
export function LimitsPanel() {
  const limits = limitsOf({
    userAgent: navigator.userAgent,
    isInstalled: isInstalled.value,
    hasWakeLock: 'wakeLock' in navigator,
    hasVibration: 'vibrate' in navigator,
    hasGeolocation: 'geolocation' in navigator,
  });
  return (
    <details
      class="panel"
      open={localStorage.getItem(KEY) !== 'closed'}
      onToggle={({ currentTarget }) => localStorage.setItem(KEY, currentTarget.open ? 'open' : 'closed')}
    >
      <summary>{t('responder.limits')}</summary>
      <ul class="inside">
        {limits.map((limit) => (
          <li key={limit}>{t(`responder.limit_${limit}`)}</li>
        ))}
      </ul>
    </details>
  );
}
