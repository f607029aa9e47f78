import { type Field, type Presence, uuid } from './field.ts';

/** What behaves alike; the behaviour is in `src/records/families.ts`. */
export const FAMILIES = {
  log_entry: 'something that was done or noted at a moment: appended, corrected, in the order of its time',
  booking: 'a span of time of somebody or something, with steps; two that are open never overlap',
  order:
    'what a professional decided for a patient, or somebody asks or pays for, with steps and, where it has one, a span in which it holds',
  result: 'what was found or written down: once signed, every change says why',
  standing_fact: 'what holds from one day until another',
  catalogue: 'what belongs to nobody and everybody may look up',
} as const;
export type Family = keyof typeof FAMILIES;

/** Who may do what with a record: rows of the access matrix. */
export const RECORD_POLICIES = [
  'patient',
  'self_log',
  'care_fact',
  'clinical_record',
  'appointment',
  'message',
  'schedule',
  'catalogue',
  'hospital',
  'hospital_fact',
  'hospital_log',
  'booking',
  'payment',
  'payment_config',
] as const;
export type RecordPolicy = (typeof RECORD_POLICIES)[number];

export const RECORD_VERBS = ['create', 'read', 'change', 'list', 'history', 'remove', 'erase'] as const;
export type RecordVerb = (typeof RECORD_VERBS)[number];

export type Fields = Readonly<Record<string, Field>>;
type Name<F> = keyof F & string;

/** What each step may lead to; the first key is where a record begins. */
export interface Steps<K extends string> {
  readonly field: K;
  readonly to: Readonly<Record<string, readonly string[]>>;
}

/** Who wrote to whom, when that was read, and what else stays as it was sent. */
export interface Letter<K extends string> {
  readonly from: K;
  readonly to: K;
  readonly readAt: K;
  readonly of: readonly K[];
}

/** What is said of a record by somebody else than those who keep it, such as that a booking is approved. */
export interface Decided<K extends string> {
  readonly fields: readonly K[];
  /** Values of its status that are a decision. */
  readonly steps: readonly string[];
  /** Values of its status from which on everything else is theirs too. */
  readonly settled?: readonly string[];
}

export interface RecordDeclaration<N extends string, F extends Fields> {
  /** As it stands in addresses: plural, with dashes. */
  readonly name: N;
  readonly about: string;
  /** `schema.table`. */
  readonly table: string;
  readonly family: Family;
  readonly access: RecordPolicy;
  readonly fields: F;
  /** The field that says whom it is about; null: nobody. `id`: the record is of the patient themselves. */
  readonly subject: (Name<F> & ('patientId' | 'personId')) | 'id' | null;
  /** The field that says of which hospital it is; `id`: it is one. Whoever is an authority there stands to it as such. */
  readonly hospital?: (Name<F> & 'hospitalId') | 'id';
  /** What only those say who may `decide`, by its policy. */
  readonly decided?: Decided<Name<F>>;
  /** What can be asked by: a value, or from one value up to before another. Each has an index. */
  readonly filters: { readonly [K in Name<F>]?: 'is' | 'range' };
  /** What a list can be ordered by; the first is the usual one, newest first where it is a time. */
  readonly sorts: readonly (Name<F> | 'createdAtMs')[];
  /** Whether words are searched for in its column `search`. */
  readonly search?: boolean;
  /** The moment or day that a log entry is of. */
  readonly at?: Name<F>;
  readonly steps?: Steps<Name<F>>;
  /** From when to when a record holds. */
  readonly span?: { readonly from: Name<F>; readonly until: Name<F> };
  /** The account that wrote an order or a result: whoever creates it, when nobody is named. */
  readonly author?: Name<F>;
  /** When a result was signed. */
  readonly signed?: Name<F>;
  /**
   * What goes from one account to another one, of whom one is the patient and the other one cares for them. These two alone
   * find it; whoever it is for says that it was read, whoever wrote it corrects it until then and alone takes it back.
   */
  readonly letter?: Letter<Name<F>>;
  /** What says so is found by whom it is about alone, whoever else may read the rest. */
  readonly hidden?: { readonly field: Name<F>; readonly when: string };
  /** Accounts that are named in it and may read it for that. */
  readonly parties?: readonly Name<F>[];
  /** Absent: all of them. */
  readonly verbs?: readonly RecordVerb[];
  /** Sent many at a time, as devices do. */
  readonly bulk?: boolean;
  /** What becomes of it when whom it is about is erased: taken out, or left without the words that it has. */
  readonly onErase: 'delete' | 'blank' | 'by_hand';
  /** Tables of the sources that it holds, with the fields that are called otherwise here. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A valid record, as whoever writes it says it; ids of others are filled in where it is used. */
  readonly example: InputOf<F>;
}

export interface RecordType<N extends string = string, F extends Fields = Fields>
  extends RecordDeclaration<N, F> {
  readonly verbs: readonly RecordVerb[];
}

/** A declared type, whichever it is: what the engine goes by. */
export interface AnyDeclaration
  extends Pick<
    RecordType,
    'about' | 'table' | 'family' | 'access' | 'search' | 'verbs' | 'bulk' | 'onErase' | 'sources'
  > {
  readonly name: string;
  readonly fields: Fields;
  readonly subject: 'patientId' | 'personId' | 'id' | null;
  readonly hospital?: 'hospitalId' | 'id';
  readonly decided?: Decided<string>;
  readonly filters: Readonly<Record<string, 'is' | 'range'>>;
  readonly sorts: readonly string[];
  readonly at?: string;
  readonly steps?: Steps<string>;
  readonly span?: { readonly from: string; readonly until: string };
  readonly author?: string;
  readonly signed?: string;
  readonly letter?: Letter<string>;
  readonly hidden?: { readonly field: string; readonly when: string };
  readonly parties?: readonly string[];
  readonly example: Readonly<Record<string, unknown>>;
}

type Value<X> = X extends Field<infer T, Presence, infer N> ? (N extends true ? T | null : T) : never;
type Written<F, P extends Presence> = {
  [K in keyof F]: F[K] extends Field<infer _T, infer Q, boolean> ? (Q extends P ? K : never) : never;
}[keyof F];

/** What whoever creates a record says. */
export type InputOf<F> = { readonly [K in Written<F, 'required'>]: Value<F[K]> } & {
  readonly [K in Written<F, 'optional'>]?: Value<F[K]>;
};

/** What whoever corrects one says: some of it. */
export type ChangeOf<F> = { readonly [K in Written<F, 'required' | 'optional'>]?: Value<F[K]> };

/** What every record has. */
export interface Standing {
  readonly id: string;
  /** 1, 2, 3: a change names the version that it was decided on. */
  readonly version: number;
  readonly createdAtMs: number;
  /** The account that created it; null: nobody who is known. */
  readonly createdBy: string | null;
  readonly updatedAtMs: number;
  readonly updatedBy: string | null;
}

/** A record as it is read. */
export type ViewOf<F> = Standing & { readonly [K in keyof F]: Value<F[K]> };

/** Declares a type of record. Nothing else is needed but its table; tests look at everything that is said here. */
export const defineRecord = <const N extends string, const F extends Fields>(
  declaration: RecordDeclaration<N, F>,
): RecordType<N, F> => ({ ...declaration, verbs: declaration.verbs ?? RECORD_VERBS });

/** Whom it is about, of which hospital it is, and whose it is that is about nobody, are said once. */
export const isFixed = (type: AnyDeclaration, name: string): boolean =>
  name === type.subject ||
  name === type.hospital ||
  (type.subject === null && type.parties?.includes(name) === true);

export const isUuidText = (value: string): boolean => uuid.safeParse(value).success;

/** Columns that every table of records has, besides its fields. */
export const STANDING_COLUMNS = {
  id: 'uuid',
  version: 'int4',
  created_at: 'timestamptz',
  created_by: 'uuid',
  updated_at: 'timestamptz',
  updated_by: 'uuid',
  removed_at: 'timestamptz',
  removed_by: 'uuid',
} as const;
