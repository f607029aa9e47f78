import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { keepSession, problemWords } from './session.ts';

const form = byId('setup', HTMLFormElement);
const problem = byId('setup-problem', HTMLElement);

// The link's token is in the fragment, which no server or proxy sees; it leaves the address bar and the history too.
const setupToken = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
history.replaceState(null, '', location.pathname);

if (setupToken === '') {
  setText(
    problem,
    'This page needs the one-time link that Muster printed at its first start. Open that link.',
  );
}

onSubmit(
  form,
  problem,
  async () => {
    const signedIn = await new MusterHttp(location.origin).setup({
      setupToken,
      name: field(form, 'name'),
      email: field(form, 'email'),
      password: field(form, 'password'),
    });
    keepSession(signedIn);
    location.replace('/');
  },
  problemWords,
);
