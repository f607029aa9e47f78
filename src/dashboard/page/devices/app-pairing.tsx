import { useEffect, useRef, useState } from 'preact/hooks';
import { qrSvg } from '../../../client/qr.ts';
import { type AppSetup, setupOf } from '../../apps.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';
import { QrImage } from './qr-image.tsx';

const APPS = ['owntracks', 'osmand'] as const;

/** Connecting an app from a store. What it has to be told is on the screen only, until somebody says that it is done. */
export function AppPairing({
  session,
  onPaired,
}: {
  readonly session: Session;
  readonly onPaired: () => void;
}) {
  const [setup, setSetup] = useState<AppSetup | null>(null);
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const app = APPS.find((one) => one === field(form, 'app')) ?? 'owntracks';
    setSetup(null);
    try {
      const asked = { app, name: field(form, 'name') };
      const paired = await session.act((token) => session.http.apps.pair(token, asked));
      setProblem('');
      form.reset();
      setSetup(setupOf(location.origin, paired));
      onPaired();
    } catch (error) {
      setProblem(problemWords(error));
    }
  };
  return (
    <section class="panel" aria-labelledby="app-title">
      <h2 id="app-title">{t('devices.app')}</h2>
      <p class="soft">{t('devices.app_help')}</p>
      <form onSubmit={submit} aria-labelledby="app-title">
        <label class="field">
          <span>{t('devices.app_which')}</span>
          <select name="app">
            {APPS.map((app) => (
              <option key={app} value={app}>
                {t(`devices.app_${app}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t('devices.app_name')}</span>
          <input name="name" required maxLength={120} autocomplete="off" />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <Button type="submit" look={setup ? 'plain' : 'primary'}>
          {t('devices.app_connect')}
        </Button>
      </form>
      {setup ? <Tell setup={setup} onDone={() => setSetup(null)} /> : null}
    </section>
  );
}

/** What the app has to be told, as a link, a picture and by hand. */
function Tell({ setup, onDone }: { readonly setup: AppSetup; readonly onDone: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [setup]);
  return (
    <div class="pairing">
      <h3 ref={title} tabIndex={-1}>
        {t('devices.app_tell')}
      </h3>
      <p class="soft">{t('devices.app_tell_help')}</p>
      <QrImage svg={qrSvg(setup.link)} alt={t('devices.app_qr')} />
      <p>
        <a href={setup.link}>{t('devices.app_link')}</a>
      </p>
      <dl>
        {setup.fields.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Button look="primary" onPress={onDone}>
        {t('devices.app_done')}
      </Button>
    </div>
  );
}
