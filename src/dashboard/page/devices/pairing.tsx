import { useState } from 'preact/hooks';
import { pairingQrSvg } from '../../../client/qr.ts';
import { codeWords, spokenCode } from '../../devices.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { QrImage } from './qr-image.tsx';

/** A code for one of one's own devices, to be scanned or typed, until it has run out. */
export function Pairing({ session }: { readonly session: Session }) {
  const [shown, setShown] = useState<{ readonly code: string; readonly expiresAtMs: number } | null>(null);
  const left = shown ? codeWords(shown.expiresAtMs, nowMs.value) : null;
  const make = async () => setShown(await session.act((token) => session.http.pairingCode(token)));
  return (
    <section class="panel" aria-labelledby="pair-title">
      <h2 id="pair-title">{t('devices.pair')}</h2>
      <p class="soft">{t('devices.pair_help')}</p>
      {shown && left !== null ? (
        <div class="pairing">
          <QrImage
            svg={pairingQrSvg({ serverUrl: location.origin, code: shown.code })}
            alt={t('devices.code_qr')}
          />
          <p class="code" role="status">
            {spokenCode(shown.code)}
          </p>
          <p class="soft">{left}</p>
        </div>
      ) : null}
      {shown && left === null ? <p role="status">{t('devices.code_over')}</p> : null}
      <Button look={shown ? 'plain' : 'primary'} onPress={make}>
        {shown ? t('devices.new_code') : t('devices.show_code')}
      </Button>
    </section>
  );
}
