import type { NewProfessional, Professional } from '../../../client/index.ts';
import { professional } from '../../../protocol/http/people.ts';
import { t, tFor } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { problemWords } from '../session.ts';
import { toast } from '../ui/toast.tsx';
import type { ResponderStore } from './store.ts';

interface ProfessionProps {
  readonly store: ResponderStore;
  readonly profession: Professional | null;
}

const PROFESSIONS = professional.shape.profession.options;

/** What somebody is by profession. A change has to be verified again. */
export function ProfessionForm({ store, profession }: ProfessionProps) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body: NewProfessional = {
      profession: field(form, 'profession') as NewProfessional['profession'],
      licenseNumber: field(form, 'license').trim(),
      specialization: field(form, 'specialization').trim(),
    };
    try {
      await store.session.act((token) => store.session.http.me.setProfessional(token, body));
      toast(t('responder.saved'));
      await store.loadPapers();
    } catch (error) {
      toast(problemWords(error), { tone: 'problem' });
    }
  };
  return (
    <form class="panel" onSubmit={submit} aria-label={t('responder.profession')}>
      <h3>{t('responder.profession')}</h3>
      <label class="field">
        <span>{t('responder.profession')}</span>
        <select name="profession" defaultValue={profession?.profession ?? 'paramedic'}>
          {PROFESSIONS.map((one) => (
            <option key={one} value={one} selected={one === (profession?.profession ?? 'paramedic')}>
              {tFor('responder', `profession_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t('responder.license')}</span>
        <input name="license" required maxLength={100} defaultValue={profession?.licenseNumber ?? ''} />
      </label>
      <label class="field">
        <span>{t('responder.specialization')}</span>
        <input
          name="specialization"
          required
          maxLength={100}
          defaultValue={profession?.specialization ?? ''}
        />
      </label>
      <button type="submit" class="button">
        {t('responder.save')}
      </button>
    </form>
  );
}
