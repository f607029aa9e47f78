/** Where an address of the internet is used, as far as somebody's database knows. */
export interface AddressPlace {
  readonly lat: number;
  readonly lng: number;
  /** The place lies within so many metres around the point, as the database says; 0 where it says nothing. */
  readonly accuracyM: number;
  /** ISO 3166-1 alpha-2; null: not known. */
  readonly country: string | null;
}

/** Tells where addresses are. Never throws: what it can't tell is null. */
export interface AddressPlaces {
  placeOf(address: string): AddressPlace | null;
}
