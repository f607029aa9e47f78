import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { field } from './dom.ts';
import { fromLink, linkForm, missesLink } from './link-form.ts';

const code = fromLink('code');
if (code === '') missesLink('prove');

linkForm('prove', async (form) => {
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
});
