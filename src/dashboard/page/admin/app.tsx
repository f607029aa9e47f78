import './admin.css';
import type { JSX } from 'preact';
import { t } from '../../strings/index.ts';
import { hashSignal } from '../ui/hash.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';
import { Audit } from './audit.tsx';
import { Invitations } from './invitations.tsx';
import { Jobs } from './jobs.tsx';
import { People } from './people.tsx';
import { Policy } from './policy.tsx';
import { Suspicious } from './suspicious.tsx';
import { Verify } from './verify.tsx';

/** Where one is, in the address: a reload comes back to it, and one part can lead to another. */
const tab = hashSignal('tab');
const TABS = {
  verify: Verify,
  people: People,
  invitations: Invitations,
  suspicious: Suspicious,
  policy: Policy,
  jobs: Jobs,
  audit: Audit,
} satisfies Record<string, (props: { readonly session: Session }) => JSX.Element>;
type Tab = keyof typeof TABS;
const NAMES = Object.keys(TABS) as Tab[];

export const AdminPage = () => (
  <SessionGate title={t('admin.title')} purpose={t('admin.sign_in_for')} needs={['admin']}>
    {(session) => <Admin session={session} />}
  </SessionGate>
);

function Admin({ session }: { readonly session: Session }) {
  const shown = NAMES.find((name) => name === tab.value) ?? 'verify';
  const View = TABS[shown];
  return (
    <Shell session={session} path="/admin" title={t('admin.title')}>
      <div class="admin">
        <nav class="parts" aria-label={t('admin.title')}>
          {NAMES.map((name) => (
            <a key={name} href={`#tab=${name}`} aria-current={name === shown ? 'page' : undefined}>
              {t(`admin.tab_${name}`)}
            </a>
          ))}
        </nav>
        <View key={shown} session={session} />
      </div>
    </Shell>
  );
}
