import { useSignal } from '@preact/signals';
import { MusterHttp, type Skill, uploadFetch } from '../../../client/index.ts';
import { skill } from '../../../protocol/fields.ts';
import { t, tFor } from '../../strings/index.ts';
import { DOCUMENT_TYPES, unfit } from '../../verification.ts';
import { field } from '../dom.ts';
import { problemWords } from '../session.ts';
import { toast } from '../ui/toast.tsx';
import type { ResponderStore } from './store.ts';

interface UploadProps {
  readonly store: ResponderStore;
  readonly role: keyof typeof DOCUMENT_TYPES;
}

/** A photo or a file, how far it is on its way, and what it certifies. */
export function UploadForm({ store, role }: UploadProps) {
  const type = useSignal<string>(DOCUMENT_TYPES[role][0]);
  const part = useSignal<number | null>(null);
  const problem = useSignal('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const file = new FormData(form).get('file');
    if (part.value !== null || !(file instanceof File)) return;
    const why = unfit(file);
    problem.value = why ? t(`responder.unfit_${why}`) : '';
    if (why) return;
    part.value = 0;
    try {
      await send(store, form, { role, type: type.value, file, onProgress: (now) => (part.value = now) });
      form.reset();
      toast(t('responder.uploaded'));
      await store.loadPapers();
    } catch (error) {
      problem.value = problemWords(error);
    } finally {
      part.value = null;
    }
  };
  return (
    <form class="panel" onSubmit={submit} aria-label={t('responder.upload')}>
      <h3>{t('responder.upload')}</h3>
      <label class="field">
        <span>{t('responder.upload_what')}</span>
        <select
          name="type"
          value={type.value}
          onChange={({ currentTarget }) => (type.value = currentTarget.value)}
        >
          {DOCUMENT_TYPES[role].map((one) => (
            <option key={one} value={one}>
              {tFor('responder', `document_${one.toLowerCase()}`)}
            </option>
          ))}
        </select>
      </label>
      {type.value === 'CERTIFICATION' ? <CertificateFields /> : null}
      <label class="field">
        <span>{t('responder.upload_file')}</span>
        <input
          type="file"
          name="file"
          required
          accept="application/pdf,image/png,image/jpeg"
          aria-describedby="upload-help"
        />
      </label>
      <p id="upload-help" class="soft small">
        {t('responder.upload_help')}
      </p>
      {part.value === null ? null : (
        <div role="status">
          <progress max={1} value={part.value} aria-label={t('responder.upload')} />
          <span class="small">{t('responder.uploading', { part: Math.round(part.value * 100) })}</span>
        </div>
      )}
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <button type="submit" class="button primary" aria-busy={part.value !== null}>
        {t('responder.upload')}
      </button>
    </form>
  );
}

const CertificateFields = () => (
  <>
    <label class="field">
      <span>{t('responder.certificate_name')}</span>
      <input name="certificate" required maxLength={200} />
    </label>
    <label class="field">
      <span>{t('responder.certificate_by')}</span>
      <input name="by" required maxLength={200} />
    </label>
    <div class="row">
      <label class="field">
        <span>{t('responder.certificate_on')}</span>
        <input type="date" name="on" required />
      </label>
      <label class="field">
        <span>{t('responder.certificate_until')}</span>
        <input type="date" name="until" />
      </label>
    </div>
    <label class="field">
      <span>{t('responder.certificate')}</span>
      <select name="skill">
        {skill.options.map((one) => (
          <option key={one} value={one}>
            {tFor('responder', `skill_${one.toLowerCase()}`)}
          </option>
        ))}
      </select>
    </label>
  </>
);

interface Sending {
  readonly role: UploadProps['role'];
  readonly type: string;
  readonly file: File;
  readonly onProgress: (part: number) => void;
}

async function send({ session }: ResponderStore, form: HTMLFormElement, sending: Sending): Promise<void> {
  const { role, type, file, onProgress } = sending;
  const http = new MusterHttp(location.origin, uploadFetch(onProgress));
  const content = new Uint8Array(await file.arrayBuffer());
  const { id } = await session.act((token) =>
    http.documents.upload(token, { role, type, name: file.name }, content),
  );
  if (type !== 'CERTIFICATION') return;
  const until = field(form, 'until');
  await session.act((token) =>
    session.http.me.addCertification(token, {
      name: field(form, 'certificate').trim(),
      issuedBy: field(form, 'by').trim(),
      issuedOn: field(form, 'on'),
      expiresOn: until === '' ? null : until,
      skill: field(form, 'skill') as Skill,
      documentId: id,
    }),
  );
}
