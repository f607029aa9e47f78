/** One form per address, so that an address belongs to one account. */
export const emailOf = (input: string): string => input.trim().toLowerCase();

/** A phone number without what people write between its digits; null when nothing is left. */
export const phoneOf = (input: string | undefined): string | null => input?.replace(/[\s()./-]/g, '') || null;
