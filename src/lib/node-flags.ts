/**
 * With which flags Node runs an engine. What tens of thousands of moving people leave behind lives for a second or two, and each
 * collection of the young carries what lives along while everything waits: with four times the default room of 16 MiB they
 * come every second and a half, when most of it is dead, and take a third less in all.
 * Looking through everything that lives takes a second of work, in which events wait when four threads take the cores from the
 * main one. So one thread looks, for which the main one stands still a tenth as long; and it does when the heap is four times what
 * lived at the last one, not after every few seconds' worth of people.
 */
export const NODE_FLAGS = [
  '--max-semi-space-size=64',
  '--heap-growing-percent=300',
  '--v8-pool-size=1',
] as const;
