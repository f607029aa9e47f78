import { type Signal, signal } from '@preact/signals';

const KEY = 'muster.sound';
/** Two tones, three times: heard across a room, and unlike a telephone. */
const TONES_HZ = [880, 660] as const;
const TONE_S = 0.16;
const TIMES = 3;

let context: AudioContext | null = null;

/** Whether a new critical one is to be heard. */
export const isSoundOn: Signal<boolean> = signal(localStorage.getItem(KEY) !== 'off');
/** Browsers let a page make no sound before somebody has touched it. */
export const isSoundReady = signal(false);

/** How often it was sounded, for whoever tests a page without ears. */
export const timesSounded = signal(0);

export function setSound(on: boolean): void {
  isSoundOn.value = on;
  localStorage.setItem(KEY, on ? 'on' : 'off');
}

function begin(): void {
  context ??= new AudioContext();
  void context.resume();
  isSoundReady.value = true;
}

/** Waits for the first touch or key. The answer stops waiting. */
export function awaitGesture(): () => void {
  const once = { once: true, capture: true } as const;
  addEventListener('pointerdown', begin, once);
  addEventListener('keydown', begin, once);
  return () => {
    removeEventListener('pointerdown', begin, once);
    removeEventListener('keydown', begin, once);
  };
}

export function soundAlarm(): void {
  if (!isSoundOn.value || !context) return;
  timesSounded.value += 1;
  const gain = context.createGain();
  gain.gain.value = 0.18;
  gain.connect(context.destination);
  for (let n = 0; n < TIMES * TONES_HZ.length; n++) {
    const tone = context.createOscillator();
    tone.type = 'triangle';
    tone.frequency.value = TONES_HZ[n % TONES_HZ.length] as number;
    tone.connect(gain);
    const at = context.currentTime + n * TONE_S + Math.floor(n / TONES_HZ.length) * TONE_S;
    tone.start(at);
    tone.stop(at + TONE_S);
  }
}

/** Alternates the title of the page until `stop`. Where nothing is to move it just says it. */
export function flashTitle(text: string): () => void {
  const before = document.title;
  document.title = text;
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const timer = isStill
    ? undefined
    : setInterval(() => {
        document.title = document.title === text ? before : text;
      }, 1_000);
  return () => {
    clearInterval(timer);
    document.title = before;
  };
}
