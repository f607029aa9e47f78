/** How much was spent somewhere of what is limited: of which limit, by whom, and how much. */
export type SpentRow = readonly [kind: string, key: string, amount: number];

/**
 * Lets a limit that is decided on by each node for itself know what was spent on the others. Nobody waits for it: a share
 * is decided on with what is known here, and what others spent counts when it is heard of, about a second later.
 */
export interface Spending {
  /**
   * Of one limit. `from`: who spends less between two beats, a second apart, is told of to nobody. `heard` takes off what
   * other nodes spent. The answer notes what was spent here.
   */
  open(kind: string, from: number, heard: (key: string, amount: number) => void): (key: string) => void;
}

/** There are no other nodes. */
export const NOT_SHARED: Spending = { open: () => () => {} };
