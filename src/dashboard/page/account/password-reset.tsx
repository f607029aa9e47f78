import { MusterHttp } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm } from './account-form.tsx';
import { Email, NewPassword } from './fields.tsx';
import { fromLink } from './link.ts';

const token = fromLink('token');
const http = new MusterHttp(location.origin);

const Ask = () => (
  <AccountForm
    title={t('account.reset_title')}
    help={t('account.reset_ask_help')}
    action={t('account.reset_ask')}
    onSubmit={(form) => http.askPasswordReset(field(form, 'email'))}
    done={<p>{t('account.reset_asked')}</p>}
  >
    <Email />
  </AccountForm>
);

const SetNew = () => (
  <AccountForm
    title={t('account.reset_title')}
    help={t('account.reset_help')}
    action={t('account.reset_set')}
    onSubmit={(form) => http.resetPassword(token, field(form, 'password'))}
    done={
      <>
        <p>{t('account.reset_done')}</p>
        <a class="button primary" href="/devices">
          {t('account.to_sign_in')}
        </a>
      </>
    }
  >
    <NewPassword />
  </AccountForm>
);

// Without a link the page is where one is asked for.
mount(token === '' ? Ask : SetNew);
