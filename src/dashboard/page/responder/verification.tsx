import { momentText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { professionOf, verificationOf } from '../../verification.ts';
import { Badge } from '../ui/badge.tsx';
import { ProfessionForm } from './profession.tsx';
import type { Papers, ResponderStore } from './store.ts';
import { UploadForm } from './upload.tsx';

interface VerificationProps {
  readonly store: ResponderStore;
  readonly papers: Papers;
}

/** How somebody's verification stands in words, and what they have shown for it. */
export function VerificationPanel({ store, papers }: VerificationProps) {
  const { profile, documents } = papers;
  const state = verificationOf(profile, documents.length);
  const profession = professionOf(profile);
  const isHelper = state !== 'no_helper';
  return (
    <details class="panel" open={state !== 'verified'}>
      <summary>
        {t('responder.verification')}
        <span class="state">
          <Badge tone={state === 'verified' ? 'good' : 'high'}>{state === 'verified' ? '✓' : '…'}</Badge>
        </span>
      </summary>
      <div class="inside">
        <p role="status">{t(`responder.state_${state}`)}</p>
        {profession ? <p>{t(`responder.profession_${profession}`)}</p> : null}
        {isHelper ? <Documents papers={papers} /> : null}
        {isHelper ? (
          <UploadForm store={store} role={isProfessional(papers) ? 'professional' : 'volunteer'} />
        ) : null}
        {isProfessional(papers) ? <ProfessionForm store={store} profession={profile.professional} /> : null}
      </div>
    </details>
  );
}

const isProfessional = ({ profile }: Papers): boolean =>
  profile.professional !== null || (profile.volunteer?.skills.includes('MEDICAL_PROFESSIONAL') ?? false);

function Documents({ papers: { documents, certifications } }: { readonly papers: Papers }) {
  const certified = new Map(certifications.map(({ documentId, name }) => [documentId, name]));
  return (
    <>
      <h3>{t('responder.documents')}</h3>
      {documents.length === 0 ? <p class="soft">{t('responder.documents_none')}</p> : null}
      <ul class="plain-list">
        {documents.map(({ id, documentType, fileName, uploadedAtMs }) => (
          <li key={id}>
            <span>
              <strong>
                {certified.get(id) ?? tFor('responder', `document_${documentType.toLowerCase()}`)}
              </strong>{' '}
              {fileName}
            </span>
            <span class="soft small">{momentText(uploadedAtMs)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
