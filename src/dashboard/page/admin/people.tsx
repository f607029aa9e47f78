import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { hashSignal } from '../ui/hash.ts';
import type { Session } from '../ui/open-session.ts';
import { PeopleSearch } from './people-search.tsx';
import { PersonView } from './person.tsx';

const person = hashSignal('person');

/** Finding somebody, and what can be decided about them. */
export function People({ session }: { readonly session: Session }) {
  const userId = person.value;
  return (
    <section aria-labelledby="people-title">
      <header class="row">
        <h2 id="people-title" class="grow">
          {t('admin.tab_people')}
        </h2>
        {userId === null ? null : (
          <Button
            onPress={() => {
              person.value = null;
            }}
          >
            {t('admin.search')}
          </Button>
        )}
      </header>
      {userId === null ? (
        <PeopleSearch
          session={session}
          onChoose={(user) => {
            person.value = user.userId;
          }}
        />
      ) : (
        <PersonView key={userId} session={session} userId={userId} />
      )}
    </section>
  );
}
