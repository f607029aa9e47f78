import { signal } from '@preact/signals';
import { type Credentials, MusterHttp } from '../../../client/index.ts';
import { qrSvg } from '../../../client/qr.ts';
import { secretOf } from '../../second-factor.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm } from './account-form.tsx';
import { CodeIfAny, Email, Password } from './fields.tsx';

const http = new MusterHttp(location.origin);
/** What was typed and what it was answered: on the screen and in memory only, and gone when it is used. */
const enrolled = signal<(Credentials & { readonly uri: string }) | null>(null);
const recoveryCodes = signal<readonly string[]>([]);

async function enrol(form: HTMLFormElement): Promise<void> {
  const typed = { email: field(form, 'email'), password: field(form, 'password') };
  const { uri } = await http.enrolSecondFactor({ ...typed, code: field(form, 'code') || undefined });
  enrolled.value = { ...typed, uri };
}

async function useIt(form: HTMLFormElement): Promise<void> {
  const { email = '', password = '' } = enrolled.value ?? {};
  const made = await http.confirmSecondFactor({ email, password, code: field(form, 'code') });
  recoveryCodes.value = made.recoveryCodes;
}

const Enrol = () => (
  <AccountForm
    title={t('account.factor_title')}
    help={t('account.factor_help')}
    action={t('account.factor_go_on')}
    onSubmit={enrol}
    done={null}
  >
    <Email />
    <Password />
    <CodeIfAny label={t('account.factor_old')} />
  </AccountForm>
);

const Confirm = ({ uri }: { readonly uri: string }) => (
  <AccountForm
    title={t('account.factor_scan')}
    isNext
    action={t('account.factor_use')}
    onSubmit={useIt}
    done={
      <>
        <h2>{t('account.factor_keep')}</h2>
        <p>{t('account.factor_keep_help')}</p>
        <ul class="codes">
          {recoveryCodes.value.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <a class="button primary" href="/">
          {t('account.to_sign_in')}
        </a>
      </>
    }
  >
    <img
      class="secret-qr"
      src={`data:image/svg+xml,${encodeURIComponent(qrSvg(uri))}`}
      width={256}
      height={256}
      alt={t('account.factor_qr')}
    />
    <p>
      {t('account.factor_type')} <code class="secret">{secretOf(uri)}</code>
    </p>
    <label class="field">
      <span>{t('account.factor_code')}</span>
      <input name="code" inputMode="numeric" autocomplete="one-time-code" required maxLength={32} />
    </label>
  </AccountForm>
);

mount(() => (enrolled.value ? <Confirm uri={enrolled.value.uri} /> : <Enrol />));
