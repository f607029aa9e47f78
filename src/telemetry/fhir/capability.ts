import { ENTRIES_MAX, GETS_MAX } from './bundle.ts';
import { codingsOf, OBSERVABLES } from './codes.ts';
import type { Json } from './json.ts';
import { COMPARATORS, COUNT_MAX } from './search.ts';

/** When what is said below last changed. */
const DATE = '2026-11-01';
const DEFINITIONS = 'http://hl7.org/fhir/StructureDefinition/';
const PARAMETERS = 'http://hl7.org/fhir/SearchParameter/';

const interaction = (code: string) => ({ code });
const parameter = (name: string, type: string, definition: string, documentation: string) => ({
  name,
  type,
  definition: `${PARAMETERS}${definition}`,
  documentation,
});

/** What this server does with FHIR. For everybody, so nothing of an installation is in it but its address. */
export function capabilityStatement(base: string): Json {
  const profiles = Object.values(OBSERVABLES).flatMap(({ profile }) => profile ?? []);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: DATE,
    kind: 'instance',
    software: { name: 'Muster' },
    implementation: { description: 'Vital signs as FHIR R4 Observations', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation: `Bundles of at most ${ENTRIES_MAX} entries, ${GETS_MAX} of them GET.`,
        security: {
          cors: true,
          description:
            'authorization: Bearer <accessToken> of POST /v1/sessions. Whom somebody may read or record is decided by how they stand to the patient at that moment.',
        },
        resource: [
          {
            type: 'Observation',
            profile: `${DEFINITIONS}vitalsigns`,
            supportedProfile: [...new Set(profiles)].map((profile) => `${DEFINITIONS}${profile}`),
            documentation: `Kept are ${knownCodes()}. Other elements are passed over; other codes, units and modifiers are refused.`,
            interaction: ['read', 'vread', 'create', 'update', 'search-type'].map(interaction),
            versioning: 'versioned-update',
            readHistory: true,
            updateCreate: true,
            conditionalCreate: true,
            conditionalRead: 'not-supported',
            conditionalUpdate: false,
            conditionalDelete: 'not-supported',
            referencePolicy: ['literal'],
            searchParam: [
              parameter('patient', 'reference', 'clinical-patient', 'Required: Patient/<id> or the id.'),
              parameter('code', 'token', 'clinical-code', 'code or system|code, alternatives with commas.'),
              parameter('date', 'date', 'clinical-date', `With the prefixes ${COMPARATORS.join(', ')}.`),
              parameter('category', 'token', 'Observation-category', 'vital-signs; there are no others.'),
              parameter(
                'status',
                'token',
                'Observation-status',
                'What was cancelled, entered in error or is unknown is shown to who asks for it.',
              ),
            ],
          },
        ],
        interaction: [interaction('batch'), interaction('transaction')],
        searchParam: [
          { name: '_count', type: 'number', documentation: `At most ${COUNT_MAX}.` },
          { name: '_sort', type: 'string', documentation: 'date or -date, which is the default.' },
        ],
      },
    ],
  };
}

const knownCodes = () =>
  Object.values(OBSERVABLES)
    .flatMap((one) => codingsOf(one))
    .map(({ code, display }) => `${code} (${display})`)
    .join(', ');
