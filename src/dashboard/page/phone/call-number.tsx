import { t } from '../../strings/index.ts';
import { about } from './about.ts';

/** Always there, whatever else works: the number of the emergency services, one tap away. */
export function CallNumber() {
  const number = about.value.emergencyNumber;
  return (
    <a class="button call-number" href={`tel:${number}`}>
      <span aria-hidden="true">☎</span> {t('phone.call_number', { number })}
    </a>
  );
}
