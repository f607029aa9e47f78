import type { OpenedAccounts } from './accounts/accounts.ts';
import { caredFor } from './accounts/cared-for.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import { type Fhir, openFhir } from './telemetry/fhir/service.ts';
import type { FhirWatch } from './telemetry/fhir/writing.ts';
import { pgObservations } from './telemetry/pg-fhir.ts';

/** What was measured by hand reaches another system, and from there us, within the minutes of a round. */
const LATE_AFTER_MS = 900_000;

/** FHIR R4 for vital signs. */
export function buildFhir(site: Site, { db }: Stores, { grantsOf }: OpenedAccounts, watch: FhirWatch): Fhir {
  return openFhir({
    ...site,
    store: pgObservations(db),
    people: caredFor(db),
    grantsOf,
    watch,
    lateAfterMs: LATE_AFTER_MS,
  });
}
