import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { type CameBack, takeFromAddress } from '../connections.ts';
import { byId, setText } from './dom.ts';
import { Mine } from './mine.ts';

const http = new MusterHttp(location.origin);
const said = byId('connecting', HTMLElement);
const problem = byId('connecting-problem', HTMLElement);

/** Good once, so it is sent once. */
let cameBack: CameBack | null = takeFromAddress({ location, history });
const mine = new Mine({ http, mine: byId('mine', HTMLElement), problem, onMine: () => void confirm() });

async function confirm(): Promise<void> {
  if (!cameBack) {
    setText(problem, 'This page is where a provider sends you back to. Begin on the page of your wearables.');
    return;
  }
  const back = cameBack;
  cameBack = null;
  setText(said, 'One moment …');
  const connected = await mine.asMe((token) => http.connections.confirm(token, back));
  setText(
    said,
    connected ? 'Connected. What it has measured arrives within minutes.' : 'Nothing was connected.',
  );
}

mine.open();
