import { signal } from '@preact/signals';

const KEY = 'muster.care.sound';
const TONES_HZ = [880, 660, 880];
const TONE_S = 0.16;
const LOUD = 0.25;

/** Whether new critical alerts are heard; kept for this browser. */
export const isSoundOn = signal(localStorage.getItem(KEY) !== 'off');

let context: AudioContext | null = null;

/** To be called by a press: browsers let nothing sound before one. */
export function setSound(isOn: boolean): void {
  isSoundOn.value = isOn;
  localStorage.setItem(KEY, isOn ? 'on' : 'off');
  if (isOn) beep();
}

export function beep(): void {
  if (!isSoundOn.value) return;
  context ??= new AudioContext();
  void context.resume();
  const { currentTime, destination } = context;
  for (const [i, hz] of TONES_HZ.entries()) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const at = currentTime + i * TONE_S;
    tone.frequency.value = hz;
    loudness.gain.setValueAtTime(LOUD, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + TONE_S);
    tone.connect(loudness).connect(destination);
    tone.start(at);
    tone.stop(at + TONE_S);
  }
}
