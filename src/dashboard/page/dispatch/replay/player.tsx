import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { durationText, timeText } from '../../../strings/format.ts';
import { t } from '../../../strings/index.ts';
import { type Incident, indexAt, played, SPEEDS } from '../../../time-machine.ts';
import { Button } from '../../ui/button.tsx';

interface PlayerProps {
  readonly incident: Incident;
  readonly atMs: Signal<number>;
}

/** Goes through the time of an incident: by hand, from event to event, or by itself. */
export function Player({ incident, atMs }: PlayerProps) {
  const isPlaying = useSignal(false);
  const speed = useSignal<number>(4);
  useEffect(() => {
    if (!isPlaying.value) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      const step = played(incident, atMs.value, now - last, speed.value);
      last = now;
      atMs.value = step.atMs;
      if (step.isOver) isPlaying.value = false;
      else frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying.value, incident]);
  const toggle = () => {
    if (!isPlaying.value && atMs.value >= incident.toMs) atMs.value = incident.fromMs;
    isPlaying.value = !isPlaying.value;
  };
  const step = (by: 1 | -1) => {
    isPlaying.value = false;
    const to = stepFrom(incident, atMs.value, by);
    atMs.value = incident.events[to]?.atMs ?? atMs.value;
  };
  useKeys({ toggle, step, incident, atMs });
  const { fromMs, toMs } = incident;
  const words = t('replay.at', { time: timeText(atMs.value), since: durationText(atMs.value - fromMs) });
  return (
    <div class="player">
      <div class="row">
        <Button look="primary" onPress={toggle}>
          {isPlaying.value ? t('replay.pause') : t('replay.play')}
        </Button>
        <Button
          label={t('replay.previous_event')}
          title={t('replay.previous_event')}
          onPress={() => step(-1)}
        >
          ‹
        </Button>
        <Button label={t('replay.next_event')} title={t('replay.next_event')} onPress={() => step(1)}>
          ›
        </Button>
        <fieldset class="row">
          <legend class="for-readers">{t('replay.speed')}</legend>
          {SPEEDS.map((one) => (
            <Button
              key={one}
              look="quiet"
              pressed={speed.value === one}
              onPress={() => {
                speed.value = one;
              }}
            >
              {t('replay.speed_times', { n: one })}
            </Button>
          ))}
        </fieldset>
        <output>{words}</output>
      </div>
      <input
        type="range"
        aria-label={t('replay.scrubber')}
        aria-valuetext={words}
        min={fromMs}
        max={Math.max(toMs, fromMs + 1)}
        step={1}
        value={atMs.value}
        onInput={({ currentTarget }) => {
          isPlaying.value = false;
          atMs.value = Number(currentTarget.value);
        }}
      />
      <p class="soft small">{t('replay.keys')}</p>
    </div>
  );
}

/** The event to go to: those of one instant are gone through together. */
function stepFrom(incident: Incident, atMs: number, by: 1 | -1): number {
  const here = indexAt(incident, atMs);
  if (by === 1) return Math.min(incident.events.length - 1, here + 1);
  const hereMs = incident.events[here]?.atMs ?? atMs;
  return hereMs < atMs
    ? here
    : Math.max(
        0,
        incident.events.findLastIndex((event) => event.atMs < hereMs),
      );
}

interface Hands extends PlayerProps {
  readonly toggle: () => void;
  readonly step: (by: 1 | -1) => void;
}

function useKeys({ toggle, step, incident, atMs }: Hands): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      const isRange = target instanceof HTMLInputElement && target.type === 'range';
      const isTyping =
        !isRange && target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
      // A button has the space bar for itself.
      const isPressing = key === ' ' && target instanceof HTMLButtonElement;
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping || isPressing) return;
      if (key === ' ') toggle();
      else if (key === 'ArrowRight') step(1);
      else if (key === 'ArrowLeft') step(-1);
      else if (key === 'Home') atMs.value = incident.fromMs;
      else if (key === 'End') atMs.value = incident.toMs;
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}
