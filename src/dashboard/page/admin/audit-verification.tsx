import { useState } from 'preact/hooks';
import type { AuditVerdict } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';

/** Whether every entry is as it was written: each is compared with its hash and the one before it. */
export function AuditVerification({ session }: { readonly session: Session }) {
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const [isRunning, setRunning] = useState(false);
  const verify = async () => {
    setRunning(true);
    setVerdict(null);
    try {
      setVerdict(await session.act((token) => session.http.access.verifyAudit(token)));
    } finally {
      setRunning(false);
    }
  };
  return (
    <div class="row verification">
      <Button onPress={verify}>{t('admin.audit_verify')}</Button>
      <div role="status">
        {isRunning ? <p>{t('admin.audit_verifying')}</p> : null}
        {verdict ? <Verdict verdict={verdict} /> : null}
      </div>
    </div>
  );
}

function Verdict({ verdict: { rows, chains, broken } }: { readonly verdict: AuditVerdict }) {
  if (broken.length === 0) return <p class="whole">{t('admin.audit_whole', { rows, chains })}</p>;
  return (
    <div class="problem">
      <p>{t('admin.audit_broken', { n: broken.length })}</p>
      <ul>
        {broken.map(({ chain, chainSeq, what }) => (
          <li key={chain}>{t('admin.audit_broken_row', { row: chainSeq, chain: shortId(chain), what })}</li>
        ))}
      </ul>
    </div>
  );
}
