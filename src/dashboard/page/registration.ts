import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { field } from './dom.ts';
import { fromLink, linkForm, missesLink } from './link-form.ts';

const token = fromLink('token');
if (token === '') missesLink('confirm');

linkForm('confirm', async (form) => {
  await new MusterHttp(location.origin).confirmRegistration(token, field(form, 'password'));
});
