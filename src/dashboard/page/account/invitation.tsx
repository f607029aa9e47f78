import { MusterHttp } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { mount } from '../ui/mount.tsx';
import { AccountForm, Ready } from './account-form.tsx';
import { Name, NewPassword } from './fields.tsx';
import { fromLink } from './link.ts';

const token = fromLink('token');

mount(() => (
  <AccountForm
    title={t('account.invitation_title')}
    help={t('account.invitation_help')}
    action={t('account.make')}
    problem={token === '' ? t('account.needs_mail_link') : ''}
    onSubmit={async (form) => {
      await new MusterHttp(location.origin).acceptInvitation({
        token,
        name: field(form, 'name'),
        phone: field(form, 'phone').trim() || undefined,
        password: field(form, 'password'),
      });
    }}
    done={<Ready />}
  >
    <Name />
    <label class="field">
      <span>{t('account.phone')}</span>
      <input name="phone" type="tel" autocomplete="tel" maxLength={32} />
    </label>
    <NewPassword />
  </AccountForm>
));
