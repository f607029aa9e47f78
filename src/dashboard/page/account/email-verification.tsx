import { MusterHttp } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm } from './account-form.tsx';
import { CodeIfAny, Email, Password } from './fields.tsx';
import { fromLink } from './link.ts';

const code = fromLink('code');

async function prove(form: HTMLFormElement): Promise<void> {
  const http = new MusterHttp(location.origin);
  const { accessToken } = await http.signIn({
    email: field(form, 'email'),
    password: field(form, 'password'),
    code: field(form, 'code') || undefined,
  });
  try {
    await http.me.prove(accessToken, 'email', code);
  } finally {
    // It was for this alone. When it can't be ended on the server it runs out by itself.
    await http.signOut(accessToken, 'current').catch(() => {});
  }
}

mount(() => (
  <AccountForm
    title={t('account.verify_title')}
    help={t('account.verify_help')}
    action={t('account.verify_do')}
    problem={code === '' ? t('account.needs_mail_link') : ''}
    onSubmit={prove}
    done={<p>{t('account.verify_done')}</p>}
  >
    <Email />
    <Password />
    <CodeIfAny label={t('account.code_if')} />
  </AccountForm>
));
