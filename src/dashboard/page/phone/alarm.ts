import { effect, signal } from '@preact/signals';

const TONES_HZ = [880, 660];
const TONE_S = 0.28;
const EVERY_MS = 900;
const VIBRATION_MS = [400, 150, 400, 150, 400];
const FLASH_MS = 800;

/** The browser lets nothing sound before somebody has touched the page. */
export const isSilent = signal(true);

let context: AudioContext | null = null;

/** To be called from a touch or a key: from then on alarms are heard, as long as the page is awake. */
export async function unlockSound(): Promise<void> {
  try {
    context ??= new AudioContext();
    if (context.state !== 'running') await context.resume();
    isSilent.value = context.state !== 'running';
  } catch {
    isSilent.value = true;
  }
}

let ringing: ReturnType<typeof setInterval> | null = null;
let flashing: ReturnType<typeof setInterval> | null = null;

/** Rings, vibrates and flashes the title until it is stopped. Ringing again changes nothing. */
export function ring(title: string): void {
  if (ringing) return;
  const once = () => {
    sound();
    vibrate(VIBRATION_MS);
  };
  once();
  ringing = setInterval(once, EVERY_MS * 2);
  const quiet = document.title;
  let isOn = false;
  flashing = setInterval(() => {
    isOn = !isOn;
    document.title = isOn ? title : quiet;
  }, FLASH_MS);
  restore = () => {
    document.title = quiet;
  };
}

let restore = () => {};

export function stopRinging(): void {
  if (ringing) clearInterval(ringing);
  if (flashing) clearInterval(flashing);
  ringing = null;
  flashing = null;
  vibrate(0);
  restore();
  restore = () => {};
}

/** Like sound, only once the page was touched; what is tried before is an error in the console. */
export function vibrate(pattern: number | number[]): void {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}

/** Once, so that somebody knows how it will sound. */
export async function tryAlarm(): Promise<void> {
  await unlockSound();
  sound();
  vibrate(VIBRATION_MS);
}

function sound(): void {
  if (context?.state !== 'running') return;
  const { currentTime, destination } = context;
  for (const [i, hz] of [...TONES_HZ, ...TONES_HZ].entries()) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const at = currentTime + i * TONE_S;
    tone.type = 'square';
    tone.frequency.value = hz;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + TONE_S);
    tone.connect(loudness).connect(destination);
    tone.start(at);
    tone.stop(at + TONE_S);
  }
}

let screenLock: WakeLockSentinel | null = null;
const wantsScreen = signal(false);

/** Keeps the screen on while this is true and the page is looked at. Browsers without it let the phone sleep. */
export function keepScreenOn(wanted: boolean): void {
  wantsScreen.value = wanted;
}

const hold = async () => {
  if (!wantsScreen.value || document.visibilityState !== 'visible' || screenLock) return;
  try {
    screenLock = (await navigator.wakeLock?.request('screen')) ?? null;
    screenLock?.addEventListener('release', () => {
      screenLock = null;
    });
  } catch {
    // A low battery may refuse it; the panel says what a page can not do.
  }
};

effect(() => {
  if (wantsScreen.value) void hold();
  else void screenLock?.release();
});
document.addEventListener('visibilitychange', () => void hold());
