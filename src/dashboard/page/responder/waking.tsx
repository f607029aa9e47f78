import { isApple } from '../../places.ts';
import { pushState } from '../../push.ts';
import { t } from '../../strings/index.ts';
import { about } from '../phone/about.ts';
import { isInstalled } from '../phone/install.ts';
import { canBeWoken, isWoken, letMeSleep, permission, wakeMe } from '../phone/wake.ts';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';

/** Asks for notifications in words, before the browser asks in its own, and says what they can't do. */
export function WakingPanel({ session }: { readonly session: Session }) {
  const publicKey = about.value.pushPublicKey;
  const state = pushState({
    hasServer: publicKey !== null,
    hasPush: canBeWoken(),
    isApple: isApple(navigator.userAgent),
    isInstalled: isInstalled.value,
    permission: permission.value,
    isOn: isWoken.value,
  });
  return (
    <section class="panel" aria-labelledby="waking-title">
      <h2 id="waking-title">{t('responder.waking')}</h2>
      <p>{t(`responder.waking_${state}`)}</p>
      {state === 'off' && publicKey !== null ? (
        <Button onPress={() => wakeMe(session, publicKey)}>{t('responder.waking_allow')}</Button>
      ) : null}
      {state === 'on' ? (
        <Button look="quiet" onPress={() => letMeSleep(session)}>
          {t('responder.waking_stop')}
        </Button>
      ) : null}
      {state === 'off' || state === 'on' ? <p class="soft small">{t('responder.waking_limits')}</p> : null}
    </section>
  );
}
