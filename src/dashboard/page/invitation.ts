import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { field } from './dom.ts';
import { fromLink, linkForm, missesLink } from './link-form.ts';

const token = fromLink('token');
if (token === '') missesLink('accept');

linkForm('accept', async (form) => {
  await new MusterHttp(location.origin).acceptInvitation({
    token,
    name: field(form, 'name'),
    phone: field(form, 'phone').trim() || undefined,
    password: field(form, 'password'),
  });
});
