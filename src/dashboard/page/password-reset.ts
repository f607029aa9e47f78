import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { field } from './dom.ts';
import { fromLink, linkForm } from './link-form.ts';

const token = fromLink('token');
const http = new MusterHttp(location.origin);

const ask = linkForm('ask', (form) => http.askPasswordReset(field(form, 'email')));
const set = linkForm('set', (form) => http.resetPassword(token, field(form, 'password')));
// Without a link the page is where one is asked for.
ask.hidden = token !== '';
set.hidden = token === '';
