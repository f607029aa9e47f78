import { useSignal } from '@preact/signals';
import type { Skill } from '../../../client/index.ts';
import { skill } from '../../../protocol/fields.ts';
import { t, tFor } from '../../strings/index.ts';
import { SignUp } from '../phone/sign-up.tsx';

/** Volunteers say what they can do; who works in health care says so, and proves it afterwards. */
export function ResponderSignUp({ onDone }: { readonly onDone: () => void }) {
  const as = useSignal<'volunteer' | 'professional'>('volunteer');
  return (
    <SignUp
      title={t('responder.sign_up_title')}
      purpose={t('responder.sign_up_for')}
      onDone={onDone}
      volunteerOf={(form) => ({ skills: skillsIn(form, as.value) })}
    >
      <fieldset>
        <legend>{t('responder.as_legend')}</legend>
        {(['volunteer', 'professional'] as const).map((one) => (
          <label key={one} class="check">
            <input type="radio" name="as" checked={as.value === one} onChange={() => (as.value = one)} />
            {t(`responder.as_${one}`)}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>{t('responder.skills')}</legend>
        <div class="checks">
          {skill.options.map((one) => (
            <label key={one} class="check">
              <input type="checkbox" name="skills" value={one} />
              {tFor('responder', `skill_${one.toLowerCase()}`) ?? one}
            </label>
          ))}
        </div>
      </fieldset>
    </SignUp>
  );
}

function skillsIn(form: HTMLFormElement, as: 'volunteer' | 'professional'): Skill[] {
  const chosen = new FormData(form).getAll('skills');
  const skills = skill.options.filter((one) => chosen.includes(one));
  const isMedical = as === 'professional' && !skills.includes('MEDICAL_PROFESSIONAL');
  return isMedical ? [...skills, 'MEDICAL_PROFESSIONAL'] : skills;
}
