import { MusterHttp } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { keepSession } from '../session.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm } from './account-form.tsx';
import { Email, Name, NewPassword } from './fields.tsx';
import { fromLink } from './link.ts';

const setupToken = fromLink('token');

mount(() => (
  <AccountForm
    title={t('account.setup_title')}
    help={t('account.setup_help')}
    action={t('account.setup_do')}
    problem={setupToken === '' ? t('account.setup_needs_link') : ''}
    onSubmit={async (form) => {
      const [name, email, password] = ['name', 'email', 'password'].map((one) => field(form, one));
      const http = new MusterHttp(location.origin);
      keepSession(
        await http.setup({ setupToken, name: name ?? '', email: email ?? '', password: password ?? '' }),
      );
      location.replace('/');
    }}
    done={<a href="/">{t('account.to_sign_in')}</a>}
  >
    <Name />
    <Email />
    <NewPassword />
  </AccountForm>
));
