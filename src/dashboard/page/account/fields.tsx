import { t } from '../../strings/index.ts';

export const Email = () => (
  <label class="field">
    <span>{t('account.email')}</span>
    <input name="email" type="email" autocomplete="username" required maxLength={254} />
  </label>
);

export const Name = () => (
  <label class="field">
    <span>{t('account.name')}</span>
    <input name="name" autocomplete="name" required maxLength={120} />
  </label>
);

/** One that is known already. */
export const Password = () => (
  <label class="field">
    <span>{t('account.password')}</span>
    <input name="password" type="password" autocomplete="current-password" required maxLength={128} />
  </label>
);

export const NewPassword = () => (
  <>
    <label class="field">
      <span>{t('account.password')}</span>
      <input
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minLength={8}
        maxLength={128}
        aria-describedby="password-help"
      />
    </label>
    <p id="password-help" class="soft small">
      {t('account.password_help')}
    </p>
  </>
);

/** Of an authenticator, where there is one. */
export const CodeIfAny = ({ label }: { readonly label: string }) => (
  <label class="field">
    <span>{label}</span>
    <input name="code" autocomplete="one-time-code" maxLength={32} />
  </label>
);
