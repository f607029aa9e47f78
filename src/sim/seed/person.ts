/** Somebody made up. */
export interface DemoPerson {
  readonly firstName: string;
  readonly lastName: string;
  readonly gender: 'female' | 'male';
  readonly email: string;
}
