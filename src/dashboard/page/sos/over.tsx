import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SosView } from '../../../protocol/down.ts';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { toast } from '../ui/toast.tsx';
import type { SosStore } from './store.ts';

interface OverProps {
  readonly store: SosStore;
  readonly sos: SosView;
}

interface Thanked {
  readonly volunteerId: string;
  readonly name: string;
  readonly isGiven: boolean;
}

/** How it ended, and a word for those who came. */
export function Over({ store, sos }: OverProps) {
  const why = sos.mergedInto ? 'merged' : sos.status === 'RESOLVED' ? 'resolved' : 'cancelled';
  const helpers = useSignal<readonly Thanked[]>([]);
  useEffect(() => {
    if (why === 'resolved') void load();
  }, [why]);
  const load = async () => {
    const { session } = store;
    const [given, mine] = await session.act((token) =>
      Promise.all([
        session.http.feedback.helpers(token, sos.sosId),
        session.http.sos.mine(token, { limit: 5 }),
      ]),
    );
    const names = new Map(
      mine.sos.flatMap((one) => one.helpers).map(({ userId, name }) => [userId, name?.split(' ')[0]]),
    );
    helpers.value = given.map(({ volunteerId, feedback }) => ({
      volunteerId,
      name: names.get(volunteerId) ?? t('phone.helper'),
      isGiven: feedback !== null,
    }));
  };
  const give = async (volunteerId: string, rating: number) => {
    try {
      await store.session.act((token) =>
        store.session.http.feedback.give(token, sos.sosId, { volunteerId, rating }),
      );
      helpers.value = helpers.value.map((one) =>
        one.volunteerId === volunteerId ? { ...one, isGiven: true } : one,
      );
      toast(t('sos.thanked'));
    } catch (error) {
      toast(problemWords(error), { tone: 'problem' });
    }
  };
  return (
    <section class="panel course" data-course="over" aria-labelledby="over-title">
      <h2 id="over-title">
        <span role="status">{t('sos.course_over')}</span>
      </h2>
      <p>{t(`sos.over_${why}`)}</p>
      {helpers.value
        .filter(({ isGiven }) => !isGiven)
        .map(({ volunteerId, name }) => (
          <fieldset key={volunteerId}>
            <legend>{t('sos.thank', { who: name })}</legend>
            <div class="stars">
              {[1, 2, 3, 4, 5].map((stars) => (
                <button
                  key={stars}
                  type="button"
                  class="button star"
                  aria-label={t('sos.thank_stars', { n: stars })}
                  onClick={() => void give(volunteerId, stars)}
                >
                  {stars} ★
                </button>
              ))}
            </div>
          </fieldset>
        ))}
      <button type="button" class="button primary" onClick={store.leave}>
        {t('sos.over_again')}
      </button>
    </section>
  );
}
