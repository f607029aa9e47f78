import { MusterHttp } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm, Ready } from './account-form.tsx';
import { Password } from './fields.tsx';
import { fromLink } from './link.ts';

const token = fromLink('token');

mount(() => (
  <AccountForm
    title={t('account.registration_title')}
    help={t('account.registration_help')}
    action={t('account.make')}
    problem={token === '' ? t('account.needs_mail_link') : ''}
    onSubmit={async (form) => {
      await new MusterHttp(location.origin).confirmRegistration(token, field(form, 'password'));
    }}
    done={<Ready />}
  >
    <Password />
  </AccountForm>
));
